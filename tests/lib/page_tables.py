"""What a machine's page tables say."""

import functools
import struct

PHYSICAL_MEMORY = 0xFFFF800000000000  # where a kernel with an empty lower half has it
ADDRESS = (1 << 52) - (1 << 12)  # of an entry: the next table, or the page
LEVELS = [("PML4", 39), ("PDPT", 30), ("PD", 21), ("PT", 12)]  # name, lowest bit of its index


class Still:
    """A machine that is stopped all the time: what has been read of it once is not read again."""

    def __init__(self, machine):
        self.registers = functools.cache(machine.registers)
        self.memory = functools.cache(machine.memory)


def walk(machine, address):
    """The entries that lead from CR3 to a physical address: for each its table's
    name and address, its index, and its value; and that physical address, or None
    where an entry is not present."""
    table = machine.registers()["CR3"] & ADDRESS
    steps = []
    for name, shift in LEVELS:
        index = address >> shift & 511
        entry, = struct.unpack_from("<Q", machine.memory(table, 4096), 8 * index)
        steps.append((name, table, index, entry))
        if not entry & 1:
            return steps, None
        table = entry & ADDRESS
        if shift == 12 or entry & 0x80:
            return steps, (table & -(1 << shift)) + address % (1 << shift)
    raise AssertionError("the last level always ends in a page")


def pages(machine):
    """All that is mapped: a list of pages, each as its virtual and physical address, its
    size, and whether all levels together let it be written and executed; and the addresses
    of all tables."""
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
