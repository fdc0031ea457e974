/* The kernel. start.asm calls kernel_main with a stack and a clean .bss. */

#include "boot_info.h"
#include "panic.h"
#include "print.h"
#include "vga.h"

enum { ROWS_FOR_REGIONS = VGA_ROWS - 7, KIB = 1024 };

static const char *const names[] = {
    [MEMORY_USABLE] = "usable       ",   [MEMORY_LOADER] = "loader       ",
    [MEMORY_KERNEL] = "kernel       ",   [MEMORY_ACPI_TABLES] = "ACPI tables  ",
    [MEMORY_ACPI_NVS] = "ACPI NVS     ", [MEMORY_RESERVED] = "reserved     ",
    [MEMORY_BAD] = "broken       "};

/* Memory of a type that is newer than this kernel is not ours to use. */
static const char *name_of(uint32_t type)
{
    return type < sizeof names / sizeof *names && names[type] ? names[type]
                                                              : names[MEMORY_RESERVED];
}

static void print_memory_map(const struct memory_map *map)
{
    uint64_t usable = 0;

    print("Memory map\n");
    for (uint32_t i = 0; i < map->count; i++) {
        const struct memory_region *region = &map->regions[i];

        if (region->type == MEMORY_USABLE)
            usable += region->size;
        if (i < ROWS_FOR_REGIONS)
            print("%x-%x  %s%u KiB\n", region->start, region->start + region->size - 1,
                  name_of(region->type), region->size / KIB);
    }
    if (map->count > ROWS_FOR_REGIONS)
        print("and %u more\n", (uint64_t)map->count - ROWS_FOR_REGIONS);
    print("\nUsable memory: %u KiB\n", usable / KIB);
}

void kernel_main(const struct boot_info *boot_info);

void kernel_main(const struct boot_info *boot_info)
{
    if (boot_info->version != BOOT_INFO_VERSION)
        panic("the loader hands over another version of struct boot_info");

    vga_print(0, 0, VGA_LIGHT_CYAN, "Hello World!");
    print("\n\n");
    print_memory_map(&boot_info->memory);
}
