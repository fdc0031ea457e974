/* The page tables that the kernel starts with. They are made in memory that is mapped
 * onto itself, like the loader, and the CPU uses them once the kernel is entered. */

#include "address_space.h"
#include "room.h"

enum { ENTRIES = 512, PRESENT = 1 << 0, WRITABLE = 1 << 1, LARGE = 1 << 7 };
#define ADDRESS UINT64_C(0x000ffffffffff000) /* of an entry: the next table, or the page */

/* CPUID Fn8000_0001, EDX (AMD64 APM vol. 3; Intel SDM vol. 2, "CPUID"). */
enum { HAS_NO_EXECUTE = 1 << 20, HAS_1_GIB_PAGES = 1 << 26 };
enum { EFER_NXE = 1 << 11 };
static const uint32_t efer = 0xc0000080; /* a model-specific register */

static uint64_t *pml4;
static unsigned largest_page;    /* its size as a power of two: 30 is a GiB */
static uint64_t believed_rights; /* those that this CPU knows */

/* The table at a physical address. */
static uint64_t *table_at(uint64_t address)
{
    return (uint64_t *)(uintptr_t)address;
}

/* Begins with empty tables, and finds out what the CPU can do with them. */
void begin_address_space(void)
{
    uint32_t leaf = 0x80000001, features, low, high;

    pml4 = table_at(allocate_pages(PAGE_SIZE));

    __asm__ volatile("cpuid" : "+a"(leaf), "=d"(features) : : "rbx", "rcx");
    largest_page = features & HAS_1_GIB_PAGES ? 30 : 21;
    believed_rights = PAGE_WRITE;
    if (features & HAS_NO_EXECUTE) { /* else the bit must be 0 */
        believed_rights |= PAGE_NO_EXECUTE;
        __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(efer));
        __asm__ volatile("wrmsr" : : "a"(low | EFER_NXE), "d"(high), "c"(efer));
    }
}

/* The largest page that a range can begin with: its size as a power of two.
 *   virtual, physical, size   bytes; whole pages, at least one */
static unsigned first_page(uint64_t virtual, uint64_t physical, uint64_t size)
{
    unsigned shift = largest_page;

    while (shift > 12 && ((virtual | physical) << (64 - shift) != 0 || size >> shift == 0))
        shift -= 9;
    return shift;
}

/* The table that has the entry of a page. Tables that are missing on the way are made.
 *   shift   the page's size as a power of two */
static uint64_t *find_table(uint64_t virtual, unsigned shift)
{
    uint64_t *table = pml4;

    for (unsigned level = 39; level > shift; level -= 9) {
        uint64_t *entry = &table[virtual >> level & (ENTRIES - 1)];

        if (*entry == 0) /* allows all: the rights of the page itself decide */
            *entry = allocate_pages(PAGE_SIZE) | WRITABLE | PRESENT;
        table = table_at(*entry & ADDRESS);
    }
    return table;
}

/* Fills entries of a table, for one page after the other. */
static void fill(uint64_t *entries, uint64_t count, uint64_t first, uint64_t page_size)
{
    for (uint64_t i = 0; i < count; i++)
        entries[i] = first + i * page_size;
}

/* Maps memory, in the largest pages that fit (Intel SDM vol. 3, "4-Level Paging and
 * 5-Level Paging"). Nothing may be mapped there yet.
 *   virtual, physical, size   bytes; whole pages
 *   rights                    PAGE_WRITE, PAGE_NO_EXECUTE, both or neither */
void map_pages(uint64_t virtual, uint64_t physical, uint64_t size, uint64_t rights)
{
    while (size > 0) {
        const unsigned shift = first_page(virtual, physical, size);
        const uint64_t flags = (rights & believed_rights) | (shift > 12 ? LARGE : 0) | PRESENT;
        const uint64_t index = virtual >> shift & (ENTRIES - 1), rest = ENTRIES - index;
        /* Up to the end of the table: a larger page can only begin after that. */
        const uint64_t count = size >> shift < rest ? size >> shift : rest;

        fill(find_table(virtual, shift) + index, count, physical | flags, UINT64_C(1) << shift);
        virtual += count << shift;
        physical += count << shift;
        size -= count << shift;
    }
}

/* The physical address of the PML4, for CR3. */
uint64_t address_space_root(void)
{
    return (uintptr_t)pml4;
}
