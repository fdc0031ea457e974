/* The display's memory: the kernel's to draw on, and nobody's for anything else. */

#include "map_display.h"
#include "address_space.h"
#include "boot.h"

enum { MIB = 1 << 20 };

static uint64_t end_of(const struct display *display)
{
    return display->start + (uint64_t)display->rows * display->pitch;
}

/* Claims it; ends in boot_fail if it lies higher than the kernel's tables reach. */
void claim_display(struct memory_claims *claims, const struct display *display)
{
    const uint64_t start = round_down(display->start);

    if (end_of(display) < display->start || end_of(display) > PHYSICAL_MEMORY_END)
        boot_fail("the display's memory is out of reach");
    if (end_of(display) > MIB)
        memory_claim(claims, start, round_up(end_of(display)) - start, MEMORY_RESERVED);
}

/* Maps it, unless it is in the first MiB, which is mapped already. */
void map_display(const struct display *display)
{
    const uint64_t start = round_down(display->start);

    if (end_of(display) > MIB)
        map_pages(PHYSICAL_MEMORY + start, start, round_up(end_of(display)) - start,
                  PAGE_WRITE | PAGE_NO_EXECUTE);
}
