/* Asks elf.c about kernels that a test makes up, one after the other, on the
 * machine that runs the tests. A case on standard input is the file's size (64 bits),
 * the header, and a table of ELF_SEGMENTS_MAX entries; the answer is a line with the
 * sentence, empty if all is well. The checks get a copy on the heap of just the entries
 * that the header counts, so that a read past the last one is noticed. */

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "elf.h"

int main(void)
{
    static struct {
        uint64_t file_size;
        struct elf64_header header;
        struct elf64_segment segments[ELF_SEGMENTS_MAX];
    } file;

    while (fread(&file, sizeof file, 1, stdin) == 1) {
        const char *error = elf_check_header(&file.header, file.file_size);

        if (error == NULL) {
            assert(file.header.segment_count > 0 && file.header.segment_count <= ELF_SEGMENTS_MAX);
            const size_t size = file.header.segment_count * sizeof *file.segments;
            struct elf64_segment *table = malloc(size);
            assert(table != NULL);
            memcpy(table, file.segments, size);
            error = elf_check_segments(&file.header, table, file.file_size);
            free(table);
        }
        puts(error == NULL ? "" : error);
        fflush(stdout);
    }
}
