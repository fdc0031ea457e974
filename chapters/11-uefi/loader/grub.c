/* GRUB's side: it has asked the firmware already, and left a list of tags. */

#include "grub.h"
#include "boot.h"
#include "console.h"

static const uint64_t GIB = 1 << 30;

extern const char vga_text_buffer[];
extern const uint32_t multiboot2_information; /* a physical address */

const struct multiboot2 *grub_list(void)
{
    return (const struct multiboot2 *)(uintptr_t)multiboot2_information;
}

/* The first tag of a type, or 0. */
const void *grub_tag(uint32_t type)
{
    return multiboot2_find(grub_list(), type, 0);
}

/* Takes over the screen, for errors, and makes sure that GRUB's list is one. Without a list
 * we hope for text mode. Only the first 4 GiB are within reach; if the pixels lie above, the
 * serial port has to do. */
void boot_begin(void)
{
    const char *error = multiboot2_check(grub_list());
    struct display display = {.kind = DISPLAY_VGA_TEXT, .start = (uintptr_t)vga_text_buffer};

    if (!error)
        display = grub_display();
    if (display.start > 4 * GIB || display.start + (uint64_t)display.rows * display.pitch > 4 * GIB)
        display.kind = DISPLAY_NONE;
    console_begin(&display, 0);
    for (unsigned row = 0; row < VGA_ROWS && display.kind == DISPLAY_VGA_TEXT; row++)
        for (unsigned column = 0; column < VGA_COLUMNS; column++)
            vga_print(row, column, VGA_LIGHT_GREY, " ");
    if (error)
        boot_fail(error);
}

/* Says why the machine cannot go on, and halts for good.
 *   reason   at most 68 characters, so that it fits in a row */
_Noreturn void boot_fail(const char *reason)
{
    console_print(VGA_LIGHT_GREY, "boot error: ");
    console_print(VGA_LIGHT_GREY, reason);
    console_print(VGA_LIGHT_GREY, "\n");
    for (;;)
        __asm__ volatile("cli; hlt"); /* in a loop: a halt can end, for example after an SMI */
}
