/* What GRUB knows of memory. */

#include "boot.h"
#include "grub.h"

enum { KIB = 1024, MIB = 1024 * KIB, VIDEO_MEMORY = 640 * KIB };

/* From the linker script. */
extern const uint8_t loader_start[], loader_end[], claims_start[], claims_end[];

/* Claims what GRUB says of memory, and what it has put there for us. The first page, and
 * all above conventional memory, are the BIOS's, as in bios_memory.c. */
void boot_claim_memory(struct memory_claims *claims)
{
    const struct memory_map_tag *map = grub_tag(TAG_MEMORY_MAP);
    const struct basic_memory_tag *basic = grub_tag(TAG_BASIC_MEMORY);
    const struct module_tag *module = grub_module();

    if (!map || !basic)
        boot_fail("GRUB does not tell what memory there is");
    uint64_t conventional = (uint64_t)basic->lower * KIB;
    if (conventional > VIDEO_MEMORY || grub_tag(TAG_EFI64)) /* UEFI's map has the rest itself */
        conventional = VIDEO_MEMORY;

    memory_begin(claims, (uintptr_t)claims_start, (uintptr_t)claims_end - (uintptr_t)claims_start);
    multiboot2_claim_memory(map, claims);
    memory_claim(claims, 0, 4 * KIB, MEMORY_RESERVED);
    memory_claim(claims, conventional, MIB - conventional, MEMORY_RESERVED);
    memory_claim(claims, (uintptr_t)grub_list(), grub_list()->size, MEMORY_LOADER);
    memory_claim(claims, module->start, module->end - module->start, MEMORY_LOADER);
    memory_claim(claims, (uintptr_t)loader_start, (uintptr_t)loader_end - (uintptr_t)loader_start,
                 MEMORY_LOADER);
}
