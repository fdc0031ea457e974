"""Reads the sections and symbols of an ELF file, of 64 or 32 bits (System V gABI, "Sections")."""

import struct
import sys
from pathlib import Path

SHT_SYMTAB = 2
SHN_ABS = 0xFFF1
SHF_ALLOC = 2
STT_FUNC = 2


class ElfFile:
    """What the tools of common/ want to know of a program that was linked."""

    def __init__(self, path):
        self.data = Path(path).read_bytes()
        if self.data[:6] not in (b"\x7fELF\2\1", b"\x7fELF\1\1"):
            sys.exit(f"{path}: not an ELF file for a PC")
        self.wide = self.data[4] == 2
        start, = struct.unpack_from("<Q" if self.wide else "<I", self.data, 0x28 if self.wide else 0x20)  # e_shoff
        size, count, names = struct.unpack_from("<3H", self.data, 0x3A if self.wide else 0x2E)  # e_shentsize, e_shnum, e_shstrndx
        self.headers = [struct.unpack_from("<2I4Q2I" if self.wide else "<8I", self.data, start + size * number)
                        for number in range(count)]
        self.names = self.headers[names][4] if count else 0

    def _name(self, table, offset):
        start = table + offset
        return self.data[start:self.data.index(0, start)].decode()

    def entry(self):
        """Where the program begins."""
        return struct.unpack_from("<Q" if self.wide else "<I", self.data, 0x18)[0]

    def sections(self):
        """Name, address and size of each section that has a place in memory."""
        return [(self._name(self.names, name), address, size)
                for name, _, flags, address, _, size, *_ in self.headers if flags & SHF_ALLOC and size]

    def functions(self):
        """Name and value of each symbol that is said to be a function."""
        return [(name, value) for name, value, info, _ in self._symbols() if info & 15 == STT_FUNC]

    def symbols(self):
        """Name and value of each symbol, but for the constants of assembly files, which are no places."""
        return [(name, value) for name, value, info, section in self._symbols() if info >> 4 or section != SHN_ABS]

    def _symbols(self):
        for _, kind, _, _, offset, size, link, _ in self.headers:
            if kind == SHT_SYMTAB:
                for place in range(offset, offset + size, 24 if self.wide else 16):
                    name, = struct.unpack_from("<I", self.data, place)
                    if self.wide:
                        info, section, value = struct.unpack_from("<BxHQ", self.data, place + 4)
                    else:
                        value, info, section = struct.unpack_from("<I4xBxH", self.data, place + 4)
                    yield self._name(self.headers[link][4], name), value, info, section
