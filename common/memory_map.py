#!/usr/bin/env python3
"""Draws what lies where in memory, the highest address on top, from the section
headers of the chapter's programs: memory_map.py build/*.elf."""

import sys
from pathlib import Path

import endings
from elf_file import ElfFile

WIDTH = 46
# What is there before we come (Intel and IBM: the PC's first KiB and more). The
# BIOS data area's own word at 0x413 says where the EBDA begins.
FIRMWARE = [(0x0, 0x400, "interrupt vectors of real mode"),
            (0x400, 0x100, "BIOS data area"),
            (0x80000, 0x20000, "RAM; in part the BIOS's (EBDA)"),
            (0xA0000, 0x18000, "the VGA's other memory"),
            (0xB8000, 4000, "the screen's text"),
            (0xB8FA0, 0xC0000 - 0xB8FA0, "the VGA's other memory"),
            (0xC0000, 0x40000, "ROMs: the VGA's, the BIOS's")]


def sections(program):
    """Start, size and name of each section that has a place in memory."""
    return [(start, size, f"{Path(program).name} {name}") for name, start, size in ElfFile(program).sections()]


def stacks(program):
    """Where a program has a stack that is no section: a block without a size."""
    return [value for name, value in ElfFile(program).symbols() if name.endswith("stack_top")]


def draw(blocks, stacks):
    """Lines of a drawing; where nothing lies, a gap, unless it only aligns. The upper half
    of all addresses is virtual; the rest is both, virtual and in memory."""
    margin = max(9, *(len(f"{start + size:#x}") for start, size, _ in blocks))

    def border(address, left="├", right="┤"):
        return f"{address:>#{margin}x} {left}{'─' * WIDTH}{right}"

    def inside(text, size):
        return f"{'':{margin}} │ {text:<{WIDTH - 15}} {size:>6} bytes│".replace("bytes│", "bytes │")

    lines = []
    top = None
    for start, size, name in sorted(blocks, reverse=True):
        end = start + size
        if top is None:
            lines.append(border(end, "┌", "┐"))
        elif end + 16 < top:
            text = "v the stack grows down" if top in stacks else ""
            if top >> 63 and not end >> 63:
                text = "^ virtual addresses, v memory"
            lines += [f"{'':{margin}} │ {text:<{WIDTH - 1}}│", border(end)]
        lines += [inside(name, size), border(start)]
        top = start
    return lines[:-1] + [border(top, "└", "┘")]


def main():
    programs = sys.argv[1:]
    blocks = [block for program in programs for block in sections(program)]
    tops = [top for program in programs for top in stacks(program)]
    print("\n".join(draw(blocks + FIRMWARE, tops)))


if __name__ == "__main__":
    endings.run(main)
