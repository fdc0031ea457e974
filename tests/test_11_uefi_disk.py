"""UEFI's disk, and the application on it."""

import struct
import subprocess

from course import ROOT, chapter_of, image, make
from images import file_of_esp

CHAPTER = chapter_of(__file__)
BUILD = ROOT / "chapters" / CHAPTER / "build"
ESP = BUILD / "esp.img"


def test_each_firmware_gets_the_same_kernel():
    kernel = (BUILD / "stripped/kernel.elf").read_bytes()
    assert file_of_esp(ESP, "boot/kernel.elf") == kernel
    assert kernel + b"end of kernel" in image(CHAPTER).read_bytes()
    assert file_of_esp(ESP, "EFI/BOOT/BOOTX64.EFI") == (BUILD / "BOOTX64.EFI").read_bytes()


def test_disk_is_sound_and_always_the_same(workshop):
    said = subprocess.run(["/usr/sbin/sgdisk", "-v", ESP], capture_output=True, text=True).stdout
    assert "No problems found" in said
    folder = workshop(CHAPTER)
    (folder / "build/esp.img").unlink()
    make(folder)
    assert (folder / "build/esp.img").read_bytes() == ESP.read_bytes()


def test_loader_is_an_efi_application():
    """In the PE format, which lets the firmware choose its place (Microsoft, "PE Format")."""
    data = (BUILD / "BOOTX64.EFI").read_bytes()
    [header] = struct.unpack_from("<I", data, 0x3C)
    signature, machine, _, time, _, _, _, flags = struct.unpack_from("<4s2H3I2H", data, header)
    magic, = struct.unpack_from("<H", data, header + 24)
    subsystem, characteristics = struct.unpack_from("<2H", data, header + 24 + 68)
    tables = struct.unpack_from("<32I", data, header + 24 + 112)
    assert (signature, machine, time, magic, subsystem) == (b"PE\0\0", 0x8664, 0, 0x20B, 10)
    assert not flags & 1 and characteristics & 0x40, "it can be moved"
    assert tables[2 * 1] == 0, "it imports nothing"
    assert tables[2 * 5] > 0, "it says what to change when it is moved"
