/* elf_check_segments: where it lets a table pass, the kernel's entry is a byte of the file, in
 * an executable segment. elf_segments.c proves that nothing outside the table is read.
 * Bounds: 6 segments, of any content. Header and file's size are any.
 *
 * options: --unwind 7 --no-standard-checks --unwinding-assertions */

#include "elf.c"

enum { SEGMENTS = 6 };

int main(void)
{
    struct elf64_header header;
    struct elf64_segment segments[SEGMENTS];
    uint64_t file_size;

    __CPROVER_assume(header.segment_count <= SEGMENTS);
    for (unsigned i = 0; i < header.segment_count; i++)
        __CPROVER_assume(segments[i].type != ELF_LOAD || (segments[i].flags & ELF_EXECUTABLE) == 0
                         || header.entry < segments[i].virtual_address
                         || header.entry - segments[i].virtual_address >= segments[i].file_size);
    __CPROVER_assert(elf_check_segments(&header, segments, file_size) != NULL,
                     "a kernel without an entry is refused");
    return 0;
}
