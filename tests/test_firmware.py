"""Firmware that misbehaves. The machine boots a floppy first, with a bad BIOS of
tests/firmware/ on it, which then starts the untouched disk. A case is a file of
that folder and what it is to define, as in "retries FAILURES=2 STATUS=0x10".
Each is proved by code that is less careful than a chapter, and fails there."""

import subprocess

import pytest

import checks
from checks import GREETINGS
from conftest import change, copy_chapter, make, pad
from machine import CHAPTERS, ROOT, Bochs, Qemu, Restarted, bochs_floppy, floppy, image, symbols

FIRST, SECOND, THIRD, FOURTH, LAST = CHAPTERS
STATUS = "boot error: cannot read the image, BIOS status "
LARGE = 300  # sectors: crosses 127, and two 64 KiB lines


def firmware(case, folder):
    """Builds the floppy of a case."""
    name, *definitions = case.split()
    disk = folder / "firmware.img"
    subprocess.run(["nasm", "-f", "bin", "-w+all", "-w+error", f"-I{ROOT}/tests/firmware/",
                    *(f"-D{definition}" for definition in definitions),
                    "-o", disk, ROOT / f"tests/firmware/{name}.asm"], check=True)
    assert disk.stat().st_size <= 4 * 512, "SECTORS in firmware.inc"
    with open(disk, "r+b") as file:
        file.truncate(1440 * 1024)
    return disk


def boot(Machine, case, disk, folder, *options, **more):
    """A machine that starts a disk by the bad BIOS of a case."""
    first = firmware(case, folder)
    if Machine is Bochs:
        return Bochs(disk, *bochs_floppy(first), *options, **more)
    return Qemu(disk, *floppy(first), "-boot", "a", *options, **more)


# Where a boot sector starts: chapter 01's own, and the one of all the others.
ENTRIES = [
    "entry ENTRY=0x7c0:0",
    "entry FLAGS=0x6d7",                                # DF set, and all that results are told by
    "entry FLAGS=0x2",                                  # interrupts off
    "entry STACK_SEGMENT=0x7c0 STACK=0x401",            # in the second stage, odd
    "entry FLAGS=0x2 STACK_SEGMENT=0x7c0 STACK=1",      # a word does not even fit
    "entry STACK_SEGMENT=0x8000 STACK=0",               # at the top of a segment
    "entry FLAGS=0x2 STACK_SEGMENT=0xf000 STACK=0xfffe",    # in the ROM
    "parameters",
]
# What the rest of a chapter can stumble over, too.
SURROUNDINGS = [
    "registers",
    "memory",
]
# INT 13h: disk.asm is the same in all chapters, and LARGE takes it from chapter 02.
DISKS = [
    *(f"extensions ANSWER={answer}" for answer in range(3)),
    *(f"lost_{what}{extensions}" for what in ("registers", "drive", "pointer")
      for extensions in ("", " WITHOUT_EXTENSIONS")),
    "flags", "flags WITHOUT_EXTENSIONS",
    *(f"retries FAILURES={failures} STATUS={status}{extensions}" for failures, status in ((1, 0x80), (2, 0x10))
      for extensions in ("", " WITHOUT_EXTENSIONS")),
    "status STATUS=1 CARRY=0", "status STATUS=0 CARRY=1", "silent",
]


@pytest.mark.parametrize("case, chapter", [
    *((case, chapter) for case in ENTRIES for chapter in (FIRST, LAST)),
    *((case, chapter) for case in SURROUNDINGS for chapter in CHAPTERS),
    ("registers ENTRY=0x7c0:0 STACK_SEGMENT=0x1234 STACK=0x5677", LAST),
    *(("video", chapter) for chapter in (FIRST, LAST)),
    *((case, LAST) for case in DISKS),
    ("flags", SECOND),
    *(("graphics", chapter) for chapter in CHAPTERS[2:]),
])
def test_boots(Machine, tmp_path, case, chapter):
    with boot(Machine, case, image(chapter), tmp_path) as machine:
        checks.says(machine, *GREETINGS[chapter])


