"""Chapter 05: a kernel in C, and nothing in it that it must not have."""

import re
import subprocess

import pytest

import checks
from conftest import make, pad
from machine import ROOT, Bochs, Qemu, image, symbols

CHAPTER = "05-vga-hello-world"
KERNEL = ROOT / "chapters" / CHAPTER / "build/kernel.elf"


def test_says_hello(Machine):
    with Machine(image(CHAPTER)) as machine:
        checks.says(machine, "Hello World!", checks.LIGHT_CYAN, row=0)


def test_goes_through_its_modes(Machine):
    checks.goes_through_its_modes(Machine, CHAPTER)


def tool(*command):
    return subprocess.run([*command, KERNEL], check=True, capture_output=True, text=True).stdout


def test_kernel_has_no_sse_mmx_or_x87_instruction():
    code = tool("objdump", "-d", "--no-show-raw-insn", "-M", "intel")
    assert "<kernel_main>:" in code
    assert not re.findall(r"\b[xyz]?mm\d|\bst\(|^\s+\w+:\s+f\w+", code, re.MULTILINE)


def test_kernel_has_no_relocation_got_or_unwind_section():
    assert "There are no relocations" in tool("readelf", "--relocs")
    sections = re.findall(r"\] (\.\S+)", tool("readelf", "-SW"))
    assert set(sections) <= {".text", ".rodata", ".data", ".end_mark", ".bss", ".stack",
                             ".comment", ".symtab", ".strtab", ".shstrtab",
                             *(name for name in sections if name.startswith(".debug_"))}


@pytest.mark.parametrize("sectors", [63, 64, 65, 127, 128, 129, 255, 256, 512, 900])
def test_kernel_of_any_size_arrives_whole(workshop, sectors):
    folder = workshop(CHAPTER)
    pad(folder, "kernel", ".rodata", 512 * sectors)
    make(folder)
    whole = (folder / "build/kernel.bin").read_bytes()
    assert len(whole) > 512 * sectors
    start = symbols(folder / "build/kernel.elf")["_start"]
    for machine in (Qemu(folder / "build/disk.img", stopped=True), Bochs(folder / "build/disk.img")):
        with machine:
            machine.run_to(start)
            assert machine.memory(start, len(whole)) == whole
            checks.says(machine, "Hello World!", checks.LIGHT_CYAN, row=0)
