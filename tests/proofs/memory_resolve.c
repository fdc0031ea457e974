/* memory_resolve: each address lies in the region of its type, or in none if nobody claims it;
 * regions are sorted, don't overlap, are not empty, and two of the same type don't touch. The
 * map stays in its space, after the claims. What type_at promises is assumed: type_at.c
 * proves it.
 * Bounds: types change at 4 addresses at most, all multiples of 2^44. Types are any.
 *
 * replaces: type_at promised_type_at
 * options: --nondet-static --unwind 6 */

#include <stdbool.h>

#include "memory_map.c"

/* What is claimed: types, each from an address to the next one's, the last to the end. */
enum { CHANGES = 4 };
static uint64_t starts[CHANGES + 1];
static uint32_t types[CHANGES];
static unsigned asked;

/* Is asked about each address where something changes, in their order. */
uint32_t promised_type_at(const struct memory_claims *claims, uint64_t address, uint64_t *change)
{
    __CPROVER_assert(asked < CHANGES && address == starts[asked], "no change is passed over");
    *change = starts[asked + 1];
    return types[asked++];
}

_Noreturn void boot_fail(const char *reason)
{
    __CPROVER_assume(false);
    for (;;)
        ;
}

int main(void)
{
    uint64_t entries;
    struct memory_region space[CHANGES + 1];
    struct memory_claims claims = {space, 1, entries};
    struct memory_map map;
    unsigned count, part, region;

    __CPROVER_assume(claims.space >= 1 && claims.space <= CHANGES + 1);
    __CPROVER_assume(count >= 1 && count <= CHANGES);
    __CPROVER_assume(starts[0] == 0 && starts[count] == end_of_addresses);
    for (unsigned i = 0; i < CHANGES; i++)
        __CPROVER_assume(i >= count || (starts[i] < starts[i + 1] && starts[i] << 20 == 0));
    asked = 0;

    memory_resolve(&claims, &map);
    __CPROVER_assert(asked == count, "it goes to the end of all addresses");
    __CPROVER_assert(map.regions == space + 1 && map.count <= claims.space - 1, "there is space");

    /* Any part, and how many regions of its type hold it, or touch it at all. */
    __CPROVER_assume(part < count);
    unsigned holding = 0, touching = 0;
    for (unsigned i = 0; i < map.count; i++) {
        const uint64_t start = map.regions[i].start, end = start + map.regions[i].size;

        touching += start < starts[part + 1] && end > starts[part];
        holding +=
            start <= starts[part] && end >= starts[part + 1] && map.regions[i].type == types[part];
    }
    __CPROVER_assert(touching == (types[part] != 0) && holding == touching,
                     "what is claimed lies in one region of its type, and what is not in none");

    __CPROVER_assume(region < map.count);
    const struct memory_region *one = &map.regions[region], *next = one + 1;
    __CPROVER_assert(one->size > 0 && one->start + one->size <= end_of_addresses, "is not empty");
    __CPROVER_assert(region + 1 == map.count || one->start + one->size < next->start
                         || (one->start + one->size == next->start && one->type != next->type),
                     "regions are sorted, and do not overlap or touch without need");
    return 0;
}
