/* The kernel on the BIOS's disk: a file of so many bytes behind the loader. The rules
 * are those of disk.asm, but now there is room to write them in C. */

#include "bios.h"
#include "firmware.h"
#include "string.h"

enum {
    SECTOR = 512,
    MOST_SECTORS = 127, /* at once: Phoenix's BIOS takes no more */
    EXTENDED_TRIES = 4,
    CHS_TRIES = 3,

    RESET = 0x0000, /* functions of INT 13h, in AX */
    READ = 0x0200,
    GET_GEOMETRY = 0x0800,
    HAS_EXTENSIONS = 0x4100,
    EXTENDED_READ = 0x4200,

    NO_SUCH_SECTOR = 0x04, /* statuses, in AH */
    NO_GEOMETRY = 0x07,
    ECC_CORRECTED = 0x11,

    TICKS_A_SECOND = 18, /* of the BIOS's clock: 18.2 */
};

extern const uint8_t boot_drive;
extern const volatile uint32_t bios_clock; /* in the BIOS data area; an interrupt counts it */

/* Numbers that are known when the disk is made: the linker says them as addresses. */
extern const char kernel_first_sector[], kernel_file_size[];

/* What stands behind the kernel's last byte. A copy of the disk that was cut short
 * reads well, but does not have it. */
static const char end_mark[] = "end of kernel";

/* Where the BIOS reads to: below 1 MiB, and aligned so that no transfer crosses a
 * 64 KiB line, which the DMA of a floppy controller cannot do. */
static uint8_t buffer[MOST_SECTORS * SECTOR] __attribute__((section(".room"), aligned(64 * 1024)));

static unsigned extended_tries;      /* 0 where the BIOS cannot do it, or has failed */
static uint8_t status;               /* of the last call */
static uint32_t started, last_shown; /* by the BIOS's clock */

/* Calls INT 13h.
 *   result   whether all is well: GRUB knows BIOSes that fail without setting CF */
static bool disk_call(struct bios_registers *call)
{
    call->edx |= boot_drive;
    bios_call(0x13, call);
    status = (uint8_t)(call->eax >> 8);
    return !(call->flags & BIOS_CARRY) && status == 0;
}

/* Whether the BIOS reads by sector number (EDD specification, "Check Extensions
 * Present"). A floppy is not asked: some old machines hang. */
static bool has_extensions(void)
{
    struct bios_registers call = {.eax = HAS_EXTENSIONS, .ebx = 0x55aa};

    if (boot_drive < 0x80)
        return false;
    disk_call(&call);
    return !(call.flags & BIOS_CARRY) && (uint16_t)call.ebx == 0xaa55 && (call.ecx & 1);
}

static bool read_extended(uint64_t sector, unsigned count)
{
    const volatile struct {
        uint16_t size, count, offset, segment;
        uint64_t sector;
    } packet = {16, (uint16_t)count, 0, (uint16_t)((uintptr_t)buffer / 16), sector};
    struct bios_registers call = {.eax = EXTENDED_READ, .esi = bios_offset(&packet)};

    return disk_call(&call);
}

/* Reads by cylinder, head and sector; no further than to the end of a track.
 *   count   becomes less where the track ends earlier */
static bool read_chs(uint64_t sector, unsigned *count)
{
    struct bios_registers call = {.eax = GET_GEOMETRY};

    disk_call(&call);
    if (call.flags & BIOS_CARRY && status != 0) /* some BIOSes set CF and mean nothing (GRUB) */
        return false;
    unsigned track = call.ecx & 63, heads = (call.edx >> 8 & 0xff) + 1;
    if (track == 0) {
        status = NO_GEOMETRY;
        return false;
    }
    unsigned first = (unsigned)(sector % track), head = (unsigned)(sector / track % heads);
    uint64_t cylinder = sector / track / heads;
    if (cylinder > 1023) {
        status = NO_SUCH_SECTOR;
        return false;
    }
    if (*count > track - first)
        *count = track - first;
    call = (struct bios_registers){.eax = READ | *count,
                                   .ecx = (uint32_t)(cylinder & 0xff) << 8
                                          | (uint32_t)(cylinder >> 8) << 6 | (first + 1),
                                   .edx = head << 8,
                                   .es = (uint16_t)((uintptr_t)buffer / 16)};
    return disk_call(&call);
}

static _Noreturn void fail_to_read(uint8_t why)
{
    char text[] = "cannot read the kernel, BIOS status 00";

    text[sizeof text - 3] = "0123456789ABCDEF"[why >> 4];
    text[sizeof text - 2] = "0123456789ABCDEF"[why & 15];
    firmware_fail(text);
}

/* Reads into the buffer, and tries again if that fails; the last tries are by CHS.
 *   result   how many sectors are there now: from 1 to count */
static unsigned read_sectors(uint64_t sector, unsigned count)
{
    for (unsigned tries = extended_tries + CHS_TRIES;;) {
        unsigned done = count;
        bool good = tries > CHS_TRIES ? read_extended(sector, count) : read_chs(sector, &done);
        uint8_t why = status;

        if (good)
            return done;
        if (why == ECC_CORRECTED)
            return 1; /* it mended a sector, and read none behind it */
        disk_call(&(struct bios_registers){.eax = RESET});
        if (--tries == 0)
            fail_to_read(why);
        if (tries == CHS_TRIES)
            extended_tries = 0;
    }
}

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
 * in the first column, so that whatever comes next is written over it. */
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
 *   to             any memory of the first 4 GiB */
void firmware_read_kernel(uint64_t offset, uint64_t size, void *to)
{
    uint8_t *next = to;

    while (size > 0) {
        uint64_t skip = offset % SECTOR, sectors = (skip + size + SECTOR - 1) / SECTOR;
        unsigned count = read_sectors((uintptr_t)kernel_first_sector + offset / SECTOR,
                                      sectors < MOST_SECTORS ? (unsigned)sectors : MOST_SECTORS);
        uint64_t got = count * SECTOR - skip;

        if (got > size)
            got = size;
        memcpy(next, buffer + skip, got);
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
uint64_t firmware_kernel_size(void)
{
    uint64_t size = (uintptr_t)kernel_file_size;
    char end[sizeof end_mark - 1];

    if (has_extensions())
        extended_tries = EXTENDED_TRIES;
    started = last_shown = bios_clock;
    firmware_read_kernel(size, sizeof end, end);
    if (memcmp(end, end_mark, sizeof end) != 0)
        firmware_fail("the disk holds only a part of the kernel");
    return size;
}
