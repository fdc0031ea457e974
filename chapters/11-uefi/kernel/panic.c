/* The end of a kernel that cannot go on. */

#include "panic.h"
#include "console.h"

/* Shows the reason in the last row of the screen, and halts for good.
 *   reason   what is wrong, at most 66 characters; ended by a zero byte */
void panic(const char *reason)
{
    console_go_to_last_row();
    console_print(VGA_WHITE_ON_RED, "kernel panic: ");
    console_print(VGA_WHITE_ON_RED, reason);
    for (;;)
        __asm__ volatile("cli; hlt"); /* in a loop: a halt can end, for example after an SMI */
}
