/* The checks of the kernel's ELF file, before a byte of it is believed. The file
 * comes from a disk: it can be damaged, cut short, or no kernel at all. A loader
 * that trusts its numbers overwrites itself, and says nothing.
 *
 * Each check returns NULL or what is wrong, in a sentence that follows "boot error: "
 * in a row of the screen: 68 characters at most. Nothing here depends on the
 * machine; the tests run this file on their own. */

#include <stdbool.h>
#include <stddef.h>

#include "elf.h"

/* The values that a kernel's header must have. */
enum {
    ELF_MAGIC = 0x464c457f,  /* 0x7f "ELF" (EI_MAG0 to EI_MAG3) */
    ELF_64_BIT = 2,          /* ELFCLASS64 */
    ELF_LITTLE_ENDIAN = 1,   /* ELFDATA2LSB */
    ELF_VERSION = 1,         /* EV_CURRENT; there has been no other */
    ELF_FIXED_ADDRESSES = 2, /* ET_EXEC */
    ELF_ANY_ADDRESSES = 3,   /* ET_DYN; refused, but worth a sentence of its own */
    ELF_386 = 3,             /* EM_386; a 32-bit file has its number at the same place */
    ELF_X86_64 = 62,         /* EM_X86_64 (AMD64 psABI, "ELF Header") */
    PAGE_SIZE = 4096,
};

_Static_assert(sizeof(struct elf64_header) == 64, "as in the file");
_Static_assert(sizeof(struct elf64_segment) == 56, "as in the file");

static const char cut_short[] = "the kernel's file is cut short";

/* Whether a range of bytes lies wholly inside the file.
 *   offset, size, file_size   in bytes; any values
 * The subtraction cannot wrap, since size is compared first; an addition could. */
static bool is_inside_file(uint64_t offset, uint64_t size, uint64_t file_size)
{
    return size <= file_size && offset <= file_size - size;
}

/* Whether the file is a kernel that this loader can load, by its header alone.
 *   header      the file's first 64 bytes; if it has fewer, zeros after them
 *   file_size   bytes in the file; any value
 *   out         NULL: there are 1 to ELF_SEGMENTS_MAX entries in the table of
 *               segments, and all of it is in the file; else what is wrong
 * Source: System V ABI (gABI), "ELF Header"; AMD64 psABI, "ELF Header". */
const char *elf_check_header(const struct elf64_header *header, uint64_t file_size)
{
    const uint16_t count = header->segment_count;

    if (header->magic != ELF_MAGIC)
        return "the kernel is not an ELF file";
    if (file_size < sizeof *header)
        return cut_short;
    if (header->data_encoding != ELF_LITTLE_ENDIAN
        || (header->machine != ELF_X86_64 && header->machine != ELF_386))
        return "the kernel is for another CPU than x86-64";
    if (header->file_class != ELF_64_BIT || header->machine != ELF_X86_64)
        return "the kernel is not a 64-bit ELF file; compile and link it with -m64";
    if (header->type == ELF_ANY_ADDRESSES)
        return "the kernel wants to be relocated; link it with -static -no-pie";
    if (header->type != ELF_FIXED_ADDRESSES)
        return "the kernel is not an executable file; has it been linked?";
    if (count == 0)
        return "the kernel has no segments: there is nothing to load";
    if (count > ELF_SEGMENTS_MAX) /* among them 65535 (PN_XNUM): "see elsewhere" */
        return "the kernel has more than 64 segments";
    if (header->identification_version != ELF_VERSION || header->version != ELF_VERSION
        || header->header_size != sizeof *header
        || header->segment_size != sizeof(struct elf64_segment))
        return "the kernel's ELF header is damaged, or of an unknown version";
    if (!is_inside_file(header->program_headers_offset, count * sizeof(struct elf64_segment),
                        file_size))
        return cut_short;
    return NULL;
}

/* Whether one segment can be loaded, whatever the others are.
 *   segment     of type ELF_LOAD and not empty; any values else
 *   file_size   bytes in the file; any value
 *   out         NULL: its bytes are in the file, or it has none there; it lies
 *               between ELF_LOWEST and ELF_LIMIT; else what is wrong
 * If there are no bytes, the offset need not lie in the file, only be aligned: GNU
 * ld lets it point past the file's end. We check the alignment that ELF asks for. A loader that
 * maps the file itself would also need offset and address to agree modulo the page; ours copies.
 * Source: System V ABI (gABI), "Program Header". */
static const char *check_segment(const struct elf64_segment *segment, uint64_t file_size)
{
    const uint64_t address = segment->virtual_address, low_bits = segment->alignment - 1;

    if (segment->file_size > segment->memory_size)
        return "a segment of the kernel is larger in the file than in memory";
    if (segment->file_size > 0 && !is_inside_file(segment->offset, segment->file_size, file_size))
        return cut_short;
    if (segment->alignment > 1
        && ((segment->alignment & low_bits) != 0 || ((segment->offset ^ address) & low_bits) != 0))
        return "a segment of the kernel is not aligned as its header says";
    if (address < ELF_LOWEST || address >= ELF_LIMIT || segment->memory_size > ELF_LIMIT - address)
        return "a segment lies outside the highest 2 GiB, or in their last page";
    if ((segment->flags & ELF_WRITABLE) != 0 && (segment->flags & ELF_EXECUTABLE) != 0)
        return "a segment of the kernel is both writable and executable";
    return NULL;
}

/* Whether all segments can be loaded, each to its place, and the kernel entered.
 *   header      one that has passed elf_check_header
 *   segments    as many as it says; any values. Types other than those below need
 *               nothing from a loader: thread-local data (PT_TLS) is also in a
 *               loaded segment, and what to do with it is up to the kernel
 *   file_size   bytes in the file, as for the header
 *   out         NULL: what check_segment promises is true of each segment of type
 *               ELF_LOAD whose memory_size is not 0, no two of them share a page,
 *               and the entry is a byte of the file in an executable one, so that
 *               there is at least one; else what is wrong
 * Rights belong to a page, so that two segments in one could not each have its own.
 * The ELF rule that they are sorted by address saves us comparing all with all.
 * Source: System V ABI (gABI), "Program Header" (PT_LOAD). */
const char *elf_check_segments(const struct elf64_header *header,
                               const struct elf64_segment *segments, uint64_t file_size)
{
    uint64_t next_page = ELF_LOWEST; /* the first that is free; so are all above it */
    bool has_entry = false;

    for (unsigned i = 0; i < header->segment_count; i++) {
        const struct elf64_segment *segment = &segments[i];
        const uint64_t address = segment->virtual_address;

        if (segment->type == ELF_DYNAMIC || segment->type == ELF_INTERP)
            return "the kernel asks for a dynamic linker; link it with -static";
        if (segment->type != ELF_LOAD || (segment->file_size == 0 && segment->memory_size == 0))
            continue; /* lld leaves empty ones where a section came to nothing */

        const char *error = check_segment(segment, file_size);
        if (error != NULL)
            return error;
        if (address < next_page)
            return "the kernel's segments overlap, share a page, or are out of order";
        next_page = (address + segment->memory_size + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE;
        if ((segment->flags & ELF_EXECUTABLE) != 0 && header->entry >= address
            && header->entry - address < segment->file_size)
            has_entry = true;
    }
    return has_entry ? NULL : "the kernel's entry lies in no executable segment";
}
