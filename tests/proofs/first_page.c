/* first_page: the page that it chooses exists on this CPU, begins at both addresses, fits into
 * the range, and no larger one would.
 * Bounds: none. Addresses and size are any.
 *
 * options: --unwind 3 */

#include <stdbool.h>

#include "address_space.c"

/* Whether a page of that many bits begins at both addresses and fits. */
static bool fits(unsigned shift, uint64_t virtual, uint64_t physical, uint64_t size)
{
    const uint64_t page = UINT64_C(1) << shift;

    return virtual % page == 0 && physical % page == 0 && size >= page;
}

int main(void)
{
    uint64_t virtual, physical, size;
    bool has_1_gib_pages;

    largest_page = has_1_gib_pages ? 30 : 21;
    __CPROVER_assume(fits(12, virtual, physical, size));

    const unsigned shift = first_page(virtual, physical, size);
    __CPROVER_assert(shift == 12 || shift == 21 || (shift == 30 && has_1_gib_pages),
                     "the CPU has pages of this size");
    __CPROVER_assert(fits(shift, virtual, physical, size), "the page fits");
    __CPROVER_assert(shift >= 21 || !fits(21, virtual, physical, size), "2 MiB would not");
    __CPROVER_assert(shift >= largest_page || !fits(largest_page, virtual, physical, size),
                     "the largest page would not");
    return 0;
}
