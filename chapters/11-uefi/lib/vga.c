/* Text on the VGA's screen. No other file knows where its memory is, so no other
 * file can write beside it. */

#include "vga.h"

/* A cell is a character (bits 0 to 7) and its attribute (bits 8 to 15). It is
 * volatile because the screen shows it: the compiler must not drop a write that
 * nobody reads back. */
static volatile uint16_t (*cells)[VGA_COLUMNS];

/* To be called before anything else.
 *   start   virtual address of the screen's first cell */
void vga_begin(uint64_t start)
{
    cells = (void *)start;
}

/* Prints a text in one row, from the given column on. What does not fit in the
 * row is left out; a row that does not exist gets nothing.
 *   row, column   from 0; any value
 *   text          ended by a zero byte; printed as the VGA's own characters */
void vga_print(unsigned row, unsigned column, enum vga_attribute attribute, const char *text)
{
    if (row >= VGA_ROWS)
        return;
    for (; column < VGA_COLUMNS && *text != '\0'; column++, text++)
        cells[row][column] = (uint16_t)(attribute << 8 | (uint8_t)*text);
}
