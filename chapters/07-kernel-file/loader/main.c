/* The loader: what to do, in running order. long_mode.asm calls it. */

#include "boot.h"
#include "boot_info.h"

/* Where the kernel is to run: its first byte is its first instruction. */
_Noreturn void kernel_start(const struct boot_info *boot_info);

/* Bytes that the kernel needs from kernel_start on, .bss and stack included. A flat
 * image does not tell; the linker does, as an address. */
extern const char kernel_memory_size[];

void loader_main(void);

void loader_main(void)
{
    static struct memory_claims claims;
    static struct boot_info boot_info; /* not on the stack: the kernel keeps it */
    const uint64_t start = (uintptr_t)kernel_start, size = (uintptr_t)kernel_memory_size;

    boot_begin();
    const uint64_t file_size = boot_find_kernel();

    boot_info.version = BOOT_INFO_VERSION;
    boot_info.size = sizeof boot_info;
    boot_claim_memory(&claims);
    memory_resolve(&claims, &boot_info.memory);
    if (!memory_is_usable(&boot_info.memory, start, size))
        boot_fail("too little memory: the kernel does not fit at 1 MiB");
    boot_read_kernel(0, file_size, (void *)start);

    memory_claim(&claims, start, size, MEMORY_KERNEL);
    memory_resolve(&claims, &boot_info.memory);
    kernel_start(&boot_info);
}
