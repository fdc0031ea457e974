"""The boot sector prints the number of the drive that the BIOS gave it in DL."""

import tempfile
from pathlib import Path

from bochs import bochs_floppy
from elf_files import symbols
from images import as_floppy
from judge import under, when
from qemu import Qemu, floppy

CHAPTER = "01-boot-sector"
TITLE = "Which drive is it?"
HINTS = [
    "DL holds the number from the first instruction on. Which of the instructions up to your own, those of `print` included, "
    "change DX? The comment above `print` tells.",
    "`print` prints texts only, so give it one: put `drive 00` into memory, and overwrite its two digits before you print it. "
    "One digit is four bits: `shr al, 4` leaves the upper four of AL, `and al, 15` the lower four.",
    "A digit from 0 to 9 becomes its character by adding '0'. From 10 on, add 7 more: this many characters stand between '9' and "
    "'A'. Write that once, as a function from AL to AL, and call it for both digits."]

STOP = b"\x87\xdb"  # xchg bx, bx, at start
OTHER_DRIVE = b"\xb2\xaf"  # mov dl, 0xaf: has just as many bytes


def check(Machine, folder):
    disk = folder / "build/disk.img"
    says(Machine(disk), "80", "from a hard disk")
    with tempfile.TemporaryDirectory() as name:
        image = as_floppy(disk, Path(name))
        says(Machine(None, *(floppy if Machine is Qemu else bochs_floppy)(image)), "00", "from a floppy")

        # No BIOS has 175 drives, but then its number has letters in both digits.
        sector = bytearray(disk.read_bytes())
        start = symbols(folder / "build/boot.elf").get("start", 0) % 512
        if sector[start:start + 2] == STOP:
            sector[start:start + 2] = OTHER_DRIVE
            image.write_bytes(sector)
            says(Machine(image), "AF", "with 0xaf in DL")


def says(machine, number, how):
    with machine, when(f"booted {how}"):
        under(machine, "Hello from the boot sector", f"drive {number}")
