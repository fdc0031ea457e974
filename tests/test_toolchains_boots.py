"""Every compiler and linker builds without a warning what then boots, or says in a sentence why not."""

import re
import subprocess

import pytest

import checks
import matrix
from course import CHAPTERS, pad
from greetings import GREETINGS
from qemu import Qemu
from snapshots import WarmUefi


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_builds_without_a_warning(workshop, chapter):
    """By GCC, whose warnings are errors, what is made of its objects; and by clang all of it."""
    folder = workshop(chapter)
    for ending in ("elf", "bin", "EFI", "img", "iso"):
        for made in folder.glob(f"build/**/*.{ending}"):
            made.unlink()
    for words in ([], ["LLVM=1"]):
        made = subprocess.run(["make", "-C", folder, *words], capture_output=True, text=True)
        assert (made.returncode, made.stderr) == (0, "")
    kernel = folder / "build/kernel.elf"
    assert not kernel.exists() or b"clang" in kernel.read_bytes() and b"GCC: " not in kernel.read_bytes()
    with Qemu(folder / "build/disk.img") as machine:
        checks.says(machine, *GREETINGS[chapter])


@pytest.mark.parametrize("words", ["LLVM=1", "CC=clang", "LD=ld.lld"])
def test_boots_in_every_way_by_other_tools(tmp_path, words, monkeypatch):
    """A sample of make matrix, with UEFI that is in its shell already."""
    monkeypatch.setattr(matrix, "Uefi", WarmUefi)
    counts, complaints = matrix.judge(words, tmp_path / "course", CHAPTERS[-1:])
    assert complaints == []
    assert counts == dict.fromkeys(["builds", "QEMU", "Bochs", "GRUB", "UEFI"], [1, 1])


@pytest.mark.parametrize("linker", ["x86_64-linux-gnu-ld", "ld.lld"])
def test_says_by_how_much_a_part_is_too_large(workshop, linker):
    folder = workshop(CHAPTERS[4])
    pad(folder, "kernel", ".rodata", 1 << 20)
    made = subprocess.run(["make", "-C", folder, f"LD={linker}"], capture_output=True, text=True)
    assert made.returncode and re.search(r"region .kernel.*overflowed by \d+ bytes", made.stderr)


def test_compiler_for_another_cpu_is_one_sentence(workshop, tmp_path):
    compiler = tmp_path / "arm-gcc"
    compiler.write_text("#!/bin/sh\necho aarch64-linux-gnu\n")
    compiler.chmod(0o755)
    made = subprocess.run(["make", "-C", workshop(CHAPTERS[4]), f"CC={compiler}"], capture_output=True, text=True)
    assert made.returncode and f"{compiler} compiles for aarch64-linux-gnu. The course needs" in made.stderr
