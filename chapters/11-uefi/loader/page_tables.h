/* The page tables that the kernel starts with. */

#pragma once

#include <stdint.h>

enum { PAGE_SIZE = 4096 };

/* Rights of a page, as the bits of its entry; each can be read. */
#define PAGE_READ UINT64_C(0)
#define PAGE_WRITE (UINT64_C(1) << 1)
#define PAGE_NO_EXECUTE (UINT64_C(1) << 63)

void page_tables_begin(uint64_t start, uint64_t end);
uint64_t allocate_pages(uint64_t size);
void map_pages(uint64_t virtual, uint64_t physical, uint64_t size, uint64_t rights);
uint64_t page_tables_root(void);
