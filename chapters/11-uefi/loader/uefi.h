/* What we use of UEFI, as structures, and nothing else of it. What we pass over is an
 * array of pointers, so that all else has its place.
 * Source: UEFI specification 2.10; above each structure is the title of its section, and
 * beside its members are their names there. */

#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "memory_map.h"

/* "x64 Platforms", "Detailed Calling Conventions": the functions of the specification have
 * Microsoft's convention. Ours have the System V ABI's, as in the rest of the loader. */
#define EFIAPI __attribute__((ms_abi))

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
    uint64_t signature;                       /* Signature */
    uint32_t revision, size, crc32, reserved; /* Revision, HeaderSize, CRC32, Reserved */
};

/* "EFI_SIMPLE_TEXT_INPUT_PROTOCOL". */
struct uefi_key {
    uint16_t scan_code, character; /* ScanCode, UnicodeChar */
};
struct uefi_text_input {
    /* Reset, ReadKeyStroke */
    uefi_status(EFIAPI *reset)(struct uefi_text_input *self, bool thorough);
    uefi_status(EFIAPI *read_key)(struct uefi_text_input *self, struct uefi_key *key);
};

/* "EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL"; text is UCS-2, ended by 0. */
struct uefi_text_output {
    void *reset; /* Reset */
    /* OutputString */
    uefi_status(EFIAPI *print)(struct uefi_text_output *self, const uint16_t *text);
};

/* "EFI_BOOT_SERVICES.GetMemoryMap()": a piece of memory. */
struct uefi_memory {
    uint32_t type;          /* Type */
    uint64_t start;         /* PhysicalStart */
    uint64_t virtual_start; /* VirtualStart */
    uint64_t pages;         /* NumberOfPages, of 4 KiB */
    uint64_t attributes;    /* Attribute */
};

/* EFI_MEMORY_WB, among the attributes: can be cached as RAM is. */
enum { UEFI_CAN_WRITE_BACK = 1 << 3 };

/* "EFI_BOOT_SERVICES.AllocatePages()": how to choose the place, and types of memory. */
enum { UEFI_AT_ADDRESS = 2 }; /* AllocateAddress */
enum uefi_memory_type {
    UEFI_LOADER_CODE = 1,    /* EfiLoaderCode, of applications, such as we are */
    UEFI_LOADER_DATA,        /* EfiLoaderData */
    UEFI_BOOT_SERVICES_CODE, /* EfiBootServicesCode, of the firmware, until it is left */
    UEFI_BOOT_SERVICES_DATA, /* EfiBootServicesData */
    UEFI_CONVENTIONAL = 7,   /* EfiConventionalMemory */
    UEFI_UNUSABLE,           /* EfiUnusableMemory */
    UEFI_ACPI_RECLAIM,       /* EfiACPIReclaimMemory */
    UEFI_ACPI_NVS,           /* EfiACPIMemoryNVS */
};

/* "EFI_BOOT_SERVICES.LocateHandleBuffer()": which handles to look for. */
enum { UEFI_BY_PROTOCOL = 2 }; /* ByProtocol */

/* "EFI Boot Services Table". */
struct uefi_services {
    struct uefi_table_header header; /* Hdr */
    void *priorities[2];             /* RaiseTPL, RestoreTPL */
    /* AllocatePages, FreePages, GetMemoryMap */
    uefi_status(EFIAPI *allocate_pages)(uint32_t how, uint32_t type, uint64_t pages,
                                        uint64_t *start);
    uefi_status(EFIAPI *free_pages)(uint64_t start, uint64_t pages);
    uefi_status(EFIAPI *get_memory_map)(uint64_t *size, void *map, uint64_t *key,
                                        uint64_t *entry_size, uint32_t *version);
    void *allocate_pool;                          /* AllocatePool */
    uefi_status(EFIAPI *free_pool)(void *memory); /* FreePool */
    void *events[6];                              /* CreateEvent to CheckEvent */
    void *protocols[3];                           /* InstallProtocolInterface and the next two */
    /* HandleProtocol */
    uefi_status(EFIAPI *get_protocol)(void *handle, const struct uefi_guid *protocol,
                                      void *interface);
    void *lookups[5]; /* a reserved one, RegisterProtocolNotify to InstallConfigurationTable */
    void *images[2];  /* LoadImage, StartImage */
    uefi_status(EFIAPI *exit)(void *image, uefi_status status, uint64_t size,
                              const uint16_t *text); /* Exit */
    void *unload_image;                              /* UnloadImage */
    /* ExitBootServices */
    uefi_status(EFIAPI *exit_boot_services)(void *image, uint64_t memory_map_key);
    void *get_count;                                   /* GetNextMonotonicCount */
    uefi_status(EFIAPI *stall)(uint64_t microseconds); /* Stall */
    void *set_watchdog;                                /* SetWatchdogTimer */
    void *controllers[2];                              /* ConnectController, DisconnectController */
    void *open_protocols[4];                           /* OpenProtocol to ProtocolsPerHandle */
    /* LocateHandleBuffer */
    uefi_status(EFIAPI *find_handles)(uint32_t how, const struct uefi_guid *protocol,
                                      const void *key, uint64_t *count, void ***handles);
};

