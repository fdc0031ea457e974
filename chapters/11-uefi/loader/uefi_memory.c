/* Memory, as UEFI reports it, and the moment when all of it becomes ours. */

#include "boot.h"
#include "pages.h"
#include "uefi.h"

enum { EXIT_TRIES = 4 };

/* The map as it was last asked for, and the memory that it may take. */
static uint8_t *map;
static uint64_t map_size, map_space, map_key, entry_size;

/* Takes memory for the firmware's map, and after it for the claims and the regions that come
 * of them: one claim and two regions per entry, which are smaller. Each piece of memory that
 * is taken changes the map, until the firmware is left: so there is space for a map twice as
 * large, and some entries more. */
static void begin_claims(struct memory_claims *claims)
{
    uint32_t version;

    map_size = 0;
    uefi_services->get_memory_map(&map_size, 0, &map_key, &entry_size, &version);
    map_space = round_up(2 * map_size + PAGE_SIZE);
    map = map_size < UINT32_MAX ? uefi_allocate(4 * map_space) : 0;
    if (!map)
        boot_fail("too little memory for the firmware's memory map");
    memory_begin(claims, (uintptr_t)map + map_space, 3 * map_space);
}

static void read_map(struct uefi_services *services)
{
    uint32_t version;

    map_size = map_space;
    if (services->get_memory_map(&map_size, map, &map_key, &entry_size, &version) != 0)
        boot_fail("the firmware does not tell what memory there is");
    if (map_size > map_space || entry_size < sizeof(struct uefi_memory) || entry_size > map_size)
        boot_fail("the firmware's memory map makes no sense");
}

/* The map's next entry, which can be longer than what we know of it; 0 after the last.
 *   last   0 for the first one */
static const struct uefi_memory *next(const struct uefi_memory *last)
{
    const uint8_t *entry = last ? (const uint8_t *)last + entry_size : map;

    return map_size - (uint64_t)(entry - map) >= entry_size ? (const void *)entry : 0;
}

/* What an entry is once the firmware is left (UEFI specification, "Memory Type Usage after
 * ExitBootServices()"). Boot services are gone then; but until the kernel is entered we use
 * their stack and page tables, and so their memory is the loader's. What cannot be
 * cached is not RAM, whatever it is called (Linux). */
static enum memory_type type_of(const struct uefi_memory *memory)
{
    switch (memory->type) {
    case UEFI_LOADER_CODE:
    case UEFI_LOADER_DATA:
    case UEFI_BOOT_SERVICES_CODE:
    case UEFI_BOOT_SERVICES_DATA:
        return memory->attributes & UEFI_CAN_WRITE_BACK ? MEMORY_LOADER : MEMORY_RESERVED;
    case UEFI_CONVENTIONAL:
        return memory->attributes & UEFI_CAN_WRITE_BACK ? MEMORY_USABLE : MEMORY_RESERVED;
    case UEFI_UNUSABLE:
        return MEMORY_BAD;
    case UEFI_ACPI_RECLAIM:
        return MEMORY_ACPI_TABLES;
    case UEFI_ACPI_NVS:
        return MEMORY_ACPI_NVS;
    default:
        return MEMORY_RESERVED;
    }
}

/* Leaves the firmware, with the memory map as it is at that moment. If the map has changed
 * since we read it, the firmware refuses, and we read it again. By then it may have begun to
 * shut down, and only its services for memory can be used (UEFI specification,
 * "EFI_BOOT_SERVICES.ExitBootServices()"). */
static void leave(void)
{
    struct uefi_services *services = uefi_services;
    uefi_status status = 1;

    for (unsigned i = 0; i < EXIT_TRIES && status != 0; i++) {
        read_map(services);
        status = services->exit_boot_services(uefi_image, map_key);
        uefi_services = 0;
    }
    if (status != 0)
        boot_fail("the firmware does not let the loader go");
}

/* Leaves the firmware, because only then does nobody else take memory, and claims it all.
 * The first page is the firmware's, as it is with a BIOS. */
void boot_claim_memory(struct memory_claims *claims)
{
    begin_claims(claims);
    leave();
    uefi_take_cpu(claims);
    for (const struct uefi_memory *memory = next(0); memory; memory = next(memory))
        memory_claim(claims, memory->start, memory->pages * PAGE_SIZE, type_of(memory));
    memory_claim(claims, 0, PAGE_SIZE, MEMORY_RESERVED);
}