@pytest.mark.parametrize("case, status", [
    ("vanishes READS=0 STATUS=0x80", "80"),
    ("vanishes READS=0 STATUS=0x31 WITHOUT_EXTENSIONS", "31"),
    ("no_geometry STATUS=0", "07"),
    ("no_geometry STATUS=1", "01"),
    ("cut_short LEFT=0", "00"),
    ("cut_short LEFT=1 ZEROS", "00"),
])
def test_tells_the_status(Machine, tmp_path, case, status):
    with boot(Machine, case, image(LAST), tmp_path) as machine:
        checks.says(machine, STATUS + status, checks.GREY)


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """Chapter 02 with a second stage of LARGE sectors."""
    folder = copy_chapter(SECOND, tmp_path_factory.mktemp("large"))
    used = symbols(ROOT / "chapters" / SECOND / "build/boot.elf")["second_stage_sectors"]
    pad(folder, "boot", ".kernel_image", 512 * (LARGE - used))
    make(folder)
    return folder


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
        checks.says(machine, *GREETINGS[SECOND])


@pytest.mark.parametrize("case, status", [
    ("bad_sector BAD=1 STATUS=0x04", "04"),
    ("bad_sector BAD=150 STATUS=0xaa", "AA"),
    (f"bad_sector BAD={LARGE} STATUS=0xe0", "E0"),
    ("geometry HEADS=2 TRACK=18 BAD=1 STATUS=0x10", "10"),
    ("geometry HEADS=2 TRACK=18 BAD=150 STATUS=0xbb", "BB"),
    (f"geometry HEADS=2 TRACK=18 BAD={LARGE} STATUS=0xff", "FF"),
    ("vanishes READS=1 STATUS=0x80", "80"),
    ("vanishes READS=2 STATUS=0x31 WITHOUT_EXTENSIONS", "31"),
    (f"cut_short LEFT={LARGE}", "00"),
    (f"cut_short LEFT={LARGE} ZEROS", "00"),
    ("cut_short LEFT=100", "00"),
    ("cut_short LEFT=100 ZEROS", "00"),
])
def test_tells_the_status_of_a_large_image(Machine, large, tmp_path, case, status):
    with boot(Machine, case, large / "build/disk.img", tmp_path) as machine:
        checks.says(machine, STATUS + status, checks.GREY)


SHORT_WAITS = [("boot/a20.asm", r"^LONG_WAIT +equ 1 << 21", "LONG_WAIT equ 1 << 12"),
               ("boot/a20.asm", r"^KBC_WAIT +equ 100000", "KBC_WAIT equ 1000")]


@pytest.fixture(scope="module")
def impatient(tmp_path_factory):
    """Copies of the chapters whose waits for A20 are short: a gate that stays shut
    costs an emulator seconds. The last one's kernel has 32 KiB, so that with A20
    off it would lie over the page tables."""
    folders = {}
    for chapter in CHAPTERS[2:]:
        folders[chapter] = copy_chapter(chapter, tmp_path_factory.mktemp("impatient"))
        for file, old, new in SHORT_WAITS:
            change(folders[chapter] / file, old, new)
    pad(folders[LAST], "kernel", ".rodata", 32 * 1024)
    for folder in folders.values():
        make(folder)
    return folders


@pytest.mark.parametrize("case", [
    "a20 BIOS_WORKS",
    "a20",
    "a20 NO_KEYBOARD",
    "a20 DEAF_KEYBOARD",
    "a20 DEAF_KEYBOARD RESET_SHOWS",
    "a20 DEAF_PORT_92",
    "a20 DEAF_PORT_92 LATE=1000",
])
def test_switches_a20_on(Machine, impatient, tmp_path, case):
    with boot(Machine, case, impatient[LAST] / "build/disk.img", tmp_path) as machine:
        checks.says(machine, *GREETINGS[LAST])


