/* The room: one piece of memory. The kernel lies at its beginning; page tables, stack, and
 * what is handed to the kernel are taken from its end, downwards. */

#include "room.h"
#include "boot.h"
#include "pages.h"
#include "string.h"

enum { MIB = 1 << 20 };
static const uint64_t GIB = 1 << 30;

static uint64_t kernel, kernel_end; /* the kernel's part */
static uint64_t taken, end;         /* what has been taken of the rest */

/* Finds the room: the largest usable piece of memory from 1 MiB to 4 GiB; ends in
 * boot_fail if it is too small.
 *   size     bytes for the kernel, whole pages
 *   result   physical address for the kernel */
uint64_t find_room(const struct memory_map *map, uint64_t size)
{
    uint64_t most = 0;

    for (uint32_t i = 0; i < map->count; i++) {
        const struct memory_region *region = &map->regions[i];
        uint64_t from = region->start < MIB ? MIB : round_up(region->start);
        uint64_t to = round_down(region->start + region->size);

        if (to > 4 * GIB)
            to = 4 * GIB;
        if (region->type == MEMORY_USABLE && to > from && to - from > most) {
            most = to - from;
            kernel = from;
            end = to;
        }
    }
    if (most < size)
        boot_fail("too little memory for the kernel's segments");
    kernel_end = kernel + size;
    taken = end;
    return kernel;
}

/* Takes memory, filled with zeros; ends in boot_fail if there is no more.
 *   size     bytes, whole pages
 *   result   physical address */
uint64_t allocate_pages(uint64_t size)
{
    if (size > taken - kernel_end)
        boot_fail("too little memory for the kernel's page tables and stack");
    taken -= size;
    memset((void *)(uintptr_t)taken, 0, size);
    return taken;
}

/* Claims what is no longer free, once all has been taken. */
void claim_room(struct memory_claims *claims)
{
    memory_claim(claims, kernel, kernel_end - kernel, MEMORY_KERNEL);
    memory_claim(claims, taken, end - taken, MEMORY_LOADER);
}
