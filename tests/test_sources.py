"""What every file of ours has in common."""

import re
import subprocess

import pytest

from course import CHAPTERS, ROOT

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


def test_code_repeats_no_address_of_the_linker_script():
    addresses = re.findall(r"ORIGIN = (0x[0-9a-f]+)", (ROOT / "common/memory.ld").read_text())
    owned = {int(address, 16) for address in addresses}
    assert owned
    for path in (ROOT / "chapters").glob("*/*/*.[ach]*"):
        if "build" not in path.parts:
            numbers = {int(number, 16) for number in re.findall(r"\b0x[0-9a-f]+\b", path.read_text().lower())}
            assert not numbers & owned, path


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_programs_have_nothing_of_each_other(chapter):
    """What a file includes lies beside it, in lib/ or in include/, and a program links its own
    files and those of lib/."""
    folder = ROOT / "chapters" / chapter
    for path in [*folder.glob("*/*.[ch]")]:
        for name in re.findall(r'^#include "(.*)"', path.read_text(), re.MULTILINE):
            places = path.parent, folder / "lib", folder / "include"
            assert any((place / name).exists() for place in places) and "/" not in name, path
    assert ".." not in (folder / "Makefile").read_text().replace("include ../../common/chapter.mk", "")


def test_shell_scripts():
    scripts = [path for path in FILES if path.suffix == ".sh"]
    subprocess.run(["shellcheck", *(ROOT / ".ci").iterdir(), *scripts], check=True)


def test_shape_of_c():
    subprocess.run(["clang-format", "--dry-run", "-Werror", *C], check=True)
