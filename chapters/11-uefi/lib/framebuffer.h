/* Text on a screen of pixels, in the VGA's colours. */

#pragma once

#include "boot_info.h"
#include "vga.h"

unsigned framebuffer_begin(const struct boot_info *boot_info);
void framebuffer_print(unsigned row, unsigned column, enum vga_attribute attribute,
                       const char *text);
