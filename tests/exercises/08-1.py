"""The kernel shows the rights of its own pages, which it finds with a walk through the page tables."""

import re

from judge import Wrong, rows, run_to, when
from page_tables import LEVELS, PHYSICAL_MEMORY
from qemu import Qemu

CHAPTER = "08-elf-loader"
TITLE = "What may be done where"
HINTS = [
    "Walk as the CPU does: CR3, then four levels, and at each of them nine bits of the address choose an entry. Every address in a table is "
    "physical. Where in the kernel's own memory is physical address X?",
    "`(const uint64_t *)(boot_info->physical_memory + X)` is the table at X. Of CR3 and of an entry, bits 51 to 12 are the next address "
    "(`& 0x000ffffffffff000`). Bit 0 says whether there is anything, bit 1 whether it may be written, bit 63 that it must not be executed.",
    "`for (unsigned shift = 39; shift >= 12; shift -= 9)`, with `entry = table[address >> shift & 511]`. Our loader lets the last "
    "entry decide, but the CPU asks all four: writing needs bit 1 in each, and bit 63 in any of them forbids executing. Collect them "
    "on the way down."]

PRESENT, WRITABLE, NO_EXECUTE = 1 << 0, 1 << 1, 1 << 63
ADDRESS = 0x000FFFFFFFFFF000
PAGE = 4096
KERNEL_VIRTUAL, KERNEL_SIZE, REGIONS = 16, 32, 104  # bytes from the start of struct boot_info
BORDER = 0xFFFFC80000000000  # on its two sides no table is the same; nothing is mapped there
TABLES = 24 << 20  # memory that is nobody's
ALL = PRESENT | WRITABLE

# Page tables of the check's own, below and above the border: each level's flags, and the flags of
# four pages.
RIGHTS = {
    "rights at any level": (
        (PRESENT, ALL, ALL, [ALL, ALL | NO_EXECUTE, PRESENT, WRITABLE]),
        (ALL, ALL | NO_EXECUTE, ALL, [ALL, PRESENT, ALL | NO_EXECUTE, NO_EXECUTE])),
    "tables that are not present": (
        (ALL, ALL, WRITABLE, [ALL, PRESENT, ALL | NO_EXECUTE, PRESENT]),
        (WRITABLE, ALL, ALL, [ALL, PRESENT, ALL | NO_EXECUTE, PRESENT])),
}


def check(Machine, folder):
    with Machine(folder / "build/disk.img") as machine:
        shows(machine)

    # The same with other rights, which the check writes into the page tables.
    for code, constants in ((WRITABLE, WRITABLE | NO_EXECUTE), (0, WRITABLE)):
        with Machine(folder / "build/disk.img", stopped=True) as machine, when("if the check changes the rights of two pages"):
            run_to(machine, folder, "_start", "kernel")
            place, entry = entries(machine, machine.registers()["RIP"])[-1]
            for number, rights in enumerate((code, constants)):
                write(machine, place + 8 * number, (entry & ADDRESS) + PAGE * number | PRESENT | rights)
            shows(machine)

    # The same with other pages, as if the kernel lay there.
    for name, sides in RIGHTS.items():
        with Machine(folder / "build/disk.img", stopped=True) as machine, when(f"if kernel_virtual leads to {name}"):
            run_to(machine, folder, "_start", "kernel")
            for side, (*levels, pages) in enumerate(sides):
                maps(machine, BORDER + PAGE * len(pages) * (side - 1), TABLES + 4 * PAGE * side, levels, pages)
            boot_info = machine.registers()["RDI"] - PHYSICAL_MEMORY
            write(machine, boot_info + KERNEL_VIRTUAL, BORDER - PAGE * len(sides[0][-1]))
            write(machine, boot_info + KERNEL_SIZE, PAGE * sum(len(pages) for *_, pages in sides))
            write(machine, boot_info + REGIONS, 1)  # leaves room on the screen
            shows(machine)


def maps(machine, first, tables, levels, pages):
    """Makes the tables that lead to some pages, the first of them at a virtual address."""
    place = machine.registers()["CR3"] & ADDRESS
    for table, (flags, (_, shift)) in enumerate(zip(levels, LEVELS)):
        write(machine, place + 8 * (first >> shift & 511), tables + PAGE * table | flags)
        place = tables + PAGE * table
    for number, flags in enumerate(pages):
        write(machine, place + 8 * ((first >> 12) + number & 511), TABLES | flags)


def write(machine, place, value):
    """Writes eight bytes to a physical address."""
    virtual = PHYSICAL_MEMORY if isinstance(machine, Qemu) else 0  # what the two take
    machine.write(virtual + place, value.to_bytes(8, "little"))


def entries(machine, address):
    """Where the entries are that lead to an address, and their values."""
    table, found = machine.registers()["CR3"] & ADDRESS, []
    for _, shift in LEVELS:
        place = table + 8 * (address >> shift & 511)
        found.append((place, int.from_bytes(machine.memory(place, 8), "little")))
        table = found[-1][1] & ADDRESS
        if not found[-1][1] & PRESENT:
            break
    return found


def shows(machine):
    seen = rows(machine)
    if seen[0] != "Hello World!":
        raise Wrong("still Hello World! in row 0", seen[0] or "nothing in row 0")
    kernel = re.search(r"^Kernel +(\w{16}), (\d+) KiB", "\n".join(seen), re.MULTILINE)
    if not kernel:
        raise Wrong("still the row that begins with Kernel", "none")
    first, size = int(kernel[1], 16), int(kernel[2]) * 1024
    for address in range(first, first + size, 4096):
        found = [entry for _, entry in entries(machine, address)]
        rights = "---" if not found[-1] & PRESENT else "".join([
            "r", "w" if all(entry & WRITABLE for entry in found) else "-",
            "-" if any(entry & NO_EXECUTE for entry in found) else "x"])
        if f"{address:016x} {rights}" not in seen:
            same = [row for row in seen if row.startswith(f"{address:016x} ")]
            raise Wrong(f"a row that reads: {address:016x} {rights}", "\n".join(same) or "no row that begins with this address")
