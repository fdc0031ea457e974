"""Reads the sections and symbols of an ELF64 file (System V gABI, "Sections")."""

import struct
import sys
from pathlib import Path

SHT_SYMTAB = 2
SHF_ALLOC = 2


class ElfFile:
    """What the tools of common/ want to know of a program that we have linked."""

    def __init__(self, path):
        self.data = Path(path).read_bytes()
        if not self.data.startswith(b"\x7fELF\2"):
            sys.exit(f"{path}: not an ELF64 file")
        start, = struct.unpack_from("<Q", self.data, 0x28)  # e_shoff
        size, count, names = struct.unpack_from("<3H", self.data, 0x3A)  # e_shentsize, e_shnum, e_shstrndx
        self.headers = [struct.unpack_from("<2I4Q2I", self.data, start + size * number) for number in range(count)]
        self.names = self.headers[names][4]

    def _name(self, table, offset):
        start = table + offset
        return self.data[start:self.data.index(0, start)].decode()

    def sections(self):
        """Name, address and size of each section that has a place in memory."""
        return [(self._name(self.names, name), address, size)
                for name, _, flags, address, _, size, *_ in self.headers if flags & SHF_ALLOC and size]

    def symbols(self):
        """Name and value of each symbol."""
        for _, kind, _, _, offset, size, link, _ in self.headers:
            if kind == SHT_SYMTAB:
                for place in range(offset, offset + size, 24):
                    name, _, _, _, value, _ = struct.unpack_from("<I2BH2Q", self.data, place)
                    yield self._name(self.headers[link][4], name), value