@pytest.mark.parametrize("chapter", CHAPTERS[2:])
def test_notices_that_a20_stays_off(Machine, impatient, tmp_path, chapter):
    disk = impatient[chapter] / "build/disk.img"
    with boot(Machine, "a20 DEAF_KEYBOARD DEAF_PORT_92", disk, tmp_path) as machine:
        checks.says(machine, "boot error: address line A20 stays off", checks.GREY, row=0)


@pytest.mark.parametrize("chapter", CHAPTERS[3:])
def test_notices_that_there_is_no_cpuid(Machine, tmp_path, chapter):
    with boot(Machine, "no_cpuid", image(chapter), tmp_path) as machine:
        checks.says(machine, "boot error: no 64-bit CPU: it has no CPUID instruction", checks.GREY, row=0)


@pytest.mark.parametrize("case, chapter, text", [
    ("graphics", "01-boot-sector", "Hello from the boot sector"),
    ("graphics", "02-second-stage", "Hello from the second stage"),
    ("graphics UNREADABLE=0x80", LAST, STATUS + "80"),
])
def test_can_be_read_in_graphics_mode(Machine, tmp_path, case, chapter, text):
    # The video BIOS that comes with Bochs draws at twice the distance in this mode.
    rom = ["vgaromimage: file=/usr/share/seabios/vgabios-isavga.bin"] if Machine is Bochs else []
    with boot(Machine, case, image(chapter), tmp_path, *rom) as machine:
        machine.wait_for_rest()
        assert pixels_as_text(machine) == (text, {checks.GREY})


def pixels_as_text(machine):
    """What stands on the screen in mode 13h, in the BIOS's own 8 x 8 font, and in
    which colours."""
    pixels = machine.memory(0xA0000, 320 * 200)
    offset, segment = (int.from_bytes(machine.memory(4 * 0x43 + part, 2), "little") for part in (0, 2))
    font = machine.memory(16 * segment + offset, 8 * 128)
    characters = {font[8 * code:8 * code + 8]: chr(code) for code in reversed(range(32, 128))}
    text = ""
    for corner in (320 * 8 * row + 8 * column for row in range(25) for column in range(40)):
        lines = (pixels[corner + 320 * line:][:8] for line in range(8))
        glyph = bytes(sum((pixel > 0) << 7 - x for x, pixel in enumerate(line)) for line in lines)
        text += characters.get(glyph, "?")
    return text.rstrip(), set(pixels) - {0}


def test_invisible_text_is_no_text(workshop, tmp_path):
    """Colour 0 is black in graphics modes, while text modes take no heed of it."""
    folder = workshop(FIRST)
    change(folder / "boot/print.asm", r"mov     bx, 0x0007", "mov     bx, 0")
    make(folder)
    with Qemu(folder / "build/disk.img") as machine:
        checks.says(machine, *GREETINGS[FIRST])
    with boot(Qemu, "graphics", folder / "build/disk.img", tmp_path) as machine:
        machine.wait_for_rest()
        assert pixels_as_text(machine) == ("", set())


NO_STACK = ("boot/boot_sector.asm", r"mov     (ss, ax|sp, stack_top).*", "nop")
NO_CHS = ("boot/disk.asm", r"jz      .chs", "jz      .failed")
UNCHECKED = ("boot/disk.asm", r"jc      .again", "jmp     .good")


def without(*registers):
    """int_13h, if it did not save them."""
    return "boot/int_13h.asm", rf"^ +(push|pop) +({'|'.join(registers)})$", "nop"


