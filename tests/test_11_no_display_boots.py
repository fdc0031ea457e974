"""A machine without a display gets its kernel by each way to boot; and by U-Boot, which is another
UEFI than the one that most PCs have, and has no display at all."""

import functools

import pytest

import checks
from boot_info import MIB, NONE, PAGE, boot_info
from course import THOROUGH, change, chapter_of, image, make
from elf_files import CODE, LOWEST, elf
from emulators import cd, no_display
from qemu import BUSES, EXIT_CODE, Bios, Uefi, checks_failed
from snapshots import BLIND, WarmUefi

CHAPTER = chapter_of(__file__)
ESP, CD = image(CHAPTER, "esp.img"), image(CHAPTER, "cd.iso")
U_BOOT = "-bios", "/usr/lib/u-boot/qemu-x86_64/u-boot.rom"

BlindUefi = functools.partial(WarmUefi, kind=BLIND)
WAYS = {"BIOS": (Bios, image(CHAPTER)), "GRUB, BIOS": (Bios, *cd(Bios, CD)), "GRUB, UEFI": (BlindUefi, *cd(Uefi, CD)),
        "UEFI": (BlindUefi, ESP), "UEFI that can only draw": (Uefi, ESP, "-device", "virtio-gpu-pci"),
        "U-Boot": (Bios, None, *BUSES["AHCI"](ESP), *U_BOOT)}


@pytest.mark.parametrize("way", WAYS)
def test_says_hello_on_the_serial_port(way, tmp_path):
    Machine, *options = WAYS[way]
    with Machine(*options, *no_display(Machine, tmp_path), stopped=True) as machine:
        machine.run_to(LOWEST)
        info = boot_info(machine)
        assert (info.display, info.columns, info.rows, info.pitch, info.display_start) == (NONE, 0, 0, 0, 0)
        checks.greets(machine)


def test_kernel_finds_by_u_boot_what_it_was_promised(images):
    with Bios(None, *BUSES["AHCI"](images[THOROUGH, "esp.img"]), *U_BOOT, "-vga", "none", *EXIT_CODE) as machine:
        assert checks_failed(machine) == 0


def test_error_when_the_firmware_has_been_left(pack):
    """Nobody but the loader's own console can say it then."""
    disk = pack(elf(CODE, (LOWEST + PAGE, 0, b"", 128 * MIB, 6)), "esp.img")
    with Bios(None, *BUSES["AHCI"](disk), *U_BOOT, "-vga", "none") as machine:
        machine.wait_for_rest()
        assert machine.received().endswith("\nboot error: too little memory for the kernel's segments")


def test_firmware_without_a_console(workshop):
    """UEFI's system table then has no functions for text and keys, but zeros."""
    folder = workshop(CHAPTER)
    change(folder / "loader/efi_main.c", "uefi = system;",
           "uefi = system; system->input = 0; system->output = 0; system->errors[1] = 0;")
    make(folder, "build/esp.img")
    with Bios(None, *BUSES["AHCI"](folder / "build/esp.img"), *U_BOOT, "-vga", "none") as machine:
        assert "No display" not in checks.greets(machine)
