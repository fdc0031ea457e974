"""BIOSes that misbehave. The machine boots a floppy first, with a bad BIOS of tests/bad_bios/
on it, which then starts the untouched disk. A case is a file of that folder and the names that
it defines, as in "retries FAILURES=2 STATUS=0x10"."""

import subprocess

import pytest

import checks
from bochs import Bochs, bochs_floppy
from course import ROOT, toolchain
from qemu import Qemu, ahci, floppy
from resumed import Resumed
from screen import Restarted


def floppy_of(case, folder):
    """Builds the floppy of a case."""
    name, *definitions = case.split()
    disk = folder / "bad_bios.img"
    subprocess.run(["nasm", "-f", "bin", *toolchain("asmwarnings"), f"-I{ROOT}/tests/bad_bios/",
                    *(f"-D{definition}" for definition in definitions),
                    "-o", disk, ROOT / f"tests/bad_bios/{name}.asm"], check=True)
    assert disk.stat().st_size <= 10 * 512, "SECTORS in bad_bios.inc"
    with open(disk, "r+b") as file:
        file.truncate(1440 * 1024)
    return disk


def e820(*ranges, more=""):
    """A case of e820.asm. A range is a start, an end and a type; attributes may follow."""
    numbers = []
    for start, end, kind, *attributes in ranges:
        numbers += [start, (end - start) % (1 << 64), kind | (attributes[0] << 32 if attributes else 1 << 63)]
    return f"e820 MAP={','.join(map(hex, numbers))} {more}"


def boot(Machine, case, disk, folder, *options, by_dma=False, **more):
    """A machine that starts a disk with the bad BIOS of a case. With DMA, QEMU reads a large disk faster."""
    first = floppy_of(case, folder)
    if Machine is Bochs:
        return Bochs(disk, *bochs_floppy(first), *options, **more)
    if by_dma:
        disk, options = None, (*ahci(disk), *options)
    return Resumed(disk, *floppy(first), "-boot", "a", *options, **more)


def catches(case, disk, folder, greeting, careful):
    """Proves a case with a chapter that is less careful: it greets us while nothing is wrong,
    but with the bad BIOS it does not say what a careful one says."""
    with Resumed(disk) as machine:
        checks.says(machine, *greeting)
    with boot(Qemu, case, disk, folder) as machine, pytest.raises((AssertionError, Restarted, TimeoutError)):
        machine.wait_for_rest(timeout=0.25)  # what rests does so within a tenth of a second
        checks.says(machine, *careful)
