"""All text goes to the serial port as well."""

import pytest

import checks
from course import chapter_of, image
from emulators import cd
from greetings import GREY, WHITE
from qemu import Qemu

CHAPTER = chapter_of(__file__)
CD = image(CHAPTER, "cd.iso")


def test_32_bit_cpu_tells_it_by_the_serial_port(serial_port):
    """Where the screen shows pixels, nothing else would."""
    port, text = serial_port
    with Qemu(None, "-cdrom", CD, "-cpu", "qemu32", *port) as machine:
        checks.says(machine, "boot error: no 64-bit CPU: it has no long mode", WHITE, row=0)
    assert text() == "boot error: no 64-bit CPU: it has no long mode"


@pytest.mark.parametrize("options", [(image(CHAPTER),), (None, "-cdrom", CD)], ids=["BIOS", "GRUB"])
def test_all_text_goes_to_the_serial_port(serial_port, options):
    port, text = serial_port
    with Qemu(*options, *port) as machine:
        machine.wait_for_rest()
        assert text() == f"{machine.screen()}\n"


@pytest.mark.parametrize("name", ["disk.img", "cd.iso"])
def test_errors_go_to_the_serial_port(pack, serial_port, name):
    image = pack(b"no kernel", name)
    disk = cd(Qemu, image) if name == "cd.iso" else [image]
    port, text = serial_port
    with Qemu(*disk, *port) as machine:
        checks.says(machine, "boot error: the kernel is not an ELF file", GREY)
    assert text() == "boot error: the kernel is not an ELF file\n"
