/* The display, as GRUB leaves it. */

#include <stdbool.h>

#include "grub.h"
#include "vga.h"

/* Whether a display has pixels that the kernel can use: of 32 bits, eight to a colour. */
static bool has_pixels(const struct framebuffer_tag *tag)
{
    return tag->type == FRAMEBUFFER_IS_PIXELS && tag->bits_per_pixel == 32 && tag->pitch % 4 == 0
           && tag->pitch / 4 >= tag->columns && tag->red.bits == 8 && tag->green.bits == 8
           && tag->blue.bits == 8 && tag->red.lowest_bit <= 24 && tag->green.lowest_bit <= 24
           && tag->blue.lowest_bit <= 24;
}

/* Whether it has the VGA's cells. */
static bool has_cells(const struct framebuffer_tag *tag)
{
    return tag->type == FRAMEBUFFER_IS_TEXT && tag->columns == VGA_COLUMNS && tag->rows == VGA_ROWS;
}

/* The display, if there is one, in a mode that the kernel can use. */
struct display grub_display(void)
{
    const struct framebuffer_tag *tag = grub_tag(TAG_FRAMEBUFFER);
    struct display display = {.kind = DISPLAY_NONE};

    if (!tag || !(has_cells(tag) || has_pixels(tag)))
        return display;
    display = (struct display){
        .columns = tag->columns, .rows = tag->rows, .pitch = tag->pitch, .start = tag->start};
    display.kind = DISPLAY_VGA_TEXT;
    if (has_pixels(tag)) {
        display.kind = DISPLAY_FRAMEBUFFER;
        display.red = tag->red.lowest_bit;
        display.green = tag->green.lowest_bit;
        display.blue = tag->blue.lowest_bit;
    }
    return display;
}
