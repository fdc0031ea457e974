/* address_space.c's map_pages with real tables, for ranges around the borders of all tables: each
 * begins a page of each size before, at or after a border, and so does its place in memory. One
 * page lies below it already, and one above. Prints how many ranges that were. */

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "address_space.c"

enum { TABLES = 32 };
static const uint64_t page_4_kib = 1 << 12, page_2_mib = 1 << 21, page_1_gib = 1 << 30;

static uint64_t tables[TABLES][ENTRIES] __attribute__((aligned(4096)));
static unsigned taken;

uint64_t allocate_pages(uint64_t size)
{
    assert(size == PAGE_SIZE && taken < TABLES);
    memset(tables[taken], 0, PAGE_SIZE);
    return (uintptr_t)tables[taken++];
}

/* What has to be in the tables, in the order of addresses. */
static struct range {
    uint64_t virtual, physical, size, rights;
} ranges[3], *range;

static void judge_page(uint64_t entry, uint64_t virtual, unsigned shift)
{
    const uint64_t page = UINT64_C(1) << shift;

    assert(shift <= largest_page && range->size >= page);
    assert(virtual == range->virtual && (entry & ADDRESS) == range->physical);
    assert((entry & ~ADDRESS) == (range->rights | (shift > 12 ? LARGE : 0) | PRESENT));
    range->virtual += page;
    range->physical += page;
    range->size -= page;
    if (range->size == 0)
        range++;
}

/* Goes through a table and all below it, to each page that they map. */
static void judge_table(const uint64_t *table, uint64_t virtual, unsigned shift)
{
    for (uint64_t i = 0; i < ENTRIES; i++) {
        const uint64_t address = virtual + (i << shift);

        if (table[i] == 0)
            continue;
        if (shift == 12 || (table[i] & LARGE) != 0) {
            judge_page(table[i], address, shift);
            continue;
        }
        assert((table[i] & ~ADDRESS) == (WRITABLE | PRESENT));
        judge_table((const uint64_t *)(uintptr_t)(table[i] & ADDRESS), address, shift - 9);
    }
}

static void judge(uint64_t virtual, uint64_t physical, uint64_t size)
{
    taken = 0;
    pml4 = table_at(allocate_pages(PAGE_SIZE));
    ranges[0] = (struct range){virtual - PAGE_SIZE, 0, PAGE_SIZE, PAGE_READ};
    ranges[1] = (struct range){virtual, physical, size, PAGE_WRITE | PAGE_NO_EXECUTE};
    ranges[2] = (struct range){virtual + size, 0, PAGE_SIZE, PAGE_WRITE};
    map_pages(ranges[0].virtual, 0, PAGE_SIZE, ranges[0].rights);
    map_pages(ranges[2].virtual, 0, PAGE_SIZE, ranges[2].rights);
    map_pages(virtual, physical, size, ranges[1].rights);
    range = ranges;
    judge_table(pml4, 0, 39);
    assert(range == ranges + 3);
}

/* The number of a page of each size, -1 to 1, in bytes. */
static uint64_t around(unsigned i)
{
    return (i % 3 - UINT64_C(1)) * page_4_kib + (i / 3 % 3 - UINT64_C(1)) * page_2_mib
           + (i / 9 % 3 - UINT64_C(1)) * page_1_gib;
}

int main(void)
{
    const uint64_t border = UINT64_C(42) << 39;
    unsigned count = 0;

    believed_rights = PAGE_WRITE | PAGE_NO_EXECUTE;
    for (largest_page = 21; largest_page <= 30; largest_page += 9)
        for (unsigned virtual = 0; virtual < 27; virtual ++)
            for (unsigned physical = 0; physical < 27; physical++)
                for (unsigned size = 1; size < 18; size++) {
                    if (size >= 9 && virtual % 3 != physical % 3)
                        continue; /* a GiB in pages of 4 KiB takes too long */
                    judge(border + around(virtual), page_1_gib * 8 + around(physical),
                          size % 3 * page_4_kib + size / 3 % 3 * page_2_mib
                              + size / 9 * page_1_gib);
                    count++;
                }
    printf("%u\n", count);
    return 0;
}
