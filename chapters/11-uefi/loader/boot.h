/* The way to boot: what the loader asks of the firmware, or of GRUB, in the order in
 * which main.c does so.
 *
 *   boot_begin          finds out what this machine can do
 *   boot_find_kernel    finds the kernel's file, whole; from here on it can be read
 *   boot_read_kernel    brings a part of the file to memory
 *   boot_describe       says what else a kernel may want to know, and can no longer ask
 *   boot_claim_memory   says what memory there is, for good: from now on nobody else takes
 *                       any. The file can still be read, but nothing else can be asked
 *
 * Whatever goes wrong with the machine, at any time, ends in boot_fail. */

#pragma once

#include "memory_map.h"

void boot_begin(void);
uint64_t boot_find_kernel(void);
void boot_read_kernel(uint64_t offset, uint64_t size, void *to);
void boot_describe(struct boot_info *boot_info);
void boot_claim_memory(struct memory_claims *claims);
_Noreturn void boot_fail(const char *reason);
