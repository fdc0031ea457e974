/* What the loader needs of firmware, whichever it is. Each kind has these functions of its
 * own; a fault of the machine ends in one of them, and does not return. */

#pragma once

#include "memory_map.h"

void firmware_claim_memory(struct memory_claims *claims);
uint64_t firmware_kernel_size(void);
void firmware_read_kernel(uint64_t offset, uint64_t size, void *to);
void firmware_describe(struct boot_info *boot_info);
void firmware_leave(struct memory_claims *claims);
_Noreturn void firmware_fail(const char *reason);
