"""BIOSes that misbehave before they start a chapter, while it prints, and when it wants A20.
Those that misbehave as it reads the disk, or asks for memory, are in the files of the
chapters that do so first. Each case is proved by code that is less careful, and fails there."""

import pytest

import checks
import shared
from bad_bioses import boot, catches
from bochs import Bochs
from course import CHAPTERS, change, copy_chapter, image, make, pad
from greetings import GREETINGS, GREY
from qemu import Qemu

FIRST, SECOND, THIRD, FOURTH, FIFTH, *_ = CHAPTERS
LAST = CHAPTERS[-1]

# Where a boot sector starts: the first chapter's own, and the one of all the others.
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


@pytest.mark.parametrize("case, chapter", [
    *((case, chapter) for case in ENTRIES for chapter in (FIRST, LAST)),
    *((case, chapter) for case in SURROUNDINGS for chapter in CHAPTERS),
    ("registers ENTRY=0x7c0:0 STACK_SEGMENT=0x1234 STACK=0x5677", LAST),
    *(("video", chapter) for chapter in (FIRST, LAST)),
    *(("graphics", chapter) for chapter in CHAPTERS[2:]),
])
def test_boots(Machine, tmp_path, case, chapter):
    with boot(Machine, case, image(chapter), tmp_path) as machine:
        checks.says(machine, *GREETINGS[chapter])


SHORT_WAITS = [("boot/a20.asm", r"^LONG_WAIT +equ 1 << 21", "LONG_WAIT equ 1 << 12"),
               ("boot/a20.asm", r"^KBC_WAIT +equ 100000", "KBC_WAIT equ 1000")]


@pytest.fixture(scope="module")
def impatient():
    """Copies of the chapters whose waits for A20 are short: a gate that stays shut
    costs an emulator seconds. The last one's kernel has 32 KiB, so that with A20
    off it would lie over the page tables."""
    def build(place):
        for chapter in CHAPTERS[2:]:
            folder = copy_chapter(chapter, place)
            for file, old, new in SHORT_WAITS:
                change(folder / file, old, new)
            if chapter == LAST:
                pad(folder, "kernel", ".rodata", 32 * 1024)
            make(folder, "build/disk.img")
    place = shared.once("impatient", build)
    return {chapter: place / "chapters" / chapter for chapter in CHAPTERS[2:]}


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
        checks.says(machine, "boot error: address line A20 stays off", GREY, row=0)


@pytest.mark.parametrize("chapter", CHAPTERS[3:])
def test_notices_that_there_is_no_cpuid(Machine, tmp_path, chapter):
    with boot(Machine, "no_cpuid", image(chapter), tmp_path) as machine:
        checks.says(machine, "boot error: no 64-bit CPU: it has no CPUID instruction", GREY, row=0)


@pytest.mark.parametrize("case, chapter, text", [
    ("graphics", FIRST, GREETINGS[FIRST][0]),
    ("graphics", SECOND, GREETINGS[SECOND][0]),
    ("graphics UNREADABLE=0x80", LAST, "boot error: cannot read the image, BIOS status 80"),
])
def test_can_be_read_in_graphics_mode(Machine, tmp_path, case, chapter, text):
    # The video BIOS that comes with Bochs draws at twice the distance in this mode.
    rom = ["vgaromimage: file=/usr/share/seabios/vgabios-isavga.bin"] if Machine is Bochs else []
    with boot(Machine, case, image(chapter), tmp_path, *rom) as machine:
        machine.wait_for_rest()
        assert pixels_as_text(machine) == (text, {GREY})


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
    ("memory", FIFTH, ("kernel/start.asm", r"rep     stosb", "nop"),
     ("kernel/main.c", r"^    vga_print", "    extern int dirt;\n    if (dirt != 0)\n"
      '        panic("dirt");\n    vga_print'), ("kernel/main.c", r"\Z", "extern int dirt; int dirt;\n")),
    ("video", FIRST, ("boot/print.asm", r"pusha|popa", "nop")),
    ("video", FIRST, ("boot/print.asm", r"^ +cld.*", "")),
    ("graphics", THIRD, ("boot/text_mode.asm", r"mov     ax, SET_MODE.*",     # clears the screen, no more
                         "mov ax, 0x0600\nmov bh, 7\nxor cx, cx\nmov dx, 0x184f")),
    ("a20", FIFTH, ("boot/a20.asm", r"(int     BIOS_SYSTEM(?:.*\n){6}) +jnz     .done", r"\1        jmp     .done")),
    ("a20", THIRD, ("boot/a20.asm", r"(int     BIOS_SYSTEM\n +cld.*\n) +pop     ds", r"\1 add sp, 2")),
    ("a20 DEAF_KEYBOARD DEAF_PORT_92", THIRD, ("boot/a20.asm", r"^ +cld.*", "")),
    ("a20 NO_KEYBOARD", THIRD, ("boot/a20.asm", r"(KBC_INPUT_FULL\n +jz      .done\n) +dec     ecx", r"\1")),
    ("a20 DEAF_KEYBOARD", FIFTH, ("boot/a20.asm", r"out     SYSTEM_CONTROL, al", "nop")),
    ("a20 DEAF_KEYBOARD RESET_SHOWS", FIFTH, ("boot/a20.asm", r"and     al, ~FAST_RESET.*", "")),
    ("a20 DEAF_PORT_92", FIFTH, ("boot/a20.asm", r"out     KBC_DATA, al", "nop")),
    ("a20 DEAF_PORT_92 LATE=1000", FIFTH, ("boot/a20.asm", r"mov     ecx, LONG_WAIT", "mov     ecx, SHORT_WAIT")),
    ("a20 DEAF_KEYBOARD DEAF_PORT_92", THIRD, ("boot/real_mode.asm", r"call    enable_a20", "nop")),
    ("no_cpuid", FOURTH, ("boot/cpu.asm", r"(si, no_cpuid\n) +jz      boot_error", r"\1")),
]


CAREFUL = {  # what a careful chapter says where it cannot go on
    "a20 DEAF_KEYBOARD DEAF_PORT_92": ("boot error: address line A20 stays off", GREY),
    "no_cpuid": ("boot error: no 64-bit CPU: it has no CPUID instruction", GREY)}


@pytest.mark.parametrize("naive", NAIVE, ids=lambda naive: naive[0])
def test_case_catches_naive_code(workshop, tmp_path, naive):
    """The same kernel, a little less careful."""
    case, chapter, *changes = naive
    folder = workshop(chapter)
    for file, old, new in changes + (SHORT_WAITS if "a20" in case else []):
        change(folder / file, old, new)
    if chapter == FIFTH:
        pad(folder, "kernel", ".rodata", 32 * 1024)
    make(folder)
    catches(case, folder / "build/disk.img", tmp_path, GREETINGS[chapter], CAREFUL.get(case, GREETINGS[chapter]))
