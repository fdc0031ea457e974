/* The display, as UEFI has it: pixels in memory. */

#include "firmware.h"
#include "uefi.h"

enum { PIXEL = 4 }; /* bytes */

static const struct uefi_guid graphics_output = {
    0x9042a9de, 0x23dc, 0x4a38, {0x96, 0xfb, 0x7a, 0xde, 0xd0, 0x80, 0x51, 0x6a}};

/* The lowest bit of a colour's eight; 32 if it has fewer, or more, or not in one piece. */
static uint32_t lowest_bit(uint32_t mask)
{
    uint32_t bit = 0;

    while (bit < 32 && mask != UINT32_C(0xff) << bit)
        bit++;
    return bit;
}

/* Notes where a mode has its colours.
 *   result   false if it has no pixels that we could write to memory */
static bool colours(const struct uefi_graphics_mode *mode, struct boot_info *boot_info)
{
    switch (mode->pixel) {
    case UEFI_PIXEL_RGB:
    case UEFI_PIXEL_BGR:
        boot_info->display_red = mode->pixel == UEFI_PIXEL_RGB ? 0 : 16;
        boot_info->display_green = 8;
        boot_info->display_blue = mode->pixel == UEFI_PIXEL_RGB ? 16 : 0;
        return true;
    case UEFI_PIXEL_MASKS:
        if ((mode->red | mode->green | mode->blue | mode->other) >> 24 == 0)
            return false; /* no bit of a fourth byte: such pixels have three (EDK II) */
        boot_info->display_red = lowest_bit(mode->red);
        boot_info->display_green = lowest_bit(mode->green);
        boot_info->display_blue = lowest_bit(mode->blue);
        return boot_info->display_red <= 24 && boot_info->display_green <= 24
               && boot_info->display_blue <= 24;
    default:
        return false;
    }
}

/* Chooses the largest mode that has pixels in memory, and sets it.
 *   result   false if there is none */
static bool set_best_mode(struct uefi_graphics *graphics, struct boot_info *boot_info)
{
    uint64_t most = 0;
    uint32_t best = 0;

    for (uint32_t number = 0; number < graphics->state->mode_count; number++) {
        struct uefi_graphics_mode *mode;
        uint64_t size;

        if (graphics->query_mode(graphics, number, &size, &mode) != 0)
            continue;
        if (size >= sizeof *mode && colours(mode, boot_info)
            && (uint64_t)mode->columns * mode->rows > most) {
            most = (uint64_t)mode->columns * mode->rows;
            best = number;
        }
        uefi_services->free_pool(mode);
    }
    return most > 0 && graphics->set_mode(graphics, best) == 0;
}

/* Describes a display in its present mode, or else in its best one.
 *   result   false if it cannot be used */
static bool describe(struct uefi_graphics *graphics, struct boot_info *boot_info)
{
    if (!colours(graphics->state->mode, boot_info) && !set_best_mode(graphics, boot_info))
        return false;

    const struct uefi_graphics_mode *mode = graphics->state->mode;
    boot_info->display = DISPLAY_FRAMEBUFFER;
    boot_info->display_columns = mode->columns;
    boot_info->display_rows = mode->rows;
    boot_info->display_pitch = mode->pixels_a_row * PIXEL;
    boot_info->display_start = graphics->state->start;
    return colours(mode, boot_info) && mode->columns > 0 && mode->pixels_a_row >= mode->columns
           && mode->pixels_a_row <= UINT32_MAX / PIXEL && graphics->state->start != 0
           && (uint64_t)mode->rows * boot_info->display_pitch <= graphics->state->size;
}

/* Takes the first display that has its pixels in memory. There can be several, and of
 * some, firmware knows only how to draw on them. */
void uefi_find_display(struct boot_info *boot_info)
{
    uint64_t count;
    void **handles;
    bool found = false;

    if (uefi_services->find_handles(UEFI_BY_PROTOCOL, &graphics_output, 0, &count, &handles) == 0) {
        for (uint64_t i = 0; i < count && !found; i++) {
            struct uefi_graphics *graphics = uefi_protocol(handles[i], &graphics_output);

            found = graphics && describe(graphics, boot_info);
        }
        uefi_services->free_pool(handles);
    }
    if (!found)
        firmware_fail("the firmware has no graphics output with pixels in memory");
    uefi_screen = *boot_info;
}
