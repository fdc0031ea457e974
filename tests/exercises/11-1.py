"""The loader chooses the display's mode."""

import random

from judge import picture, same, text, when
from qemu import Uefi

CHAPTER = "11-uefi"
MACHINES = [Uefi]
TITLE = "A mode of our choice"
HINTS = [
    "All of it is in `loader/uefi_display.c`. `set_best_mode` goes over all modes already. When is it called, and what does it take "
    "to be the best?",
    "The loop of `set_best_mode` wants two conditions more. And `find_in` calls it only where the present mode is of no "
    "use: which of the two must come first now?",
    "If no mode fits, and the present one has no pixels, the loader must still find what it finds now: the largest of all. So give "
    "the function two numbers more, the most columns and rows, and call it a second time with `UINT32_MAX` for both."]

TWO_MIB = "VGA,xres={},yres={},vgamem_mb=2"  # a mode that is asked for comes in addition to the usual ones


def displays():
    """QEMU's displays, and the mode that is wanted of each."""
    found = {"VGA,xres=800,yres=600": "1024x768"}  # what it begins with fits, and is not the largest
    # Either of these fills the two MiB, and so is the largest mode, though the second largest, 832x624,
    # has more columns than the one and more rows than the other.
    for columns in random.randrange(696, 808, 8), random.randrange(880, 1024, 8):
        rows = (2 << 20) // 4 // columns
        found[TWO_MIB.format(columns, rows)] = f"{columns}x{rows}"
    return found | {TWO_MIB.format(1040, 504): "832x624", TWO_MIB.format(672, 776): "832x624"}


def check(Machine, folder):
    for device, mode in displays().items():
        options = [word for setting in device.split(",")[1:] for word in ("-global", f"VGA.{setting}")]
        with when(f"with the display {device}"), Machine(folder / "build/esp.img", *options) as machine:
            seen = picture(machine)
            same("the mode", mode, f"{seen.width}x{seen.height}")
            same("the text's first row", "Hello World!", text(seen, CHAPTER)[0])
