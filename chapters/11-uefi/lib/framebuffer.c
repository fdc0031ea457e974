/* Text on a screen of pixels. What the VGA's hardware does with a character and its
 * attribute is done here: look up the shape, and colour it dot by dot. */

#include "framebuffer.h"

enum { GLYPH_COLUMNS = 8, GLYPH_ROWS = 16, FIRST = ' ', LAST = '~' };

/* A byte is a row of a glyph, its highest bit the pixel on the left. */
extern const uint8_t font[LAST - FIRST + 1][GLYPH_ROWS];

static struct display display;
static uint64_t first_pixel; /* virtual address */

/* A row of pixels; volatile as the VGA's cells are, because the screen shows it. The
 * pitch can be more than the pixels need. */
static volatile uint32_t *pixels_of(unsigned row)
{
    return (volatile uint32_t *)(first_pixel + (uint64_t)row * display.pitch);
}

/* A pixel of one of the VGA's colours.
 *   colour   bits 0 to 2 turn on blue, green and red, bit 3 makes all three lighter (the
 *            VGA shows 6 as brown, and we as dark yellow) */
static uint32_t pixel_of(unsigned colour)
{
    uint32_t light = colour & 8 ? 0x55 : 0;

    return ((colour & 4 ? 0xaa : 0) + light) << display.red
           | ((colour & 2 ? 0xaa : 0) + light) << display.green
           | ((colour & 1 ? 0xaa : 0) + light) << display.blue;
}

/* To be called before anything else; clears the screen.
 *   new_display       of pixels; its pitch is a multiple of 4
 *   physical_memory   virtual address of physical address 0
 *   result            rows of text that the screen has room for */
unsigned framebuffer_begin(const struct display *new_display, uint64_t physical_memory)
{
    display = *new_display;
    first_pixel = physical_memory + display.start;
    for (unsigned row = 0; row < display.rows; row++) {
        volatile uint32_t *pixels = pixels_of(row);

        for (unsigned column = 0; column < display.columns; column++)
            pixels[column] = 0;
    }
    return display.rows / GLYPH_ROWS;
}

static void draw(unsigned row, unsigned column, enum vga_attribute attribute, char character)
{
    const uint32_t foreground = pixel_of(attribute & 15), background = pixel_of(attribute >> 4);
    const uint8_t *glyph = font[(character < FIRST || character > LAST ? '?' : character) - FIRST];

    for (unsigned y = 0; y < GLYPH_ROWS; y++) {
        volatile uint32_t *pixels = pixels_of(row * GLYPH_ROWS + y) + column * GLYPH_COLUMNS;

        for (unsigned x = 0; x < GLYPH_COLUMNS; x++)
            pixels[x] = glyph[y] << x & 0x80 ? foreground : background;
    }
}

/* Prints a text in one row, from the given column on. What does not fit in the row is
 * left out; a row that does not exist gets nothing.
 *   row, column   from 0; any value
 *   text          ended by a zero byte; what the font lacks is shown as a '?' */
void framebuffer_print(unsigned row, unsigned column, enum vga_attribute attribute,
                       const char *text)
{
    if (row >= display.rows / GLYPH_ROWS)
        return;
    for (; column < display.columns / GLYPH_COLUMNS && *text != '\0'; column++, text++)
        draw(row, column, attribute, *text);
}
