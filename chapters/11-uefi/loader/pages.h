/* Addresses and sizes in whole pages. */

#pragma once

#include <stdint.h>

enum { PAGE_SIZE = 4096 };

/* The page that an address lies in. */
static inline uint64_t round_down(uint64_t address)
{
    return address & ~(uint64_t)(PAGE_SIZE - 1);
}

/* The first page that begins at an address or above it. */
static inline uint64_t round_up(uint64_t address)
{
    return round_down(address + PAGE_SIZE - 1);
}
