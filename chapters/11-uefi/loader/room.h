/* The memory that everything for the kernel is taken from. */

#pragma once

#include "memory_map.h"

uint64_t find_room(const struct memory_map *map, uint64_t size);
uint64_t allocate_pages(uint64_t size);
void claim_room(struct memory_claims *claims);
