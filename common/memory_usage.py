#!/usr/bin/env python3
"""Prints how full each region of memory is: memory_usage.py CHAPTER SCRIPT PROGRAM

It reads from the linker script which section lies in which region, and from the program where
the section ends. GNU ld could print this itself, but other linkers cannot."""

import re
import sys
from pathlib import Path

import endings
from elf_file import ElfFile

UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20}


def read(script):
    """A linker script's text, with what it includes and without its comments."""
    text = re.sub(r"/\*.*?\*/", "", script.read_text(), flags=re.DOTALL)
    return re.sub(r"INCLUDE (\S+)", lambda found: read(script.parent / found[1]), text)


def number(expression):
    """The value of an address or a length: products and differences of numbers with units."""
    plain = re.sub(r"\b(0x[0-9a-f]+|\d+)([KM]?)", lambda found: str(int(found[1], 0) * UNITS[found[2]]), expression)
    return eval(plain, {"__builtins__": {}})  # of a file of our own


def regions(text):
    """Origin and length of each region by name."""
    return {name: (number(origin), number(length)) for name, origin, length in
            re.findall(r"^ *(\w+) +\(\w+\) *: ORIGIN = (\S+), +LENGTH = (.*?) *$", text, re.MULTILINE)}


def places(text):
    """The regions that each section lies in, by its name: where it runs, where it is loaded."""
    aliases = dict(re.findall(r'REGION_ALIAS\("(\w+)", (\w+)\)', text))
    return {section: {aliases.get(name, name) for name in names.replace("AT>", "").replace(">", "").split()}
            for section, names in re.findall(r"^ *(\.\w+)[^\n]*\}((?: *(?:AT)?> *\w+)+)", text, re.MULTILINE)}


def main():
    chapter, script, program = sys.argv[1:]
    text = read(Path(script))
    lies_in = places(text)
    sections = ElfFile(program).sections()
    for region, (origin, length) in regions(text).items():
        ends = [address + size for name, address, size in sections if region in lies_in.get(name, [])]
        if ends:
            print(f"{chapter}: {Path(program).name:10} {region:12} {max(ends) - origin:7} of {length:7} bytes")


if __name__ == "__main__":
    endings.run(main)
