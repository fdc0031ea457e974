"""ELF files: their symbols, and kernels made byte by byte, so that no linker corrects what is odd."""

import struct
from array import array

from elf_file import ElfFile


def symbols(elf):
    """The addresses of an ELF file's symbols by name."""
    return dict(ElfFile(elf).symbols())


def pattern(size):
    """Bytes, each four of which say where they belong."""
    return array("I", range(0, size, 4)).tobytes()[:size]


LOWEST = (1 << 64) - (2 << 30)  # the least address that a kernel may have
HALT = b"\xfa\xf4\xeb\xfc"  # cli; hlt; and again
R, W, X = 4, 2, 1
CODE = (LOWEST, 0x400, HALT, len(HALT), R | X)
HEADER, ENTRY = 64, 56


def elf(*segments, entry=LOWEST, kind=2, machine=62, word=2):
    """An ELF file: for each segment its address, offset, bytes, size in memory, flags."""
    header = struct.pack("<4s5B7xHHIQQQIHHHHHH", b"\x7fELF", word, 1, 1, 0, 0, kind, machine, 1, entry, HEADER, 0, 0,
                         HEADER, ENTRY, len(segments), 0, 0, 0)
    table = b"".join(struct.pack("<IIQQQQQQ", 1, flags, offset, address, 0, len(data), size, 1)
                     for address, offset, data, size, flags in segments)
    file = bytearray(header + table)
    for _, offset, data, _, _ in segments:
        file = file.ljust(offset, b"\0")
        file[offset:offset + len(data)] = data
    return bytes(file)
