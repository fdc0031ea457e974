/* From what firmware says of memory to a map that a kernel can believe. Firmware
 * lists it in any order, twice, with holes and with overlaps. Nothing in here needs a
 * machine, so it can be tested on any. */

#include "memory_map.h"
#include "boot.h"

/* CPUs of this kind have 52 address lines at most (Intel SDM vol. 3, "Physical
 * Address Space", MAXPHYADDR). */
static const uint64_t end_of_addresses = UINT64_C(1) << 52;

static const char too_many[] = "the firmware's memory map has too many pieces";

/* What firmware's number for a kind of memory means here (ACPI specification,
 * "Address Range Types"). */
enum memory_type memory_type_of(uint32_t acpi_type)
{
    switch (acpi_type) {
    case 1:
        return MEMORY_USABLE;
    case 3:
        return MEMORY_ACPI_TABLES;
    case 4:
        return MEMORY_ACPI_NVS;
    case 5:
        return MEMORY_BAD;
    default:
        return MEMORY_RESERVED;
    }
}

/* Begins without claims.
 *   start, size   memory for claims and map, in bytes; at a multiple of 8 */
void memory_begin(struct memory_claims *claims, uint64_t start, uint64_t size)
{
    claims->claims = (struct memory_region *)(uintptr_t)start;
    claims->count = 0;
    claims->space = size / sizeof *claims->claims;
}

/* Adds a claim; ends in boot_fail if there is no more space.
 *   start   physical address
 *   size    bytes; a claim of 0, or beyond all addresses, means nothing and is dropped */
void memory_claim(struct memory_claims *claims, uint64_t start, uint64_t size,
                  enum memory_type type)
{
    if (size == 0 || start >= end_of_addresses || size > end_of_addresses - start)
        return;
    if (claims->count == claims->space)
        boot_fail(too_many);
    claims->claims[claims->count++] = (struct memory_region){start, size, type, 0};
}

/* The highest type that is claimed for an address, or 0 if there is none.
 *   change   becomes the next address where a claim begins or ends */
static uint32_t type_at(const struct memory_claims *claims, uint64_t address, uint64_t *change)
{
    uint32_t type = 0;

    *change = end_of_addresses;
    for (const struct memory_region *claim = claims->claims; claim < claims->claims + claims->count;
         claim++) {
        uint64_t end = claim->start + claim->size;
        uint64_t next = address < claim->start ? claim->start : end;

        if (address >= end)
            continue;
        if (next < *change)
            *change = next;
        if (address >= claim->start && claim->type > type)
            type = claim->type;
    }
    return type;
}

/* Makes the map: goes through all addresses, from each place where something
 * changes to the next. N claims have 2N such places at most, and so 2N - 1 regions. Ends in
 * boot_fail if there is no space for them. */
void memory_resolve(const struct memory_claims *claims, struct memory_map *map)
{
    struct memory_region *const regions = claims->claims + claims->count;
    uint32_t last_type = 0, type;

    map->regions = regions;
    map->count = 0;
    for (uint64_t address = 0, end; address < end_of_addresses; address = end, last_type = type) {
        type = type_at(claims, address, &end);
        if (type == 0)
            continue;
        if (type != last_type) {
            if (claims->count + map->count == claims->space)
                boot_fail(too_many);
            regions[map->count++] = (struct memory_region){address, 0, type, 0};
        }
        regions[map->count - 1].size += end - address;
    }
}

/* Whether all of a piece of memory may be used.
 *   start   physical address
 *   size    bytes; any value */
bool memory_is_usable(const struct memory_map *map, uint64_t start, uint64_t size)
{
    for (const struct memory_region *region = map->regions; region < map->regions + map->count;
         region++) {
        uint64_t offset = start - region->start;

        if (region->type == MEMORY_USABLE && start >= region->start && offset <= region->size
            && size <= region->size - offset)
            return true;
    }
    return false;
}
