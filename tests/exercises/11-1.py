"""The kernel draws its letters twice as large where the screen is wide."""

from PIL import Image

from judge import Wrong, picture, rows, same, text, when
from qemu import Qemu, Uefi

CHAPTER = "11-uefi"
MACHINES = [Uefi]
TITLE = "Large letters"
HINTS = [
    "All of it is in `lib/framebuffer.c`. Where does it decide how many rows and columns of text there are, and where which pixels "
    "a letter has?",
    "A variable `scale` is 1 or 2, and is set in `framebuffer_begin`. A letter then takes `GLYPH_COLUMNS * scale` by `GLYPH_ROWS * scale` "
    "pixels: find each place where one of these two numbers stands alone.",
    "In `draw`, go over the pixels of the large letter, and divide to find the dot: `glyph[y / scale] << x / scale & 0x80`. "
    "And `framebuffer_begin` must return fewer rows, or the memory map runs out of the screen."]

WIDE = [(1920, 1080), (1600, 1200)]
NARROW = [(1592, 1080)]


def check(Machine, folder):
    for size in WIDE + NARROW:
        with when(f"on a screen of {size[0]} by {size[1]} pixels"), machine_of(Machine, folder, *size) as machine:
            seen = picture(machine)
            same("the screen's columns", size[0], seen.width)
            greets(seen, machine.screen(), 2 if size in WIDE else 1)
    with when("by the BIOS's door, in text mode"), Qemu(folder / "build/disk.img") as machine:
        if rows(machine)[0] != "Hello World!":
            raise Wrong("still Hello World! in row 0", "something else")


def machine_of(Machine, folder, columns, rows):
    return Machine(folder / "build/esp.img", "-vga", "none", "-device", f"VGA,xres={columns},yres={rows}")


def greets(seen, said, scale):
    """The text that the serial port has, as far as the screen has room for it."""
    small = seen.resize((seen.width // scale, seen.height // scale), Image.NEAREST)
    if small.resize(seen.size, Image.NEAREST).tobytes() != seen.tobytes():
        raise Wrong(f"dots of {scale} by {scale} pixels", "others")
    shown = text(small, CHAPTER)
    same("the text's first row", "Hello World!", shown[0])
    expected = said[said.index("Hello World!"):].split("\n")
    same("the text, row by row", expected, shown)
