/* The kernel's text: on the screen, whichever kind it is, and on the first serial port. */

#pragma once

#include "boot_info.h"
#include "vga.h"

void console_begin(const struct display *display, uint64_t physical_memory);
unsigned console_rows_left(void);
void console_go_to_last_row(void);
void console_print(enum vga_attribute attribute, const char *text);
