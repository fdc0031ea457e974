/* serial.c as a program of this machine, before a serial port that is made up. Its
 * arguments: how often LINE_STATUS is read before it shows that one more character can be
 * taken, or a word for a port that is none; and the text to print. It writes what was
 * sent, then a line with the divisor, LINE_CONTROL, INTERRUPT_ENABLE, MODEM_CONTROL and
 * the number of reads. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "serial.h"

enum { DATA, INTERRUPTS, FIFO, LINE_CONTROL, MODEM_CONTROL, LINE_STATUS, MODEM_STATUS, SCRATCH };

static uint8_t registers[8], divisor[2];
static const char *kind;
static unsigned long busy, reads, wait;

void port_out(uint16_t port, uint8_t value);
uint8_t port_in(uint16_t port);

void port_out(uint16_t port, uint8_t value)
{
    unsigned place = port - 0x3f8u;

    if (place > SCRATCH || place == FIFO)
        abort();
    if (place <= INTERRUPTS && registers[LINE_CONTROL] & 0x80) {
        divisor[place] = value;
    } else if (place == DATA) {
        putchar(value);
        wait = busy;
    } else {
        registers[place] = value;
    }
}

uint8_t port_in(uint16_t port)
{
    reads++;
    if (strcmp(kind, "ones") == 0)
        return 0xff;
    if (strcmp(kind, "zeros") == 0)
        return 0;
    if (port == 0x3f8 + LINE_STATUS) {
        if (wait == 0)
            return 0x60;
        wait--;
        return 0;
    }
    return registers[port - 0x3f8];
}

int main(int count, char **arguments)
{
    if (count != 3)
        return 2;
    kind = arguments[1];
    wait = busy = strtoul(kind, NULL, 0);
    registers[INTERRUPTS] = 0x0f; /* as firmware may leave it */
    serial_begin();
    serial_print(arguments[2]);
    printf("\n%u %u %u %u %lu\n", divisor[0] | divisor[1] << 8, registers[LINE_CONTROL],
           registers[INTERRUPTS], registers[MODEM_CONTROL], reads);
    return 0;
}
