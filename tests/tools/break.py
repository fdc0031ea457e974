#!/usr/bin/python3
"""Breaks a chapter on purpose, in a copy, and tells what can be seen of it:
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
from bochs import Bochs, bochs_floppy
from course import ROOT
from emulators import EMULATORS, cd, need
from images import as_floppy
from patches import PATCHES, copy_broken, parts
from qemu import Qemu, Uefi, floppy
from screen import Restarted

LONGEST = float(os.environ.get("TIMEOUT", 2))  # seconds; what rests does so within one
UEFI_TAKES = 30  # seconds at most, before anything of ours is started


def boot(Machine, disk, header):
    """Boots a disk in the machine that the patch's header asks for, and tells what
    can be seen of it."""
    options = [option for option in [header.get(f"On {Machine.name}")] if option]
    folder, longest = disk.parent, LONGEST
    if Machine is not Bochs:
        options = " ".join(options).split()
    if header.get("Boot") == "grub":
        disk, *more = cd(Machine, disk.with_name("cd.iso"))
        options += more
    if header.get("Boot") == "uefi":
        disk, longest = disk.with_name("esp.img"), LONGEST + UEFI_TAKES
    if header.get("Boot") == "floppy":
        image = as_floppy(disk, disk.parent)
        options += (*floppy(image), "-boot", "a") if Machine is Qemu else bochs_floppy(image)
    with Machine(disk, *options) as machine:
        try:
            machine.wait_for_rest(longest)
            picture = drawn(machine, folder) if Machine is Qemu and header.get("Boot") == "grub" else ""
            return "comes to rest. Its screen:" + indented(picture or ours(machine.screen()))
        except Restarted as restarted:
            why = last_words(machine) if Machine is Uefi or header.get("Bochs") else reasons(str(restarted))
            return f"restarts: {header.get('Restarts', 'a triple fault')}." + indented(why)
        except TimeoutError:
            return "does not come to rest. Its screen:" + indented(ours(machine.screen()))
        except RuntimeError as ended:
            return "stops:" + indented(reasons(str(ended)) or ended)


def drawn(machine, folder):
    """Where a picture of the screen is, if it has no text that could be read."""
    if str(machine.screen()):
        return ""
    machine.command("screendump", filename=f"{folder}/screen.png", format="png")
    return f"(pixels: {folder}/screen.png)"


def last_words(machine):
    """What a QEMU that has stopped before its restart still knows: two registers, and the
    instruction that could not be carried out."""
    registers = machine.registers()
    instruction = machine.monitor(f"x/i {registers['RIP']:#x}").strip().partition(":")[2]
    return f"CR0={registers['CR0']:#x} CR2={registers['CR2']:#x} CR3={registers['CR3']:#x}\n" \
           f"[{registers['RIP']:#x}]" + re.sub(r"\s+", " ", instruction)


def ours(screen):
    """The screen's text, without what the firmware tells about itself."""
    text = re.sub(r"(?m)^BdsDxe: (loading|starting) .*\n?", "", str(screen))
    if re.match("SeaBIOS [(]version [^ ]*[)]$|Bochs VGABios", text, re.MULTILINE):
        text = text[max(text.find("Booting from"), 0):]
    return text or "(nothing)"


def reasons(log):
    """What of Bochs's log tells why: the CPU's complaints, the page that was not
    there, the instruction, and the end; Bochs says some of it again behind that."""
    log = re.sub(r"(with no resolution).*", r"\1", log, flags=re.DOTALL)
    log = re.sub(r"(\| CR0=\w+):.*\n.*\| (CR2=\w+)", r"\1 \2", log)  # two lines since Bochs 3
    lines = re.findall(r"^\d+[ep]\[[^]]*\] (?:>>PANIC<< )?(.*)|^\d+i\[CPU0  \] \| (CR0=.*)|^\(0\)\.\[\d+\] (.*)",
                       log, re.MULTILINE)
    return "\n".join(dict.fromkeys("".join(line) for line in lines))


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
    not_bochs = "has no UEFI" if uefi else header.get("Bochs")
    machines = [Uefi] if uefi else [Qemu] if not_bochs else EMULATORS
    need(machines, "patch")
    with place(number) as folder:
        try:
            chapter = copy_broken(patch, folder)
        except subprocess.CalledProcessError as error:
            why = "cannot be broken so any more: it has changed there" if error.cmd[0] == "patch" else "does not build"
            sys.exit(f"{header['Chapter']} {why}.\n{error.output}")
        print(f"{reason}\n\n{change}", flush=True)
        for Machine in machines:
            print(f"{Machine.name} {boot(Machine, chapter / 'build/disk.img', header)}", flush=True)
        if not_bochs:
            print(f"Bochs {not_bochs}, and is left out.")
        how = {"grub": f"{'gdb' if not_bochs else 'debug'} BOOT=grub", "uefi": "gdb BOOT=uefi"}.get(header.get("Boot"), "debug")
        print(f"To look into it: make -C {chapter} {how}")


if __name__ == "__main__":
    endings.run(main)
