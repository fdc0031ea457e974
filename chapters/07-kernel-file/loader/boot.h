/* The way to boot: what the loader asks of the firmware, or of GRUB, in the order in
 * which main.c does so.
 *
 *   boot_begin          finds out what this machine can do
 *   boot_find_kernel    finds the kernel's file, whole; from here on it can be read
 *   boot_claim_memory   says what memory there is
 *   boot_read_kernel    brings a part of the file to memory
 *
 * Whatever goes wrong with the machine, at any time, ends in boot_fail. */

#pragma once

#include "memory_map.h"

void boot_begin(void);
uint64_t boot_find_kernel(void);
void boot_claim_memory(struct memory_claims *claims);
void boot_read_kernel(uint64_t offset, uint64_t size, void *to);
_Noreturn void boot_fail(const char *reason);
