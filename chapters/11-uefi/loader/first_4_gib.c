/* More memory within reach: chapter 04's page tables end after the first GiB. */

#include <stdint.h>

#include "first_4_gib.h"

enum { ENTRIES = 512, PRESENT = 1 << 0, WRITABLE = 1 << 1, LARGE = 1 << 7 };

extern uint64_t pdpt[ENTRIES];

static uint64_t directories[3][ENTRIES] __attribute__((aligned(4096)));

/* Maps the three GiB above the first one onto themselves as well, in pages of 2 MiB: three
 * more page directories. The CPU caches no entry that is not present, and so the new ones
 * count at once (Intel SDM vol. 3, "Invalidation"). Devices are also in these pages: the
 * loader touches none of them, and the MTRRs keep them from being cached. */
void map_first_4_gib(void)
{
    for (uint64_t i = 0; i < 3; i++) {
        for (uint64_t j = 0; j < ENTRIES; j++)
            directories[i][j] = (i + 1) << 30 | j << 21 | LARGE | WRITABLE | PRESENT;
        pdpt[i + 1] = (uintptr_t)directories[i] | WRITABLE | PRESENT;
    }
}
