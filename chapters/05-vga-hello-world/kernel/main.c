/* The kernel. start.asm calls kernel_main with a stack and a clean .bss. */

#include <stdint.h>

#include "panic.h"
#include "vga.h"

/* The last bytes of the image: the linker script puts this section there. They
 * are in memory only if the loader has brought the image whole. */
enum { END_MARK = 0x21444e45 }; /* "END!" */
static const uint32_t end_mark __attribute__((section(".end_mark"))) = END_MARK;

void kernel_main(void);

void kernel_main(void)
{
    /* Read as volatile: otherwise the compiler believes that it knows the answer. */
    if (*(const volatile uint32_t *)&end_mark != END_MARK)
        panic("the loader has brought only a part of the kernel");

    vga_print(0, 0, VGA_LIGHT_CYAN, "Hello World!");
}
