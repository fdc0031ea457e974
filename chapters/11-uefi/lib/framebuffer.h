/* Text on a screen of pixels, in the VGA's colours. */

#pragma once

#include "boot_info.h"
#include "vga.h"

unsigned framebuffer_begin(const struct display *new_display, uint64_t physical_memory);
void framebuffer_print(unsigned row, unsigned column, enum vga_attribute attribute,
                       const char *text);
