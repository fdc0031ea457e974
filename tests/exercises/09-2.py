"""GRUB brings a second file, and it comes to the kernel."""

import random
import re
import struct
import subprocess

from emulators import cd
from judge import Wrong, load, rows, run_to, same, when
from page_tables import PHYSICAL_MEMORY

CHAPTER = "09-grub"
TITLE = "One more file"
HINTS = [
    "Three places: `loader/grub_kernel.c` knows the modules, `struct boot_info` carries address and size, the kernel prints them. What has to "
    "become of the sentence about more modules than one? And in `kernel/main.c`, `ROWS_FOR_REGIONS` counts on the rows that there are above.",
    "`multiboot2_find` goes on after a tag that it is given: the first module is the kernel, the next one is the file. If there are three, "
    "say that there are too many. The file's memory has to be claimed, or the loader puts the kernel there.",
    "Claim it in `boot_claim_memory`, beside the kernel's file, as `MEMORY_LOADER`, and only if there is one. The fields are set in "
    "`boot_describe`. Started by the BIOS, nothing sets them: what `loader_main` does not name in the structure is 0."]

ROW = re.compile(r"Module       ([0-9a-f]{16}), (\d+) bytes")
KERNEL = "module2 /boot/kernel.elf one two"
MODULE = 104  # bytes from the start of struct boot_info, after command_line
built = load("09-1")["built"]


def check(Machine, folder):
    for size in (random.randrange(1, 100), random.randrange(300000, 500000)):
        data = random.randbytes(size)
        with built(folder, f"{KERNEL}\nmodule2 /boot/file three") as copy, when(f"with a file of {size} bytes as the second module"):
            add(copy / "build/cd.iso", "/boot/file", data)
            with Machine(*cd(Machine, copy / "build/cd.iso"), stopped=True) as machine:
                brings(machine, copy, data)
    with built(folder, KERNEL) as copy, when("without a second module"):
        with Machine(*cd(Machine, copy / "build/cd.iso")) as machine:
            has_none(machine)
    with Machine(folder / "build/disk.img") as machine, when("started by the BIOS"):
        has_none(machine)


def add(iso, path, data):
    """Writes one more file to a CD."""
    file = iso.with_name("file")
    file.write_bytes(data)
    subprocess.run(["xorriso", "-dev", f"stdio:{iso}", "-boot_image", "any", "keep", "-map", file, path],
                   check=True, stdin=subprocess.DEVNULL, capture_output=True)


def brings(machine, folder, data):
    run_to(machine, folder, "_start", "kernel")
    boot_info = machine.memory(machine.registers()["RDI"] - PHYSICAL_MEMORY, MODULE + 16)
    same("boot_info->version", 5, *struct.unpack_from("<I", boot_info))
    seen = greets(machine)
    found = [ROW.fullmatch(row) for row in seen if row.startswith("Module")]
    if len(found) != 1 or not found[0]:
        raise Wrong("one row such as: Module       0000000000117000, 1234 bytes",
                    "\n".join(row for row in seen if row.startswith("Module")) or "no row that begins with Module")
    start, size = int(found[0][1], 16), int(found[0][2])
    same("the file's size", len(data), size)
    same("after boot_info->command_line, module_start and module_size",
         f"{start:#x}, {size:#x}", "{:#x}, {:#x}".format(*struct.unpack_from("<2Q", boot_info, MODULE)))
    if machine.memory(start, size) != data:
        raise Wrong(f"the file's bytes at {start:#x}", "other bytes")
    if "Command line one two" not in seen:
        raise Wrong("the kernel's own command line: Command line one two",
                    "\n".join(row for row in seen if row.startswith("Command")) or "none")
    regions = re.findall(r"^(\w{16})-(\w{16})  loader ", "\n".join(seen), re.MULTILINE)
    if not any(int(first, 16) <= start and start + size - 1 <= int(last, 16) for first, last in regions):
        raise Wrong(f"a region loader in the memory map that holds {start:#x} to {start + size - 1:#x}",
                    "these:\n" + "\n".join(row for row in seen if re.match(r"\w{16}-", row)))


def has_none(machine):
    found = [row for row in greets(machine) if row.startswith("Module")]
    if found:
        raise Wrong("no row that begins with Module", found[0])


def greets(machine):
    seen = rows(machine, timeout=30)  # GRUB takes its time
    if seen[0] != "Hello World!":
        raise Wrong("still Hello World! in row 0", seen[0] or "nothing in row 0")
    return seen
