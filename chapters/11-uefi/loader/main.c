/* The loader: what to do, in running order. long_mode.asm calls it, or
 * efi_main. */

#include "boot_info.h"
#include "elf.h"
#include "firmware.h"
#include "page_tables.h"
#include "string.h"

/* The kernel's virtual memory, beside its segments. */
static const uint64_t physical_memory = 0xffff800000000000;    /* the upper half begins */
static const uint64_t physical_memory_end = UINT64_C(1) << 46; /* what is mapped at most */
static const uint64_t stack_top = ELF_LOWEST - 0x10000;
static const uint64_t bridge = ELF_LOWEST - PAGE_SIZE; /* enter_kernel's page, a second time */
enum { STACK_SIZE = 64 * 1024, MIB = 1 << 20 };
static const uint64_t GIB = 1 << 30;

_Noreturn void enter_kernel(uint64_t boot_info, uint64_t stack_top, uint64_t pml4, uint64_t entry,
                            uint64_t bridge);

static struct memory_claims claims;
static uint64_t room_end; /* of the memory that kernel, page tables and stack come from */
static uint64_t display, display_size; /* pages to map, unless they lie in the first MiB */
static struct boot_info boot_info;
static struct elf64_header header;
static struct elf64_segment segments[ELF_SEGMENTS_MAX];

static uint64_t page_of(uint64_t address)
{
    return address & ~(uint64_t)(PAGE_SIZE - 1);
}

static uint64_t page_behind(uint64_t address)
{
    return page_of(address + PAGE_SIZE - 1);
}

static bool is_loaded(const struct elf64_segment *segment)
{
    return segment->type == ELF_LOAD && segment->memory_size > 0;
}

/* Reads the ELF file's headers, and believes nothing before it has been checked. */
static void read_headers(void)
{
    uint64_t size = firmware_kernel_size();
    const char *error;

    firmware_read_kernel(0, size < sizeof header ? size : sizeof header, &header);
    error = elf_check_header(&header, size);
    if (!error) {
        firmware_read_kernel(header.program_headers_offset, header.segment_count * sizeof *segments,
                             segments);
        error = elf_check_segments(&header, segments, size);
    }
    if (error)
        firmware_fail(error);
}

/* Finds room: the largest usable piece of memory from 1 MiB to 4 GiB. The kernel lies
 * at its beginning, page tables and stack at its end. */
static void find_room(void)
{
    uint64_t first = 0, end = 0, start = 0, size = 0;

    for (unsigned i = 0; i < header.segment_count; i++) {
        if (!is_loaded(&segments[i]))
            continue;
        if (first == 0)
            first = segments[i].virtual_address; /* they are sorted */
        end = segments[i].virtual_address + segments[i].memory_size;
    }
    boot_info.kernel_virtual = page_of(first);
    boot_info.kernel_size = page_behind(end) - page_of(first);

    for (uint32_t i = 0; i < boot_info.memory.count; i++) {
        const struct memory_region *region = &boot_info.memory.regions[i];
        uint64_t from = region->start < MIB ? MIB : page_behind(region->start);
        uint64_t to = page_of(region->start + region->size);

        if (to > 4 * GIB)
            to = 4 * GIB;
        if (region->type == MEMORY_USABLE && to > from && to - from > size) {
            start = from;
            size = to - from;
        }
    }
    if (size < boot_info.kernel_size)
        firmware_fail("too little memory for the kernel's segments");
    boot_info.kernel_start = start;
    room_end = start + size;
    page_tables_begin(start + boot_info.kernel_size, room_end);
}

/* Brings the segments to memory, with zeros around each to the ends of its pages, and
 * maps them. */
