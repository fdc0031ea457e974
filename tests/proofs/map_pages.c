/* map_pages: each page of the range is mapped once, to its place, with its rights and in a
 * form that the CPU takes; and no other is. One round of its loop is proved, for any addresses:
 * it maps the beginning of the range, and goes on with exactly the rest of it. By induction,
 * that is all of it. What its parts promise is assumed here, and proved in first_page.c,
 * find_table.c and fill.c.
 * Bounds: none. The range can lie anywhere, and have any size.
 *
 * replaces: first_page promised_first_page
 * replaces: find_table promised_find_table
 * replaces: fill promised_fill
 * options: --nondet-static --unwind 3 */

#include <stdbool.h>

#include "address_space.c"

static struct range {
    uint64_t virtual, physical, size;
} range, rest;
static uint64_t rights, table[ENTRIES];
static unsigned chosen, round;

/* Here a round begins: first_page sees what the loop has still to do. */
unsigned promised_first_page(uint64_t virtual, uint64_t physical, uint64_t size)
{
    const uint64_t page = UINT64_C(1) << chosen;

    if (round++ > 0) {
        __CPROVER_assert(virtual == rest.virtual && physical == rest.physical && size == rest.size,
                         "what is left is the rest of the range");
        __CPROVER_assume(false); /* and so this round is like the last one */
    }
    __CPROVER_assume(virtual % page == 0 && physical % page == 0 && size >= page);
    return chosen;
}

uint64_t *promised_find_table(uint64_t virtual, unsigned shift)
{
    __CPROVER_assert(virtual == range.virtual && shift == chosen, "the table is the page's");
    return table;
}

void promised_fill(uint64_t *entries, uint64_t count, uint64_t first, uint64_t page_size)
{
    const uint64_t index = (uint64_t)(entries - table), size = count << chosen;

    __CPROVER_assert(index == (range.virtual >> chosen & 0x1ff), "the entry is the page's");
    __CPROVER_assert(count > 0 && count <= ENTRIES - index, "all entries are in the table");
    __CPROVER_assert(count <= range.size >> chosen, "no page lies behind the range");
    __CPROVER_assert((first & 0x000ffffffffff000) == range.physical, "a page is in its place");
    __CPROVER_assert(page_size == UINT64_C(1) << chosen, "the next one follows it");
    __CPROVER_assert((first & 1) != 0 && (first >> 7 & 1) == (chosen > 12)
                         && (first & 0x7ff0000000000f7c) == 0,
                     "an entry has the form that the CPU takes");
    __CPROVER_assert((first & PAGE_WRITE) == (rights & PAGE_WRITE), "it can be written, or not");
    __CPROVER_assert((first & PAGE_NO_EXECUTE) == (rights & believed_rights & PAGE_NO_EXECUTE),
                     "it can be executed, or not");
    rest = (struct range){range.virtual + size, range.physical + size, range.size - size};
}

int main(void)
{
    __CPROVER_assume(chosen == 12 || chosen == 21 || chosen == 30);
    __CPROVER_assume((believed_rights | PAGE_NO_EXECUTE) == (PAGE_WRITE | PAGE_NO_EXECUTE));
    __CPROVER_assume((rights & ~(PAGE_WRITE | PAGE_NO_EXECUTE)) == 0);
    __CPROVER_assume(range.physical < UINT64_C(1) << 52);
    __CPROVER_assume(range.size <= (UINT64_C(1) << 52) - range.physical);
    round = 0;

    map_pages(range.virtual, range.physical, range.size, rights);
    __CPROVER_assert(round > 0 ? rest.size == 0 : range.size == 0, "nothing is left out");
    return 0;
}
