/* GRUB's side: it has asked the firmware already, and left a list of tags. */

#include "grub.h"
#include "boot.h"
#include "vga.h"

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

/* Removes what GRUB has left on the screen. */
static void clear_screen(void)
{
    vga_begin((uintptr_t)vga_text_buffer);
    for (unsigned row = 0; row < VGA_ROWS; row++)
        for (unsigned column = 0; column < VGA_COLUMNS; column++)
            vga_print(row, column, VGA_LIGHT_GREY, " ");
}

/* Takes over the screen, and makes sure that GRUB's list is one. */
void boot_begin(void)
{
    const char *error = multiboot2_check(grub_list());

    clear_screen();
    if (error)
        boot_fail(error);
}

/* Says why the machine cannot go on, and halts for good.
 *   reason   at most 68 characters, so that it fits in a row */
_Noreturn void boot_fail(const char *reason)
{
    vga_print(0, 0, VGA_LIGHT_GREY, "boot error: ");
    vga_print(0, 12, VGA_LIGHT_GREY, reason);
    for (;;)
        __asm__ volatile("cli; hlt"); /* in a loop: a halt can end, for example after an SMI */
}
