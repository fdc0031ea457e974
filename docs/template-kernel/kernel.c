/* A kernel to begin with: it prints two lines, on the serial port and on the display.
 *
 * The loader has done a lot before _start. The CPU is in 64-bit mode, and interrupts are off. The
 * parts of this program are where kernel.ld wants them, its variables in .bss are 0, and there is a
 * stack of 64 KiB. The course's page docs/boot-info.md says what else you can rely on. */

#include <stdbool.h>

#include "boot_info.h"

/* ---- The serial port. It needs no display, and QEMU shows it in a terminal. ---- */

enum { PORT = 0x3f8, LINE_CONTROL = PORT + 3, LINE_STATUS = PORT + 5 };
enum { SET_SPEED = 0x80, EIGHT_BITS = 3, CAN_TAKE_ONE = 0x20 };

static bool serial_hangs;

static void out(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static uint8_t in(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

/* The port divides its base clock by a number to get its speed. Divided by 1, that is 115200 bits
 * a second. While SET_SPEED is on, the first two registers hold the divisor, low byte first. */
static void serial_begin(void)
{
    out(LINE_CONTROL, SET_SPEED);
    out(PORT, 1);
    out(PORT + 1, 0);
    out(LINE_CONTROL, EIGHT_BITS);
    out(PORT + 1, 0); /* no interrupts */
    out(PORT + 4, 3); /* tells the other end that we are here */
}

/* Waits until the port can take a character, and gives up for good if that takes too long. If there
 * is no port at all, a read usually gives 0xff, which looks like a port that is always ready. */
static void serial_put(char character)
{
    for (unsigned tries = 0; !serial_hangs && !(CAN_TAKE_ONE & in(LINE_STATUS)); tries++)
        serial_hangs = tries == 100000;
    if (!serial_hangs)
        out(PORT, (uint8_t)character);
}

/* ---- The display. ---- */

enum { GLYPH_COLUMNS = 8, GLYPH_ROWS = 16, GREY = 0xaa, GREY_ON_BLACK = 0x07 };

/* The Makefile has unpacked the font: a header of 4 bytes, then 16 bytes for each character. Each
 * byte is a row of dots, and its highest bit is the dot on the left. */
__asm__(".section .rodata\nfont: .incbin \"build/font.psf\", 4, 128 * 16\n.previous");
extern const uint8_t font[128][GLYPH_ROWS];

static struct display display;
static uint64_t first;         /* virtual address of the first cell or pixel */
static unsigned rows, columns; /* of characters; 0 without a display */
static unsigned row, column;   /* of the next character */

/* The address of a row of the display, which begins one pitch after the row above it. The display's
 * memory is volatile: the compiler must not leave out writes that no code reads back. */
static volatile void *line(unsigned y)
{
    return (volatile void *)(first + (uint64_t)y * display.pitch);
}

static void display_begin(const struct boot_info *boot_info)
{
    const uint32_t black = 0;
    unsigned words = 0; /* of 32 bits, in a row */

    display = boot_info->display;
    first = boot_info->physical_memory + display.start; /* addresses in it are physical */
    if (display.kind == DISPLAY_VGA_TEXT) {
        rows = display.rows;
        columns = display.columns;
        words = display.columns / 2; /* two cells in each */
    } else if (display.kind == DISPLAY_FRAMEBUFFER) {
        rows = display.rows / GLYPH_ROWS;
        columns = display.columns / GLYPH_COLUMNS;
        words = display.columns;
    }
    for (unsigned y = 0; y < display.rows; y++)
        for (unsigned x = 0; x < words; x++)
            ((volatile uint32_t *)line(y))[x] = black;
}

/* A cell is a character and its colours, and the display's hardware draws it. */
static void draw_cell(char character)
{
    ((volatile uint16_t *)line(row))[column] = (uint16_t)(GREY_ON_BLACK << 8 | (uint8_t)character);
}

/* On a display of pixels we draw the dots ourselves. */
static void draw_dots(char character)
{
    const uint32_t grey = (uint32_t)GREY << display.red | (uint32_t)GREY << display.green
                          | (uint32_t)GREY << display.blue;

    for (unsigned y = 0; y < GLYPH_ROWS; y++) {
        volatile uint32_t *dots = line(row * GLYPH_ROWS + y);

        for (unsigned x = 0; x < GLYPH_COLUMNS; x++)
            dots[column * GLYPH_COLUMNS + x] = font[character & 127][y] << x & 0x80 ? grey : 0;
    }
}

/* ---- Text, for the serial port and the display. ---- */

/* Nothing scrolls yet: text that does not fit on the display goes only to the serial port. */
static void put(char character)
{
    if (character == '\n') {
        serial_put('\r'); /* a terminal needs both: back to the left, and down */
        row++;
        column = 0;
    } else if (row < rows && column < columns) {
        if (display.kind == DISPLAY_FRAMEBUFFER)
            draw_dots(character);
        else
            draw_cell(character);
        column++;
    }
    serial_put(character);
}

static void print(const char *text)
{
    while (*text != '\0')
        put(*text++);
}

static void print_number(uint64_t number)
{
    if (number >= 10)
        print_number(number / 10);
    put((char)('0' + number % 10));
}

/* ---- The kernel. ---- */

/* Some interrupts cannot be switched off, and they end a hlt. So we halt again and again. */
static _Noreturn void halt(void)
{
    for (;;)
        __asm__ volatile("cli; hlt");
}

/* The loader jumps here, so there is nothing to return to. */
_Noreturn void _start(const struct boot_info *boot_info)
{
    uint64_t usable = 0;

    serial_begin();
    /* Only this field and the size have the same place in all versions. So check it before you read
     * anything else. Where the display is isn't known yet: the error goes to the serial port. */
    if (boot_info->version != BOOT_INFO_VERSION) {
        print("The loader hands over another version of struct boot_info.\n");
        halt();
    }

    display_begin(boot_info);
    print("Hello from a kernel of my own!\n");

    for (uint32_t i = 0; i < boot_info->memory.count; i++) {
        const struct memory_region *region = &boot_info->memory.regions[i];

        if (region->type == MEMORY_USABLE)
            usable += region->size;
    }
    print_number(usable / 1024);
    print(" KiB of memory are free.\n");
    halt();
}
