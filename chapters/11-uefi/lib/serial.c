/* Text on the first serial port: 115200 bits a second, 8 data bits, no parity, 1 stop
 * bit. Not every PC has one. Source: National Semiconductor PC16550D data sheet,
 * "Registers"; its FIFO is left as it is, because the bits used here mean the same with
 * it and without it. */

#include <stdbool.h>
#include <stdint.h>

#include "serial.h"

enum port {
    DATA = 0x3f8, /* these two: while DIVISOR_LATCH is 0 */
    INTERRUPT_ENABLE,
    DIVISOR_LOW = DATA, /* and these: while it is 1 */
    DIVISOR_HIGH,
    LINE_CONTROL = DATA + 3,
    MODEM_CONTROL,
    LINE_STATUS,
    SCRATCH = DATA + 7 /* a byte that the port keeps and never uses */
};

enum { EIGHT_BITS = 3, DIVISOR_LATCH = 1 << 7 };       /* LINE_CONTROL */
enum { READY_AND_REQUEST_TO_SEND = 3 };                /* MODEM_CONTROL */
enum { CAN_TAKE_ONE = 1 << 5, HAS_SENT_ALL = 1 << 6 }; /* LINE_STATUS */

/* Reads of a port, each about 1 us. A full FIFO of 16 characters takes 1.4 ms at 115200
 * bits a second, and 17 ms at the 9600 that firmware may have chosen. */
enum { PATIENCE = 100000 };

static bool present;

static void out(enum port port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"((uint16_t)port));
}

static uint8_t in(enum port port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"((uint16_t)port));
    return value;
}

/* Waits for a bit of LINE_STATUS. A port that does not show it in time is given up for
 * good: otherwise each further character would wait as long. */
static void wait_for(uint8_t bit)
{
    for (unsigned patience = PATIENCE; patience > 0; patience--) {
        if (bit & in(LINE_STATUS))
            return;
    }
    present = false;
}

/* Whether a register keeps two values that are each other's opposite. Where there is no
 * port, all reads give the same value. */
static bool is_there(void)
{
    uint8_t first, second;

    out(SCRATCH, 0x55);
    first = in(SCRATCH);
    out(SCRATCH, 0xaa);
    second = in(SCRATCH);
    return first == 0x55 && second == 0xaa;
}

/* To be called before anything else. What firmware has still to send is sent first. */
void serial_begin(void)
{
    present = is_there();
    if (!present)
        return;
    wait_for(HAS_SENT_ALL);
    out(LINE_CONTROL, DIVISOR_LATCH);
    out(DIVISOR_LOW, 1);
    out(DIVISOR_HIGH, 0);
    out(LINE_CONTROL, EIGHT_BITS);
    out(INTERRUPT_ENABLE, 0);
    out(MODEM_CONTROL, READY_AND_REQUEST_TO_SEND);
}

/* Sends a text, ended by a zero byte. Without a port it does nothing. */
void serial_print(const char *text)
{
    for (; present && *text != '\0'; text++) {
        wait_for(CAN_TAKE_ONE);
        out(DATA, (uint8_t)*text);
    }
}
