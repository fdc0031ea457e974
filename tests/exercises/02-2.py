"""The second stage reads a sector that it was not given, and prints what it holds."""

import tempfile
from pathlib import Path

from judge import under, when

CHAPTER = "02-second-stage"
TITLE = "Read a sector yourself"
HINTS = [
    "`read_second_stage` has done the same for other sectors, and it leaves the drive's number in DL. "
    "Which call does it make, what is in AH and at DS:SI then, and where do the bytes go?",
    "The packet of AH=42h may lie in memory as data: a byte 16, a byte 0, a word with the number of sectors, the offset and "
    "the segment to read to as two words, and the sector's number as a quad word (`dq`). SI is the packet's address.",
    "Make room with `times 512 db 0` after your code, and read to it: its offset is its label, its segment is 0. After "
    "`call int_13h`, if the carry flag is clear, you can give what you have read to `print` as it is."]

SECTOR = 1000
TEXTS = ["Sector 1000 says hello", "The second stage has read these words, and they reach almost to the last column"]


def check(Machine, folder):
    with tempfile.TemporaryDirectory() as name:
        disk = Path(name) / "disk.img"
        for text in TEXTS:
            image = bytearray((folder / "build/disk.img").read_bytes())
            for sector in (SECTOR - 1, SECTOR, SECTOR + 1):
                image[512 * sector:512 * (sector + 1)] = f"Wrong: this is sector {sector}\0".encode().ljust(512, b"?")
            found = text.encode() + b"\0"
            image[512 * SECTOR:512 * SECTOR + len(found)] = found
            disk.write_bytes(image)
            with Machine(disk) as machine, when(f"if sector {SECTOR} holds the text {text!r}"):
                under(machine, "Hello from the second stage", text)
