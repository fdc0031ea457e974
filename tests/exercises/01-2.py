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
    "change DX? The comment above `print` has the answer.",
    "`print` prints texts only, so give it one: put `drive 00` into memory, and overwrite its two digits before you print it. "
    "One digit is four bits: `shr al, 4` leaves the upper four of AL, `and al, 15` the lower four.",
    "A digit from 0 to 9 becomes its character by adding '0'. From 10 on, add 7 more: this is how many characters lie between '9' and "
    "'A'. Write that once, as a function from AL to AL, and call it for both digits."]

STOP = b"\x87\xdb"  # xchg bx, bx, at start
# No BIOS has so many drives, but each digit here is a 9, the last one before the letters, or a letter.
OTHER_DRIVES = 0xF9, 0x9A


def check(Machine, folder):
    disk = folder / "build/disk.img"
    says(Machine(disk), "80", "from a hard disk")
    with tempfile.TemporaryDirectory() as name:
        image = as_floppy(disk, Path(name))
        says(Machine(None, *(floppy if Machine is Qemu else bochs_floppy)(image)), "00", "from a floppy")

        sector = bytearray(disk.read_bytes())
        start = symbols(folder / "build/boot.elf").get("start", 0) % 512
        if sector[start:start + 2] == STOP:
            for drive in OTHER_DRIVES:
                sector[start:start + 2] = b"\xb2" + bytes([drive])  # mov dl, drive: has just as many bytes
                image.write_bytes(sector)
                says(Machine(image), f"{drive:02X}", f"with {drive:#x} in DL")


def says(machine, number, how):
    with machine, when(f"booted {how}"):
        under(machine, "Hello from the boot sector", f"drive {number}")
