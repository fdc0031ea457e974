/* framebuffer.c as a program of this machine. Its arguments are columns, rows and pitch of
 * a screen and the lowest bit of red, green and blue; then row, column, attribute and text
 * of each thing to print. It writes the number of text rows
 * and all bytes of the screen to standard output.
 *
 * The screen is a piece of the heap that ends with its last pixel: a sanitizer notices writes
 * outside of it. What lies between the rows is 0xcc. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framebuffer.h"

int main(int count, char **arguments)
{
    unsigned number[6];

    if (count < 7)
        return 2;
    for (unsigned i = 0; i < 6; i++)
        number[i] = (unsigned)strtoul(arguments[1 + i], NULL, 0);

    size_t size = (size_t)(number[1] - 1) * number[2] + (size_t)number[0] * 4;
    uint8_t *screen = malloc(size);
    const uint64_t physical_memory = 0xffff800000000000;
    const struct display display = {.kind = DISPLAY_FRAMEBUFFER,
                                    .columns = number[0],
                                    .rows = number[1],
                                    .pitch = number[2],
                                    .red = number[3],
                                    .green = number[4],
                                    .blue = number[5],
                                    .start = (uintptr_t)screen - physical_memory};

    memset(screen, 0xcc, size);
    printf("%u\n", framebuffer_begin(&display, physical_memory));
    for (int i = 7; i + 3 < count; i += 4)
        framebuffer_print((unsigned)strtoul(arguments[i], NULL, 0),
                          (unsigned)strtoul(arguments[i + 1], NULL, 0),
                          (enum vga_attribute)strtoul(arguments[i + 2], NULL, 0), arguments[i + 3]);
    fwrite(screen, 1, size, stdout);
    free(screen);
    return 0;
}
