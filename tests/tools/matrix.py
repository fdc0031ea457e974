#!/usr/bin/python3
"""Builds every chapter with each compiler and linker that is installed, boots what came of it,
and prints a table: make matrix. A build with a warning counts as failed."""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import find_lib  # noqa: F401
import endings
import checks
from bochs import Bochs
from course import CHAPTERS, ROOT
from emulators import cd
from greetings import GREETINGS
from qemu import Bios, Qemu, Uefi
from screen import Restarted


def installed(pattern):
    """The commands whose names match a pattern, by their numbers."""
    names = {path.name for folder in os.environ["PATH"].split(":") for path in Path(folder).glob("*")
             if re.fullmatch(pattern, path.name)}
    return sorted(names, key=lambda name: [int(number) for number in re.findall(r"\d+$", name)])


def combinations():
    """The choices for make on this machine: its usual one, then each compiler with GNU ld, each lld
    with the usual compiler, and each LLVM as a whole."""
    yield ""
    yield from (f"CC={name}" for name in installed(r"gcc-\d+"))
    yield from (f"CC={name}" for name in installed(r"clang-\d+"))
    linkers = installed(r"ld\.lld-\d+")
    yield from (f"LD={name}" for name in linkers)
    for suffix in [name.removeprefix("ld.lld") for name in linkers]:
        if all(shutil.which(tool + suffix) for tool in ("clang", "llvm-objcopy", "llvm-nm")):
            yield f"LLVM={suffix}"
    if prefix := os.environ.get("CROSS_COMPILE"):
        yield f"CROSS_COMPILE={prefix}"


def build(words, folder, chapters):
    """Builds chapters in a copy of the course; returns those that build, and what make
    said where it failed or warned."""
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(".git", "build", "__pycache__", ".pytest_cache"))
    built, complaints = [], []
    for chapter in chapters:
        made = subprocess.run(["make", "-j2", "-C", f"chapters/{chapter}", *words.split()], cwd=folder, text=True,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if made.returncode or made.stderr:
            complaints.append(f"{chapter}: {made.stderr.strip()}")
        else:
            built.append(chapter)
    return built, complaints


def boots(chapters, folder):
    """Every boot that these chapters offer: how it starts, its chapter, and a function that
    does it and fails if the screen is not the chapter's."""
    def by(Machine, disk, *options):
        with Machine(disk, *options) as machine:
            checks.says(machine, *GREETINGS[chapter])

    def by_either(Machine, *disk):
        with Machine(*disk) as machine:
            checks.greets(machine)

    for chapter in chapters:
        build = folder / "chapters" / chapter / "build"
        for Machine in (Qemu, Bochs):
            yield Machine.name, chapter, lambda: by(Machine, build / "disk.img")
        if (build / "cd.iso").exists():
            yield "GRUB", chapter, lambda: by_either(Bios, *cd(Bios, build / "cd.iso"))
        if (build / "esp.img").exists():
            yield "UEFI", chapter, lambda: by_either(Uefi, build / "esp.img")


def judge(words, folder, chapters):
    """Builds and boots with such a choice: how many of how many chapters build, and boot in
    each way; and what went wrong."""
    built, complaints = build(words, folder, chapters)
    counts = {"builds": [len(built), len(chapters)]}
    for way, chapter, boot in boots(built, folder):
        count = counts.setdefault(way, [0, 0])
        count[1] += 1
        try:
            boot()
            count[0] += 1
        except (AssertionError, Restarted, RuntimeError, TimeoutError) as error:
            complaints.append(f"{chapter} by {way}: {str(error) or type(error).__name__}")
    return counts, complaints


def version(words):
    """What the compiler and the linker call themselves."""
    said = subprocess.run(["make", "-s", "-f", "common/toolchain.mk", "common=common", *words.split(), "--eval",
                           "tell: ; @$(cc) --version | head -n 1; $(ld) --version | head -n 1", "tell"],
                          cwd=ROOT, text=True, capture_output=True).stdout
    return ", ".join(f"{re.search('clang|LLD|gcc|ld', line)[0]} {re.findall(r'[0-9]+[.][0-9.]*[0-9]', line)[-1]}"
                     for line in said.splitlines())


def main():
    ways = ["builds", "QEMU", "Bochs", "GRUB", "UEFI"]
    print(f"| make | compiler, linker | {' | '.join(ways)} | seconds |")
    print("|---|---|" + "---|" * (len(ways) + 1), flush=True)
    wrong = []
    for words in sys.argv[1:] or combinations():
        start = time.monotonic()
        with endings.temporary_folder() as folder:
            counts, complaints = judge(words, folder / "course", CHAPTERS)
        cells = ["{} of {}".format(*counts[way]) if way in counts else "-" for way in ways]
        print(f"| `make{' ' * bool(words)}{words}` | {version(words)} | " + " | ".join(cells)
              + f" | {time.monotonic() - start:.0f} |", flush=True)
        wrong += [f"make {words}: {complaint}" for complaint in complaints]
    sys.exit("\n" + "\n".join(wrong) if wrong else 0)


if __name__ == "__main__":
    endings.run(main)
