"""A screen of pixels, which GRUB sets up or UEFI has."""

import re

import pytest

import pixels
from course import change, chapter_of, image, make
from greetings import UEFI_TEXT
from qemu import Qemu, Uefi

CHAPTER = chapter_of(__file__)


def graphics(folder, mode):
    """The chapter's CD, with a mode of pixels where there is a BIOS."""
    change(folder / "grub.cfg", "set gfxpayload=text", f"set gfxpayload={mode}\n        insmod all_video")
    make(folder, "build/cd.iso")
    return folder / "build/cd.iso"


@pytest.mark.parametrize("mode", ["640x480x32", "800x600x32", "1920x1080x32"])
def test_pixels_by_grub(workshop, mode):
    with Qemu(None, "-cdrom", graphics(workshop(CHAPTER), mode)) as machine:
        machine.wait_for_rest()
        seen = pixels.screen(machine, CHAPTER)
        assert re.search(UEFI_TEXT, str(seen)), str(seen)
        assert mode == f"{seen.picture.width}x{seen.picture.height}x32"


@pytest.mark.parametrize("columns, rows", [(640, 480), (1024, 768), (1920, 1080)])
def test_pixels_by_uefi(columns, rows):
    with Uefi(image(CHAPTER, "esp.img"), "-vga", "none", "-device", f"VGA,xres={columns},yres={rows}") as machine:
        machine.wait_for_rest()
        seen = pixels.screen(machine, CHAPTER)
        assert (seen.picture.width, seen.picture.height) == (columns, rows)
        assert str(seen).startswith("Hello World!\n\nKernel")


def test_pixels_of_another_size_are_an_error(workshop, serial_port):
    """It cannot be seen, but read on the serial port."""
    port, text = serial_port
    with Qemu(None, "-cdrom", graphics(workshop(CHAPTER), "800x600x16"), *port) as machine:
        machine.wait_for_rest()
    assert text() == "boot error: GRUB leaves no screen of 80x25 characters, or of 32-bit pixels\n"


def test_grub_is_asked_for_pixels_that_we_can_use(workshop, serial_port):
    """Without a word about it in grub.cfg."""
    folder = workshop(CHAPTER)
    change(folder / "grub.cfg", "set gfxpayload=text", "insmod all_video")
    make(folder, "build/cd.iso")
    port, text = serial_port
    with Qemu(None, "-cdrom", folder / "build/cd.iso", *port) as machine:
        machine.wait_for_rest()
        seen = pixels.screen(machine, CHAPTER)
        assert (seen.picture.width, seen.picture.height) == (1024, 768)
        assert str(seen) == text().rstrip("\n")
