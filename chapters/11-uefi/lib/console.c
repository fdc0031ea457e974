/* The kernel's text: on the screen, whichever kind it is, and on the first serial port. */

#include "console.h"
#include "framebuffer.h"
#include "serial.h"

/* The screen; 0 if there is none, or one of a kind that we do not know. Both kinds leave out
 * what does not fit. */
static void (*print_on_screen)(unsigned row, unsigned column, enum vga_attribute attribute,
                               const char *text);
static unsigned rows;        /* of text, on the screen */
static unsigned row, column; /* of the next character */

/* To be called before anything else.
 *   physical_memory   virtual address of physical address 0 */
void console_begin(const struct display *display, uint64_t physical_memory)
{
    serial_begin();
    if (display->kind == DISPLAY_VGA_TEXT) {
        vga_begin(physical_memory + display->start);
        rows = VGA_ROWS;
        print_on_screen = vga_print;
    } else if (display->kind == DISPLAY_FRAMEBUFFER) {
        rows = framebuffer_begin(display, physical_memory);
        print_on_screen = framebuffer_print;
    }
}

/* Rows of the screen from the current one on; without a screen there is no limit. */
unsigned console_rows_left(void)
{
    if (!print_on_screen)
        return UINT32_MAX;
    return row < rows ? rows - row : 0;
}

/* Goes on in the last row of the screen; the serial port has no rows, and begins a new
 * line. */
void console_go_to_last_row(void)
{
    serial_print("\r\n");
    row = rows - 1;
    column = 0;
}

/* Prints where the last text ended.
 *   text   ended by a zero byte; '\n' begins the next row */
void console_print(enum vga_attribute attribute, const char *text)
{
    for (; *text != '\0'; text++) {
        const char character[] = {*text, '\0'};

        if (*text == '\n') {
            serial_print("\r\n");
            row++;
            column = 0;
        } else {
            serial_print(character);
            if (print_on_screen)
                print_on_screen(row, column++, attribute, character);
        }
    }
}
