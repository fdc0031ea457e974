/* elf_check_segments: a table that it lets pass can be loaded as it says. Each segment's
 * bytes are in the file, it lies in the kernel's place without a wrap, it isn't writable and
 * executable at once, and no two share a page.
 * Bounds: 8 segments, of any content. Header and file's size are any.
 *
 * options: --unwind 9 */

#include "elf.c"

enum { SEGMENTS = 8 };

static bool is_loaded(const struct elf64_segment *segment)
{
    return segment->type == ELF_LOAD && (segment->file_size | segment->memory_size) != 0;
}

int main(void)
{
    struct elf64_header header;
    struct elf64_segment segments[SEGMENTS];
    uint64_t file_size;
    unsigned i, j;

    __CPROVER_assume(header.segment_count <= SEGMENTS);
    if (elf_check_segments(&header, segments, file_size) != NULL)
        return 0;

    __CPROVER_assume(j < header.segment_count && is_loaded(&segments[j]));
    const struct elf64_segment *segment = &segments[j];
    const uint64_t start = segment->virtual_address, end = start + segment->memory_size;
    __CPROVER_assert(segment->file_size <= segment->memory_size, "the bytes have room");
    __CPROVER_assert(
        segment->file_size == 0
            || (segment->offset <= file_size && segment->file_size <= file_size - segment->offset),
        "the bytes are in the file");
    __CPROVER_assert(start >= ELF_LOWEST && start < end && end <= ELF_LIMIT,
                     "a segment lies in the highest 2 GiB, and does not wrap");
    __CPROVER_assert((segment->flags & (ELF_WRITABLE | ELF_EXECUTABLE))
                         != (ELF_WRITABLE | ELF_EXECUTABLE),
                     "no segment is writable and executable");

    __CPROVER_assume(i < j && is_loaded(&segments[i]));
    const uint64_t end_before = segments[i].virtual_address + segments[i].memory_size;
    __CPROVER_assert((end_before - 1) / PAGE_SIZE < start / PAGE_SIZE, "no two share a page");
    return 0;
}
