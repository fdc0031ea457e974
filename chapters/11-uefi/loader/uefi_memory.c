/* Memory, as UEFI tells it, and the moment when all of it becomes ours. */

#include "firmware.h"
#include "page_tables.h"
#include "uefi.h"

enum { MIB = 1 << 20, LEFT = 4 * MIB, EXIT_TRIES = 4, CLAIMS_OF_OTHERS = 8 };
static const uint64_t GIB = 1 << 30;

/* The map as it was last asked for. Room of our own has a merit: it takes no memory from
 * the firmware, and so does not change what it is about to tell. */
static uint8_t map[64 * 1024] __attribute__((aligned(8)));
static uint64_t map_size, map_key, entry_size;

static uint64_t room, room_pages; /* what we have taken from the firmware */

static void read_map(struct uefi_services *services)
{
    uint32_t version;

    map_size = sizeof map;
    if (services->get_memory_map(&map_size, map, &map_key, &entry_size, &version) != 0)
        firmware_fail("the firmware does not tell what memory there is");
    if (map_size > sizeof map || entry_size < sizeof(struct uefi_memory))
        firmware_fail("the firmware's memory map makes no sense");
}

/* The map's next entry, which can be longer than what we know of it; 0 behind the last.
 *   last   0 for the first one */
static const struct uefi_memory *next(const struct uefi_memory *last)
{
    const uint8_t *entry = last ? (const uint8_t *)last + entry_size : map;

    return entry + entry_size <= map + map_size ? (const void *)entry : 0;
}

/* What an entry is once the firmware is left (UEFI specification, "Memory Type Usage after
 * ExitBootServices()"). What cannot be cached is not RAM, whatever it is called (Linux). */
static enum memory_type type_of(const struct uefi_memory *memory)
{
    switch (memory->type) {
    case UEFI_LOADER_CODE:
    case UEFI_LOADER_DATA:
        return MEMORY_LOADER;
    case UEFI_BOOT_SERVICES_CODE:
    case UEFI_BOOT_SERVICES_DATA:
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

/* Claims memory; together with a neighbour of the same type, because firmware tells of
 * more pieces than anybody has room for. What has been claimed already is passed over. */
static void claim(struct memory_claims *claims, uint64_t start, uint64_t size,
                  enum memory_type type)
{
    for (struct memory_region *other = claims->claims; other < claims->claims + claims->count;
         other++) {
        uint64_t offset = start - other->start;

        if (other->type != type || size == 0)
            continue;
        if (offset <= other->size && size <= other->size - offset)
            return;
        if (other->start + other->size == start) {
            other->size += size;
            return;
        }
        if (start + size == other->start) {
            other->start = start;
            other->size += size;
            return;
        }
    }
    if (claims->count >= MEMORY_CLAIMS - CLAIMS_OF_OTHERS
        || !memory_claim(claims, start, size, type))
        firmware_fail("the firmware's memory map has too many pieces");
}

/* Takes the largest free piece of memory from 1 MiB to 4 GiB from the firmware, which
 * still lives. It keeps a quarter of it, or 4 MiB: it needs some to read a disk, and where
 * memory is encrypted it even has a copy of what it reads. Ours bears the name of the
 * firmware's own data, because that is what it will be: free, once the firmware is left. */
static void take_room(void)
{
    uint64_t size = 0;

    for (const struct uefi_memory *memory = next(0); memory; memory = next(memory)) {
        uint64_t from = memory->start < MIB ? MIB : memory->start;
        uint64_t to = memory->start + memory->pages * PAGE_SIZE;

        if (to > 4 * GIB)
            to = 4 * GIB;
        if (memory->type == UEFI_CONVENTIONAL && type_of(memory) == MEMORY_USABLE && to > from
            && to - from > size) {
            room = from;
            size = to - from;
        }
    }
    room_pages = (size - (size / 4 < LEFT ? size / 4 : LEFT)) / PAGE_SIZE;
    if (uefi_services->allocate_pages(UEFI_AT_ADDRESS, UEFI_BOOT_SERVICES_DATA, room_pages, &room)
        != 0) {
        room_pages = 0;
        firmware_fail("the firmware gives the loader no memory");
    }
}

/* Gives it back: firmware does not do so by itself when an application ends. */
void uefi_free_memory(void)
{
    if (room_pages > 0)
        uefi_services->free_pages(room, room_pages);
}

/* Claims all memory as it will be, but only the room as usable: the rest may be taken by
 * the firmware at any time. The first page is the firmware's, as it is with a BIOS. */
void firmware_claim_memory(struct memory_claims *claims)
{
    uefi_check_cpu();
    read_map(uefi_services);
    take_room();
    for (const struct uefi_memory *memory = next(0); memory; memory = next(memory)) {
        uint64_t size = memory->pages * PAGE_SIZE, before = room - memory->start;
        enum memory_type type = type_of(memory);

        if (type == MEMORY_USABLE)
            type = MEMORY_LOADER;
        if (before < size) {
            claim(claims, memory->start, before, type);
            claim(claims, room, room_pages * PAGE_SIZE, MEMORY_USABLE);
            claim(claims, room + room_pages * PAGE_SIZE, size - before - room_pages * PAGE_SIZE,
                  type);
        } else {
            claim(claims, memory->start, size, type);
        }
    }
    claim(claims, 0, PAGE_SIZE, MEMORY_RESERVED);
}

/* Claims all memory once more, now as it is. What was reserved stays so: it is not in the
 * kernel's window. */
static void claim_for_good(struct memory_claims *claims)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < claims->count; i++)
        if (claims->claims[i].type >= MEMORY_RESERVED)
            claims->claims[kept++] = claims->claims[i];
    claims->count = kept;
    for (const struct uefi_memory *memory = next(0); memory; memory = next(memory))
        claim(claims, memory->start, memory->pages * PAGE_SIZE, type_of(memory));
}

/* Leaves the firmware, with the memory map as it is at that moment. If the map has changed
 * since we were told, the firmware refuses, and we ask again. By then it may have begun to
 * shut down, and nothing else of it can be used (UEFI specification,
 * "EFI_BOOT_SERVICES.ExitBootServices()"). */
void firmware_leave(struct memory_claims *claims)
{
    struct uefi_services *services = uefi_services;
    uefi_status status = 1;

    uefi_close_kernel();
    for (unsigned i = 0; i < EXIT_TRIES && status != 0; i++) {
        read_map(services);
        claim_for_good(claims);
        status = services->exit_boot_services(uefi_image, map_key);
        uefi_services = 0;
    }
    if (status != 0)
        firmware_fail("the firmware does not let the loader go");
    uefi_take_cpu();
}
