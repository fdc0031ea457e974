/* The kernel on the BIOS's disk: a file that follows the loader. */

#include "bios.h"
#include "bios_disk.h"
#include "boot.h"
#include "string.h"

enum { TICKS_A_SECOND = 18 }; /* of the BIOS's clock: 18.2 */

extern const volatile uint32_t bios_clock; /* in the BIOS data area; an interrupt counts it */

/* Numbers that are known when the disk is made; the linker hands them to us as addresses. */
extern const char kernel_first_sector[], kernel_file_size[];

/* What follows the kernel's last byte. A copy of the disk that was cut short reads
 * well, but does not have it. */
static const char end_mark[] = "end of kernel";

static uint32_t started, last_shown; /* by the BIOS's clock */

static void print_mib(uint64_t bytes)
{
    char text[] = "    ", *digit = text + sizeof text - 1;
    uint64_t mib = bytes >> 20;

    do
        *--digit = (char)('0' + mib % 10);
    while ((mib /= 10) > 0 && digit > text);
    bios_print(digit);
}

/* Shows how far we are, once a second, if it takes longer than that. The cursor stays
 * in the first column, so that the next text is written over it. */
static void show_progress(uint64_t position)
{
    if (bios_clock - last_shown < TICKS_A_SECOND)
        return;
    last_shown = bios_clock;
    bios_print("loading the kernel: ");
    print_mib(position);
    bios_print(" of ");
    print_mib((uintptr_t)kernel_file_size);
    bios_print(" MiB\r");
}

/* Reads a part of the kernel's file.
 *   offset, size   bytes; all of it must be in the file, or in its end mark
 *   to             anywhere in the first 4 GiB */
void boot_read_kernel(uint64_t offset, uint64_t size, void *to)
{
    uint8_t *next = to;

    while (size > 0) {
        uint64_t skip = offset % SECTOR, sectors = (skip + size + SECTOR - 1) / SECTOR;
        unsigned count = read_sectors((uintptr_t)kernel_first_sector + offset / SECTOR,
                                      sectors < MOST_SECTORS ? (unsigned)sectors : MOST_SECTORS);
        uint64_t got = count * SECTOR - skip;

        if (got > size)
            got = size;
        memcpy(next, disk_buffer + skip, got);
        next += got;
        offset += got;
        size -= got;
        show_progress(offset);
    }
    if (last_shown != started)
        bios_print("                                    \r");
}

/* Finds the kernel's file, and makes sure that its end is there.
 *   result   bytes */
uint64_t boot_find_kernel(void)
{
    uint64_t size = (uintptr_t)kernel_file_size;
    char end[sizeof end_mark - 1];

    started = last_shown = bios_clock;
    boot_read_kernel(size, sizeof end, end);
    if (memcmp(end, end_mark, sizeof end) != 0)
        boot_fail("the disk holds only a part of the kernel");
    return size;
}
