import functools
import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.register_assert_rewrite("checks")  # so that its failures show what they compared
sys.path.append(str(Path(__file__).parent / "tools"))

import find_lib  # noqa: E402,F401
from machine import EMULATORS, ROOT  # noqa: E402


@pytest.fixture(params=EMULATORS, ids=lambda emulator: emulator.__name__)
def Machine(request):
    """Each test that asks for it runs on both emulators."""
    return request.param


def copy_chapter(chapter, folder):
    """Copies a chapter and common/ to a folder of its own, to be changed there."""
    copy = folder / "chapters" / chapter
    shutil.copytree(ROOT / "chapters" / chapter, copy, ignore=shutil.ignore_patterns("build"))
    shutil.copytree(ROOT / "common", folder / "common", dirs_exist_ok=True)
    return copy


@pytest.fixture
def workshop(tmp_path):
    return lambda chapter: copy_chapter(chapter, tmp_path)


@pytest.fixture
def path_without(tmp_path):
    """Makes a PATH with all tools of this machine, except some."""
    def path(*missing):
        folder = tmp_path / "bin"
        folder.mkdir()
        for place in reversed(os.environ["PATH"].split(":")):
            for tool in Path(place).iterdir() if Path(place).is_dir() else []:
                if tool.name not in missing and os.access(tool, os.X_OK):
                    (folder / tool.name).unlink(missing_ok=True)
                    (folder / tool.name).symlink_to(tool)
        return str(folder)
    return path


KERNELS = ["state", "rights", "memory"]  # of tests/kernels, which judge from inside


@pytest.fixture(scope="module")
def folder(request, tmp_path_factory):
    """A copy of the chapter that a file tests, used again for builds that take no time;
    with the test kernels' files."""
    folder = copy_chapter(request.module.CHAPTER, tmp_path_factory.mktemp("again"))
    shutil.copytree(ROOT / "tests/kernels", folder / "kernel", dirs_exist_ok=True)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def images(folder, tmp_path_factory):
    """Each test kernel on each image that the chapter makes, by the names of both."""
    place, images = tmp_path_factory.mktemp("images"), {}
    for kernel in KERNELS:
        make(folder, f"kernel=entry support {kernel}")
        for image in [*folder.glob("build/*.img"), *folder.glob("build/*.iso")]:
            images[kernel, image.name] = place / f"{kernel}-{image.name}"
            shutil.copy(image, images[kernel, image.name])
    yield images
    shutil.rmtree(place)


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
    makefile.write_text(makefile.read_text().replace("include ", f"{program} += padding\ninclude "))


def change(file, old, new):
    """Replaces a pattern that must be in the file, everywhere."""
    text, found = re.subn(old, new, file.read_text(), flags=re.MULTILINE)
    assert found, f"{old} is not in {file.name}"
    file.write_text(text)
