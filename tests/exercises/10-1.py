"""The kernel draws its letters twice as large where the screen is wide."""

import contextlib
import shutil
import subprocess
import tempfile
from pathlib import Path

from PIL import Image

from emulators import EMULATORS
from judge import Wrong, picture, rows, same, text, when
from qemu import Bios, ahci_cd

CHAPTER = "10-framebuffer"
MACHINES = [Bios]
TITLE = "Large letters"
HINTS = [
    "All of it is in `lib/framebuffer.c`. Where does it decide how many rows and columns of text there are, and where which pixels "
    "a letter has?",
    "A variable `scale` is 1 or 2, and is set in `framebuffer_begin`. A letter then takes `GLYPH_COLUMNS * scale` by `GLYPH_ROWS * scale` "
    "pixels: find each place that has one of these two numbers without the scale.",
    "In `draw`, go over the pixels of the large letter, and divide to find the dot: `glyph[y / scale] << x / scale & 0x80`. "
    "And `framebuffer_begin` must return fewer rows, or the memory map runs out of the screen."]

# The narrow screen has more rows than a wide one, and more pixels.
WIDE = [(1920, 1080), (1600, 900)]
NARROW = [(1400, 1050)]


def check(Machine, folder):
    for size in WIDE + NARROW:
        with when(f"on a screen of {size[0]} by {size[1]} pixels"), built(folder, *size) as cd:
            with Machine(None, *ahci_cd(cd)) as machine:
                seen = picture(machine)
                same("the screen's columns", size[0], seen.width)
                greets(seen, str(machine.screen()), 2 if size in WIDE else 1)
    for Emulator in EMULATORS:
        with when("from the BIOS disk, in text mode"), Emulator(folder / "build/disk.img") as machine:
            same("the text's first row", "Hello World!", rows(machine)[0])


@contextlib.contextmanager
def built(folder, columns, rows):
    """The CD of a copy of the chapter in which GRUB is asked for another mode. It listens to
    what comes after the command multiboot2, which asks for the loader's own."""
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place) / "chapters" / folder.name
        shutil.copytree(folder, copy)  # with all that is built already
        shutil.copytree(folder.parent.parent / "common", Path(place) / "common")
        config = copy / "grub.cfg"
        config.write_text(config.read_text().replace("\n}", f"\n    set gfxpayload={columns}x{rows}x32\n}}"))
        made = subprocess.run(["make", "-C", copy], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if made.returncode:
            raise Wrong("a chapter that builds", made.stderr)
        yield copy / "build/cd.iso"


def greets(seen, said, scale):
    """The text that the serial port has, as far as the screen has room for it."""
    small = seen.resize((seen.width // scale, seen.height // scale), Image.NEAREST)
    if small.resize(seen.size, Image.NEAREST).tobytes() != seen.tobytes():
        raise Wrong(f"dots of {scale} by {scale} pixels", "others")
    shown = text(small, CHAPTER)
    same("the text's first row", "Hello World!", shown[0])
    expected = said[said.index("Hello World!"):].split("\n")
    same("the text, row by row", expected, shown)
