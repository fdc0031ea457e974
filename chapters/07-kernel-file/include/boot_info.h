/* What the loader hands to the kernel, and all that the two agree on: a kernel is entered
 * with the address of a struct boot_info in RDI. */

#pragma once

#include <stdint.h>

/* What memory is, from the freest to the most restricted: where claims overlap,
 * the higher number wins. */
enum memory_type {
    MEMORY_USABLE = 1,
    MEMORY_LOADER,      /* the loader's own: usable as soon as the kernel has taken over */
    MEMORY_KERNEL,      /* all that the kernel may take: for its image, .bss and stack */
    MEMORY_ACPI_TABLES, /* usable once the kernel has read ACPI's tables */
    MEMORY_ACPI_NVS,    /* the firmware's; to be saved when the machine sleeps */
    MEMORY_RESERVED,    /* anything else: ROM, devices, the firmware's memory */
    MEMORY_BAD,         /* RAM that is known to be broken */
};

struct memory_region {
    uint64_t start; /* physical address */
    uint64_t size;  /* bytes; never 0 */
    uint32_t type;  /* enum memory_type */
    uint32_t unused;
};

/* All memory that firmware or loader has said anything about, sorted by address. No two
 * regions overlap, and two of the same type that touch are one. What is in none of them
 * is not memory, as far as we know. */
struct memory_map {
    const struct memory_region *regions;
    uint32_t count;
    uint32_t unused;
};

enum { BOOT_INFO_VERSION = 2 };

struct boot_info {
    uint32_t version; /* BOOT_INFO_VERSION of the loader; a kernel accepts its own only */
    uint32_t size;    /* bytes of this structure */
    struct memory_map memory;
};
