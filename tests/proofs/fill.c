/* fill: as many entries as asked are made, for one page after the other; those before and
 * after them are left alone.
 * Bounds: 16 entries, of which each is made by itself.
 *
 * options: --nondet-static --unwind 17 */

#include "address_space.c"

static uint64_t table[16]; /* CBMC notices writes before and after it */

int main(void)
{
    uint64_t count, first, page_size, before[16];

    __CPROVER_assume(count <= 16);
    __CPROVER_assume(page_size == 1 << 12 || page_size == 1 << 21 || page_size == 1 << 30);
    for (unsigned i = 0; i < 16; i++)
        before[i] = table[i];

    fill(table, count, first, page_size);
    for (unsigned i = 0; i < 16; i++)
        __CPROVER_assert(table[i] == (i < count ? first + i * page_size : before[i]),
                         "an entry is its page's, or as it was");
    return 0;
}
