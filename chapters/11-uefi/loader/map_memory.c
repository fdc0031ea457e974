/* What the kernel finds mapped beside its segments: physical memory, and a stack. */

#include "map_memory.h"
#include "address_space.h"
#include "room.h"

enum { MIB = 1 << 20, STACK_SIZE = 64 * 1024 };

/* Maps the first MiB, with the screen in it, and RAM. Devices are left out: they want
 * another kind of caching, and a large page over both would mix the two (Intel SDM
 * vol. 3, "Large Page Size Considerations"). */
void map_physical_memory(struct boot_info *boot_info)
{
    uint64_t mapped = MIB;

    boot_info->physical_memory = PHYSICAL_MEMORY;
    map_pages(PHYSICAL_MEMORY, 0, MIB, PAGE_WRITE | PAGE_NO_EXECUTE);
    for (uint32_t i = 0; i < boot_info->memory.count; i++) {
        const struct memory_region *region = &boot_info->memory.regions[i];
        uint64_t start = round_down(region->start), end = round_up(region->start + region->size);

        if (start < mapped) /* a page in which two regions meet */
            start = mapped;
        if (end > PHYSICAL_MEMORY_END)
            end = PHYSICAL_MEMORY_END;
        if (region->type >= MEMORY_RESERVED || start >= end)
            continue;
        map_pages(PHYSICAL_MEMORY + start, start, end - start, PAGE_WRITE | PAGE_NO_EXECUTE);
        mapped = end;
    }
}

/* Maps the stack, and leaves the page below it out: an overflow faults at once. */
void map_stack(struct boot_info *boot_info)
{
    boot_info->kernel_stack_top = KERNEL_STACK_TOP;
    boot_info->kernel_stack_size = STACK_SIZE;
    map_pages(KERNEL_STACK_TOP - STACK_SIZE, allocate_pages(STACK_SIZE), STACK_SIZE,
              PAGE_WRITE | PAGE_NO_EXECUTE);
}
