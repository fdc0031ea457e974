"""A machine without a display gets its kernel all the same, which writes to the serial port."""

import re

import pytest

from boot_info import NONE, boot_info
from course import THOROUGH, TIMEOUT, chapter_of, image
from elf_files import LOWEST
from emulators import cd, no_display, serial_port
from greetings import SERIAL_TEXT
from qemu import EXIT_CODE, Qemu, checks_failed
from screen import Deadline

CHAPTER = chapter_of(__file__)

by_bios_and_by_grub = pytest.mark.parametrize("name", ["disk.img", "cd.iso"])


def start(Machine, file):
    return cd(Machine, file) if file.suffix == ".iso" else [file]


def wait_for_rest(machine, folder):
    """Until the serial port rests, too: Bochs sends the last two characters when the CPU does."""
    machine.wait_for_rest()
    deadline = Deadline(machine.process, TIMEOUT)
    while not (folder / "serial.txt").read_bytes().endswith(b"\n"):
        assert deadline.left() > 0
        machine.wait(0.01)


@by_bios_and_by_grub
def test_says_hello_on_the_serial_port(Machine, name, tmp_path):
    """The whole memory map: no screen is too small for it."""
    port, text = serial_port(Machine, tmp_path)
    with Machine(*start(Machine, image(CHAPTER, name)), *no_display(Machine, tmp_path), *port, stopped=True) as machine:
        machine.run_to(LOWEST)
        info = boot_info(machine)
        wait_for_rest(machine, tmp_path)
    assert info.display == NONE
    assert re.fullmatch(SERIAL_TEXT, text().rstrip("\n"))
    assert len(re.findall("(?m) KiB$", text())) == len(info.memory) + 1


@by_bios_and_by_grub
def test_machine_with_neither_display_nor_serial_port(name):
    with Qemu(*start(Qemu, image(CHAPTER, name)), "-vga", "none") as machine:
        machine.wait_for_rest()
        assert machine.registers()["RIP"] >= LOWEST


@by_bios_and_by_grub
def test_errors_go_to_the_serial_port(Machine, pack, name, tmp_path):
    port, text = serial_port(Machine, tmp_path)
    with Machine(*start(Machine, pack(b"no kernel", name)), *no_display(Machine, tmp_path), *port) as machine:
        wait_for_rest(machine, tmp_path)
    assert text() == "boot error: the kernel is not an ELF file\n"


@by_bios_and_by_grub
def test_kernel_finds_what_it_was_promised(images, name):
    with Qemu(*start(Qemu, images[THOROUGH, name]), "-vga", "none", *EXIT_CODE) as machine:
        assert checks_failed(machine) == 0
