/* The way to boot: what the loader asks of the firmware, and how it fails. */

#pragma once

#include "memory_map.h"

void boot_claim_memory(struct memory_claims *claims);
_Noreturn void boot_fail(const char *reason);
