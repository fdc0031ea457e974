#!/usr/bin/python3
"""Breaks a chapter on purpose, in a copy, and reports what can be seen of it:
make break CASE=03-2. The breaks are the patches in tests/broken/, and the copies are left in
build/broken/, where readers may look into them."""

import contextlib
import fcntl
import os
import re
import subprocess
import sys
from pathlib import Path

import find_lib  # noqa: F401
import endings
from course import ROOT
from emulators import EMULATORS, cd, need
from explained import explained
from images import as_floppy
from patches import PATCHES, copy_broken, parts
from progress import at
from qemu import Qemu, Uefi, floppy
from screen import Restarted

LONGEST = float(os.environ.get("TIMEOUT", 2))  # seconds; what rests does so within one
UEFI_TAKES = 30  # seconds at most, before anything of ours is started


def boot(Machine, disk, header):
    """Boots a disk in QEMU, as the patch's header asks for, and says what can be seen of it."""
    options = header.get("On QEMU", "").split()
    folder, longest = disk.parent, LONGEST
    if header.get("Boot") == "grub":
        disk, *more = cd(Machine, disk.with_name("cd.iso"))
        options += more
    if header.get("Boot") == "uefi":
        disk, longest = disk.with_name("esp.img"), LONGEST + UEFI_TAKES
    if header.get("Boot") == "floppy":
        options += (*floppy(as_floppy(disk, disk.parent)), "-boot", "a")
    with Machine(disk, *options) as machine:
        try:
            machine.wait_for_rest(longest)
            picture = drawn(machine, folder) if Machine is Qemu and header.get("Boot") == "grub" else ""
            return "comes to rest. Its screen:" + indented(picture or ours(machine.screen()))
        except Restarted:
            return f"restarts: {header.get('Restarts', 'a triple fault')}."
        except TimeoutError:
            return "does not come to rest. Its screen:" + indented(ours(machine.screen()))


def drawn(machine, folder):
    """Where a picture of the screen is, if it has no text that could be read."""
    if str(machine.screen()):
        return ""
    machine.command("screendump", filename=f"{folder}/screen.png", format="png")
    return f"(pixels: {folder}/screen.png)"


def ours(screen):
    """The screen's text, without what the firmware says about itself."""
    text = re.sub(r"(?m)^BdsDxe: (loading|starting) .*\n?", "", str(screen))
    if re.match("SeaBIOS [(]version [^ ]*[)]$|Bochs VGABios", text, re.MULTILINE):
        text = text[max(text.find("Booting from"), 0):]
    return text or "(nothing)"


def indented(text):
    return "".join(f"\n    {line}" for line in str(text).splitlines() if line.strip())


@contextlib.contextmanager
def place(number):
    """A break's own folder, emptied; what was not finished there is not left."""
    folder = Path("build/broken", number)
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"Another make break CASE={number} is at work. Wait until it is done.")
    try:
        for old in folder.iterdir():
            endings.remove(old) if old.is_dir() else old.unlink()
        yield folder
    except BaseException:
        endings.remove(folder)
        raise
    finally:
        os.close(lock)


def main():
    number = " ".join(sys.argv[1:])
    if number not in PATCHES:
        print(f"There is no break {number}. There are:" if number else "What can be broken:")
        for each, patch in PATCHES.items():
            print(f"  make break CASE={each}   {patch.stem.split('-', 2)[2].replace('-', ' ')}")
        sys.exit(1 if number else 0)
    os.chdir(ROOT)  # emulators understand no path with a comma or a blank
    patch = PATCHES[number]
    reason, header, change = parts(patch)
    uefi = header.get("Boot") == "uefi"
    Machine = Uefi if uefi else Qemu
    need([Machine] if uefi else EMULATORS, "patch")
    with place(number) as folder:
        at(f"building a broken copy of {header['Chapter']}")
        try:
            chapter = copy_broken(patch, folder)
        except subprocess.CalledProcessError as error:
            why = "cannot be broken so any more: it has changed there" if error.cmd[0] == "patch" else "does not build"
            sys.exit(f"{header['Chapter']} {why}.\n{error.output}")
        print(f"{reason}\n\n{change}", flush=True)
        at(f"booting {Machine.name}")
        print(f"{Machine.name} {boot(Machine, chapter / 'build/disk.img', header)}", flush=True)
        os.chdir(chapter)  # so that files are named from there
        at("running make explain")
        print("make explain says:" + indented(explained(Path(), header, whole=False)))
        floppy = f"{chapter}/build/floppy.img"  # which make debug does not know
        how = {"floppy": f"replay IMAGE={floppy} PROGRAMS={chapter}/build/boot.elf",
               "grub": f"{'gdb' if 'Bochs' in header else 'debug'} BOOT=grub", "uefi": "gdb BOOT=uefi"}
        print(f"To look into it: make -C {chapter} {how.get(header.get('Boot'), 'debug')}")


if __name__ == "__main__":
    endings.run(main)
