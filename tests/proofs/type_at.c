/* type_at: it gives the highest type that is claimed for an address, or 0, and no claim begins
 * or ends from there to the next change, which lies above the address.
 * Bounds: 4 claims, in any order, that overlap as they like; each is as memory_claim lets them
 * be. The address is any.
 *
 * options: --unwind 5 */

#include <stdbool.h>

#include "memory_map.c"

enum { CLAIMS = 4 };

_Noreturn void boot_fail(const char *reason)
{
    (void)reason;
    __CPROVER_assume(false);
    for (;;)
        ;
}

static bool is_claimed(const struct memory_region *claim, uint64_t address)
{
    return address >= claim->start && address < claim->start + claim->size;
}

int main(void)
{
    struct memory_region all[CLAIMS];
    struct memory_claims claims = {all, 0, CLAIMS};
    uint64_t address, between, change;
    unsigned count;
    uint32_t highest = 0;

    claims.count = count;
    __CPROVER_assume(count <= CLAIMS && address < end_of_addresses);
    for (unsigned i = 0; i < CLAIMS; i++)
        __CPROVER_assume(all[i].size > 0 && all[i].start < end_of_addresses
                         && all[i].size <= end_of_addresses - all[i].start);

    const uint32_t type = type_at(&claims, address, &change);
    __CPROVER_assert(change > address && change <= end_of_addresses, "the change lies above");
    for (unsigned i = 0; i < claims.count; i++) {
        if (is_claimed(&all[i], address) && all[i].type > highest)
            highest = all[i].type;
        __CPROVER_assert(between <= address || between >= change
                             || is_claimed(&all[i], between) == is_claimed(&all[i], address),
                         "nothing changes before");
    }
    __CPROVER_assert(type == highest, "the type is the highest that is claimed");
    return 0;
}
