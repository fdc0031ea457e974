/* Hands elf.c whatever libFuzzer makes up, as a whole file, and does with it what a
 * loader does: the header, the table, the segments' bytes. What has passed the checks
 * must be fit to be loaded; the sums that judge it have 128 bits and cannot wrap.
 *
 * The test that runs this gives it three seconds: -max_total_time there. */

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "elf.h"

__extension__ typedef unsigned __int128 wide;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool takes_memory(const struct elf64_segment *segment)
{
    return segment->type == ELF_LOAD && segment->memory_size > 0;
}

/* The page after a segment's last one: its number, not its address. */
static wide pages_end(const struct elf64_segment *segment)
{
    return ((wide)segment->virtual_address + segment->memory_size + 4095) / 4096;
}

static void judge_segment(const struct elf64_segment *segment, size_t size)
{
    const wide end = (wide)segment->virtual_address + segment->memory_size;
    const uint32_t both = ELF_WRITABLE | ELF_EXECUTABLE;

    assert(segment->file_size <= segment->memory_size);
    assert(segment->file_size == 0 || (wide)segment->offset + segment->file_size <= size);
    assert(segment->virtual_address >= 0xffffffff80000000 && end <= 0xfffffffffffff000);
    assert((segment->flags & both) != both);
}

static void judge(const struct elf64_segment *segments, unsigned count, uint64_t entry, size_t size)
{
    bool has_entry = false;

    for (unsigned i = 0; i < count; i++) {
        const struct elf64_segment *segment = &segments[i];

        assert(segment->type != ELF_DYNAMIC && segment->type != ELF_INTERP);
        if (!takes_memory(segment))
            continue;
        judge_segment(segment, size);
        for (unsigned j = 0; j < i; j++) {
            assert(!takes_memory(&segments[j])
                   || pages_end(&segments[j]) <= segment->virtual_address / 4096
                   || pages_end(segment) <= segments[j].virtual_address / 4096);
        }
        has_entry |= (segment->flags & ELF_EXECUTABLE) != 0 && entry >= segment->virtual_address
                     && entry < (wide)segment->virtual_address + segment->file_size;
    }
    assert(has_entry);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct elf64_header header = {0};

    if (size > 0)
        memcpy(&header, data, size < sizeof header ? size : sizeof header);
    if (elf_check_header(&header, size) != NULL)
        return 0;
    assert(size >= sizeof header);
    assert(header.segment_count > 0 && header.segment_count <= ELF_SEGMENTS_MAX);

    const size_t table_size = header.segment_count * sizeof(struct elf64_segment);
    struct elf64_segment *segments = malloc(table_size);
    assert(segments != NULL);
    assert((wide)header.program_headers_offset + table_size <= size);
    memcpy(segments, data + header.program_headers_offset, table_size);
    if (elf_check_segments(&header, segments, size) == NULL)
        judge(segments, header.segment_count, header.entry, size);
    free(segments);
    return 0;
}
