"""The kernel is a file of its own behind the loader, of any size, and is read to 1 MiB."""

import random
import re
import shutil

import pytest

import checks
from bochs import Bochs
from boot_info import MIB
from course import ROOT, change, chapter_of, copy_chapter, image, make, pad
from elf_files import symbols
from emulators import EMULATORS
from greetings import GREETINGS, GREY
from images import CYLINDER, SECTOR
from page_tables import walk
from qemu import Qemu, ahci, failing

CHAPTER = chapter_of(__file__)
BUILD = ROOT / "chapters" / CHAPTER / "build"
BOOT, KERNEL = symbols(BUILD / "boot.elf"), symbols(BUILD / "kernel.elf")
TOO_LITTLE = "boot error: too little memory: the kernel does not fit at 1 MiB"
ONLY_A_PART = "boot error: the disk holds only a part of the kernel"
UNREADABLE = "boot error: cannot read the kernel, BIOS status "


def test_says_hello(Machine):
    with Machine(image(CHAPTER)) as machine:
        checks.says(machine, *GREETINGS[CHAPTER])


def test_goes_through_its_modes(Machine):
    checks.goes_through_its_modes(Machine, CHAPTER)


def test_map_has_the_kernel_and_no_more():
    """From 1 MiB on: as much as it says that it needs."""
    with Qemu(image(CHAPTER)) as machine:
        machine.wait_for_rest()
        end = MIB + KERNEL["kernel_memory_size"]
        assert f"{MIB:016x}-{end - 1:016x}  kernel" in str(machine.screen())


def test_maps_the_first_4_gib_onto_themselves(Machine):
    with Machine(image(CHAPTER)) as machine:
        machine.wait_for_rest()
        for address in (0, 0x1FFFFF, 0x3FFFFFFF, 0x40000000, 0x7FFFFFFF, 0xABCDEF01, 0xC0000000, 0xFFFFFFFF):
            steps, physical = walk(machine, address)
            assert physical == address
            assert all(entry & 2 for *_, entry in steps), "all of it can be written"
        assert walk(machine, 0x100000000)[1] is None


def halting_kernel(folder):
    """Gives a copy of the chapter a kernel of any size, which halts at once."""
    change(folder / "Makefile", "^kernel := .*", "kernel := bytes")
    (folder / "kernel/bytes.asm").write_text("""; A kernel of any size.
        bits    64
        section .text.start progbits alloc exec nowrite
        global  _start:function
_start: cli
        hlt
        jmp     _start
        incbin  "kernel/bytes.bin"
""")
    return folder


