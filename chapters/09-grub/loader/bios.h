/* Calls of the BIOS from C. */

#pragma once

#include <stdint.h>

/* The CPU's registers, in the order in which bios_call has them on its stack. A
 * function of the BIOS may change any of them, whatever its description says. */
struct bios_registers {
    uint32_t edi, esi, ebp, unused, ebx, edx, ecx, eax;
    uint16_t es, ds;
    uint32_t flags;
};

enum { BIOS_CARRY = 1 << 0 }; /* in flags: most functions report a failure with it */

void bios_call(uint8_t interrupt, struct bios_registers *registers);
uint16_t bios_offset(const volatile void *variable);
void bios_print(const char *text);
