/* Text on the VGA's screen: 25 rows of 80 characters, each with a colour. */

#pragma once

#include <stdint.h>

enum {
    VGA_ROWS = 25,
    VGA_COLUMNS = 80,
};

/* An attribute: the foreground's colour in bits 0 to 3, the background's in
 * bits 4 to 6, and bit 7 blinks (IBM VGA, attribute byte). */
enum vga_attribute {
    VGA_LIGHT_GREY = 0x07,
    VGA_LIGHT_CYAN = 0x0b,
    VGA_WHITE_ON_RED = 0x4f,
};

void vga_begin(uint64_t start);
void vga_print(unsigned row, unsigned column, enum vga_attribute attribute, const char *text);