NAIVE = [  # case, chapter, and what a less careful chapter would have
    ("entry ENTRY=0x7c0:0", FIRST, ("boot/boot_sector.asm", r"jmp     0:.cs.*", ""),
     ("boot/boot_sector.asm", r"xor     ax, ax", "mov     ax, cs")),
    ("entry FLAGS=0x6d7", FIRST, ("boot/boot_sector.asm", r"^ +cld.*", "")),
    ("entry FLAGS=0x2", FIRST, ("boot/boot_sector.asm", r"^ +sti", "hlt")),    # waits for a tick
    ("entry STACK_SEGMENT=0x7c0 STACK=0x401", SECOND, NO_STACK),
    ("entry FLAGS=0x2 STACK_SEGMENT=0x7c0 STACK=1", SECOND, NO_STACK),
    ("entry FLAGS=0x2 STACK_SEGMENT=0xf000 STACK=0xfffe", SECOND, NO_STACK),
    ("registers", FIRST, ("boot/boot_sector.asm", r"mov     ds, ax", "nop")),
    ("registers", THIRD, ("boot/enter_protected_mode.asm", r"movzx   esp, sp", "nop")),
    ("parameters", FIRST, ("boot/boot_sector.asm", r"times   90", "times   3")),
    ("memory", FOURTH, ("boot/page_tables.asm", r"mov     dword \[edi \+ 8 \* ecx - 4\], 0", "nop")),
    ("memory", LAST, ("kernel/start.asm", r"rep     stosb", "nop"),
     ("kernel/main.c", r"^    vga_print", "    extern int dirt;\n    if (dirt != 0)\n"
      '        panic("dirt");\n    vga_print'), ("kernel/main.c", r"\Z", "extern int dirt; int dirt;\n")),
    ("video", FIRST, ("boot/print.asm", r"pusha|popa", "nop")),
    ("video", FIRST, ("boot/print.asm", r"^ +cld.*", "")),
    ("graphics", THIRD, ("boot/text_mode.asm", r"mov     ax, SET_MODE.*",     # clears the screen, no more
                         "mov ax, 0x0600\nmov bh, 7\nxor cx, cx\nmov dx, 0x184f")),
    ("extensions ANSWER=0", SECOND, ("boot/disk.asm", r"(call    int_13h\n +pop     dx\n) +jc      .piece", r"\1")),
    ("extensions ANSWER=1", SECOND, ("boot/disk.asm", r"cmp     bx, 0xaa55\n +jne     .piece", "nop")),
    ("extensions ANSWER=2", SECOND, ("boot/disk.asm", r"shr     cl, 1 .*\n +jnc     .piece", "nop")),
    ("extensions ANSWER=3", SECOND, NO_CHS),
    ("silent", SECOND, ("boot/disk.asm", r"jc      .again", "jnc     .good")),
    ("status STATUS=0 CARRY=1", SECOND, ("boot/disk.asm", r"jnc     .geometry", "jc      .result")),
    ("status STATUS=1 CARRY=0", SECOND, ("boot/disk.asm", r"jnc     .geometry", "nop")),
    ("lost_registers", SECOND, without("si")),
    ("lost_registers", SECOND, without("di")),
    ("lost_registers", SECOND, without("ds")),
    ("lost_registers WITHOUT_EXTENSIONS", SECOND, without("bp")),
    ("lost_drive", SECOND, ("boot/disk.asm", r"(jns     .piece.*\n(?:.*\n)?) +push    dx.*\n((?:.*\n){3}) +pop     dx", r"\1\2")),
    ("lost_pointer WITHOUT_EXTENSIONS", SECOND, without("es")),
    ("lost_pointer WITHOUT_EXTENSIONS", SECOND, without("di")),
    ("flags", SECOND, ("boot/int_13h.asm", r"cld  ", "nop  ")),
    ("flags", SECOND, ("boot/int_13h.asm", r"sti  ", "nop  ")),
    ("retries FAILURES=2 STATUS=0x10", SECOND, ("boot/disk.asm", r"jnz     .try", "jmp     .failed")),
    ("retries FAILURES=2 STATUS=0x10", SECOND, ("boot/disk.asm", r"mov     ah, RESET\n +call    int_13h", "nop")),
    ("corrected", SECOND, ("boot/disk.asm", r"je      .corrected", "nop")),
    ("corrected WITHOUT_EXTENSIONS", SECOND, ("boot/disk.asm", r"^ +mov     bp, 1 .*", "")),
    ("limits", SECOND, ("boot/disk.asm", r"^MOST_SECTORS    equ 127", "MOST_SECTORS equ 128"), NO_CHS),
    ("limits", SECOND, ("boot/disk.asm", r"or      bp, -128.*\n +neg     bp", "mov     bp, 127"), NO_CHS),
    ("geometry HEADS=2 TRACK=9", SECOND, ("boot/disk.asm", r"jbe     .inside", "jmp     .inside")),
    ("geometry HEADS=256 TRACK=63", SECOND, ("boot/disk.asm", r"movzx   si, dh\n +inc     si.*", "inc dh\nmovzx si, dh")),
    ("bad_sector BAD=1 STATUS=0x04", SECOND, UNCHECKED),
    ("vanishes READS=0 STATUS=0x80", SECOND, UNCHECKED),
    ("no_geometry STATUS=0", SECOND, ("boot/disk.asm", r"(and     cx, 63.*\n) +jz      .result.*", r"\1")),
    ("cut_short LEFT=1 ZEROS", SECOND, ("boot/disk.asm", r"jne     .failed", "nop")),
    ("a20", LAST, ("boot/a20.asm", r"(int     BIOS_SYSTEM(?:.*\n){6}) +jnz     .done", r"\1        jmp     .done")),
    ("a20", THIRD, ("boot/a20.asm", r"(int     BIOS_SYSTEM\n +cld.*\n) +pop     ds", r"\1 add sp, 2")),
    ("a20 DEAF_KEYBOARD DEAF_PORT_92", THIRD, ("boot/a20.asm", r"^ +cld.*", "")),
    ("a20 NO_KEYBOARD", THIRD, ("boot/a20.asm", r"(KBC_INPUT_FULL\n +jz      .done\n) +dec     ecx", r"\1")),
    ("a20 DEAF_KEYBOARD", LAST, ("boot/a20.asm", r"out     SYSTEM_CONTROL, al", "nop")),
    ("a20 DEAF_KEYBOARD RESET_SHOWS", LAST, ("boot/a20.asm", r"and     al, ~FAST_RESET.*", "")),
    ("a20 DEAF_PORT_92", LAST, ("boot/a20.asm", r"out     KBC_DATA, al", "nop")),
    ("a20 DEAF_PORT_92 LATE=1000", LAST, ("boot/a20.asm", r"mov     ecx, LONG_WAIT", "mov     ecx, SHORT_WAIT")),
    ("a20 DEAF_KEYBOARD DEAF_PORT_92", THIRD, ("boot/real_mode.asm", r"call    enable_a20", "nop")),
    ("no_cpuid", FOURTH, ("boot/cpu.asm", r"(si, no_cpuid\n) +jz      boot_error", r"\1")),
]


