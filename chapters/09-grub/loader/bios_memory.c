/* What a BIOS knows of memory. There are three ways to ask, each with its own
 * limits, and not every BIOS has all three. */

#include <stdbool.h>

#include "bios.h"
#include "boot.h"

enum {
    KIB = 1024,
    MIB = 1024 * KIB,
    VIDEO_MEMORY = 640 * KIB,    /* where conventional memory ends on any PC */
    E820_RANGES = 4096,          /* more than fit in a segment: such a list never ends */
    E820_SIGNATURE = 0x534d4150, /* "SMAP" */
    E820_ENABLED = 1 << 0,
};

extern const uint8_t loader_start[], loader_end[], claims_end[]; /* from the linker script */

/* INT 15h, AX=E820h: all memory, one range per call (ACPI specification, "INT 15H, E820H").
 *   result   false if the BIOS does not have it, or loses its way */
static bool ask_e820(struct memory_claims *claims)
{
    struct bios_registers call = {.ebx = 0}; /* where to go on; 0 is the first range */
    unsigned count = 0;

    do {
        volatile struct {
            uint64_t start, size;
            uint32_t type, attributes;
        } range = {.attributes = E820_ENABLED}; /* BIOSes before ACPI 3.0 write 20 bytes */

        call = (struct bios_registers){.eax = 0xe820,
                                       .ebx = call.ebx,
                                       .ecx = sizeof range,
                                       .edx = E820_SIGNATURE,
                                       .edi = bios_offset(&range)};
        bios_call(0x15, &call);
        if (call.flags & BIOS_CARRY) /* some end the list like this; at once: no such call */
            return count > 0;
        if (call.eax != E820_SIGNATURE) {
            claims->count = 0; /* lost midway: none of it can be trusted (Linux) */
            return false;
        }
        if (range.attributes & E820_ENABLED)
            memory_claim(claims, range.start, range.size, memory_type_of(range.type));
        count++;
    } while (call.ebx != 0 && count < E820_RANGES);
    return true;
}

/* INT 15h, AX=E801h: KiB from 1 to 16 MiB, and 64 KiB blocks above that, in AX and BX
 * or in CX and DX; some BIOSes fill only one pair. CF is preset: a BIOS that does not
 * know the function may leave it as it was (Linux). */
static bool ask_e801(struct memory_claims *claims)
{
    struct bios_registers call = {.eax = 0xe801, .flags = BIOS_CARRY};

    bios_call(0x15, &call);
    uint64_t low = (uint16_t)((uint16_t)call.ecx ? call.ecx : call.eax);
    uint64_t high = (uint16_t)((uint16_t)call.edx ? call.edx : call.ebx);
    if (call.flags & BIOS_CARRY || low > 15 * KIB || low + high == 0)
        return false;
    memory_claim(claims, MIB, low * KIB, MEMORY_USABLE);
    memory_claim(claims, 16 * MIB, high * 64 * KIB, MEMORY_USABLE);
    return true;
}

/* INT 15h, AH=88h: KiB from 1 MiB on, at most 64 MiB. */
static bool ask_88(struct memory_claims *claims)
{
    struct bios_registers call = {.eax = 0x8800, .flags = BIOS_CARRY};

    bios_call(0x15, &call);
    memory_claim(claims, MIB, (uint64_t)(uint16_t)call.eax * KIB, MEMORY_USABLE);
    return !(call.flags & BIOS_CARRY) && (uint16_t)call.eax > 0;
}

/* Claims the loader's own memory, and what the BIOS says of the rest, in the best way that it
 * knows. The claims are kept after the loader. Below 1 MiB we trust INT 12h more: some maps
 * say nothing of the data that the BIOS keeps at the end of conventional memory (EBDA; Limine).
 * The first page is the BIOS's as well: a kernel that wants to call it again needs its vectors
 * and its data. */
void boot_claim_memory(struct memory_claims *claims)
{
    struct bios_registers call = {.eax = 0};
    uint64_t start = (uintptr_t)loader_end, end = (uintptr_t)claims_end; /* of the claims */

    bios_call(0x12, &call);
    uint64_t conventional = (uint64_t)(uint16_t)call.eax * KIB;
    if (conventional > VIDEO_MEMORY)
        conventional = VIDEO_MEMORY;
    if (conventional > start && conventional < end) /* never less: that is where we are */
        end = conventional;
    memory_begin(claims, start, end - start);
    if (!ask_e820(claims)) {
        memory_claim(claims, 0, conventional, MEMORY_USABLE);
        if (!ask_e801(claims) && !ask_88(claims))
            boot_fail("the BIOS knows of no memory above 1 MiB");
    }
    memory_claim(claims, 0, 4 * KIB, MEMORY_RESERVED);
    memory_claim(claims, conventional, MIB - conventional, MEMORY_RESERVED);
    memory_claim(claims, (uintptr_t)loader_start, (uintptr_t)loader_end - (uintptr_t)loader_start,
                 MEMORY_LOADER);
}
