"""The kernel's file says how large a stack it wants, and gets it."""

import contextlib
import re
import struct
import tempfile
from pathlib import Path

from judge import Wrong, leads, rows, run_to, same, when
from page_tables import PHYSICAL_MEMORY, Still, walk

CHAPTER = "08-elf-loader"
TITLE = "A stack by request"
HINTS = [
    "Two places: where the loader makes the stack, and where it has the table of segments: `map_memory.c` and `load_kernel.c`. `struct boot_info` goes through both, and it has a field for the size. A segment of "
    "type 0x6474e551 is not loaded, so no other function need know of it. (The check makes the files it needs. To try it yourself, link a "
    "kernel with a script without `PHDRS`, and with `-z stack-size=131072`; `readelf -lW` shows the segment as GNU_STACK.)",
    "At the end of `read_headers`, find the size: `STACK_SIZE` if there is no such segment, or if its `memory_size` is 0. The size comes "
    "from a file: more than 1 MiB ends in `boot_fail`, and that has to be asked before you round it up.",
    "`round_up(size)` rounds up to whole pages. With it in `boot_info->kernel_stack_size`, `map_stack` needs no `STACK_SIZE` any more: the "
    "size says how many pages are allocated, and how many are mapped, of which the first is at `KERNEL_STACK_TOP - size`."]

STACK = 0x6474E551  # PT_GNU_STACK
TOO_LARGE = "boot error: the kernel wants a stack of more than 1 MiB"
KIB = 1024


def check(Machine, folder):
    with asking(folder, None) as disk, when("if the kernel's file does not ask"):
        has_stack(Machine, disk, folder, 64 * KIB)
    for size, pages in {0: 16, 1: 1, 12 * KIB: 3, 80 * KIB + 1: 21, 1024 * KIB: 256}.items():
        with asking(folder, size) as disk, when(f"if the kernel's file asks for {size} bytes"):
            has_stack(Machine, disk, folder, 4 * KIB * pages)
    for size in (1024 * KIB + 1, (1 << 64) - 1):
        with asking(folder, size) as disk, when(f"if the kernel's file asks for {size:#x} bytes"), Machine(disk) as machine:
            same("row 0", TOO_LARGE, rows(machine)[0])


@contextlib.contextmanager
def asking(folder, size):
    """The disk with a kernel that has one more segment: after the others if its size is whole pages,
    in front of them if it is not."""
    disk = (folder / "build/disk.img").read_bytes()
    kernel = (folder / "build/stripped/kernel.elf").read_bytes()
    if disk.count(kernel) != 1:
        raise Wrong("build/stripped/kernel.elf on the disk", "another kernel, perhaps by KERNEL=")
    count, = struct.unpack_from("<H", kernel, 56)
    table = disk.index(kernel) + 64  # where ld puts it; room is left up to the first page
    disk = bytearray(disk)
    if size is not None:
        segments = [disk[table + 56 * number:][:56] for number in range(count)]
        segments.insert(0 if size % (4 * KIB) else count, struct.pack("<II6Q", STACK, 6, 0, 0, 0, 0, size, 16))
        struct.pack_into("<H", disk, table - 8, len(segments))
        disk[table:table + 56 * len(segments)] = b"".join(segments)
    with tempfile.NamedTemporaryFile(suffix=".img") as file:
        Path(file.name).write_bytes(disk)
        yield Path(file.name)


def has_stack(Machine, disk, folder, size):
    with Machine(disk, stopped=True) as machine:
        run_to(machine, folder, "_start", "kernel")
        registers = machine.registers()
        boot_info = registers["RDI"] - PHYSICAL_MEMORY
        top, told = struct.unpack("<QQ", machine.memory(boot_info + 40, 16))
        same("boot_info->kernel_stack_size", size, told)
        same("RSP", top - 8, registers["RSP"])
        still = Still(machine)
        places = [walk(still, page)[1] for page in range(top - size, top, 4096)]
        if None in places:
            raise Wrong(f"a stack of {size} bytes that is mapped", f"no page at {top - size + 4096 * places.index(None):#x}")
        leads(machine, top - size - 1, None)
        shown = [row for row in rows(machine) if re.match("Stack", row)]
        if shown != [f"Stack        {top:016x}, {size // KIB} KiB below it"]:
            raise Wrong(f"the kernel's row: Stack        {top:016x}, {size // KIB} KiB below it", "\n".join(shown) or "none")