static void load_segments(void)
{
    for (const struct elf64_segment *segment = segments; segment < segments + header.segment_count;
         segment++) {
        uint64_t page = page_of(segment->virtual_address), skip = segment->virtual_address - page;
        uint64_t size = page_behind(segment->virtual_address + segment->memory_size) - page;
        uint64_t physical = boot_info.kernel_start + page - boot_info.kernel_virtual;
        uint8_t *memory = (uint8_t *)(uintptr_t)physical;

        if (!is_loaded(segment))
            continue;
        memset(memory, 0, skip);
        firmware_read_kernel(segment->offset, segment->file_size, memory + skip);
        memset(memory + skip + segment->file_size, 0, size - skip - segment->file_size);
        map_pages(page, physical, size,
                  (segment->flags & ELF_WRITABLE ? PAGE_WRITE : 0)
                      | (segment->flags & ELF_EXECUTABLE ? 0 : PAGE_NO_EXECUTE));
    }
}

/* Maps the first MiB, with the screen in it, and RAM. Devices are left out: they want
 * another kind of caching, and a large page over both would mix the two (Intel SDM
 * vol. 3, "Large Page Size Considerations"). */
static void map_physical_memory(void)
{
    uint64_t mapped = MIB;

    boot_info.physical_memory = physical_memory;
    map_pages(physical_memory, 0, MIB, PAGE_WRITE | PAGE_NO_EXECUTE);
    for (uint32_t i = 0; i < boot_info.memory.count; i++) {
        const struct memory_region *region = &boot_info.memory.regions[i];
        uint64_t start = page_of(region->start), end = page_behind(region->start + region->size);

        if (start < mapped) /* a page in which two regions meet */
            start = mapped;
        if (end > physical_memory_end)
            end = physical_memory_end;
        if (region->type >= MEMORY_RESERVED || start >= end)
            continue;
        map_pages(physical_memory + start, start, end - start, PAGE_WRITE | PAGE_NO_EXECUTE);
        mapped = end;
    }
}

/* The display's memory is in the window, too, and nobody's to use for anything else. The
 * first MiB is there already. */
static void claim_display(void)
{
    uint64_t start = boot_info.display_start;
    uint64_t end = start + (uint64_t)boot_info.display_rows * boot_info.display_pitch;

    if (end < start || end > physical_memory_end)
        firmware_fail("the display's memory is out of reach");
    display = page_of(start);
    display_size = end > MIB ? page_behind(end) - display : 0;
    memory_claim(&claims, display, display_size, MEMORY_RESERVED);
}

static void map_display(void)
{
    map_pages(physical_memory + display, display, display_size, PAGE_WRITE | PAGE_NO_EXECUTE);
}

/* Maps the stack, and leaves the page below it out: an overflow faults at once. */
static void map_stack(void)
{
    boot_info.stack_top = stack_top;
    boot_info.stack_size = STACK_SIZE;
    map_pages(stack_top - STACK_SIZE, allocate_pages(STACK_SIZE), STACK_SIZE,
              PAGE_WRITE | PAGE_NO_EXECUTE);
}

/* Notes in the map what is no longer free. */
static void claim_what_is_taken(void)
{
    uint64_t taken = allocate_pages(0);

    memory_claim(&claims, boot_info.kernel_start, boot_info.kernel_size, MEMORY_KERNEL);
    memory_claim(&claims, taken, room_end - taken, MEMORY_LOADER);
    memory_resolve(&claims, &boot_info.memory);
}

void loader_main(void);

void loader_main(void)
{
    const uint64_t here = (uintptr_t)enter_kernel;

    firmware_claim_memory(&claims);
    firmware_describe(&boot_info);
    claim_display();
    memory_resolve(&claims, &boot_info.memory);

    read_headers();
    find_room();
    load_segments();
    map_physical_memory();
    map_display();
    map_stack();
    map_pages(bridge, page_of(here), PAGE_SIZE, PAGE_READ);

    boot_info.version = BOOT_INFO_VERSION;
    boot_info.size = sizeof boot_info;
    firmware_leave(&claims);
    claim_what_is_taken();
    enter_kernel(physical_memory + (uintptr_t)&boot_info, stack_top, page_tables_root(),
                 header.entry, bridge + (here - page_of(here)));
}
