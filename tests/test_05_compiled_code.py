"""Nothing is in the compiled kernel that it must not have."""

import re
import subprocess

from course import ROOT, chapter_of

CHAPTER = chapter_of(__file__)
KERNEL = ROOT / "chapters" / CHAPTER / "build/kernel.elf"


def test_kernel_has_no_sse_mmx_or_x87_instruction():
    code = subprocess.run(["objdump", "-d", "--no-show-raw-insn", "-M", "intel", KERNEL],
                          check=True, capture_output=True, text=True).stdout
    assert "<kernel_main>:" in code
    assert not re.findall(r"\b[xyz]?mm\d|\bst\(|^\s+\w+:\s+f\w+", code, re.MULTILINE)
