/* The BIOS's disk, sector by sector. The rules are those of disk.asm, but now there is
 * room to write them in C. */

#include <stdbool.h>

#include "bios.h"
#include "bios_disk.h"
#include "boot.h"

enum {
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
};

extern const uint8_t boot_drive;

/* Where the BIOS reads to: below 1 MiB, and aligned so that no transfer crosses a
 * 64 KiB line, which the DMA of a floppy controller cannot do. */
uint8_t disk_buffer[MOST_SECTORS * SECTOR] __attribute__((section(".work"), aligned(64 * 1024)));

static unsigned extended_tries; /* 0 where the BIOS cannot do it, or has failed */
static uint8_t status;          /* of the last call */

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

/* Finds out how this drive is read. */
void boot_begin(void)
{
    if (has_extensions())
        extended_tries = EXTENDED_TRIES;
}

static bool read_extended(uint64_t sector, unsigned count)
{
    const volatile struct {
        uint16_t size, count, offset, segment;
        uint64_t sector;
    } packet = {16, (uint16_t)count, 0, (uint16_t)((uintptr_t)disk_buffer / 16), sector};
    struct bios_registers call = {.eax = EXTENDED_READ, .esi = bios_offset(&packet)};

    return disk_call(&call);
}

/* Reads by cylinder, head and sector; at most up to the end of a track.
 *   count   becomes less where the track ends earlier */
static bool read_chs(uint64_t sector, unsigned *count)
{
    struct bios_registers call = {.eax = GET_GEOMETRY};

    disk_call(&call);
    if (call.flags & BIOS_CARRY && status != 0) /* some BIOSes set CF for no reason (GRUB) */
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
                                   .es = (uint16_t)((uintptr_t)disk_buffer / 16)};
    return disk_call(&call);
}

static _Noreturn void fail_to_read(uint8_t why)
{
    char text[] = "cannot read the kernel, BIOS status 00";

    text[sizeof text - 3] = "0123456789ABCDEF"[why >> 4];
    text[sizeof text - 2] = "0123456789ABCDEF"[why & 15];
    boot_fail(text);
}

/* Reads into disk_buffer, and tries again if that fails; the last tries are by CHS.
 *   sector   its number on the disk, from 0
 *   count    1 to MOST_SECTORS
 *   result   how many sectors have been read: from 1 to count */
unsigned read_sectors(uint64_t sector, unsigned count)
{
    for (unsigned tries = extended_tries + CHS_TRIES;;) {
        unsigned done = count;
        bool good = tries > CHS_TRIES ? read_extended(sector, count) : read_chs(sector, &done);
        uint8_t why = status;

        if (good)
            return done;
        if (why == ECC_CORRECTED)
            return 1; /* it corrected a sector, and read none after it */
        disk_call(&(struct bios_registers){.eax = RESET});
        if (--tries == 0)
            fail_to_read(why);
        if (tries == CHS_TRIES)
            extended_tries = 0;
    }
}
