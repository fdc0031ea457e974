/* What we use of UEFI, as structures, and only that: its tables, and the console. What we do
 * not use is left as an array of pointers, so that the rest keeps its place.
 * Source: UEFI specification 2.10; above each structure is the title of its section, and
 * beside its members are their names there. */

#pragma once

#include <stdbool.h>
#include <stdint.h>

/* "x64 Platforms", "Detailed Calling Conventions": the functions of the specification have
 * Microsoft's convention. Ours use the System V ABI's, as in the rest of the loader. */
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

/* "EFI Table Header": all tables begin like this. */
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
enum { UEFI_ANY_PAGES = 0 }; /* AllocateAnyPages */
enum uefi_memory_type {
    UEFI_LOADER_CODE = 1,    /* EfiLoaderCode, of applications such as ours */
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
    /* SetWatchdogTimer */
    uefi_status(EFIAPI *set_watchdog)(uint64_t seconds, uint64_t code, uint64_t size,
                                      const uint16_t *data);
    void *controllers[2];    /* ConnectController, DisconnectController */
    void *open_protocols[4]; /* OpenProtocol to ProtocolsPerHandle */
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
