"""The loader tells the kernel how many bytes its file has, and the kernel shows the number."""

import contextlib
import random
import shutil
import subprocess
import tempfile
from pathlib import Path

from judge import Wrong, rows, run_to, when

CHAPTER = "07-kernel-file"
TITLE = "How large is it?"
HINTS = [
    "Who knows the number? `loader/main.c` has it in a variable already, because it reads so many bytes. `struct boot_info` needs a field "
    "for it; and a kernel that was compiled for the old structure has to notice: `BOOT_INFO_VERSION` becomes 3.",
    "A `uint64_t` after `memory` will do. The loader sets it where it sets `version` and `size`, and the kernel prints it below the map. "
    "(The kernel has no symbol to ask: `bss_size` and its like say what it needs in memory, which is more.)",
    "`boot_info.kernel_file_size = file_size;` in the loader, and in the kernel `print(\"Kernel file: %u bytes\\n\", "
    "boot_info->kernel_file_size);` as the last line of `kernel_main`."]

ANOTHER = 1234567  # bytes


def check(Machine, folder):
    with Machine(folder / "build/disk.img") as machine:
        shows(machine, size_of(folder))
    for more in (random.randrange(1, 512), random.randrange(200_000, 300_000)):
        with larger(folder, more) as copy, when(f"with a kernel that has {more} bytes more"):
            with Machine(copy / "build/disk.img") as machine:
                shows(machine, size_of(copy))
            with Machine(copy / "build/disk.img", stopped=True) as machine, when("if the check writes another size into struct boot_info"):
                tells(machine, copy, ANOTHER)
                shows(machine, ANOTHER)


def size_of(folder):
    return (folder / "build/kernel.bin").stat().st_size


@contextlib.contextmanager
def larger(folder, more):
    """A copy of the chapter with a kernel of more bytes."""
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place) / "chapters" / folder.name
        shutil.copytree(folder, copy)  # with all that is built already
        shutil.copytree(folder.parent.parent / "common", Path(place) / "common")
        with open(copy / "kernel/main.c", "a") as main:
            main.write(f"extern const char more[{more}]; const char more[{more}] = {{1}};\n")
        made = subprocess.run(["make", "-C", copy], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if made.returncode:
            raise Wrong("a chapter that builds", made.stderr)
        yield copy


def tells(machine, folder, another):
    """Stops where the kernel begins, and writes another size wherever the real one is handed over."""
    run_to(machine, folder, "_start", "kernel")
    boot_info = machine.registers()["RDI"]
    size = int.from_bytes(machine.memory(boot_info + 4, 4), "little")
    handed_over = machine.memory(boot_info, size)
    places = [place for place in range(8, size, 4) if handed_over[place:place + 4] == size_of(folder).to_bytes(4, "little")]
    if not places:
        raise Wrong(f"{size_of(folder)} in struct boot_info, which has {size} bytes by what its field size says", "no such number there")
    for place in places:
        machine.write(boot_info + place, another.to_bytes(4, "little"))


def shows(machine, size):
    seen = rows(machine)
    if seen[0] != "Hello World!":
        raise Wrong("still Hello World! in row 0", seen[0] or "nothing in row 0")
    below = next((seen[number + 1:] for number, row in enumerate(seen) if row.startswith("Usable memory: ")), [])
    if f"Kernel file: {size} bytes" not in below:
        found = [row for row in seen if row.startswith("Kernel file")]
        raise Wrong(f"below the map, a row that reads: Kernel file: {size} bytes",
                    "\n".join(found) or "no row that begins with Kernel file")
