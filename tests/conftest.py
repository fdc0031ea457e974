import random
import shutil
import subprocess

import pytest

pytest.register_assert_rewrite("checks")  # so that its failures show what they compared

from machine import EMULATORS, ROOT  # noqa: E402


@pytest.fixture(params=EMULATORS, ids=lambda emulator: emulator.__name__)
def Machine(request):
    """Each test that asks for it runs on both emulators."""
    return request.param


@pytest.fixture
def workshop(tmp_path):
    """Copies a chapter and common/ to a folder of its own, to be changed there."""
    def copy(chapter):
        folder = tmp_path / "chapters" / chapter
        shutil.copytree(ROOT / "chapters" / chapter, folder, ignore=shutil.ignore_patterns("build"))
        shutil.copytree(ROOT / "common", tmp_path / "common", dirs_exist_ok=True)
        return folder
    return copy


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
    makefile.write_text(makefile.read_text().replace("include ", f"{program} += padding\ninclude "))


def as_floppy(disk, folder):
    """A 1.44 MB floppy with a disk image's bytes."""
    floppy = folder / "floppy.img"
    floppy.write_bytes(disk.read_bytes().ljust(1440 * 1024, b"\0"))
    return floppy
