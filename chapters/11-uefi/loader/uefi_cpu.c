/* The CPU, as UEFI firmware leaves it, and as enter_kernel wants it. */

#include "boot.h"
#include "pages.h"
#include "string.h"
#include "uefi.h"

/* Intel SDM vol. 3, "Control Registers". */
enum { CR4_PGE = 1 << 7, CR4_LA57 = 1 << 12, CR4_PCIDE = 1 << 17, CR4_CET = 1 << 23 };

static uint64_t pml4[512] __attribute__((aligned(PAGE_SIZE)));

static uint64_t read_cr4(void)
{
    uint64_t cr4;

    __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
    return cr4;
}

/* With five levels, CR3 leads to another kind of table than ours; and the only way from
 * five to four is to leave long mode. */
void uefi_check_cpu(void)
{
    if (read_cr4() & CR4_LA57)
        boot_fail("the firmware uses 5-level paging: turn it off, or start by GRUB");
}

/* Claims the stack, with what is on it and what will be: U-Boot's lies in memory that its map
 * calls free. Then turns off what our page tables are not made for: interrupts, whose handlers
 * they lack; global pages, PCIDs and shadow stacks. enter_kernel will write an entry to the
 * PML4; but firmware may protect its tables from being written, and so we go on with a copy of
 * its PML4. */
void uefi_take_cpu(struct memory_claims *claims)
{
    const uint64_t stack = round_down((uintptr_t)__builtin_frame_address(0));
    const struct __attribute__((packed)) {
        uint16_t limit;
        uint64_t base;
    } no_handlers = {0, 0};
    uint64_t cr3;

    memory_claim(claims, stack - 4 * PAGE_SIZE, 6 * PAGE_SIZE, MEMORY_LOADER);
    __asm__ volatile("cli; cld; lidt %0" : : "m"(no_handlers));
    __asm__ volatile("mov %0, %%cr4"
                     :
                     : "r"(read_cr4() & ~(uint64_t)(CR4_PGE | CR4_PCIDE | CR4_CET)));
    __asm__ volatile("mov %%cr3, %0" : "=r"(cr3));
    memcpy(pml4, (const void *)(uintptr_t)(cr3 & ~(uint64_t)(PAGE_SIZE - 1)), sizeof pml4);
    pml4[511] = 0; /* so that nothing of it is in a cache of the CPU when it gets the bridge */
    __asm__ volatile("mov %0, %%cr3" : : "r"(pml4) : "memory");
}
