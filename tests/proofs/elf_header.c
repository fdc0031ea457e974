/* elf_check_header: a header that it lets pass has 1 to ELF_SEGMENTS_MAX segments, and the
 * whole table of them lies in the file. Only the header is read.
 * Bounds: none. The header is any 64 bytes, and the file has any size. */

#include "elf.c"

int main(void)
{
    struct elf64_header header; /* to CBMC, what isn't set can be anything */
    uint64_t file_size;

    if (elf_check_header(&header, file_size) != NULL)
        return 0;
    __CPROVER_assert(header.segment_count >= 1 && header.segment_count <= ELF_SEGMENTS_MAX,
                     "there is room for all segments");
    __CPROVER_assert(header.segment_size == sizeof(struct elf64_segment), "segments have our size");

    const uint64_t table = header.program_headers_offset;
    unsigned i;
    __CPROVER_assume(i < header.segment_count);
    const uint64_t start = table + i * sizeof(struct elf64_segment);
    __CPROVER_assert(start >= table && start < file_size
                         && sizeof(struct elf64_segment) <= file_size - start,
                     "each segment's entry is in the file");
    return 0;
}
