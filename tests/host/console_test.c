/* The kernel's main.c, print.c, console.c and screens as a program of this machine. Its
 * arguments: the kind of display, its columns and rows of pixels, the number of memory
 * regions, version and command line of a boot_info. What goes to the serial port goes to
 * standard error; then the screen's bytes are written to standard output.
 *
 * The regions go through the types 0 to 9, of which the kernel knows seven. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot_info.h"
#include "panic.h"
#include "serial.h"

void kernel_main(const struct boot_info *boot_info);

static uint8_t *screen;
static size_t size;

void serial_begin(void)
{
}

void serial_print(const char *text)
{
    fputs(text, stderr);
}

/* In place of the instruction that halts the CPU. */
_Noreturn void halt(void);

_Noreturn void halt(void)
{
    fwrite(screen, 1, size, stdout);
    free(screen);
    fflush(stdout);
    _Exit(0);
}

int main(int count, char **arguments)
{
    static struct boot_info boot_info;
    static struct memory_region regions[4096];

    if (count < 7)
        return 2;
    boot_info.display.kind = (uint32_t)atoi(arguments[1]);
    boot_info.display.columns = (uint32_t)atoi(arguments[2]);
    boot_info.display.rows = (uint32_t)atoi(arguments[3]);
    boot_info.display.pitch = boot_info.display.columns * 4;
    boot_info.display.red = 16;
    boot_info.display.green = 8;
    boot_info.memory.count = (uint32_t)atoi(arguments[4]);
    boot_info.version = (uint32_t)atoi(arguments[5]);
    if (arguments[6][0] != '\0')
        boot_info.command_line = (uintptr_t)arguments[6];
    boot_info.memory.regions = regions;
    for (uint32_t i = 0; i < boot_info.memory.count; i++)
        regions[i] =
            (struct memory_region){.start = (uint64_t)i * 4096, .size = 4096, .type = i % 10};

    size = boot_info.display.kind == DISPLAY_VGA_TEXT
               ? 80 * 25 * 2
               : (size_t)boot_info.display.rows * boot_info.display.pitch;
    screen = calloc(size, 1);
    boot_info.display.start = (uintptr_t)screen;
    kernel_main(&boot_info);
    halt();
}
