/* What the parts of the BIOS's side have in common. */

#include "bios.h"
#include "boot.h"

/* The offset, in segment 0, of a local variable: the stack lies below 64 KiB. */
uint16_t bios_offset(const volatile void *variable)
{
    return (uint16_t)(uintptr_t)variable;
}

/* Prints a text at the cursor, as print.asm does (INT 10h, AH=0Eh). */
void bios_print(const char *text)
{
    for (; *text != '\0'; text++) {
        struct bios_registers call = {.eax = 0x0e00 | (uint8_t)*text, .ebx = 0x0007};

        bios_call(0x10, &call);
    }
}

/* Says why the machine cannot go on, and halts for good.
 *   reason   at most 68 characters, so that it fits in a row */
_Noreturn void boot_fail(const char *reason)
{
    bios_print("boot error: ");
    bios_print(reason);
    for (;;)
        __asm__ volatile("cli; hlt"); /* in a loop: a halt can end, for example after an SMI */
}
