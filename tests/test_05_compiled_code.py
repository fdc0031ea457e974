"""Chapter 05: nothing is in the compiled kernel that it must not have."""

import re
import subprocess

from course import ROOT

CHAPTER = "05-vga-hello-world"
KERNEL = ROOT / "chapters" / CHAPTER / "build/kernel.elf"


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
