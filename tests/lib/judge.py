"""What the checks of tests/exercises ask of a machine, and how they say what is wrong."""

import contextlib
import re
import runpy
import tempfile

from PIL import Image

import pixels
from course import ROOT
from elf_files import symbols
from emulators import EMULATORS
from page_tables import walk
from progress import at
from screen import Restarted

FOLDER = ROOT / "tests/exercises"


class Wrong(Exception):
    """What the exercise asks for is missing."""

    def __init__(self, expected, seen):
        super().__init__(expected, seen)
        self.expected, self.seen = expected, seen


def load(number):
    """The exercise's own names: TITLE, CHAPTER, HINTS and check(Machine, folder)."""
    return runpy.run_path(str(FOLDER / f"{number}.py"))


def numbers():
    return sorted(path.stem for path in FOLDER.glob("*.py"))


def emulators(exercise):
    """Those that it is judged on: both, or those that it names itself."""
    return exercise.get("MACHINES", EMULATORS)


def rest(machine, timeout):
    """Waits until the machine rests."""
    try:
        machine.wait_for_rest(timeout)
    except TimeoutError:
        raise Wrong("a machine that comes to rest", f"one that still runs; its screen:\n{machine.screen()}") from None
    except Restarted:
        raise Wrong("a machine that comes to rest", "one that restarts") from None
    except RuntimeError as ended:  # such as Bochs's at "No bootable device"
        why = re.search(r">>PANIC<< (.*)", str(ended))
        seen = f"one that {machine.name} gives up: {why[1] if why else ended}"
        raise Wrong("a machine that comes to rest", seen) from None


def rows(machine, timeout=5):
    """The screen's rows as soon as the machine rests: a list of 25 texts."""
    rest(machine, timeout)
    screen = machine.screen()
    return [screen.row(row) for row in range(25)]


def picture(machine, timeout=60):
    """The screen's pixels as soon as the machine rests; firmware takes its time."""
    rest(machine, timeout)
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        machine.command("screendump", filename=file.name, format="png")
        with Image.open(file.name) as image:
            return image.convert("RGB")


def text(image, chapter):
    """What is written on such a screen, row by row."""
    try:
        return str(pixels.Screen(image, pixels.font(chapter))).split("\n")
    except (AssertionError, KeyError) as error:
        raise Wrong("letters of the font, in the VGA's colours", error) from None


def same(what, expected, seen):
    """Makes sure that two values are the same; numbers are shown in hexadecimal."""
    if expected != seen:
        show = [hex(value) if isinstance(value, int) else str(value) for value in (expected, seen)]
        raise Wrong(f"{what}: {show[0]}", show[1])


@contextlib.contextmanager
def when(condition):
    """What this block asks for is asked under a condition, which is named as the block begins and when it fails."""
    at(f"  {condition}")
    try:
        yield
    except Wrong as wrong:
        raise Wrong(f"{condition}, {wrong.expected}", wrong.seen) from None


def under(machine, above, text, right=False):
    """A row with just this text must be below another one, or even right below it."""
    seen = rows(machine)
    first = seen.index(above) if above in seen else -1
    below = seen[first + 1:]
    if first < 0 or text not in (below[:1] if right else below):
        raise Wrong(f"{'right ' * right}under the row {above}, a row that reads: {text}",
                    "these rows:\n" + "\n".join(seen[max(first, 0):]).strip("\n"))


def run_to(machine, folder, label, program="boot"):
    """Stops at the first time that the instruction at a label is next, and returns
    the addresses of all of the program's labels."""
    known = symbols(folder / f"build/{program}.elf")
    if label not in known:
        raise Wrong(f"the label {label}, where the check stops the machine", "no label of this name")
    try:
        machine.run_to(known[label])
    except (AssertionError, Restarted, RuntimeError, TimeoutError):
        raise Wrong(f"a machine that comes to {label}", "one that does not") from None
    return known


def leads(machine, address, expected):
    """A virtual address must lead to a physical one, or, if that is None, to none."""
    def told(physical):
        place = "no page" if physical is None else f"physical address {physical:#x}"
        return f"virtual address {address:#x} leads to {place}"

    try:
        found = walk(machine, address)[1]
    except RuntimeError:  # of QEMU
        raise Wrong(told(expected), "it leads to a page table where there is no memory") from None
    if found != expected:
        raise Wrong(told(expected), told(found))
