/* What we use of UEFI, as structures, and nothing else of it. What we pass over is an
 * array of pointers, so that all else has its place. Functions have Microsoft's calling
 * convention, as do all that our compiler for UEFI makes.
 * Source: UEFI specification 2.10; beside each structure, the title of its section. */

#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "memory_map.h"

/* "Status Codes": 0 is success, and errors have the highest bit set. */
typedef uint64_t uefi_status;
#define UEFI_LOAD_ERROR (UINT64_C(1) << 63 | 1)

/* "EFI_GUID": the name of a protocol or of a table. */
struct uefi_guid {
    _Alignas(8) uint32_t first;
    uint16_t second, third;
    uint8_t rest[8];
};

/* "EFI Table Header": all tables begin so. */
struct uefi_table_header {
    uint64_t signature;
    uint32_t revision, size, crc32, reserved;
};

/* "EFI_SIMPLE_TEXT_INPUT_PROTOCOL". */
struct uefi_key {
    uint16_t scan_code, character;
};
struct uefi_text_input {
    uefi_status (*reset)(struct uefi_text_input *self, bool thorough);
    uefi_status (*read_key)(struct uefi_text_input *self, struct uefi_key *key);
};

/* "EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL"; text is UCS-2, ended by 0. */
struct uefi_text_output {
    void *reset;
    uefi_status (*print)(struct uefi_text_output *self, const uint16_t *text);
};

/* "EFI_BOOT_SERVICES.GetMemoryMap()": a piece of memory. */
struct uefi_memory {
    uint32_t type;
    uint64_t start; /* physical address */
    uint64_t virtual_start;
    uint64_t pages; /* of 4 KiB */
    uint64_t attributes;
};

enum { UEFI_CAN_WRITE_BACK = 1 << 3 }; /* among the attributes: can be cached as RAM is */

/* "EFI_BOOT_SERVICES.AllocatePages()": how to choose the place, and types of memory. */
enum { UEFI_AT_ADDRESS = 2 };
enum uefi_memory_type {
    UEFI_LOADER_CODE = 1, /* of applications, such as we are */
    UEFI_LOADER_DATA,
    UEFI_BOOT_SERVICES_CODE, /* of the firmware, until it is left */
    UEFI_BOOT_SERVICES_DATA,
    UEFI_CONVENTIONAL = 7,
    UEFI_UNUSABLE,
    UEFI_ACPI_RECLAIM,
    UEFI_ACPI_NVS,
};

/* "EFI_BOOT_SERVICES.LocateHandleBuffer()": which handles to look for. */
enum { UEFI_BY_PROTOCOL = 2 };

/* "EFI Boot Services Table". */
struct uefi_services {
    struct uefi_table_header header;
    void *priorities[2];
    uefi_status (*allocate_pages)(uint32_t how, uint32_t type, uint64_t pages, uint64_t *start);
    uefi_status (*free_pages)(uint64_t start, uint64_t pages);
    uefi_status (*get_memory_map)(uint64_t *size, void *map, uint64_t *key, uint64_t *entry_size,
                                  uint32_t *version);
    void *allocate_pool;
    uefi_status (*free_pool)(void *memory);
    void *events[6], *protocols[3];
    uefi_status (*get_protocol)(void *handle, const struct uefi_guid *protocol, void *interface);
    void *lookups[5], *images[2];
    uefi_status (*exit)(void *image, uefi_status status, uint64_t size, const uint16_t *text);
    void *unload_image;
    uefi_status (*exit_boot_services)(void *image, uint64_t memory_map_key);
    void *get_count;
    uefi_status (*stall)(uint64_t microseconds);
    void *set_watchdog, *controllers[2], *open_protocols[4];
    uefi_status (*find_handles)(uint32_t how, const struct uefi_guid *protocol, const void *key,
                                uint64_t *count, void ***handles);
};

/* "EFI System Table", "EFI Configuration Table". */
struct uefi_system {
    struct uefi_table_header header;
    const uint16_t *vendor;
    uint32_t revision;
    void *input_handle;
    struct uefi_text_input *input;
    void *output_handle;
    struct uefi_text_output *output;
    void *errors[2], *runtime_services;
    struct uefi_services *services;
    uint64_t table_count;
    const struct uefi_table *tables;
};
struct uefi_table {
    struct uefi_guid name;
    const void *table;
};

/* "EFI_LOADED_IMAGE_PROTOCOL": how we were started. */
struct uefi_loaded_image {
    uint32_t revision;
    void *parent, *system, *device, *path, *reserved;
    uint32_t options_size; /* bytes */
    const uint16_t *options;
};

/* "EFI_FILE_PROTOCOL". */
struct uefi_file {
    uint64_t revision;
    uefi_status (*open)(struct uefi_file *self, struct uefi_file **file, const uint16_t *path,
                        uint64_t mode, uint64_t attributes);
    uefi_status (*close)(struct uefi_file *self);
    void *delete;
    uefi_status (*read)(struct uefi_file *self, uint64_t *size, void *to);
    void *write, *get_position;
    uefi_status (*set_position)(struct uefi_file *self, uint64_t position);
    uefi_status (*get_info)(struct uefi_file *self, const struct uefi_guid *kind, uint64_t *size,
                            void *info);
};
enum { UEFI_FILE_READ = 1 };

/* "EFI_FILE_INFO"; the file's name follows, and is not looked at. */
struct uefi_file_info {
    uint64_t size, file_size, space_on_disk;
    uint8_t times[3][16];
    uint64_t attributes;
};

/* "EFI_SIMPLE_FILE_SYSTEM_PROTOCOL". */
struct uefi_file_system {
    uint64_t revision;
    uefi_status (*open)(struct uefi_file_system *self, struct uefi_file **root);
};

/* "EFI_GRAPHICS_OUTPUT_PROTOCOL". */
enum { UEFI_PIXEL_RGB, UEFI_PIXEL_BGR, UEFI_PIXEL_MASKS }; /* then, none at all */
struct uefi_graphics_mode {
    uint32_t version, columns, rows, pixel;
    uint32_t red, green, blue, other; /* masks of a pixel's bits, if it is told by these */
    uint32_t pixels_a_row;
};
struct uefi_graphics {
    uefi_status (*query_mode)(struct uefi_graphics *self, uint32_t number, uint64_t *size,
                              struct uefi_graphics_mode **mode);
    uefi_status (*set_mode)(struct uefi_graphics *self, uint32_t number);
    void *copy;
    const struct uefi_graphics_state *state;
};
struct uefi_graphics_state {
    uint32_t mode_count, mode_number;
    const struct uefi_graphics_mode *mode;
    uint64_t mode_size;
    uint64_t start, size; /* of the framebuffer: address, bytes */
};

/* Ours. The services are there until the firmware is left; then this is 0. */
extern struct uefi_system *uefi;
extern struct uefi_services *uefi_services;
extern void *uefi_image;
extern struct boot_info uefi_screen; /* only the display, as soon as it is known */

void *uefi_protocol(void *handle, const struct uefi_guid *name);
const struct uefi_loaded_image *uefi_started_by(void);
void uefi_check_cpu(void);
void uefi_take_cpu(void);
void uefi_find_display(struct boot_info *boot_info);
void uefi_free_memory(void);
void uefi_close_kernel(void);
