/* What GRUB reports: a list of tags in memory. The structures are GRUB's own, and only
 * those that we use; where a member has another name in the specification, that name is
 * beside ours. Source: Multiboot2 specification, "Boot information format". */

#pragma once

#include <stddef.h>

#include "memory_map.h"

enum {
    TAG_END = 0,
    TAG_MODULE = 3,
    TAG_BASIC_MEMORY = 4,
    TAG_BOOT_DEVICE = 5,
    TAG_MEMORY_MAP = 6,
    TAG_FRAMEBUFFER = 8,
    TAG_ACPI_OLD = 14, /* a copy of the RSDP as of ACPI 1.0 */
    TAG_ACPI_NEW = 15, /* and since ACPI 2.0 */

    FRAMEBUFFER_IS_PIXELS = 1,
    FRAMEBUFFER_IS_TEXT = 2,
};

struct multiboot2 {
    uint32_t size; /* total_size: bytes, this and all tags; at a multiple of 8, like each tag */
    uint32_t reserved;
};

struct tag {
    uint32_t type;
    uint32_t size; /* bytes, this included; the next tag begins at the next multiple of 8 */
};

struct module_tag {
    struct tag tag;
    uint32_t start, end; /* mod_start, mod_end: of the first byte, and after the last */
    char command_line[]; /* string; ended by a zero byte */
};

struct basic_memory_tag {
    struct tag tag;
    uint32_t lower; /* mem_lower: KiB, from address 0 on */
    uint32_t upper; /* mem_upper: KiB, from 1 MiB on */
};

struct boot_device_tag {
    struct tag tag;
    uint32_t drive; /* biosdev: the BIOS's number */
    uint32_t partition, sub_partition;
};

struct memory_map_tag {
    struct tag tag;
    uint32_t entry_size, entry_version; /* entries may grow: this is their size */
    uint8_t entries[];
};

struct memory_map_entry {
    uint64_t start, size; /* base_addr, length: physical address, bytes */
    uint32_t type;        /* ACPI's numbers */
    uint32_t reserved;
};

struct framebuffer_tag {
    struct tag tag;
    uint64_t start;         /* framebuffer_addr: physical address */
    uint32_t pitch;         /* bytes from a row to the next */
    uint32_t columns, rows; /* framebuffer_width and _height: of pixels or cells */
    uint8_t bits_per_pixel; /* framebuffer_bpp */
    uint8_t type, reserved[2];
    struct {
        uint8_t lowest_bit, bits; /* framebuffer_red_field_position, _mask_size and so on */
    } red, green, blue;           /* of a pixel; where there are pixels */
};

struct acpi_tag {
    struct tag tag;
    uint8_t rsdp[];
};

const char *multiboot2_check(const struct multiboot2 *information);
const void *multiboot2_find(const struct multiboot2 *information, uint32_t type,
                            const struct tag *after);
void multiboot2_claim_memory(const struct memory_map_tag *map, struct memory_claims *claims);
