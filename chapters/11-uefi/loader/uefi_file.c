/* The kernel on UEFI's disk: a file of the volume that the loader was started from. It is
 * read whole, because later, when there is room for its segments, the firmware is gone. */

#include "boot.h"
#include "string.h"
#include "uefi.h"

enum { AT_ONCE = 1 << 20 }; /* bytes: some firmware fails at more (Linux) */

static const struct uefi_guid file_system = {
    0x964e5b22, 0x6459, 0x11d2, {0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b}};
static const struct uefi_guid file_info = {
    0x09576e92, 0x6d3f, 0x11d2, {0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b}};

static uint8_t *kernel;
static uint64_t kernel_size;

static struct uefi_file *open_kernel(void)
{
    struct uefi_file_system *volume = uefi_protocol(uefi_started_by()->device, &file_system);
    struct uefi_file *root, *file;
    uefi_status status;

    if (!volume || volume->open(volume, &root) != 0)
        boot_fail("the volume that the loader comes from cannot be read");
    status = root->open(root, &file, u"\\boot\\kernel.elf", UEFI_FILE_READ, 0);
    root->close(root);
    if (status != 0)
        boot_fail("the kernel is missing: \\boot\\kernel.elf cannot be opened");
    return file;
}

/* Reads a file to memory.
 *   result   0, or what is wrong */
static const char *read_whole(struct uefi_file *file)
{
    struct {
        struct uefi_file_info info;
        uint16_t name[256]; /* FAT has no longer ones */
    } answer;
    uint64_t size = sizeof answer;

    if (file->get_info(file, &file_info, &size, &answer) != 0)
        return "the firmware does not tell the size of \\boot\\kernel.elf";
    kernel_size = answer.info.file_size;
    kernel = uefi_allocate(kernel_size);
    if (!kernel)
        return "too little memory to read \\boot\\kernel.elf";
    for (uint64_t offset = 0, part; offset < kernel_size; offset += part) {
        part = kernel_size - offset < AT_ONCE ? kernel_size - offset : AT_ONCE;
        size = part;
        if (file->read(file, &size, kernel + offset) != 0 || size != part)
            return "cannot read \\boot\\kernel.elf";
    }
    return 0;
}

/* Finds the kernel's file, and reads it.
 *   result   bytes */
uint64_t boot_find_kernel(void)
{
    struct uefi_file *file = open_kernel();
    const char *error = read_whole(file);

    file->close(file);
    if (error)
        boot_fail(error);
    return kernel_size;
}

/* Copies a part of the kernel's file.
 *   offset, size   bytes; all of it must be in the file */
void boot_read_kernel(uint64_t offset, uint64_t size, void *to)
{
    memcpy(to, kernel + offset, size);
}
