"""The same kernel by each way to boot, by GRUB with both kinds of firmware,
and from one disk for both. What UEFI alone does is in test_11_uefi_boots.py."""

import re
import struct
import subprocess

import pytest

import checks
import pixels
from bochs import Bochs
from boot_info import KERNEL, LOADER, MIB, USABLE, boot_info
from course import ROOT, THOROUGH, chapter_of, image, make, stages
from elf_files import LOWEST
from emulators import cd, serial_port
from greetings import GREETINGS, GREY, SERIAL_TEXT
from images import CYLINDER, file_of_cd
from qemu import BUSES, EXIT_CODE, Qemu, Uefi, checks_failed
from snapshots import SMALL, WarmUefi

CHAPTER = chapter_of(__file__)
BUILD = ROOT / "chapters" / CHAPTER / "build"
CD = image(CHAPTER, "cd.iso")


def test_bios_says_hello(Machine):
    with Machine(image(CHAPTER)) as machine:
        checks.says(machine, *GREETINGS[CHAPTER])


def test_grub_says_hello(Machine, tmp_path):
    port, text = serial_port(Machine, tmp_path)
    with Machine(*cd(Machine, CD), *port) as machine:
        machine.wait_for_rest()
        shown = pixels.screen(machine, CHAPTER) if Machine is Qemu else machine.screen()
        assert re.search(SERIAL_TEXT, text()) and str(shown) == text().rstrip("\n")


def test_goes_through_its_modes(Machine):
    checks.goes_through_its_modes(Machine, CHAPTER)
    with Machine(*cd(Machine, CD), stopped=True) as machine:
        checks.goes_through(machine, stages(CHAPTER, "multiboot2.elf"))


@pytest.mark.parametrize("options", [("-machine", "q35", "-cdrom", CD), BUSES["USB"](CD)], ids=["CD", "USB"])
def test_grub_says_hello_with_uefi(options):
    with Uefi(None, *options) as machine:
        said = checks.greets(machine)
        assert str(pixels.screen(machine, CHAPTER)) == said


@pytest.fixture(scope="module")
def hybrid(folder):
    make(folder, "build/hybrid.img")
    return folder / "build/hybrid.img"


def test_hybrid_disk_boots_by_a_bios(Machine, hybrid):
    with Machine(hybrid) as machine:
        checks.says(machine, *GREETINGS[CHAPTER])


@pytest.mark.parametrize("start", [WarmUefi, lambda disk: Uefi(None, *BUSES["USB"](disk))], ids=["AHCI", "USB"])
def test_hybrid_disk_boots_by_uefi(hybrid, start):
    with start(hybrid) as machine:
        checks.greets(machine)


def test_hybrid_disk_has_a_sound_table(hybrid):
    said = subprocess.run(["/usr/sbin/sfdisk", "--verify", hybrid], capture_output=True, text=True)
    assert said.returncode == 0 and "No errors detected" in said.stdout, said
    entries = struct.unpack_from("<16s16s16s16sH", hybrid.read_bytes(), 446)
    assert [entry[0] for entry in entries[:4]] == [0x80, 0, 0, 0], "one is active, for BIOSes"
    assert [entry[4] for entry in entries[:4]] == [0xDA, 0xEF, 0, 0]


def test_uefis_disk_says_to_a_bios_what_it_is(Machine, tmp_path):
    disk, data = tmp_path / "disk.img", image(CHAPTER, "esp.img").read_bytes()
    disk.write_bytes(data + bytes(-len(data) % CYLINDER))  # Bochs has no other disks
    with Machine(disk) as machine:
        checks.says(machine, "boot error: this disk is for UEFI, not for a BIOS", GREY)


def test_cd_has_the_same_kernel(tmp_path):
    assert file_of_cd(CD, "/boot/kernel.elf", tmp_path) == (BUILD / "stripped/kernel.elf").read_bytes()


@pytest.mark.parametrize("name", ["disk.img", "cd.iso"])
def test_kernel_finds_what_it_was_promised(Machine, images, name):
    file = images[THOROUGH, name]
    disk = cd(Machine, file) if name == "cd.iso" else [file]
    memory = {Qemu: ("-m", "64M"), Bochs: ("memory: guest=16, host=16",)}[Machine]
    if Machine is Qemu and name == "cd.iso":  # whose screen is drawn
        with Qemu(*disk, *memory, *EXIT_CODE) as machine:
            assert checks_failed(machine) == 0
    else:
        with Machine(*disk, *memory) as machine:
            checks.finds_all_well(machine)


def test_kernel_finds_it_by_grub_with_uefi(images):
    with WarmUefi(*cd(WarmUefi, images[THOROUGH, "cd.iso"]), *EXIT_CODE) as machine:
        assert checks_failed(machine) == 0


WAYS = {"BIOS": (Qemu, image(CHAPTER), *SMALL), "GRUB, BIOS": (Qemu, None, "-cdrom", CD, *SMALL),
        "GRUB, UEFI": (WarmUefi, None, "-cdrom", CD), "UEFI": (WarmUefi, image(CHAPTER, "esp.img"))}


def test_all_ways_find_the_same_memory():
    """All of it is in each map, but for the hole below 1 MiB; and what the firmware does not
    keep comes to the kernel. A BIOS needs hardly any, UEFI some MiB."""
    ours = {}
    for way, (Machine, *options) in WAYS.items():
        with Machine(*options, stopped=True) as machine:
            machine.run_to(LOWEST)
            memory = boot_info(machine).memory
        told = sum(end - start for start, end, _ in memory if end <= 128 * MIB)
        assert 0 <= 128 * MIB - told <= 384 * 1024, way
        ours[way] = sum(end - start for start, end, kind in memory if kind in (USABLE, LOADER, KERNEL)) / MIB
    assert ours["BIOS"] == ours["GRUB, BIOS"] and 127 < ours["BIOS"] < 128
    assert abs(ours["UEFI"] - ours["GRUB, UEFI"]) < 0.1 and 121 < ours["UEFI"] < 128
