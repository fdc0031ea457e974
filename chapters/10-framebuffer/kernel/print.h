/* Text with numbers in it, row after row. */

#pragma once

void print(const char *format, ...);
