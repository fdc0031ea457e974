/* The protocols that handles are asked for. As in efi.h, only what we use has a name. */

#pragma once

#include "efi.h"

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
    void *write, *positions[2]; /* Write, GetPosition, SetPosition */
    /* GetInfo */
    uefi_status(EFIAPI *get_info)(struct uefi_file *self, const struct uefi_guid *kind,
                                  uint64_t *size, void *info);
};
enum { UEFI_FILE_READ = 1 }; /* EFI_FILE_MODE_READ */

/* "EFI_FILE_INFO"; the file's name follows, and is ignored. */
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
    UEFI_PIXEL_MASKS, /* PixelBitMask; the next number means no pixels at all */
};
struct uefi_graphics_mode {
    uint32_t version;       /* Version */
    uint32_t columns, rows; /* HorizontalResolution, VerticalResolution */
    uint32_t pixel;         /* PixelFormat */
    /* PixelInformation: masks of a pixel's bits, if pixel says UEFI_PIXEL_MASKS */
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