def build_kernel_of(folder, size):
    """Builds a disk with a kernel of so many bytes, and returns both. The bytes are
    random, and numbered, so that none of them looks right at another's place."""
    block = random.Random(size).randbytes(9996)
    numbered = (number.to_bytes(4, "little") + block for number in range(size // 10000 + 1))
    (folder / "kernel/bytes.bin").write_bytes(b"".join(numbered)[:size - 4])
    make(folder)
    whole = (folder / "build/kernel.bin").read_bytes()
    assert len(whole) == size
    return folder / "build/disk.img", whole


@pytest.fixture(scope="module")
def kernel_of(tmp_path_factory):
    """The same in a folder that is used again, for builds that take no time."""
    folder = halting_kernel(copy_chapter(CHAPTER, tmp_path_factory.mktemp("kernel_of")))
    yield lambda size: build_kernel_of(folder, size)
    shutil.rmtree(folder)


def arrives(machine, whole):
    """Lets the kernel begin, however long that takes, and compares it with its file."""
    if isinstance(machine, Qemu):
        machine.patience = 60
        machine.run_to(MIB)
    else:
        machine.wait_for_rest(60)
        assert machine.registers()["RIP"] == MIB + 2, machine.screen()
    assert machine.memory(MIB, len(whole)) == whole
    assert str(machine.screen()) == ""


@pytest.mark.parametrize("size", [4, 499, 500, 511, 513, *(SECTOR * sectors for sectors in (
    1, 63, 64, 127, 128, 129, 255, 256, 2000))])
def test_kernel_of_any_size_arrives_whole(kernel_of, size):
    """Across each line that a read must not cross; and the mark behind the kernel's last
    byte ends its sector, or begins the next one, or lies in two."""
    disk, whole = kernel_of(size)
    for Machine in EMULATORS:
        with Machine(disk, stopped=True) as machine:
            arrives(machine, whole)


def test_kernel_of_100_mb_arrives_whole(kernel_of):
    disk, whole = kernel_of(SECTOR * 200_000)
    for Machine, *machine in ((Qemu, None, "-m", "256M", *ahci(disk)), (Bochs, disk, "memory: guest=256, host=256")):
        with Machine(*machine, stopped=True) as machine:
            arrives(machine, whole)


def test_kernel_arrives_in_parts_of_any_size(workshop):
    """Each part begins somewhere in a sector, and is more than what is read at once."""
    folder = halting_kernel(workshop(CHAPTER))
    change(folder / "loader/main.c", r"^    boot_read_kernel\(0, file_size, .*", """
    for (uint64_t at = 0, part; at < file_size; at += part) {
        part = file_size - at < 77777 ? file_size - at : 77777;
        boot_read_kernel(at, part, (void *)(start + at));
    }""")
    disk, whole = build_kernel_of(folder, 1_000_000)
    with Qemu(disk, stopped=True) as machine:
        arrives(machine, whole)


def first_rows(folder):
    """The screen's first row at each of the loader's prints, until the kernel starts."""
    kernel_start, bios_print = KERNEL["_start"], symbols(folder / "build/boot.elf")["bios_print"]
    with Bochs(folder / "build/disk.img") as machine:
        for address in (bios_print, kernel_start):
            machine.command(f"pb {address:#x}")
        while (address := machine.registers()["RIP"]) != kernel_start:
            if address == bios_print:
                yield machine.screen().row(0)
            machine.command("c")
        assert str(machine.screen()) == ""
        checks.says(machine, *GREETINGS[CHAPTER])


def test_slow_disk_shows_how_far_it_is(workshop):
    """A line is five prints, a second of the machine's own time apart. The last print of
    all wipes it."""
    folder = workshop(CHAPTER)
    pad(folder, "kernel", ".rodata", 16 * MIB)
    make(folder)
    empty, *rows, last = list(first_rows(folder))[::5]
    done = [int(re.fullmatch(r"loading the kernel: (\d+) of 16 MiB", row)[1]) for row in [*rows, last]]
    assert empty == "" and len(done) > 5
    assert done == sorted(done) and done[0] < 4 and 12 < done[-1] <= 16


def test_kernel_that_takes_no_second_shows_nothing():
    assert list(first_rows(BUILD.parent)) == []


def test_too_little_memory_for_any_kernel():
    with Qemu(image(CHAPTER), "-m", "1M") as machine:
        checks.says(machine, TOO_LITTLE, GREY, row=0)


def test_too_little_memory_for_a_large_kernel(kernel_of):
    disk, _ = kernel_of(16 * MIB)
    for machine in (Qemu(disk, "-m", "16M"), Bochs(disk, "memory: guest=16, host=16")):
        with machine:
            checks.says(machine, TOO_LITTLE, GREY, row=0)


@pytest.mark.parametrize("pages, says", [(0, GREETINGS[CHAPTER]), (1, (TOO_LITTLE, GREY, 0))])
def test_last_page_that_a_kernel_can_have(workshop, pages, says):
    """A small image with so much .bss that it ends where memory does, or a page behind."""
    room = 0xFE0000 - MIB + 4096 * pages
    folder = workshop(CHAPTER)
    with open(folder / "kernel/main.c", "a") as main:
        main.write(f"extern char room[]; char room[{room - KERNEL['kernel_memory_size']}];\n")
    make(folder)
    assert symbols(folder / "build/kernel.elf")["kernel_memory_size"] == room
    with Qemu(folder / "build/disk.img", "-m", "16M") as machine:
        checks.says(machine, *says)


KERNEL_STARTS = SECTOR * BOOT["kernel_first_sector"]
KERNEL_ENDS = KERNEL_STARTS + BOOT["kernel_file_size"]


@pytest.mark.parametrize("end", [KERNEL_STARTS, KERNEL_STARTS + SECTOR, KERNEL_ENDS - 1, KERNEL_ENDS, KERNEL_ENDS + 12])
def test_disk_that_is_blank_from_somewhere_on(Machine, tmp_path, end):
    disk = tmp_path / "disk.img"
    disk.write_bytes(image(CHAPTER).read_bytes()[:end].ljust(CYLINDER, b"\0"))
    with Machine(disk) as machine:
        checks.says(machine, ONLY_A_PART, GREY, row=0)


def test_disk_that_ends_within_the_kernel(Machine, kernel_of, tmp_path):
    disk, _ = kernel_of(SECTOR * 2000)
    short = tmp_path / "disk.img"
    short.write_bytes(disk.read_bytes()[:CYLINDER])
    with Machine(short) as machine:
        checks.says(machine, UNREADABLE + "01", GREY, row=0)


@pytest.mark.parametrize("more, says", [((), (UNREADABLE + "0C", GREY, 0)),
                                        (["file.inject-error.0.once=on"], GREETINGS[CHAPTER])])
def test_unreadable_sector(more, says):
    """It stays unreadable, or it is read at the second try."""
    with Qemu(None, *failing(image(CHAPTER), BOOT["kernel_first_sector"], *more)) as machine:
        checks.says(machine, *says)
