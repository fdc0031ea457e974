/* What the kernel finds mapped beside its segments: physical memory, a stack, and what the
 * loader hands over. */

#include "map_memory.h"
#include "address_space.h"
#include "room.h"
#include "string.h"

enum { MIB = 1 << 20, STACK_SIZE = 64 * 1024 };
enum { RSDP_SIZE = 36 }; /* bytes, since ACPI 2.0; before, there were 20 */

/* Maps the first MiB, with the screen in it, and RAM. Devices are left out: they need
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

/* Copies to the room, which is RAM and therefore mapped, whatever the firmware says of the
 * place where the original lies.
 *   from     physical address, or 0
 *   result   the copy's physical address, or 0 */
static uint64_t keep(uint64_t from, uint64_t size)
{
    if (from == 0)
        return 0;
    const uint64_t copy = allocate_pages(round_up(size));
    memcpy((void *)(uintptr_t)copy, (const void *)(uintptr_t)from, size);
    return copy;
}

/* Copies all that the kernel is given, and makes the last memory map, when everything else
 * has been taken from the room. That is one region, so its two claims add at most four.
 *   result   virtual address of struct boot_info */
uint64_t hand_over(struct boot_info *boot_info, struct memory_claims *claims)
{
    struct memory_map *map = &boot_info->memory;
    const uint64_t info = allocate_pages(round_up(sizeof *boot_info));
    const uint64_t regions = allocate_pages(round_up((map->count + 4) * sizeof *map->regions));
    uint64_t text_size = 1; /* with the zero byte that ends it */

    for (const char *text = (const char *)(uintptr_t)boot_info->command_line; text && *text; text++)
        text_size++;
    boot_info->acpi_rsdp = keep(boot_info->acpi_rsdp, RSDP_SIZE);
    boot_info->command_line = keep(boot_info->command_line, text_size);
    claim_room(claims);
    memory_resolve(claims, map);
    memcpy((void *)(uintptr_t)regions, map->regions, map->count * sizeof *map->regions);
    map->regions = (const struct memory_region *)(PHYSICAL_MEMORY + regions);
    memcpy((void *)(uintptr_t)info, boot_info, sizeof *boot_info);
    return PHYSICAL_MEMORY + info;
}
