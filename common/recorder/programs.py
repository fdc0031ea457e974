"""Names and source lines of what was built: from the programs' symbols and debug information."""

import os
import re
import subprocess
from bisect import bisect_right
from pathlib import Path

from elf_file import ElfFile


def file_here(name):
    """A file of the debug information, as seen from here. NASM puts the file's own folder in
    front once more: boot//boot/print.asm."""
    name = name.rpartition("//")[2]
    return os.path.relpath(name) if os.path.exists(name) else name


class Programs:
    """Some ELF64 files of the reader's own, and the tool that finds lines in them: addr2line."""

    def __init__(self, paths, addr2line="addr2line"):
        self.addr2line = addr2line
        self.known = {}  # file and line by program and address
        self.sections = []  # begin, end, program
        self.symbols = []  # address, name, program; of those with one address, functions are the last
        self.sources = {}
        functions = set()
        for path in paths:
            program = ElfFile(path)
            sections = [(address, address + size, path) for _, address, size in program.sections()]
            self.sections += sections
            functions |= set(program.functions())
            self.symbols += [(value, name, path) for name, value in program.symbols()
                             if any(begin <= value < end for begin, end, _ in sections)]
        self.symbols.sort(key=lambda symbol: (symbol[0], (symbol[1], symbol[0]) in functions, symbol[1]))

    def program(self, linear):
        """The program that was linked to lie at a linear address, or None."""
        return next((path for begin, end, path in self.sections if begin <= linear < end), None)

    def name(self, linear):
        """A linear address as the symbol before it and a distance, or "" outside all programs."""
        if not (path := self.program(linear)):
            return ""
        for value, name, owner in reversed(self.symbols[:bisect_right(self.symbols, linear, key=lambda symbol: symbol[0])]):
            if owner == path and "." not in name:
                return name if value == linear else f"{name}+{linear - value:#x}"
        return ""

    def look_up(self, addresses):
        """Finds the lines of many addresses at once, which is quicker."""
        for path in {path for _, _, path in self.sections}:
            wanted = sorted({address for address in addresses if self.program(address) == path} - self.known.keys())
            if not wanted:
                continue
            said = subprocess.run([self.addr2line, "-e", path, *map(hex, wanted)], capture_output=True, text=True, check=True)
            for address, line in zip(wanted, said.stdout.splitlines()):
                found = re.match(r"(.*):(\d+)", line)
                self.known[address] = (file_here(found[1]), int(found[2])) if found and found[2] != "0" else None

    def line(self, linear):
        """Source file and line number of the instruction at a linear address, or None."""
        if linear not in self.known:
            self.look_up([linear])
        return self.known.get(linear)

    def source(self, file, number):
        """The text of a source line, or "" where the file is not here."""
        if file not in self.sources:
            path = Path(file)
            self.sources[file] = path.read_text(errors="replace").splitlines() if path.is_file() else []
        lines = self.sources[file]
        return lines[number - 1] if number <= len(lines) else ""
