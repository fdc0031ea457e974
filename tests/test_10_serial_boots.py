"""All text goes to the serial port as well."""

import pytest

import checks
import pixels
from course import chapter_of, image, make
from emulators import cd, serial_port
from greetings import GREETINGS, GREY
from qemu import Qemu

CHAPTER = chapter_of(__file__)
CD = image(CHAPTER, "cd.iso")


def test_says_hello(Machine, tmp_path):
    port, text = serial_port(Machine, tmp_path)
    with Machine(image(CHAPTER), *port) as machine:
        checks.says(machine, *GREETINGS[CHAPTER])
        assert text().rstrip("\n") == str(machine.screen())


def test_machine_without_a_serial_port():
    with Qemu(image(CHAPTER)) as machine:
        checks.says(machine, *GREETINGS[CHAPTER])


def test_what_is_drawn_goes_to_the_serial_port(tmp_path):
    port, text = serial_port(Qemu, tmp_path)
    with Qemu(None, "-cdrom", CD, *port) as machine:
        machine.wait_for_rest()
        assert text().rstrip("\n") == str(pixels.screen(machine, CHAPTER))


def test_32_bit_cpu_says_so_on_the_serial_port(tmp_path):
    """Where the screen shows pixels, nothing else would."""
    port, text = serial_port(Qemu, tmp_path)
    with Qemu(None, "-cdrom", CD, "-cpu", "qemu32", *port) as machine:
        machine.wait_for_rest()
    assert text() == "boot error: no 64-bit CPU: it has no long mode"


@pytest.fixture
def no_kernel(folder):
    """Images with a file on them that is no kernel."""
    def image(name):
        (folder / "any.elf").write_bytes(b"no kernel")
        make(folder, f"KERNEL={folder / 'any.elf'}", f"build/{name}")
        return folder / "build" / name
    return image


ERROR = "boot error: the kernel is not an ELF file"


def test_errors_go_to_the_serial_port(Machine, no_kernel, tmp_path):
    port, text = serial_port(Machine, tmp_path)
    with Machine(no_kernel("disk.img"), *port) as machine:
        checks.says(machine, ERROR, GREY)
    assert text() == f"{ERROR}\n"


def test_errors_are_drawn_and_go_to_the_serial_port(no_kernel, tmp_path):
    port, text = serial_port(Qemu, tmp_path)
    disk, *options = cd(Qemu, no_kernel("cd.iso"))
    with Qemu(disk, *options, *port) as machine:
        machine.wait_for_rest()
        assert str(pixels.screen(machine, CHAPTER)) == ERROR
    assert text() == f"{ERROR}\n"
