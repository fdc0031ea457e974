/* Text on the first serial port, for machines whose screen nobody looks at. */

#pragma once

void serial_begin(void);
void serial_print(const char *text);
