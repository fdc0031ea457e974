/* What the kernel finds mapped beside its segments. */

#pragma once

#include "memory_map.h"

void map_physical_memory(struct boot_info *boot_info);
void map_stack(struct boot_info *boot_info);
uint64_t hand_over(struct boot_info *boot_info, struct memory_claims *claims);
