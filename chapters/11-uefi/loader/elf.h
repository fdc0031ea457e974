/* The kernel's ELF file, and the checks of it. The two structures are the file's
 * own: they are filled with its bytes, and no field can be trusted before both
 * checks have passed. Their order matters: the header is checked first, the table
 * of segments second, and only then may the loader copy.
 * Source: System V ABI (gABI), "ELF Header" and "Program Header". */

#pragma once

#include <stdint.h>

enum {
    ELF_SEGMENTS_MAX = 64, /* ours: the caller has room for this many entries */

    ELF_LOAD = 1,    /* types: bytes to bring into memory (PT_LOAD) */
    ELF_DYNAMIC = 2, /* what a dynamic linker is to do (PT_DYNAMIC) */
    ELF_INTERP = 3,  /* the dynamic linker's name (PT_INTERP) */

    ELF_EXECUTABLE = 1, /* flags (PF_X, PF_W, PF_R) */
    ELF_WRITABLE = 2,
    ELF_READABLE = 4,
};

/* A kernel's place: the highest 2 GiB, which the kernel code model is made for
 * (AMD64 psABI, "Code Models"). Their last page is left out, so that the address
 * after a segment is never 2^64, which would look like 0. */
#define ELF_LOWEST (UINT64_C(0) - (UINT64_C(2) << 30))
#define ELF_LIMIT (UINT64_C(0) - 4096) /* the first address that is too high */

/* The file's first bytes. */
struct elf64_header {
    uint32_t magic;                  /* e_ident, from here to padding */
    uint8_t file_class;              /* EI_CLASS: 32-bit or 64-bit structures */
    uint8_t data_encoding;           /* EI_DATA: which byte of a number comes first */
    uint8_t identification_version;  /* EI_VERSION */
    uint8_t abi;                     /* EI_OSABI; ignored, like the version below */
    uint8_t abi_version;             /* EI_ABIVERSION */
    uint8_t padding[7];              /* EI_PAD */
    uint16_t type;                   /* e_type: executable, shared, not linked, ... */
    uint16_t machine;                /* e_machine */
    uint32_t version;                /* e_version */
    uint64_t entry;                  /* e_entry, virtual address */
    uint64_t program_headers_offset; /* e_phoff, in bytes from the file's start */
    uint64_t section_headers_offset; /* e_shoff; sections are for linkers and debuggers */
    uint32_t flags;                  /* e_flags; x86-64 has none */
    uint16_t header_size;            /* e_ehsize, in bytes */
    uint16_t segment_size;           /* e_phentsize, in bytes: of an entry in the table */
    uint16_t segment_count;          /* e_phnum */
    uint16_t section_size;           /* e_shentsize */
    uint16_t section_count;          /* e_shnum */
    uint16_t section_names;          /* e_shstrndx */
};

/* An entry of the table of program headers: one segment. */
struct elf64_segment {
    uint32_t type;             /* p_type */
    uint32_t flags;            /* p_flags: what the kernel may do there */
    uint64_t offset;           /* p_offset, in bytes from the file's start */
    uint64_t virtual_address;  /* p_vaddr */
    uint64_t physical_address; /* p_paddr; ignored: the loader takes what is free */
    uint64_t file_size;        /* p_filesz, in bytes */
    uint64_t memory_size;      /* p_memsz, in bytes: zeros follow what the file has */
    uint64_t alignment;        /* p_align, in bytes: a power of two, or 0 */
};

const char *elf_check_header(const struct elf64_header *header, uint64_t file_size);
const char *elf_check_segments(const struct elf64_header *header,
                               const struct elf64_segment *segments, uint64_t file_size);
