/* Usable means usable: all of it is written, from end to end, and read again. If any of
 * it were in use, this kernel would not get that far. */

#include "support.h"

enum { PAGE = 4096 };

static uint8_t room[100000]; /* .bss */

static bool room_is_zero(void)
{
    uint8_t dirt = 0;

    for (unsigned i = 0; i < sizeof room; i++)
        dirt |= *(volatile uint8_t *)&room[i];
    return dirt == 0;
}

static uint64_t sum_of(const void *start, uint64_t size)
{
    const volatile uint8_t *bytes = start;
    uint64_t sum = 0;

    for (uint64_t i = 0; i < size; i++)
        sum = sum * 31 + bytes[i];
    return sum;
}

/* Over all memory that must stay as it is. */
static uint64_t sum_of_ours(const struct boot_info *info)
{
    return sum_of(info, sizeof *info)
           ^ sum_of(info->memory.regions, info->memory.count * sizeof *info->memory.regions)
           ^ sum_of((const void *)info->kernel_virtual, info->kernel_size)
           ^ sum_of((const void *)entered_gdt.base, entered_gdt.limit + 1u)
           ^ sum_of((const void *)(info->kernel_stack_top - info->kernel_stack_size),
                    info->kernel_stack_size - PAGE);
}

/* Writes all words of a region. */
static void fill(const struct memory_region *region)
{
    for (uint64_t at = region->start; at + 8 <= region->start + region->size; at += 8)
        *(volatile uint64_t *)reach(at) = at * 3 + 1;
}

/* Reports where a word does not hold what was written. */
static void compare(const struct memory_region *region)
{
    for (uint64_t at = region->start; at + 8 <= region->start + region->size; at += 8)
        if (*(volatile uint64_t *)reach(at) != at * 3 + 1) {
            check_at(false, "usable memory does not keep what is written", at);
            return;
        }
}

static void for_each_usable(const struct memory_map *map,
                            void (*action)(const struct memory_region *))
{
    for (uint32_t i = 0; i < map->count; i++)
        if (map->regions[i].type == MEMORY_USABLE)
            action(&map->regions[i]);
}

static void check_map(const struct boot_info *info)
{
    const struct memory_region *last = 0;
    uint64_t sizes[MEMORY_BAD + 1] = {0};

    check(info->memory.count > 0, "the count of regions");
    for (uint32_t i = 0; i < info->memory.count; i++) {
        const struct memory_region *region = &info->memory.regions[i];

        check_at(region->size > 0 && region->start + region->size - 1 >= region->start,
                 "a region's size", region->start);
        check_at(region->type >= MEMORY_USABLE && region->type <= MEMORY_BAD, "a region's type",
                 region->start);
        if (last) {
            check_at(region->start >= last->start + last->size, "regions overlap", region->start);
            check_at(region->start > last->start + last->size || region->type != last->type,
                     "neighbours of the same type", region->start);
        }
        if (region->type <= MEMORY_BAD)
            sizes[region->type] += region->size;
        last = region;
    }
    check(sizes[MEMORY_KERNEL] == info->kernel_size, "the size of the kernel's own memory");
    check(sizes[MEMORY_LOADER] >= info->kernel_stack_size + 4 * PAGE,
          "the size of the loader's memory");
}

void test_memory(const struct boot_info *info)
{
    const uint64_t sum = sum_of_ours(info);

    check(room_is_zero(), ".bss is not zero");
    check_map(info);
    for_each_usable(&info->memory, fill);
    __asm__ volatile("mov %%cr3, %%rax; mov %%rax, %%cr3"
                     :
                     :
                     : "rax", "memory"); /* forget the tables */
    for_each_usable(&info->memory, compare);
    check(sum_of_ours(info) == sum, "usable memory was in use");
    check(room_is_zero(), ".bss lies in usable memory");
}
