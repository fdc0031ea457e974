/* Memory, as UEFI tells it, and the moment when all of it becomes ours. */

#include "boot.h"
#include "pages.h"
#include "uefi.h"

enum { EXIT_TRIES = 4 };

/* The map as it was last asked for. Room of our own has a merit: it takes no memory from
 * the firmware, and so does not change what it is about to tell. */
static uint8_t map[64 * 1024] __attribute__((aligned(8)));
static uint64_t map_size, map_key, entry_size;

static void read_map(struct uefi_services *services)
{
    uint32_t version;

    map_size = sizeof map;
    if (services->get_memory_map(&map_size, map, &map_key, &entry_size, &version) != 0)
        boot_fail("the firmware does not tell what memory there is");
    if (map_size > sizeof map || entry_size < sizeof(struct uefi_memory))
        boot_fail("the firmware's memory map makes no sense");
}

/* The map's next entry, which can be longer than what we know of it; 0 behind the last.
 *   last   0 for the first one */
static const struct uefi_memory *next(const struct uefi_memory *last)
{
    const uint8_t *entry = last ? (const uint8_t *)last + entry_size : map;

    return entry + entry_size <= map + map_size ? (const void *)entry : 0;
}

/* What an entry is once the firmware is left (UEFI specification, "Memory Type Usage after
 * ExitBootServices()"). Boot services are gone then; but until the kernel is entered we stand
 * on their stack and page tables, and so their memory is the loader's. What cannot be
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
 * since we were told, the firmware refuses, and we ask again. By then it may have begun to
 * shut down, and nothing else of it can be used (UEFI specification,
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
    uefi_take_cpu();
}

/* Leaves the firmware, because only then nobody else takes memory, and claims all. The
 * first page is the firmware's, as it is with a BIOS. */
void boot_claim_memory(struct memory_claims *claims)
{
    leave();
    for (const struct uefi_memory *memory = next(0); memory; memory = next(memory))
        memory_claim(claims, memory->start, memory->pages * PAGE_SIZE, type_of(memory));
    memory_claim(claims, 0, PAGE_SIZE, MEMORY_RESERVED);
}
