/* The kernel's file, checked and brought to memory. */

#include <stdbool.h>

#include "address_space.h"
#include "boot.h"
#include "elf.h"
#include "load_kernel.h"
#include "pages.h"
#include "string.h"

static struct elf64_header header;
static struct elf64_segment segments[ELF_SEGMENTS_MAX];

static bool is_loaded(const struct elf64_segment *segment)
{
    return segment->type == ELF_LOAD && segment->memory_size > 0;
}

/* Reads the ELF file's headers, and believes nothing before it has been checked.
 *   boot_info   gets the kernel's place: kernel_virtual, kernel_size
 *   result      the kernel's entry, virtual address */
uint64_t read_headers(uint64_t file_size, struct boot_info *boot_info)
{
    uint64_t first = 0, end = 0;
    const char *error;

    boot_read_kernel(0, file_size < sizeof header ? file_size : sizeof header, &header);
    error = elf_check_header(&header, file_size);
    if (!error) {
        boot_read_kernel(header.program_headers_offset, header.segment_count * sizeof *segments,
                         segments);
        error = elf_check_segments(&header, segments, file_size);
    }
    if (error)
        boot_fail(error);

    for (unsigned i = 0; i < header.segment_count; i++) {
        if (!is_loaded(&segments[i]))
            continue;
        if (first == 0)
            first = segments[i].virtual_address; /* they are sorted */
        end = segments[i].virtual_address + segments[i].memory_size;
    }
    boot_info->kernel_virtual = round_down(first);
    boot_info->kernel_size = round_up(end) - round_down(first);
    return header.entry;
}

/* Brings the segments to memory, fills the rest of their pages with zeros, and maps
 * them. */
void load_segments(const struct boot_info *boot_info)
{
    for (const struct elf64_segment *segment = segments; segment < segments + header.segment_count;
         segment++) {
        uint64_t page = round_down(segment->virtual_address);
        uint64_t skip = segment->virtual_address - page;
        uint64_t size = round_up(segment->virtual_address + segment->memory_size) - page;
        uint64_t physical = boot_info->kernel_physical + page - boot_info->kernel_virtual;
        uint8_t *memory = (uint8_t *)(uintptr_t)physical;

        if (!is_loaded(segment))
            continue;
        memset(memory, 0, skip);
        boot_read_kernel(segment->offset, segment->file_size, memory + skip);
        memset(memory + skip + segment->file_size, 0, size - skip - segment->file_size);
        map_pages(page, physical, size,
                  (segment->flags & ELF_WRITABLE ? PAGE_WRITE : 0)
                      | (segment->flags & ELF_EXECUTABLE ? 0 : PAGE_NO_EXECUTE));
    }
}
