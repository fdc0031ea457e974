/* The kernel on UEFI's disk: a file of the volume that the loader was started from. */

#include "firmware.h"
#include "uefi.h"

enum { AT_ONCE = 1 << 20 }; /* bytes: some firmware fails at more (Linux) */

static const struct uefi_guid file_system = {
    0x964e5b22, 0x6459, 0x11d2, {0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b}};
static const struct uefi_guid file_info = {
    0x09576e92, 0x6d3f, 0x11d2, {0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b}};

static struct uefi_file *kernel;

static void open_kernel(void)
{
    struct uefi_file_system *volume = uefi_protocol(uefi_started_by()->device, &file_system);
    struct uefi_file *root;
    uefi_status status;

    if (!volume || volume->open(volume, &root) != 0)
        firmware_fail("the volume that the loader comes from cannot be read");
    status = root->open(root, &kernel, u"\\boot\\kernel.elf", UEFI_FILE_READ, 0);
    root->close(root);
    if (status != 0) {
        kernel = 0;
        firmware_fail("the kernel is missing: \\boot\\kernel.elf cannot be opened");
    }
}

/* Finds the kernel's file.
 *   result   bytes */
uint64_t firmware_kernel_size(void)
{
    struct {
        struct uefi_file_info info;
        uint16_t name[256]; /* FAT has none that is longer */
    } answer;
    uint64_t size = sizeof answer;

    open_kernel();
    if (kernel->get_info(kernel, &file_info, &size, &answer) != 0)
        firmware_fail("the firmware does not tell the size of \\boot\\kernel.elf");
    return answer.info.file_size;
}

/* Reads a part of the kernel's file.
 *   offset, size   bytes; all of it must be in the file */
void firmware_read_kernel(uint64_t offset, uint64_t size, void *to)
{
    uint8_t *next = to;

    if (kernel->set_position(kernel, offset) != 0)
        firmware_fail("cannot read \\boot\\kernel.elf");
    while (size > 0) {
        uint64_t part = size < AT_ONCE ? size : AT_ONCE, got = part;

        if (kernel->read(kernel, &got, next) != 0 || got != part)
            firmware_fail("cannot read \\boot\\kernel.elf");
        next += part;
        size -= part;
    }
}

void uefi_close_kernel(void)
{
    if (kernel)
        kernel->close(kernel);
    kernel = 0;
}
