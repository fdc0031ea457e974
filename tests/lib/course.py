"""The course's folders, its chapters as they are built, and copies of them to be changed."""

import functools
import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

from elf_files import symbols

ROOT = Path(__file__).resolve().parent.parent.parent
CHAPTERS = sorted(path.name for path in (ROOT / "chapters").iterdir())
STAGES = {"start": "real", "real_mode": "real", "multiboot2_start": "protected", "protected_mode": "protected",
          "long_mode": "long", "_start": "long"}  # first label: CPU mode
THOROUGH = "state-memory-rights"  # by the files of tests/kernels in it, which judge from inside
QUICK = "state-rights"  # for a machine with so much memory that all of it can't be filled in seconds


def chapter_of(test):
    """The chapter whose number is in a test file's name."""
    number = Path(test).name.removeprefix("test_")[:2]
    [chapter] = [chapter for chapter in CHAPTERS if chapter.startswith(f"{number}-")]
    return chapter


def named(name):
    """The chapter with a name, whatever its number."""
    [chapter] = [chapter for chapter in CHAPTERS if chapter[3:] == name]
    return chapter


TIMEOUT = float(os.environ.get("TIMEOUT", 10))  # seconds of a machine's own; a boot takes some tenths of one


def image(chapter, name="disk.img"):
    """The chapter's disk, or its CD, as it was built before the tests."""
    return ROOT / "chapters" / chapter / "build" / name


def build(chapter):
    """Builds a chapter in its folder, for the tools that readers call by hand."""
    result = subprocess.run(["make", "-C", ROOT / "chapters" / chapter], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True)
    if result.returncode:
        sys.exit(f"{result.stdout}{chapter} does not build: fix that first.")


def stages(chapter, loader="boot.elf"):
    """The chapter's stages in running order: address and CPU mode of each."""
    known = symbols(ROOT / "chapters" / chapter / "build" / loader)
    kernel = ROOT / "chapters" / chapter / "build/kernel.elf"
    if kernel.exists():
        known |= symbols(kernel)
    return [(known[name], mode) for name, mode in STAGES.items() if name in known]


# What is only there while a command runs: whose turn it is to build, and what Bochs writes to a disk.
PASSING = shutil.ignore_patterns("turn", "written*", "*.img.*")


def copy_chapter(chapter, folder):
    """Copies a chapter, or a copy of one, and common/ to a folder of its own, to be changed
    there. What is built keeps its time: so make builds only what a change requires."""
    copy = folder / "chapters" / Path(chapter).name
    shutil.copytree(ROOT / "chapters" / chapter, copy, ignore=PASSING)
    shutil.copytree(ROOT / "common", folder / "common", dirs_exist_ok=True)
    return copy


def copy_sources(chapter, folder):
    """The same, with nothing built yet."""
    copy = copy_chapter(chapter, folder)
    shutil.rmtree(copy / "build", ignore_errors=True)
    return copy


@functools.cache
def toolchain(name):
    """The words of a variable of common/toolchain.mk."""
    return subprocess.run(["make", "-f", ROOT / "common/toolchain.mk", f"common={ROOT}/common",
                           f"--eval=tell: ; @echo $({name})", "tell"],
                          check=True, capture_output=True, text=True).stdout.split()


def make(folder, *arguments):
    """Builds a folder, and returns what make says; fails with that if make does."""
    result = subprocess.run(["make", "-C", folder, *arguments], stdin=subprocess.DEVNULL,
                            capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def pad(folder, program, section, size):
    """Adds a file of that many random bytes to a program of the chapter."""
    (folder / program / "padding.bin").write_bytes(random.Random(size).randbytes(size))
    (folder / program / "padding.asm").write_text(
        f"section {section} progbits alloc noexec nowrite\n"
        f'incbin "{program}/padding.bin"\n')
    makefile = folder / "Makefile"
    before = makefile.stat()
    makefile.write_text(makefile.read_text().replace("include ", f"{program} += padding\ninclude "))
    os.utime(makefile, ns=(before.st_atime_ns, before.st_mtime_ns))  # nothing else has to be built again


def change(file, old, new):
    """Replaces a pattern that must be in the file, everywhere."""
    text, found = re.subn(old, new, file.read_text(), flags=re.MULTILINE)
    assert found, f"{old} is not in {file.name}"
    file.write_text(text)
