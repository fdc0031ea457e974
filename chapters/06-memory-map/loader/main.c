/* The loader: what to do, in running order. long_mode.asm calls it. */

#include "boot.h"
#include "boot_info.h"

/* Where the kernel is to run: its first byte is its first instruction. The linker
 * lets it have all of this memory, .bss and stack included. */
_Noreturn void kernel_start(const struct boot_info *boot_info);
extern const char kernel_memory_size[]; /* bytes; the linker says them as an address */

void copy_kernel(void);
void loader_main(void);

void loader_main(void)
{
    static struct memory_claims claims;
    static struct boot_info boot_info; /* not on the stack: the kernel keeps it */
    const uint64_t start = (uintptr_t)kernel_start, size = (uintptr_t)kernel_memory_size;

    boot_info.version = BOOT_INFO_VERSION;
    boot_info.size = sizeof boot_info;
    boot_claim_memory(&claims);
    memory_resolve(&claims, &boot_info.memory);
    if (!memory_is_usable(&boot_info.memory, start, size))
        boot_fail("too little memory: the kernel does not fit at 1 MiB");
    copy_kernel();

    memory_claim(&claims, start, size, MEMORY_KERNEL);
    memory_resolve(&claims, &boot_info.memory);
    kernel_start(&boot_info);
}
