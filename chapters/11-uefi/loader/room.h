/* The memory that all comes from what the kernel gets. */

#pragma once

#include "memory_map.h"

uint64_t find_room(const struct memory_map *map, uint64_t size);
uint64_t allocate_pages(uint64_t size);
void claim_room(struct memory_claims *claims);
