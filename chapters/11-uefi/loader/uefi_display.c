/* The display, as UEFI has it: pixels in memory. */

#include <stdbool.h>

#include "boot.h"
#include "uefi.h"

enum { PIXEL = 4 }; /* bytes */

static const struct uefi_guid graphics_output = {
    0x9042a9de, 0x23dc, 0x4a38, {0x96, 0xfb, 0x7a, 0xde, 0xd0, 0x80, 0x51, 0x6a}};

static const struct display none = {.kind = DISPLAY_NONE};

/* The lowest bit of a colour's eight; 32 if it has fewer, or more, or not in one piece. */
static uint32_t lowest_bit(uint32_t mask)
{
    uint32_t bit = 0;

    while (bit < 32 && mask != UINT32_C(0xff) << bit)
        bit++;
    return bit;
}

/* The display in a mode; none if the mode has no pixels that we could write to memory.
 * A mode does not say where that memory is. */
static struct display display_of(const struct uefi_graphics_mode *mode)
{
    struct display display = {DISPLAY_FRAMEBUFFER, mode->columns, mode->rows, .green = 8};

    switch (mode->pixel) {
    case UEFI_PIXEL_RGB:
        display.blue = 16;
        break;
    case UEFI_PIXEL_BGR:
        display.red = 16;
        break;
    case UEFI_PIXEL_MASKS:
        if ((mode->red | mode->green | mode->blue | mode->other) >> 24 == 0)
            return none; /* no bit of a fourth byte: such pixels have three (EDK II) */
        display.red = lowest_bit(mode->red);
        display.green = lowest_bit(mode->green);
        display.blue = lowest_bit(mode->blue);
        if (display.red > 24 || display.green > 24 || display.blue > 24)
            return none;
        break;
    default:
        return none;
    }
    if (mode->columns == 0 || mode->pixels_a_row < mode->columns
        || mode->pixels_a_row > UINT32_MAX / PIXEL)
        return none;
    display.pitch = mode->pixels_a_row * PIXEL;
    return display;
}

/* Sets the largest mode that has pixels in memory, if there is one. */
static void set_best_mode(struct uefi_graphics *graphics)
{
    uint64_t most = 0;
    uint32_t best = 0;

    for (uint32_t number = 0; number < graphics->state->mode_count; number++) {
        struct uefi_graphics_mode *mode;
        uint64_t size;

        if (graphics->query_mode(graphics, number, &size, &mode) != 0)
            continue;
        if (size >= sizeof *mode && display_of(mode).kind != DISPLAY_NONE
            && (uint64_t)mode->columns * mode->rows > most) {
            most = (uint64_t)mode->columns * mode->rows;
            best = number;
        }
        uefi_services->free_pool(mode);
    }
    if (most > 0)
        graphics->set_mode(graphics, best);
}

/* A display in its present mode, or else in its best one; none if it cannot be used. */
static struct display find_in(struct uefi_graphics *graphics)
{
    if (display_of(graphics->state->mode).kind == DISPLAY_NONE)
        set_best_mode(graphics);

    struct display display = display_of(graphics->state->mode);
    if (display.kind == DISPLAY_NONE || graphics->state->start == 0
        || (uint64_t)display.rows * display.pitch > graphics->state->size)
        return none;
    display.start = graphics->state->start;
    return display;
}

/* Finds the first display that has its pixels in memory. There can be several, some of
 * which only the firmware can draw on; or there is none, as in many servers. */
struct display uefi_find_display(void)
{
    struct display display = none;
    uint64_t count;
    void **handles;

    if (uefi_services->find_handles(UEFI_BY_PROTOCOL, &graphics_output, 0, &count, &handles) == 0) {
        for (uint64_t i = 0; i < count && display.kind == DISPLAY_NONE; i++) {
            struct uefi_graphics *graphics = uefi_protocol(handles[i], &graphics_output);

            if (graphics)
                display = find_in(graphics);
        }
        uefi_services->free_pool(handles);
    }
    if (display.kind == DISPLAY_NONE)
        uefi_print("No display with pixels in memory: the kernel writes to the serial port.\r\n");
    return display;
}
