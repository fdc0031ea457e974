/* memory_map.c with all lists of a few claims: every choice of 3 claims whose ends lie at 6
 * places and whose types are 3, and of 4 claims with 4 places. Prints how many lists that were.
 * A map is judged between each place and the next. */

#include <assert.h>
#include <stdio.h>

#include "boot_fail.h"
#include "memory_map.h"

enum { TYPES = 3, CLAIMS_MAX = 4, PLACES_MAX = 6, UNIT = 0x1000 };

static struct memory_region space[CLAIMS_MAX + 2 * CLAIMS_MAX - 1];
static unsigned long lists;

static void judge(const struct memory_claims *claims, unsigned places)
{
    struct memory_map map;

    memory_resolve(claims, &map);
    for (uint32_t i = 0; i < map.count; i++) {
        const struct memory_region *region = &map.regions[i], *next = region + 1;
        const uint64_t end = region->start + region->size;

        assert(region->size > 0);
        assert(i + 1 == map.count || end < next->start
               || (end == next->start && region->type != next->type));
    }
    for (uint64_t address = 0; address < places * UNIT; address += UNIT) {
        uint32_t claimed = 0, found = 0;

        for (uint64_t i = 0; i < claims->count; i++)
            if (address - space[i].start < space[i].size && space[i].type > claimed)
                claimed = space[i].type;
        for (uint32_t i = 0; i < map.count; i++)
            if (address - map.regions[i].start < map.regions[i].size)
                found = map.regions[i].type;
        assert(found == claimed);
    }
    lists++;
}

/* All lists that begin with these claims. */
static void try_all(struct memory_claims *claims, unsigned more, unsigned places)
{
    if (more == 0) {
        judge(claims, places);
        return;
    }
    for (uint64_t start = 0; start < places; start++)
        for (uint64_t end = start + 1; end < places; end++)
            for (uint32_t type = 1; type <= TYPES; type++) {
                memory_claim(claims, start * UNIT, (end - start) * UNIT, (enum memory_type)type);
                try_all(claims, more - 1, places);
                claims->count--;
            }
}

int main(void)
{
    struct memory_claims claims;

    memory_begin(&claims, (uintptr_t)space, sizeof space);
    try_all(&claims, 3, PLACES_MAX);
    try_all(&claims, CLAIMS_MAX, 4);
    printf("%lu\n", lists);
    return 0;
}
