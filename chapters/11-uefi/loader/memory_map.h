/* From what firmware says of memory to a map that a kernel can believe. */

#pragma once

#include "boot_info.h"

/* What has been said of memory so far, in any order; it may overlap. */
struct memory_claims {
    uint32_t count;
    struct memory_region claims[MEMORY_CLAIMS];
};

enum memory_type memory_type_of(uint32_t acpi_type);
void memory_claim(struct memory_claims *claims, uint64_t start, uint64_t size,
                  enum memory_type type);
void memory_resolve(const struct memory_claims *claims, struct memory_map *map);