/* "EFI System Table", "EFI Configuration Table". */
struct uefi_system {
    struct uefi_table_header header; /* Hdr */
    const uint16_t *vendor;          /* FirmwareVendor */
    uint32_t revision;               /* FirmwareRevision */
    void *input_handle;              /* ConsoleInHandle */
    struct uefi_text_input *input;   /* ConIn */
    void *output_handle;             /* ConsoleOutHandle */
    struct uefi_text_output *output; /* ConOut */
    void *errors[2];                 /* StandardErrorHandle, StdErr */
    void *runtime_services;          /* RuntimeServices */
    struct uefi_services *services;  /* BootServices */
    uint64_t table_count;            /* NumberOfTableEntries */
    const struct uefi_table *tables; /* ConfigurationTable */
};
struct uefi_table {
    struct uefi_guid name; /* VendorGuid */
    const void *table;     /* VendorTable */
};

/* "EFI_LOADED_IMAGE_PROTOCOL": how we were started. */
struct uefi_loaded_image {
    uint32_t revision;              /* Revision */
    void *parent, *system, *device; /* ParentHandle, SystemTable, DeviceHandle */
    void *path, *reserved;          /* FilePath, Reserved */
    uint32_t options_size;          /* LoadOptionsSize, in bytes */
    const uint16_t *options;        /* LoadOptions */
};

/* "EFI_FILE_PROTOCOL". */
struct uefi_file {
    uint64_t revision; /* Revision */
    /* Open, Close, Delete, Read */
    uefi_status(EFIAPI *open)(struct uefi_file *self, struct uefi_file **file, const uint16_t *path,
                              uint64_t mode, uint64_t attributes);
    uefi_status(EFIAPI *close)(struct uefi_file *self);
    void *delete;
    uefi_status(EFIAPI *read)(struct uefi_file *self, uint64_t *size, void *to);
    void *write, *get_position; /* Write, GetPosition */
    /* SetPosition, GetInfo */
    uefi_status(EFIAPI *set_position)(struct uefi_file *self, uint64_t position);
    uefi_status(EFIAPI *get_info)(struct uefi_file *self, const struct uefi_guid *kind,
                                  uint64_t *size, void *info);
};
enum { UEFI_FILE_READ = 1 }; /* EFI_FILE_MODE_READ */

/* "EFI_FILE_INFO"; the file's name follows, and is not looked at. */
struct uefi_file_info {
    uint64_t size, file_size, space_on_disk; /* Size, FileSize, PhysicalSize */
    uint8_t times[3][16];                    /* CreateTime, LastAccessTime, ModificationTime */
    uint64_t attributes;                     /* Attribute */
};

/* "EFI_SIMPLE_FILE_SYSTEM_PROTOCOL". */
struct uefi_file_system {
    uint64_t revision; /* Revision */
    /* OpenVolume */
    uefi_status(EFIAPI *open)(struct uefi_file_system *self, struct uefi_file **root);
};

/* "EFI_GRAPHICS_OUTPUT_PROTOCOL". */
enum uefi_pixel {
    UEFI_PIXEL_RGB,   /* PixelRedGreenBlueReserved8BitPerColor */
    UEFI_PIXEL_BGR,   /* PixelBlueGreenRedReserved8BitPerColor */
    UEFI_PIXEL_MASKS, /* PixelBitMask; then, none at all */
};
struct uefi_graphics_mode {
    uint32_t version;       /* Version */
    uint32_t columns, rows; /* HorizontalResolution, VerticalResolution */
    uint32_t pixel;         /* PixelFormat */
    /* PixelInformation: masks of a pixel's bits, if it is told by these */
    uint32_t red, green, blue, other; /* RedMask, GreenMask, BlueMask, ReservedMask */
    uint32_t pixels_a_row;            /* PixelsPerScanLine */
};
struct uefi_graphics {
    /* QueryMode, SetMode */
    uefi_status(EFIAPI *query_mode)(struct uefi_graphics *self, uint32_t number, uint64_t *size,
                                    struct uefi_graphics_mode **mode);
    uefi_status(EFIAPI *set_mode)(struct uefi_graphics *self, uint32_t number);
    void *copy;                              /* Blt */
    const struct uefi_graphics_state *state; /* Mode */
};
struct uefi_graphics_state {
    uint32_t mode_count, mode_number;      /* MaxMode, Mode */
    const struct uefi_graphics_mode *mode; /* Info */
    uint64_t mode_size;                    /* SizeOfInfo */
    uint64_t start, size;                  /* FrameBufferBase, FrameBufferSize in bytes */
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
