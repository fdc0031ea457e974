"""Chapter 09: all text goes to the serial port as well."""

import pytest

import checks
from course import image, make
from emulators import cd
from greetings import GREY, WHITE
from qemu import Qemu

CHAPTER = "09-uefi"
CD = image(CHAPTER, "cd.iso")


@pytest.fixture
def serial(tmp_path):
    """QEMU's option for a serial port, and what has come out of it."""
    file = tmp_path / "serial"
    return ("-serial", f"file:{file}"), lambda: file.read_bytes().decode("cp437").replace("\r\n", "\n")


def test_32_bit_cpu_tells_it_by_the_serial_port(serial):
    """Where the screen shows pixels, nothing else would."""
    port, text = serial
    with Qemu(None, "-cdrom", CD, "-cpu", "qemu32", *port) as machine:
        checks.says(machine, "boot error: no 64-bit CPU: it has no long mode", WHITE, row=0)
    assert text() == "boot error: no 64-bit CPU: it has no long mode"


@pytest.mark.parametrize("options", [(image(CHAPTER),), (None, "-cdrom", CD)], ids=["BIOS", "GRUB"])
def test_all_text_goes_to_the_serial_port(serial, options):
    port, text = serial
    with Qemu(*options, *port) as machine:
        machine.wait_for_rest()
        assert text().rstrip("\n") == str(machine.screen())


@pytest.mark.parametrize("name", ["disk.img", "cd.iso"])
def test_errors_go_to_the_serial_port(folder, serial, name):
    (folder / "any.elf").write_bytes(b"no kernel")
    make(folder, f"KERNEL={folder / 'any.elf'}", f"build/{name}")
    disk, *options = cd(Qemu, folder / "build" / name) if name == "cd.iso" else (folder / "build" / name,)
    port, text = serial
    with Qemu(disk, *options, *port) as machine:
        checks.says(machine, "boot error: the kernel is not an ELF file", GREY)
    assert text() == "boot error: the kernel is not an ELF file\n"


def test_serial_port_says_what_the_screen_shows(tmp_path):
    file = tmp_path / "serial.txt"
    with Qemu(image(CHAPTER), "-serial", f"file:{file}") as qemu:
        qemu.wait_for_rest()
        shown = str(qemu.screen())
    assert file.read_bytes().decode("ascii").split("\r\n") == [*shown.split("\n"), ""]
    with Qemu(image(CHAPTER)) as qemu:
        qemu.wait_for_rest()
        assert str(qemu.screen()) == shown
