/* The loader: what to do, in running order. long_mode.asm calls it. */

#include "boot.h"
#include "boot_info.h"

/* Where the kernel is to run: its first byte is its first instruction. The linker
 * lets it have all of this memory, .bss and stack included. */
_Noreturn void kernel_start(const struct boot_info *boot_info);
extern const char kernel_memory_size[]; /* bytes; the linker hands them to us as an address */

void copy_kernel(void);
void loader_main(void);

void loader_main(void)
{
    struct memory_claims claims;
    /* Not on the stack: the kernel keeps it. */
    static struct boot_info boot_info = {.version = BOOT_INFO_VERSION, .size = sizeof boot_info};
    const uint64_t start = (uintptr_t)kernel_start, size = (uintptr_t)kernel_memory_size;

    boot_claim_memory(&claims);
    memory_resolve(&claims, &boot_info.memory);
    if (!memory_is_usable(&boot_info.memory, start, size))
        boot_fail("too little memory: the kernel does not fit at 1 MiB");
    copy_kernel();

    /* The kernel keeps the map, and so its pages are claimed. With this claim and the
     * kernel's there are N claims, and 2N - 1 regions at most. */
    const uint64_t kept = 3 * (claims.count + 2) * sizeof *claims.claims;
    memory_claim(&claims, (uintptr_t)claims.claims, (kept + 4095) / 4096 * 4096, MEMORY_LOADER);
    memory_claim(&claims, start, size, MEMORY_KERNEL);
    memory_resolve(&claims, &boot_info.memory);
    kernel_start(&boot_info);
}
