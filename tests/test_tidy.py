"""What every file of ours has in common."""

import re
import subprocess

import pytest

import checks
import matrix
from course import CHAPTERS, ROOT, pad
from greetings import GREETINGS
from qemu import Qemu

FILES = [path for path in ROOT.rglob("*")
         if path.is_file() and path.suffix != ".png"
         and not {".git", "build", "__pycache__", ".pytest_cache"} & set(path.parts)]
C = [path for path in FILES if path.suffix in (".c", ".h")]
SOURCES = C + [path for path in FILES if path.suffix in (".asm", ".inc", ".ld", ".py", ".sh", ".mk")]


def test_text_files_are_clean():
    for path in FILES:
        text = path.read_text()
        assert text.endswith("\n") and not text.endswith("\n\n"), path
        if path.suffix != ".patch":
            assert not re.search(r"[ \t]$", text, re.MULTILINE), f"{path}: blanks at the end of a line"
            assert path.suffix == ".mk" or path.name == "Makefile" or "\t" not in text, f"{path}: a tab"


def test_sources_open_with_a_comment():
    for path in SOURCES:
        first = path.read_text().removeprefix("#!/usr/bin/env python3\n").removeprefix("#!/bin/sh\n")
        assert re.match(r';|/\*|#|"""|import|    /\*', first), path
        assert path.name == "conftest.py" or not first.startswith("import"), path


def test_addresses_stand_in_the_linker_script_alone():
    owners = set(re.findall(r"ORIGIN = (0x[0-9a-f]+)", (ROOT / "common/memory.ld").read_text()))
    assert owners == {"0x400", "0x1000", "0x7c00", "0x7db8", "0x7e00", "0xb8000", "0xe0000", "0x100000",
                      "0xffffffff80000000"}
    for path in (ROOT / "chapters").glob("*/*/*.[ach]*"):
        if "build" not in path.parts:
            for number in re.findall(r"\b0x[0-9a-f]+\b", path.read_text().lower()):
                assert int(number, 16) not in [int(owner, 16) for owner in owners], f"{path}: {number}"


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_programs_have_nothing_of_each_other(chapter):
    """What a file includes lies beside it, in lib/ or in include/, and a program links its own
    files and those of lib/."""
    folder = ROOT / "chapters" / chapter
    for path in [*folder.glob("*/*.[ch]")]:
        for name in re.findall(r'^#include "(.*)"', path.read_text(), re.MULTILINE):
            assert any((place / name).exists() for place in (path.parent, folder / "lib", folder / "include")) and "/" not in name, path
    assert ".." not in (folder / "Makefile").read_text().replace("include ../../common/chapter.mk", "")


def test_shell_scripts():
    scripts = [path for path in FILES if path.suffix == ".sh"]
    subprocess.run(["shellcheck", ROOT / ".ci/run", *scripts], check=True)


def test_shape_of_c():
    subprocess.run(["clang-format", "--dry-run", "-Werror", *C], check=True)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_builds_without_a_warning(workshop, chapter):
    """By GCC, and then by clang: all of it is built again."""
    folder = workshop(chapter)
    for words in ([], ["LLVM=1"]):
        made = subprocess.run(["make", "-C", folder, *words], capture_output=True, text=True)
        assert (made.returncode, made.stderr) == (0, "")
    kernel = folder / "build/kernel.elf"
    assert not kernel.exists() or b"clang" in kernel.read_bytes() and b"GCC: " not in kernel.read_bytes()
    with Qemu(folder / "build/disk.img") as machine:
        checks.says(machine, *GREETINGS[chapter])


@pytest.mark.parametrize("words", ["LLVM=1", "CC=clang", "LD=ld.lld"])
def test_boots_in_every_way_by_other_tools(tmp_path, words):
    """A sample of make matrix."""
    counts, complaints = matrix.judge(words, tmp_path / "course", CHAPTERS[-1:])
    assert complaints == [] and counts == {"builds": [1, 1], "QEMU": [1, 1], "Bochs": [1, 1], "GRUB": [1, 1], "UEFI": [1, 1]}


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
