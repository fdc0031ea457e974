/* The kernel's file, checked and brought to memory. */

#pragma once

#include "boot_info.h"

uint64_t read_headers(uint64_t file_size, struct boot_info *boot_info);
void load_segments(const struct boot_info *boot_info);
