#!/usr/bin/python3
"""Follows a virtual address through the page tables of a chapter that has booted,
as the CPU does, and draws each level: tests/tools/walk.py 04 0xb8000."""

import struct
import sys

import find_lib  # noqa: F401
from machine import CHAPTERS, EMULATORS, build, image

ADDRESS = (1 << 52) - (1 << 12)  # of an entry: the next table, or the page
LEVELS = [("PML4", 39), ("PDPT", 30), ("PD", 21), ("PT", 12)]  # name, lowest bit of its index
FLAGS = {0: "present", 1: "writable", 7: "large", 63: "not executable"}  # accessed and dirty are the CPU's own notes


def walk(machine, address):
    """The entries that lead from CR3 to a physical address: for each its table's
    name and address, its index, and its value; and that physical address, or None
    where an entry is not present."""
    table = machine.registers()["CR3"]
    steps = []
    for name, shift in LEVELS:
        index = address >> shift & 511
        entry = int.from_bytes(machine.memory(table + 8 * index, 8), "little")
        steps.append((name, table, index, entry))
        if not entry & 1:
            return steps, None
        table = entry & ADDRESS
        if shift == 12 or entry & 0x80:
            return steps, (table & -(1 << shift)) + address % (1 << shift)
    raise AssertionError("the last level always ends in a page")


def pages(machine):
    """All that is mapped: a list of pages, each as its virtual and physical address, its
    size, and whether it can be written and be executed by all levels together; and the
    addresses of all tables."""
    mapped, tables = [], []

    def look(table, virtual, shift, writable, executable):
        tables.append(table)
        for index, entry in enumerate(struct.unpack("<512Q", machine.memory(table, 4096))):
            if not entry & 1:
                continue
            address = virtual | index << shift
            if shift == 39 and index >= 256:
                address |= 0xFFFF << 48
            rights = writable and bool(entry & 2), executable and not entry >> 63
            if shift == 12 or entry & 0x80:
                mapped.append((address, entry & ADDRESS & -(1 << shift), 1 << shift, *rights))
            else:
                look(entry & ADDRESS, address, shift - 9, *rights)

    look(machine.registers()["CR3"] & ADDRESS, 0, 39, True, True)
    return mapped, tables


def draw(address, steps, physical):
    shifts = [shift for _, shift in LEVELS[:len(steps)]]
    tops = [47] + [shift - 1 for shift in shifts]
    fields = [(f"bits {top}-{shift}", f"{address >> shift & 511:09b}", f"= {address >> shift & 511}") for top, shift in zip(tops, shifts)]
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
    end = f"physical address {physical:#x}" if physical is not None else "no physical address: the CPU raises a page fault"
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
    main()
