"""A screen of pixels, which GRUB sets up where there is a BIOS."""

import re

import pytest

import checks
import pixels
from bochs import Bochs
from boot_info import NONE, boot_info
from course import TIMEOUT, change, chapter_of, image, make
from elf_files import LOWEST
from emulators import cd, serial_port
from greetings import GREETINGS, LIGHT_CYAN, SERIAL_TEXT
from qemu import Qemu
from screen import Deadline
from window_system import Xvfb

CHAPTER = chapter_of(__file__)
CD = image(CHAPTER, "cd.iso")


def graphics(folder, mode):
    """The chapter's CD, with another mode."""
    change(folder / "grub.cfg", "gfxpayload=1024x768x32", f"gfxpayload={mode}")
    make(folder, "build/cd.iso")
    return folder / "build/cd.iso"


@pytest.mark.parametrize("mode", ["640x480x32", "800x600x32", "1024x768x32", "1920x1080x32"])
def test_pixels_by_grub(workshop, mode):
    disk = CD if mode == "1024x768x32" else graphics(workshop(CHAPTER), mode)
    with Qemu(None, "-cdrom", disk) as machine:
        machine.wait_for_rest()
        seen = pixels.screen(machine, CHAPTER)
        assert re.search(SERIAL_TEXT, str(seen)), str(seen)
        assert seen.attributes(0, len("Hello World!")) == {LIGHT_CYAN}
        assert mode == f"{seen.picture.width}x{seen.picture.height}x32"


SCREEN_OF_BOCHS = (4, 36, 4 + 1024, 36 + 768)  # in its window, below the tool bar


def test_pixels_by_grub_on_bochs(tmp_path):
    """The window is drawn from time to time."""
    disk, *options = cd(Bochs, CD)
    port, text = serial_port(Bochs, tmp_path)
    with Xvfb() as xvfb, Bochs(disk, *options, *port, "display_library: x") as machine:
        machine.wait_for_rest()
        assert re.search(SERIAL_TEXT, text())
        deadline = Deadline(machine.process, TIMEOUT)
        while str(seen := pixels.Screen(xvfb.picture().crop(SCREEN_OF_BOCHS), pixels.font(CHAPTER))) != text().rstrip("\n"):
            assert deadline.left() > 0, str(seen)
            machine.wait(0.1)


def test_text_mode_where_there_are_no_pixels():
    """Without a window system Bochs has none of 32 bits."""
    disk, *options = cd(Bochs, CD)
    with Bochs(disk, *options) as machine:
        checks.says(machine, *GREETINGS[CHAPTER])


def test_text_mode_where_grub_is_told_so(workshop, Machine):
    disk, *options = cd(Machine, graphics(workshop(CHAPTER), "text"))
    with Machine(disk, *options) as machine:
        checks.says(machine, *GREETINGS[CHAPTER])


def test_pixels_of_another_size_are_no_display(workshop, tmp_path):
    """The kernel writes to the serial port."""
    port, text = serial_port(Qemu, tmp_path)
    with Qemu(None, "-cdrom", graphics(workshop(CHAPTER), "800x600x16"), *port, stopped=True) as machine:
        machine.run_to(LOWEST)
        info = boot_info(machine)
        assert (info.display, info.columns, info.rows, info.display_start) == (NONE, 0, 0, 0)
        machine.wait_for_rest()
    assert re.fullmatch(SERIAL_TEXT, text().rstrip("\n"))


def test_grub_is_asked_for_pixels_that_we_can_use(workshop, tmp_path):
    """Without a word about it in grub.cfg."""
    folder = workshop(CHAPTER)
    change(folder / "grub.cfg", "^ *set gfxpayload=.*\n", "")
    make(folder, "build/cd.iso")
    port, text = serial_port(Qemu, tmp_path)
    with Qemu(None, "-cdrom", folder / "build/cd.iso", *port) as machine:
        machine.wait_for_rest()
        seen = pixels.screen(machine, CHAPTER)
        assert (seen.picture.width, seen.picture.height) == (1024, 768)
        assert str(seen) == text().rstrip("\n")
