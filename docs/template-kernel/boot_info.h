/* What the loader hands to the kernel, and all that the two agree on: a kernel is entered
 * with the address of a struct boot_info in RDI. */

#pragma once

#include <stdint.h>

/* What memory is, from the freest to the most restricted: where claims overlap,
 * the higher number wins. */
enum memory_type {
    MEMORY_USABLE = 1,
    MEMORY_LOADER,      /* the loader's: page tables, stack, this structure; usable as soon
                         * as the kernel has its own */
    MEMORY_KERNEL,      /* the kernel's segments */
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
    const struct memory_region *regions; /* virtual address */
    uint32_t count;
    uint32_t unused;
};

enum firmware { FIRMWARE_BIOS = 1, FIRMWARE_UEFI };
enum display_kind {
    DISPLAY_NONE,       /* nothing that a kernel could write to; all other fields are 0 */
    DISPLAY_VGA_TEXT,   /* cells of a character and its attribute */
    DISPLAY_FRAMEBUFFER /* pixels of 32 bits */
};

struct display {
    uint32_t kind;    /* enum display_kind */
    uint32_t columns; /* of cells, or of pixels */
    uint32_t rows;
    uint32_t pitch;            /* bytes from a row to the next */
    uint64_t start;            /* of its memory */
    uint32_t red, green, blue; /* of a pixel: the lowest bit of each colour's eight; all 0
                                * with cells */
    uint32_t unused;
};

enum { BOOT_INFO_VERSION = 5 };

/* Addresses are physical unless they are called virtual. */
struct boot_info {
    uint32_t version; /* BOOT_INFO_VERSION of the loader; a kernel accepts its own only */
    uint32_t size;    /* bytes of this structure */

    uint64_t physical_memory; /* virtual address of physical address 0; the first MiB follows,
                               * RAM as far as it is in the map, and the display's memory */

    uint64_t kernel_virtual;  /* the first page that a segment lies in */
    uint64_t kernel_physical; /* where that is in memory; the others follow as in kernel_virtual */
    uint64_t kernel_size;     /* bytes, whole pages, holes between segments included */

    uint64_t kernel_stack_top;  /* virtual; no page is mapped right below the stack */
    uint64_t kernel_stack_size; /* bytes */

    struct display display;

    uint32_t firmware;     /* enum firmware */
    uint32_t boot_drive;   /* the BIOS's number for it; with UEFI, which has none, 0 */
    uint64_t acpi_rsdp;    /* ACPI's root pointer (RSDP); 0: there is none */
    uint64_t command_line; /* text for the kernel, ended by a zero byte; 0: there is none */

    struct memory_map memory;
};
