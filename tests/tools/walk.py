#!/usr/bin/python3
"""Follows a virtual address through the page tables of a chapter that has booted,
as the CPU does, and draws each level: tests/tools/walk.py 04 0xb8000."""

import sys

import find_lib  # noqa: F401
import endings
from course import CHAPTERS, build, image
from emulators import EMULATORS
from page_tables import LEVELS, walk

FLAGS = {0: "present", 1: "writable", 7: "large", 63: "not executable"}  # accessed and dirty are the CPU's own notes


def draw(address, steps, physical):
    shifts = [shift for _, shift in LEVELS[:len(steps)]]
    tops = [47] + [shift - 1 for shift in shifts]
    fields = [(f"bits {top}-{shift}", f"{address >> shift & 511:09b}", f"= {address >> shift & 511}")
              for top, shift in zip(tops, shifts)]
    last = address % (1 << shifts[-1])
    fields.append((f"bits {shifts[-1] - 1}-0", f"{last:0{shifts[-1]}b}", f"= {last:#x}"))
    yield f"virtual address {address:#x}"
    yield ""
    for line in zip(*fields):
        yield "  " + "  ".join(f"{text:<{max(map(len, field))}}" for text, field in zip(line, fields)).rstrip()
    yield ""
    yield f"CR3 = {steps[0][1]:#x}"
    for level, (name, table, index, entry) in enumerate(steps):
        flags = ", ".join(text for bit, text in FLAGS.items() if entry >> bit & 1 and (bit != 7 or name != "PT"))
        yield f"{'':{4 * level}} └─> {name} at {table:#x}, entry {index}: {entry & ~0x60:#x} = {flags or 'not present'}"
    end = "no physical address: the CPU raises a page fault" if physical is None else f"physical address {physical:#x}"
    yield f"{'':{4 * len(steps)}} └─> {end}"


def main():
    try:
        chapter = next(name for name in CHAPTERS if name.startswith(sys.argv[1]))
        address = int(sys.argv[2], 0)
    except (IndexError, StopIteration, ValueError):
        sys.exit("To call it: tests/tools/walk.py 04 0xb8000, with a chapter and a virtual address.")
    if address not in range(1 << 47) and address not in range((1 << 64) - (1 << 47), 1 << 64):
        sys.exit("There is no such address: bits 63 to 48 are not copies of bit 47.")
    build(chapter)
    drawings = {}  # no two are the same; in the emulators' order
    for Machine in EMULATORS:
        with Machine(image(chapter)) as machine:
            machine.wait_for_rest()
            if not machine.registers()["CR0"] >> 31:
                sys.exit(f"{chapter} has no paging.")
            drawings["\n".join(draw(address, *walk(machine, address)))] = Machine
    print("\n\nand on the other emulator\n\n".join(drawings))


if __name__ == "__main__":
    endings.run(main)
