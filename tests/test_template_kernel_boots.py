"""The kernel that a reader begins with: docs/template-kernel, copied to somewhere else, builds with
its own Makefile, and each way to boot starts it."""

import re
import shutil

import pytest

import pixels
from bochs import Bochs
from course import CHAPTERS, ROOT, change, make
from emulators import cd, serial_port
from qemu import Bios, Qemu
from snapshots import WarmUefi

CHAPTER = CHAPTERS[-1]
TEMPLATE = ROOT / "docs/template-kernel"
SAYS = r"Hello from a kernel of my own!\n\d+ KiB of memory are free\."


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    """Its file, built in a copy of the folder that knows nothing of the course."""
    copy = tmp_path_factory.mktemp("template") / "my-kernel"
    shutil.copytree(TEMPLATE, copy, ignore=shutil.ignore_patterns("build"))
    assert "warning" not in make(copy)
    return (copy / "build/kernel.elf").read_bytes()


def test_has_the_newest_contract():
    """If it has another: cp chapters/11-uefi/include/boot_info.h docs/template-kernel/"""
    assert (TEMPLATE / "boot_info.h").read_bytes() == (ROOT / "chapters" / CHAPTER / "include/boot_info.h").read_bytes()


def test_bios_starts_it(Machine, pack, kernel, tmp_path):
    port, text = serial_port(Machine, tmp_path)
    with Machine(pack(kernel), *port) as machine:
        machine.wait_for_rest()
        assert re.fullmatch(SAYS, str(machine.screen())) and str(machine.screen()) == text().rstrip("\n")


def test_grub_starts_it(pack, kernel):
    with Bios(*cd(Qemu, pack(kernel, "cd.iso"))) as machine:
        checks_both(machine)


def test_grub_starts_it_on_cells(pack, kernel):
    """Bochs has no mode of pixels that GRUB could set, and so there is text."""
    with Bochs(*cd(Bochs, pack(kernel, "cd.iso"))) as machine:
        machine.wait_for_rest()
        assert re.fullmatch(SAYS, str(machine.screen()))


def test_uefi_starts_it(pack, kernel):
    with WarmUefi(pack(kernel, "esp.img")) as machine:
        checks_both(machine)


def test_uefi_starts_grub_which_starts_it(pack, kernel):
    with WarmUefi(*cd(WarmUefi, pack(kernel, "cd.iso"))) as machine:
        checks_both(machine)


def test_page_shows_how_to_map_a_device(pack, tmp_path):
    """Its C is added to the kernel, which reads a register of the local APIC: the version of those that are
    part of a CPU is 16 to 21 (Intel SDM vol. 3, "Local APIC Version Register")."""
    [code] = [block for block in re.findall(r"^```c\n(.*?)^```$", (ROOT / "docs/boot-info.md").read_text(), re.M | re.S)
              if "map_device(" in block]
    shutil.copytree(TEMPLATE, tmp_path / "my-kernel", ignore=shutil.ignore_patterns("build"))
    source = tmp_path / "my-kernel/kernel.c"
    change(source, r"^/\* The loader jumps here", lambda found: f"{code}\n{found[0]}")
    change(source, r'^    print\("Hello.*', "    print_number(map_device(boot_info, 0xfee00000)[0x30 / 4] & 0xff);")
    assert "warning" not in make(tmp_path / "my-kernel")
    with Qemu(pack((tmp_path / "my-kernel/build/kernel.elf").read_bytes())) as machine:
        machine.wait_for_rest()
        assert 16 <= int(str(machine.screen()).split()[0][:2]) <= 21


def checks_both(machine):
    """The display of pixels shows the two lines and nothing else; they end what came by the port."""
    machine.wait_for_rest()
    shown = str(pixels.screen(machine, CHAPTER))
    assert re.fullmatch(SAYS, shown) and machine.received().endswith(shown)
