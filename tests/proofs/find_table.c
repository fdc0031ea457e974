/* find_table: it gives the table in which the CPU looks for a page's entry, by entries that
 * grant every right, and makes those that are missing. It touches no other entry of any table.
 * Bounds: none. The address is any, and an entry on the way is 0 or leads to a table.
 *
 * replaces: table_at modelled_table_at
 * options: --nondet-static --unwind 5 */

#include "address_space.c"

/* Each table on the way has only the one entry that may be touched: CBMC notices any access
 * outside of it. And the address of each table is any. */
enum { LEVELS = 4 };
static uint64_t entries[LEVELS], index[LEVELS], address[LEVELS];
static unsigned level;

static uint64_t *table(unsigned i)
{
    return &entries[i] - index[i];
}

uint64_t *modelled_table_at(uint64_t at)
{
    level++;
    __CPROVER_assert(level < LEVELS && at == address[level], "an entry leads to its table");
    return table(level);
}

uint64_t allocate_pages(uint64_t size)
{
    __CPROVER_assert(size == PAGE_SIZE && level + 1 < LEVELS, "a table is a page");
    entries[level + 1] = 0; /* as all of its entries */
    return address[level + 1];
}

int main(void)
{
    uint64_t virtual;
    unsigned shift;

    __CPROVER_assume(shift == 12 || shift == 21 || shift == 30);
    const unsigned target = (39 - shift) / 9;
    for (unsigned i = 0; i < LEVELS; i++) {
        index[i] = virtual >> (39 - 9 * i) & 0x1ff;
        __CPROVER_assume((address[i] & ~UINT64_C(0x000ffffffffff000)) == 0);
        if (i > 0 && i <= target)
            __CPROVER_assume(entries[i - 1] == 0 || entries[i - 1] == (address[i] | 0x3));
    }
    pml4 = table(0);
    level = 0;

    const uint64_t *found = find_table(virtual, shift);
    __CPROVER_assert(found == table(target) && level == target, "the table is the page's");
    for (unsigned i = 0; i < target; i++)
        __CPROVER_assert(entries[i] == (address[i + 1] | 0x3), "an entry on the way grants all");
    return 0;
}
