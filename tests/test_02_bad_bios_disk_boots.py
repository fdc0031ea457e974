"""BIOSes whose disk functions misbehave, as all chapters' boot sectors meet them.
Each case is proved by code that is less careful, and fails there."""

import pytest

import checks
import shared
from bad_bioses import boot, catches
from course import CHAPTERS, ROOT, change, chapter_of, copy_chapter, image, make, pad
from elf_files import symbols
from greetings import GREETINGS, GREY

CHAPTER, LAST = chapter_of(__file__), CHAPTERS[-1]  # whose boot/disk.asm is the same
STATUS = "boot error: cannot read the image, BIOS status "
NO_END = "00: wrong disk?"  # the BIOS has read well, but what it read has no end mark
LARGE = 300  # sectors: crosses two 64 KiB lines


def test_flags_are_not_relied_on(Machine, tmp_path):
    with boot(Machine, "flags", image(CHAPTER), tmp_path) as machine:
        checks.says(machine, *GREETINGS[CHAPTER])


@pytest.mark.parametrize("case, status", [
    ("vanishes READS=0 STATUS=0x80", "80"),
    ("vanishes READS=0 STATUS=0x31 WITHOUT_EXTENSIONS", "31"),
    ("no_geometry STATUS=0", "07"),
    ("no_geometry STATUS=1", "01"),
    ("cut_short LEFT=0", NO_END),
    ("cut_short LEFT=1 ZEROS", NO_END),
])
def test_tells_the_status(Machine, tmp_path, case, status):
    with boot(Machine, case, image(LAST), tmp_path) as machine:
        checks.says(machine, STATUS + status, GREY)


@pytest.fixture(scope="module")
def large():
    """The chapter with a second stage of LARGE sectors."""
    def build(place):
        folder = copy_chapter(CHAPTER, place)
        used = symbols(ROOT / "chapters" / CHAPTER / "build/boot.elf")["second_stage_sectors"]
        pad(folder, "boot", ".kernel_image", 512 * (LARGE - used))
        make(folder)
    return shared.once("large", build) / "chapters" / CHAPTER


@pytest.mark.parametrize("case", [
    "limits", "limits WITHOUT_EXTENSIONS",
    *(f"geometry HEADS={heads} TRACK={track}"
      for heads, track in ((1, 8), (2, 9), (4, 17), (255, 63), (256, 63), (256, 1))),
    "retries FAILURES=2 STATUS=0x20",
    "corrected", "corrected WITHOUT_EXTENSIONS",
    "extensions ANSWER=3",
])
def test_reads_all_of_a_large_image(Machine, large, tmp_path, case):
    with boot(Machine, case, large / "build/disk.img", tmp_path, stopped=True) as machine:
        known = symbols(large / "build/boot.elf")
        machine.run_to(known["real_mode"])
        size = 512 * known["second_stage_sectors"]
        on_disk = (large / "build/disk.img").read_bytes()[512:512 + size]
        assert machine.memory(known["boot_sector"] + 512, size) == on_disk
        checks.says(machine, *GREETINGS[CHAPTER])


@pytest.mark.parametrize("case, status", [
    ("bad_sector BAD=1 STATUS=0x04", "04"),
    ("bad_sector BAD=150 STATUS=0xaa", "AA"),
    (f"bad_sector BAD={LARGE} STATUS=0xe0", "E0"),
    ("geometry HEADS=2 TRACK=18 BAD=1 STATUS=0x10", "10"),
    ("geometry HEADS=2 TRACK=18 BAD=150 STATUS=0xbb", "BB"),
    (f"geometry HEADS=2 TRACK=18 BAD={LARGE} STATUS=0xff", "FF"),
    ("vanishes READS=1 STATUS=0x80", "80"),
    ("vanishes READS=2 STATUS=0x31 WITHOUT_EXTENSIONS", "31"),
    (f"cut_short LEFT={LARGE}", NO_END),
    (f"cut_short LEFT={LARGE} ZEROS", NO_END),
    ("cut_short LEFT=100", NO_END),
    ("cut_short LEFT=100 ZEROS", NO_END),
])
def test_tells_the_status_of_a_large_image(Machine, large, tmp_path, case, status):
    with boot(Machine, case, large / "build/disk.img", tmp_path) as machine:
        checks.says(machine, STATUS + status, GREY)


