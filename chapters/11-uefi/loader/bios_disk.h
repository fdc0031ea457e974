/* The BIOS's disk, sector by sector. */

#pragma once

#include <stdint.h>

enum { SECTOR = 512, MOST_SECTORS = 127 }; /* at once: Phoenix's BIOS takes no more */

/* Where the BIOS reads to. */
extern uint8_t disk_buffer[MOST_SECTORS * SECTOR];

unsigned read_sectors(uint64_t sector, unsigned count);