@pytest.mark.parametrize("naive", NAIVE, ids=lambda naive: naive[0])
def test_case_catches_naive_code(workshop, tmp_path, naive):
    """The same kernel, a little less careful: it boots as long as nothing is wrong."""
    case, chapter, *changes = naive
    folder = workshop(chapter)
    for file, old, new in changes + (SHORT_WAITS if "a20" in case else []):
        change(folder / file, old, new)
    if chapter == LAST:
        pad(folder, "kernel", ".rodata", 32 * 1024)
    elif case.split()[0] in ("limits", "geometry", "corrected"):
        pad(folder, "boot", ".kernel_image", 512 * LARGE)
    make(folder)
    disk = folder / "build/disk.img"
    with Qemu(disk) as machine:
        checks.says(machine, *GREETINGS[chapter])
    with boot(Qemu, case, disk, tmp_path) as machine, pytest.raises((AssertionError, Restarted, TimeoutError)):
        machine.wait_for_rest(timeout=1)
        checks.says(machine, *expected(case, chapter))


def expected(case, chapter):
    """What a careful chapter says."""
    errors = {"bad_sector": STATUS + "04", "vanishes": STATUS + "80",
              "no_geometry": STATUS + "07", "cut_short": STATUS + "00",
              "a20 DEAF_KEYBOARD DEAF_PORT_92": "boot error: address line A20 stays off",
              "no_cpuid": "boot error: no 64-bit CPU: it has no CPUID instruction"}
    error = errors.get(case, errors.get(case.split()[0]))
    return (error, checks.GREY) if error else GREETINGS[chapter]
