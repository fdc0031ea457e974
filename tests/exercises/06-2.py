"""The kernel counts the page frames that it could give away."""

import re

from judge import Wrong, rows, run_to, when

CHAPTER = "06-memory-map"
TITLE = "Page frames"
HINTS = [
    "Nothing is to be asked from the BIOS: the map has it all, in `boot_info->memory`. Take the usable regions one by one. Where does the "
    "first whole frame of a region begin, and where does its last one end?",
    "A frame's number is its address divided by 4096. The first whole frame of a region is the start divided by 4096 and rounded up; "
    "the one after its last is the end, that is start plus size, divided by 4096 and rounded down.",
    "`first = (region->start + 4095) / 4096` and `end = (region->start + region->size) / 4096`, both `uint64_t`. A region may hold "
    "no whole frame, and then `end` can even be less than `first`: add `end - first` only if it is more."]

USABLE, LOADER, KERNEL, ACPI, NVS, RESERVED, BAD = range(1, 8)
MEMORY = 8  # bytes from the start of struct boot_info: where the regions are, and how many

MAPS = {  # start, end and type of each region
    "a map of the check's own": [
        (0, 0x1000, RESERVED), (0x1000, 0x30000, LOADER), (0x30000, 0x9FC00, USABLE), (0x9FC00, 0x100000, RESERVED),
        (0x100000, 0x105000, KERNEL), (0x105000, 0x2000123, USABLE), (0x2000123, 0x2400000, ACPI),
        (1 << 32, 5 << 32, USABLE), (5 << 32, 6 << 32, BAD)],
    "a map with usable regions that hold no whole frame": [
        (0, 0x1FFF, USABLE), (0x1FFF, 0x2000, RESERVED), (0x4000100, 0x4000F00, USABLE), (0x5000800, 0x5001800, USABLE), (0x6000001, 0x6003FFF, USABLE),
        (0x7000000, 0x7001000, USABLE), (0x7001000, 0x7002000, NVS)],
}


def check(Machine, folder):
    with Machine(folder / "build/disk.img") as machine:
        seen = rows(machine)
        counts(seen, told(seen))

    for name, regions in MAPS.items():
        with Machine(folder / "build/disk.img", stopped=True) as machine, when(f"with {name}"):
            run_to(machine, folder, "_start", "kernel")
            boot_info = machine.registers()["RDI"]
            place = int.from_bytes(machine.memory(boot_info + MEMORY, 8), "little")
            machine.write(boot_info + MEMORY + 8, len(regions).to_bytes(4, "little"))
            for number, (start, end, kind) in enumerate(regions):
                fields = (start, 8), (end - start, 8), (kind, 4), (0, 4)
                machine.write(place + 24 * number, b"".join(value.to_bytes(size, "little") for value, size in fields))
            counts(rows(machine), regions)


def told(seen):
    """The regions that the kernel itself shows: the machine's own."""
    found = [re.match(r"(\w{16})-(\w{16})  usable ", row) for row in seen]
    return [(int(row[1], 16), int(row[2], 16) + 1, USABLE) for row in found if row]


def counts(seen, regions):
    frames = sum(max(end // 4096 - (start + 4095) // 4096, 0) for start, end, kind in regions if kind == USABLE)
    if f"Page frames: {frames}" not in seen:
        found = [row for row in seen if row.startswith("Page frames")]
        raise Wrong(f"a row that reads: Page frames: {frames}", "\n".join(found) or "no row that begins with Page frames")