NO_CHS = ("boot/disk.asm", r"jz      .chs", "jz      .failed")
UNCHECKED = ("boot/disk.asm", r"jc      .again", "jmp     .good")


def without(*registers):
    """int_13h, if it did not save them."""
    return "boot/int_13h.asm", rf"^ +(push|pop) +({'|'.join(registers)})$", "nop"


NAIVE = [  # case, and what a less careful chapter would have
    ("extensions ANSWER=0", ("boot/disk.asm", r"(call    int_13h\n +pop     dx\n) +jc      .piece", r"\1")),
    ("extensions ANSWER=1", ("boot/disk.asm", r"cmp     bx, 0xaa55\n +jne     .piece", "nop")),
    ("extensions ANSWER=2", ("boot/disk.asm", r"shr     cl, 1 .*\n +jnc     .piece", "nop")),
    ("extensions ANSWER=3", NO_CHS),
    ("silent", ("boot/disk.asm", r"jc      .again", "jnc     .good")),
    ("status STATUS=0 CARRY=1", ("boot/disk.asm", r"jnc     .geometry", "jc      .result")),
    ("status STATUS=1 CARRY=0", ("boot/disk.asm", r"jnc     .geometry", "nop")),
    ("lost_registers", without("si")),
    ("lost_registers", without("di")),
    ("lost_registers", without("ds")),
    ("lost_registers WITHOUT_EXTENSIONS", without("bp")),
    ("lost_drive", ("boot/disk.asm",
                    r"(jns     .piece.*\n(?:.*\n)?) +push    dx.*\n((?:.*\n){3}) +pop     dx", r"\1\2")),
    ("lost_pointer WITHOUT_EXTENSIONS", without("es")),
    ("lost_pointer WITHOUT_EXTENSIONS", without("di")),
    ("flags", ("boot/int_13h.asm", r"cld  ", "nop  ")),
    ("flags", ("boot/int_13h.asm", r"sti  ", "nop  ")),
    ("retries FAILURES=2 STATUS=0x10", ("boot/disk.asm", r"jnz     .try", "jmp     .failed")),
    ("retries FAILURES=2 STATUS=0x10", ("boot/disk.asm", r"mov     ah, RESET\n +call    int_13h", "nop")),
    ("corrected", ("boot/disk.asm", r"je      .corrected", "nop")),
    ("corrected WITHOUT_EXTENSIONS", ("boot/disk.asm", r"^ +mov     bp, 1 .*", "")),
    ("limits", ("boot/disk.asm", r"^MOST_SECTORS    equ 64", "MOST_SECTORS equ 128"), NO_CHS),
    ("limits", ("boot/disk.asm", r"or      bp, -MOST_SECTORS\n +neg     bp.*", "mov     bp, 127"), NO_CHS),
    ("geometry HEADS=2 TRACK=9", ("boot/disk.asm", r"jbe     .inside", "jmp     .inside")),
    ("geometry HEADS=256 TRACK=63", ("boot/disk.asm", r"movzx   si, dh\n +inc     si.*", "inc dh\nmovzx si, dh")),
    ("bad_sector BAD=1 STATUS=0x04", UNCHECKED),
    ("vanishes READS=0 STATUS=0x80", UNCHECKED),
    ("no_geometry STATUS=0", ("boot/disk.asm", r"(and     cx, 63.*\n) +jz      .result.*", r"\1")),
    ("cut_short LEFT=1 ZEROS", ("boot/disk.asm", r"jne     .stop", "nop")),
]
CAREFUL = {"bad_sector": "04", "vanishes": "80", "no_geometry": "07", "cut_short": NO_END}  # what it tells then


@pytest.mark.parametrize("naive", NAIVE, ids=lambda naive: naive[0])
def test_case_catches_naive_code(workshop, tmp_path, naive):
    """The same boot sector, a little less careful."""
    case, *changes = naive
    name = case.split()[0]
    folder = workshop(CHAPTER)
    for file, old, new in changes:
        change(folder / file, old, new)
    if name in ("limits", "geometry", "corrected"):
        pad(folder, "boot", ".kernel_image", 512 * LARGE)
    make(folder)
    careful = (STATUS + CAREFUL[name], GREY) if name in CAREFUL else GREETINGS[CHAPTER]
    catches(case, folder / "build/disk.img", tmp_path, GREETINGS[CHAPTER], careful)
