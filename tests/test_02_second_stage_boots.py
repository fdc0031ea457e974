"""The boot sector reads the rest, whatever its size."""

import re

import pytest

import checks
from bochs import Bochs, bochs_floppy
from course import ROOT, chapter_of, image, make, pad, stages
from elf_files import symbols
from greetings import GREETINGS, GREY
from images import as_floppy
from qemu import Qemu, failing, floppy
from resumed import Resumed

CHAPTER = chapter_of(__file__)
USED = symbols(ROOT / "chapters" / CHAPTER / "build/boot.elf")["second_stage_sectors"]


def test_says_hello(Machine):
    with Machine(image(CHAPTER)) as machine:
        checks.says(machine, *GREETINGS[CHAPTER])


def test_stays_in_real_mode(Machine):
    checks.goes_through_its_modes(Machine, CHAPTER)


@pytest.mark.parametrize("sectors", [1, 2, 18, 19, 36, 37, 63, 64, 65, 66, 127, 128, 129,
                                     193, 255, 256, 512, 960])
def test_reads_every_byte(workshop, sectors):
    """Across each line that a read must not cross: the track of a floppy, a
    64 KiB line of memory, 127 sectors; from a disk and from a floppy."""
    folder = workshop(CHAPTER)
    pad(folder, "boot", ".kernel_image", 512 * (sectors - USED))
    make(folder)
    boot = symbols(folder / "build/boot.elf")
    assert boot["second_stage_sectors"] == sectors
    disk = folder / "build/disk.img"
    on_disk = disk.read_bytes()[512:512 * (sectors + 1)]
    as_floppy(disk, folder)
    for Machine, arguments in ((Resumed, [disk]), (Resumed, [None, *floppy(folder / "floppy.img")]),
                               (Bochs, [disk]), (Bochs, [None, *bochs_floppy(folder / "floppy.img")])):
        with Machine(*arguments, stopped=True) as machine:
            machine.run_to(boot["real_mode"])
            assert machine.memory(boot["boot_sector"] + 512, len(on_disk)) == on_disk


def test_stops_where_the_memory_ends(workshop):
    folder = workshop(CHAPTER)
    pad(folder, "boot", ".kernel_image", 512 * 961)
    with pytest.raises(AssertionError, match="`low_memory' overflowed by"):
        make(folder)


def test_unreadable_sector():
    with Qemu(None, *failing(image(CHAPTER), 1)) as machine:
        checks.says(machine, "boot error: cannot read the image, BIOS status 0C", GREY)


def test_sector_that_is_read_at_the_second_try():
    with Qemu(None, *failing(image(CHAPTER), 1, "file.inject-error.0.once=on")) as machine:
        checks.says(machine, *GREETINGS[CHAPTER])


def test_floppy_that_is_taken_out():
    with Qemu(None, *floppy(image(CHAPTER)), stopped=True) as machine:
        machine.run_to_stage(stages(CHAPTER)[0][0])
        machine.command("eject", device="floppy0", force=True)
        machine.wait_for_rest()
        status = "(20|C0)"  # SeaBIOS 1.16's, 1.17's
        assert re.search(rf"(?m)^boot error: cannot read the image, BIOS status {status}$", str(machine.screen()))


@pytest.mark.parametrize("size, status", [(512, "0C"), (516096, "00: wrong disk?")])
def test_image_cut_short(tmp_path, size, status):
    """The copy ends after the boot sector: so does the disk, or it is blank."""
    disk = tmp_path / "disk.img"
    disk.write_bytes(image(CHAPTER).read_bytes()[:512].ljust(size, b"\0"))
    with Qemu(disk) as machine:
        checks.says(machine, f"boot error: cannot read the image, BIOS status {status}", GREY)


def test_image_cut_short_on_bochs(tmp_path):
    disk = tmp_path / "disk.img"
    disk.write_bytes(image(CHAPTER).read_bytes()[:512].ljust(516096, b"\0"))
    with Bochs(disk) as machine:
        checks.says(machine, "boot error: cannot read the image, BIOS status 00: wrong disk?", GREY)
