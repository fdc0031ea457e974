/* The loader: what to do, in running order. long_mode.asm calls it. */

#include "boot_info.h"
#include "firmware.h"

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
    uint64_t room = (uintptr_t)kernel_memory_size;

    boot_info.version = BOOT_INFO_VERSION;
    boot_info.size = sizeof boot_info;
    firmware_claim_memory(&claims);
    memory_resolve(&claims, &boot_info.memory);
    if (!memory_is_usable(&boot_info.memory, (uintptr_t)kernel_start, room))
        firmware_fail("too little memory: the kernel does not fit at 1 MiB");
    firmware_read_kernel(0, firmware_kernel_size(), (void *)(uintptr_t)kernel_start);

    memory_claim(&claims, (uintptr_t)kernel_start, room, MEMORY_KERNEL);
    memory_resolve(&claims, &boot_info.memory);
    kernel_start(&boot_info);
}
