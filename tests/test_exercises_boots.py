"""Each exercise can be solved, and is not solved already."""

import subprocess

import pytest

from course import ROOT, make
from judge import FOLDER, Wrong, emulators, load, numbers
from qemu import Uefi
from snapshots import SMALL, START, WarmUefi


class WarmDisplay(WarmUefi):
    """The firmware asks its display for the modes again, once it is a copy that has others.
    What only a display with less memory has is another kind of machine."""

    def __init__(self, disk, *options):
        kind = *SMALL, *(word for option in options if "vgamem" in option for word in ("-global", option))
        super().__init__(disk, *options, kind=kind, lines=["reconnect -r"])
        self.wait_for(r"Success\.\nShell>")
        self.type(*START)


def machines(told):
    """Those that an exercise is judged on. Readers' UEFI starts from cold."""
    return [WarmDisplay if Machine is Uefi else Machine for Machine in emulators(told)]


@pytest.mark.parametrize("number", numbers())
def test_solution_passes_and_the_chapter_does_not(workshop, number):
    told = load(number)
    folder = workshop(told["CHAPTER"])
    make(folder)
    for Machine in machines(told):
        with pytest.raises(Wrong):
            told["check"](Machine, folder)
    subprocess.run(["patch", "--strip=1", "--fuzz=0", f"--input={FOLDER}/{number}.patch"],
                   cwd=folder.parent.parent, check=True, capture_output=True)
    make(folder)
    for Machine in machines(told):
        told["check"](Machine, folder)


@pytest.mark.parametrize("number", numbers())
def test_page_asks_what_the_check_expects(number):
    told = load(number)
    page = (ROOT / f"docs/{told['CHAPTER']}.md").read_text()
    assert f"### {number} · {told['TITLE']}\n" in page
    assert f"make exercise CASE={number}\n" in page
    assert told["HINTS"]


def test_an_unknown_exercise_is_answered_by_a_list():
    said = subprocess.run(["/usr/bin/python3", ROOT / "tests/tools/exercise.py", "99-1"],
                          capture_output=True, text=True)
    assert said.returncode == 1
    assert said.stdout.splitlines()[1:] == [
        f"  make exercise CASE={each}   {load(each)['TITLE']}" for each in numbers()]
