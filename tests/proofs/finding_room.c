/* find_room, allocate_pages, claim_room: what is given out is usable memory from 1 MiB to 4 GiB,
 * whole pages, and nobody else's; it is cleared, and claimed with its type, and nothing else is.
 * Bounds: 6 regions, as memory_resolve makes them, and 2 pieces taken. Sizes are any.
 *
 * replaces: memset cleared
 * replaces: memory_claim claimed
 * options: --unwind 7 */

#include <stdbool.h>

#include "room.c"

enum { REGIONS = 6, PIECES = 3 }; /* the kernel, and what is taken twice */

static struct piece {
    uint64_t start, size;
} pieces[PIECES];
static uint64_t watched; /* an address, which may be any */
static uint32_t watched_type;
static bool is_cleared;

_Noreturn void boot_fail(const char *reason)
{
    (void)reason;
    __CPROVER_assume(false);
    for (;;)
        ;
}

static bool holds(uint64_t start, uint64_t size, uint64_t address)
{
    return address >= start && address < start + size;
}

void *cleared(void *memory, int value, size_t size)
{
    __CPROVER_assert(value == 0, "memory is cleared");
    is_cleared |= holds((uintptr_t)memory, size, watched);
    return memory;
}

void claimed(struct memory_claims *claims, uint64_t start, uint64_t size, enum memory_type type)
{
    (void)claims;
    if (!holds(start, size, watched))
        return;
    __CPROVER_assert(watched_type == 0, "nothing is claimed twice");
    watched_type = type;
}

int main(void)
{
    struct memory_region regions[REGIONS];
    struct memory_map map = {.regions = regions};
    uint64_t address, sizes[PIECES];
    unsigned count, owner = PIECES;
    bool is_usable = false;

    __CPROVER_assume(count <= REGIONS);
    map.count = count;
    for (unsigned i = 0; i < REGIONS; i++)
        __CPROVER_assume(
            regions[i].size > 0 && regions[i].start < UINT64_C(1) << 52
            && regions[i].size <= (UINT64_C(1) << 52) - regions[i].start
            && (i == 0 || regions[i - 1].start + regions[i - 1].size <= regions[i].start));
    for (unsigned i = 0; i < PIECES; i++)
        __CPROVER_assume(sizes[i] % PAGE_SIZE == 0 && sizes[i] > 0);
    watched = address;

    for (unsigned i = 0; i < PIECES; i++) {
        is_cleared = false;
        pieces[i].start = i == 0 ? find_room(&map, sizes[i]) : allocate_pages(sizes[i]);
        if (!holds(pieces[i].start, sizes[i], watched))
            continue;
        __CPROVER_assert(owner == PIECES, "no address is given out twice");
        __CPROVER_assert(i == 0 || is_cleared, "memory that is taken has been cleared");
        owner = i;
    }
    for (unsigned i = 0; i < count; i++)
        is_usable |=
            regions[i].type == MEMORY_USABLE && holds(regions[i].start, regions[i].size, watched);
    for (unsigned i = 0; i < PIECES; i++)
        __CPROVER_assert(pieces[i].start % PAGE_SIZE == 0, "a piece begins with a page");
    __CPROVER_assert(owner == PIECES || is_usable, "what is given out is usable");
    __CPROVER_assert(owner == PIECES || (watched >= 1 << 20 && watched < UINT64_C(1) << 32),
                     "what is given out is in reach");

    claim_room(0);
    __CPROVER_assert(watched_type
                         == (owner == PIECES ? 0
                             : owner == 0    ? MEMORY_KERNEL
                                             : MEMORY_LOADER),
                     "what is given out is claimed, and nothing else");
    return 0;
}
