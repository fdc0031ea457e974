"""What is on the CD, what GRUB looks for there, and what make needs for it."""

import os
import re
import struct
import subprocess

import pytest

from boot_info import KIB
from course import ROOT, change, chapter_of, image
from elf_files import symbols
from images import file_of_cd

CHAPTER = chapter_of(__file__)
BUILD = ROOT / "chapters" / CHAPTER / "build"
DISK, CD = image(CHAPTER), image(CHAPTER, "cd.iso")
BOOT = symbols(BUILD / "multiboot2.elf")


def test_header_is_what_grub_looks_for():
    """Multiboot2 specification, "The layout of Multiboot2 header"."""
    file = (BUILD / "stripped/multiboot2.elf").read_bytes()
    place = file.find(struct.pack("<I", 0xE85250D6))
    magic, architecture, length, checksum = struct.unpack_from("<4I", file, place)
    assert place % 8 == 0 and place + length <= 32 * KIB and architecture == 0
    assert (magic + architecture + length + checksum) % (1 << 32) == 0
    tags, tag = [], place + 16
    while tag < place + length:
        kind, flags, size = struct.unpack_from("<HHI", file, tag)
        tags.append((kind, size))
        tag += (size + 7) // 8 * 8
    assert tags == [(1, 24), (4, 12), (0, 8)] and tag == place + length


def test_segments_claim_all_memory_that_the_loader_uses():
    """GRUB keeps nothing else free: a module would lie in it."""
    text = subprocess.run(["readelf", "-lW", BUILD / "multiboot2.elf"],
                          check=True, capture_output=True, text=True).stdout
    ends = [int(start, 16) + int(size, 16) for start, size in re.findall(r"LOAD +\S+ \S+ (\S+) \S+ (\S+)", text)]
    assert max(ends) >= BOOT["stack_top"] and BOOT["loader_end"] - max(ends) < 4 * KIB


def test_kernel_is_the_same_through_both_doors(tmp_path):
    kernel = (BUILD / "stripped/kernel.elf").read_bytes()
    assert file_of_cd(CD, "/boot/kernel.elf", tmp_path) == kernel
    assert DISK.read_bytes().count(kernel + b"end of kernel") == 1


def test_header_that_is_pushed_out_fails_the_build(workshop):
    """By what would lie before it, and by the checks of linker and grub-file."""
    folder = workshop(CHAPTER)
    (folder / "build/cd.iso").unlink()
    script = folder / "../../common/multiboot2.ld"
    header = r"^ *\.multiboot2 .*\n"
    line = re.search(header, script.read_text(), re.MULTILINE)[0]
    change(script, header, "")
    change(script, r"^( *\.bss .*\n)", line.replace(":code", "") + r"\1")

    def says():
        result = subprocess.run(["make", "-C", folder], capture_output=True, text=True)
        assert result.returncode
        return result.stderr
    assert "the Multiboot2 header must come first in the file" in says()
    change(script, r"ASSERT\(ADDR\(\.multiboot2\).*\n.*\n", "")
    change(script, r"^( *\.rodata .*)\{", r"\1{ . = . + 64K;")
    assert "build/stripped/multiboot2.elf: GRUB would find no Multiboot2 header in it" in says()
    assert not (folder / "build/cd.iso").exists()


@pytest.mark.parametrize("missing, package", [
    ("xorriso", "xorriso"), ("mformat", "mtools"), ("grub-mkrescue", "grub-common")])
def test_missing_tool_is_one_sentence(workshop, path_without, missing, package):
    folder = workshop(CHAPTER)
    (folder / "build/cd.iso").unlink()
    result = subprocess.run(["make", "-C", folder], capture_output=True, text=True,
                            env=os.environ | {"PATH": path_without(missing)})
    lines = [line for line in result.stderr.splitlines() if "***" in line]
    assert result.returncode and len(lines) == 1
    assert f"{missing} is missing: it comes with the package {package}, which common/setup.sh installs" in lines[0]


def test_missing_modules_are_one_sentence(workshop):
    folder, nowhere = workshop(CHAPTER), "/nowhere/i386-pc"
    (folder / "build/cd.iso").unlink()
    change(folder / "../../common/packages.txt", "/usr/lib/grub/i386-pc", nowhere)
    result = subprocess.run(["make", "-C", folder, f"grub_modules={nowhere}"], capture_output=True, text=True)
    assert result.returncode and f"{nowhere} is missing: it comes with the package grub-pc-bin" in result.stderr
