/* The address space that the kernel starts in: its page tables, and what lies where. */

#pragma once

#include "elf.h"
#include "pages.h"

/* What lies beside the kernel's segments, which are above ELF_LOWEST. */
#define PHYSICAL_MEMORY UINT64_C(0xffff800000000000) /* all of it, where the upper half begins */
#define PHYSICAL_MEMORY_END (UINT64_C(1) << 46)      /* the most that is mapped of it */
#define KERNEL_STACK_TOP (ELF_LOWEST - 0x10000)
#define BRIDGE (ELF_LOWEST - PAGE_SIZE) /* a second address of enter_kernel's page */

/* Rights of a page, as the bits of its entry; every page can be read. */
#define PAGE_READ UINT64_C(0)
#define PAGE_WRITE (UINT64_C(1) << 1)
#define PAGE_NO_EXECUTE (UINT64_C(1) << 63)

void begin_address_space(void);
uint64_t address_space_root(void);
void map_pages(uint64_t virtual, uint64_t physical, uint64_t size, uint64_t rights);
