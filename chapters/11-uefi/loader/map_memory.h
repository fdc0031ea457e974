/* What the kernel finds mapped beside its segments. */

#pragma once

#include "boot_info.h"

void map_physical_memory(struct boot_info *boot_info);
void map_stack(struct boot_info *boot_info);
