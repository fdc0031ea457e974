/* map_physical_memory: all RAM of the map, up to PHYSICAL_MEMORY_END, is mapped to its place, and
 * so is the first MiB; nothing is mapped twice, and no page that has only devices in it.
 * Bounds: 8 regions, as memory_resolve makes them. The address that is looked at is any.
 *
 * replaces: map_pages mapped
 * options: --unwind 9 */

#include <stdbool.h>

#include "map_memory.c"

enum { REGIONS = 8 };

static uint64_t page; /* which may be any */
static unsigned times;

void mapped(uint64_t virtual, uint64_t physical, uint64_t size, uint64_t rights)
{
    __CPROVER_assert(physical % PAGE_SIZE == 0 && size % PAGE_SIZE == 0, "pages are whole");
    __CPROVER_assert(virtual == PHYSICAL_MEMORY + physical, "memory lies in its place");
    __CPROVER_assert(rights == (PAGE_WRITE | PAGE_NO_EXECUTE), "it is data");
    times += page >= physical && page < physical + size;
}

int main(void)
{
    struct memory_region regions[REGIONS];
    struct boot_info boot_info;
    uint64_t any_page;
    unsigned count;
    bool has_ram = false;

    __CPROVER_assume(any_page % PAGE_SIZE == 0);
    __CPROVER_assume(count <= REGIONS);
    page = any_page;
    boot_info.memory = (struct memory_map){regions, count, 0};
    for (unsigned i = 0; i < REGIONS; i++) {
        const uint64_t end = regions[i].start + regions[i].size;

        __CPROVER_assume(regions[i].size > 0 && regions[i].start < UINT64_C(1) << 52
                         && regions[i].size <= (UINT64_C(1) << 52) - regions[i].start);
        __CPROVER_assume(i == 0 || regions[i - 1].start + regions[i - 1].size <= regions[i].start);
        has_ram |= i < count && regions[i].type < MEMORY_RESERVED && page < end
                   && page + PAGE_SIZE > regions[i].start;
    }

    map_physical_memory(&boot_info);
    __CPROVER_assert(times == (page < MIB || (has_ram && page < PHYSICAL_MEMORY_END)),
                     "a page with RAM in it is mapped once, and others are not");
    return 0;
}
