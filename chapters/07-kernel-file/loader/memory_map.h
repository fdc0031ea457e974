/* From what firmware says of memory to a map that a kernel can believe. */

#pragma once

#include <stdbool.h>

#include "boot_info.h"

/* What has been said of memory so far, in any order; it may overlap. The map that is made
 * of the claims is kept after the last one. */
struct memory_claims {
    struct memory_region *claims;
    uint64_t count;
    uint64_t space; /* how many claims and regions fit, together */
};

enum memory_type memory_type_of(uint32_t acpi_type);
void memory_begin(struct memory_claims *claims, uint64_t start, uint64_t size);
void memory_claim(struct memory_claims *claims, uint64_t start, uint64_t size,
                  enum memory_type type);
void memory_resolve(const struct memory_claims *claims, struct memory_map *map);
bool memory_is_usable(const struct memory_map *map, uint64_t start, uint64_t size);
