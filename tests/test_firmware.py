"""Firmware that misbehaves. The machine boots a floppy first, with a bad BIOS of
tests/bad_bios/ on it, which then starts the untouched disk. A case is a file of
that folder and what it is to define, as in "retries FAILURES=2 STATUS=0x10".
Each is proved by code that is less careful than a chapter, and fails there."""

import re
import shutil
import struct
import subprocess

import pytest

import checks
from bochs import Bochs, bochs_floppy
from course import CHAPTERS, ROOT, change, copy_chapter, image, make, pad, toolchain
from elf_files import symbols
from greetings import GREETINGS, GREY
from qemu import Qemu, floppy
from screen import Restarted

FIRST, SECOND, THIRD, FOURTH, FIFTH, SIXTH, SEVENTH, *_ = CHAPTERS
LAST = CHAPTERS[-1]
READERS = [SIXTH, SEVENTH]  # their loader, in C, reads the kernel and asks for the memory map
STATUS = "boot error: cannot read the image, BIOS status "
KERNEL_STATUS = "boot error: cannot read the kernel, BIOS status "
PART = "boot error: the disk holds only a part of the kernel"
LARGE = 300  # sectors: crosses 127, and two 64 KiB lines
LARGE_KERNEL = 1100  # sectors: with one a cylinder, the last ones would have no number
MIB = 1 << 20


def firmware(case, folder):
    """Builds the floppy of a case."""
    name, *definitions = case.split()
    disk = folder / "firmware.img"
    subprocess.run(["nasm", "-f", "bin", *toolchain("asmwarnings"), f"-I{ROOT}/tests/bad_bios/",
                    *(f"-D{definition}" for definition in definitions),
                    "-o", disk, ROOT / f"tests/bad_bios/{name}.asm"], check=True)
    assert disk.stat().st_size <= 10 * 512, "SECTORS in bad_bios.inc"
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
    *((case, chapter) for case in DISKS for chapter in READERS),
    ("flags", SECOND),
    *(("shuts_a20 INTERRUPT=0x15", chapter) for chapter in READERS),
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
        checks.says(machine, STATUS + status, GREY)


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
        checks.says(machine, STATUS + status, GREY)


@pytest.fixture(scope="module")
def large_kernels(tmp_path_factory):
    """Copies of the chapters in READERS, with kernels of LARGE_KERNEL sectors."""
    folders = {}
    for chapter in READERS:
        folders[chapter] = copy_chapter(chapter, tmp_path_factory.mktemp("large_kernel"))
        pad(folders[chapter], "kernel", ".rodata", 512 * LARGE_KERNEL)
        make(folders[chapter])
    return folders


def in_memory(build):
    """What is to lie in memory of a kernel: an ELF file's segments, each at its distance
    from the first, or all of a flat file."""
    if (build / "kernel.bin").exists():
        return (build / "kernel.bin").read_bytes()
    file = (build / "stripped/kernel.elf").read_bytes()
    start, count = struct.unpack_from("<Q", file, 32)[0], struct.unpack_from("<H", file, 56)[0]
    first, memory = symbols(build / "kernel.elf")["_start"], b""
    for kind, _, offset, address, _, size, _, _ in struct.iter_unpack("<2I6Q", file[start:start + 56 * count]):
        if kind == 1:
            memory = memory.ljust(address - first, b"\0") + file[offset:offset + size]
    return memory


@pytest.mark.parametrize("chapter", READERS)
@pytest.mark.parametrize("Machine, case", [
    *((Qemu, case) for case in (
        "limits", "limits WITHOUT_EXTENSIONS", "geometry HEADS=2 TRACK=2", "geometry HEADS=256 TRACK=63",
        "retries FAILURES=2 STATUS=0x20", "corrected", "corrected WITHOUT_EXTENSIONS", "extensions ANSWER=3",
        "shuts_a20 INTERRUPT=0x13")),
    *((Bochs, case) for case in ("limits", "geometry HEADS=2 TRACK=2", "retries FAILURES=2 STATUS=0x20")),
])
def test_reads_all_of_a_large_kernel(large_kernels, tmp_path, Machine, case, chapter):
    build = large_kernels[chapter] / "build"
    kernel = in_memory(build)
    assert len(kernel) > 512 * LARGE_KERNEL
    with boot(Machine, case, build / "disk.img", tmp_path, stopped=True) as machine:
        machine.run_to(symbols(build / "kernel.elf")["_start"])
        assert machine.memory(MIB, len(kernel)) == kernel


def sectors(folder):
    """The numbers of three sectors of a large kernel."""
    known = symbols(folder / "build/boot.elf")
    first = known["kernel_first_sector"]
    return {"first": first, "middle": first + LARGE_KERNEL // 2, "last": first + known["kernel_file_size"] // 512}


@pytest.mark.parametrize("chapter", READERS)
@pytest.mark.parametrize("Machine, case, text", [
    (Qemu, "bad_sector BAD={first} STATUS=0x04", KERNEL_STATUS + "04"),
    (Bochs, "bad_sector BAD={middle} STATUS=0xaa", KERNEL_STATUS + "AA"),
    (Qemu, "bad_sector BAD={last} STATUS=0xe0", KERNEL_STATUS + "E0"),
    (Qemu, "geometry HEADS=2 TRACK=18 BAD={middle} STATUS=0xbb", KERNEL_STATUS + "BB"),
    (Bochs, "geometry HEADS=1 TRACK=1", KERNEL_STATUS + "04"),
    (Qemu, "vanishes READS=1 STATUS=0x80", KERNEL_STATUS + "80"),
    (Bochs, "vanishes READS=5 STATUS=0x31 WITHOUT_EXTENSIONS", KERNEL_STATUS + "31"),
    (Qemu, "no_geometry GOOD=5 STATUS=0", KERNEL_STATUS + "07"),
    (Bochs, "cut_short LEFT={first}", PART),
    (Qemu, "cut_short LEFT={middle} ZEROS", PART),
    (Qemu, "cut_short LEFT={last}", PART),
])
def test_tells_what_is_wrong_with_a_large_kernel(large_kernels, tmp_path, Machine, case, text, chapter):
    folder = large_kernels[chapter]
    with boot(Machine, case.format(**sectors(folder)), folder / "build/disk.img", tmp_path) as machine:
        checks.says(machine, text, GREY, row=0)


def e820(*ranges, more=""):
    """A case of e820.asm. A range is a start, an end and a type; attributes may follow."""
    numbers = []
    for start, end, kind, *attributes in ranges:
        numbers += [start, (end - start) % (1 << 64), kind | (attributes[0] << 32 if attributes else 1 << 63)]
    return f"e820 MAP={','.join(map(hex, numbers))} {more}"


LOW, EBDA, ROM, HIGH = (0, 0x9fc00, 1), (0x9fc00, 0xa0000, 2), (0xf0000, MIB, 2), (MIB, 32 * MIB, 1)
ALL = LOW, EBDA, ROM, HIGH
LOW_REGIONS = [(0, 0x1000, "reserved"), (0x1000, 0x9fc00, "usable"), (0x9fc00, MIB, "reserved")]
REGIONS = [*LOW_REGIONS, (MIB, 32 * MIB, "usable")]  # what a kernel is to know then
E801 = "E801=15360,256,15360,256"  # 15 MiB, and as much above that as HIGH has
MANY = [((64 + 2 * number) * MIB, (65 + 2 * number) * MIB) for number in range(130)]

MAPS = {  # name: case, and what a kernel is to know
    "unsorted, and twice": (
        e820((4096 * MIB, 6144 * MIB, 1), (16 * MIB, 32 * MIB, 1), ROM, (MIB, 16 * MIB, 1), *ALL, EBDA, LOW),
        [*REGIONS, (4096 * MIB, 6144 * MIB, "usable")]),
    "overlapping": (
        e820((5 * MIB, 9 * MIB, 5), *ALL, (2 * MIB, 4 * MIB, 2), (3 * MIB, 6 * MIB, 3), (4 * MIB, 5 * MIB, 4),
             (8 * MIB, 10 * MIB, 12), (16 * MIB, 40 * MIB, 0)),
        [*LOW_REGIONS, (MIB, 2 * MIB, "usable"), (2 * MIB, 4 * MIB, "reserved"), (4 * MIB, 5 * MIB, "ACPI NVS"),
         (5 * MIB, 9 * MIB, "broken"), (9 * MIB, 10 * MIB, "reserved"), (10 * MIB, 16 * MIB, "usable"),
         (16 * MIB, 40 * MIB, "reserved")]),
    "no bytes, or too many": (
        e820((0, 0, 2), *ALL, (2 * MIB, 2 * MIB, 2), (2 * MIB, 2 * MIB - 1, 2), (64 * MIB, 1 << 53, 2),
             (-0x1000, 4 * MIB, 2)),
        REGIONS),
    "attributes": (
        e820(*ALL, (32 * MIB, 48 * MIB, 1, 3), (2 * MIB, 3 * MIB, 2, 0), (48 * MIB, 64 * MIB, 1),
             (64 * MIB, 80 * MIB, 1, 0)),
        [*LOW_REGIONS, (MIB, 64 * MIB, "usable")]),
    "between pages": (
        e820(LOW, EBDA, ROM, (MIB, 16 * MIB, 1), (32 * MIB + 0x123, 96 * MIB - 0x321, 1)),
        [*LOW_REGIONS, (MIB, 16 * MIB, "usable"), (32 * MIB + 0x123, 96 * MIB - 0x321, "usable")]),
    "endless": (e820(*ALL, more="ENDLESS"), REGIONS),
    "ends by CF": (e820(*ALL, more="CARRY"), REGIONS),
    "loses SMAP": (e820((MIB, 64 * MIB, 1), *ALL, more=f"LOST=4 {E801}"), REGIONS),
    "many": (
        e820(*ALL, *((start, end, 1) for start, end in MANY)),
        [*REGIONS, *((start, end, "usable") for start, end in MANY[:124])]),
    "clobbers": (e820(*ALL, more="CLOBBERS"), REGIONS),
    "no E820": (f"e820 CLOBBERS {E801}", REGIONS),
    "only CX and DX": ("e820 E801=0xe801,0,15360,256", REGIONS),
    "only AX and BX": ("e820 E801=14336,256,0,0",
                       [*LOW_REGIONS, (MIB, 15 * MIB, "usable"), (16 * MIB, 32 * MIB, "usable")]),
    "no E801": ("e820 CLOBBERS E88=31744", REGIONS),
    "no E801, and silent": ("e820 SILENT E88=31744", REGIONS),
    "E801 of too much": ("e820 E801=65535,0,65535,0 E88=31744", REGIONS),
    "over the EBDA": (
        e820((0, 0xa0000, 1), HIGH, more="CONVENTIONAL=512"),
        [(0, 0x1000, "reserved"), (0x1000, 0x80000, "usable"), (0x80000, MIB, "reserved"), (MIB, 32 * MIB, "usable")]),
    "INT 12h over the EBDA": (e820(*ALL, more="CONVENTIONAL=640"), REGIONS),
    "INT 12h of nothing": (e820(*ALL, more="CONVENTIONAL=0"), [(0, MIB, "reserved"), (MIB, 32 * MIB, "usable")]),
    "INT 12h of too much": (
        f"e820 CONVENTIONAL=0xffff {E801}",
        [(0, 0x1000, "reserved"), (0x1000, 0xa0000, "usable"), (0xa0000, MIB, "reserved"), (MIB, 32 * MIB, "usable")]),
}
NO_MEMORY = "boot error: the BIOS knows of no memory above 1 MiB"


def shown(regions, build):
    """What a kernel shows of the memory map, as a pattern: regions, less what the
    loader and the kernel take of the usable ones."""
    known = symbols(build / "boot.elf") | symbols(build / "kernel.elf")
    ours = [(known["loader_start"], known["loader_end"], "loader"),
            (known["kernel_start"], known["kernel_start"] + known["kernel_memory_size"], "kernel")]
    rows, usable = [], 0
    for start, end, kind in regions:
        pieces = []
        for own in ours:
            if kind == "usable" and start <= own[0] < own[1] <= end:
                pieces += [(start, own[0], kind), own]
                start = own[1]
        for start, end, kind in [*pieces, (start, end, kind)]:
            if start < end:
                rows.append(f"{start:016x}-{end - 1:016x}  {kind:13}{(end - start) // 1024} KiB")
                usable += (end - start) * (kind == "usable")
    if len(rows) > 18:
        rows[18:] = [f"and {len(rows) - 18} more"]
    return re.escape("\n".join(["", "Memory map", *rows, "", f"Usable memory: {usable // 1024} KiB"]))


@pytest.mark.parametrize("Machine, name", [
    *((Qemu, name) for name in MAPS),
    *((Bochs, name) for name in ("overlapping", "clobbers")),
])
def test_knows_what_memory_there_is(Machine, tmp_path, name):
    case, regions = MAPS[name]
    disk = image(SIXTH)
    with boot(Machine, case, disk, tmp_path) as machine:
        checks.says(machine, *GREETINGS[SIXTH][:3], shown(regions, disk.parent))


@pytest.mark.parametrize("name", ["unsorted, and twice", "no bytes, or too many", "attributes", "between pages", "endless",
                                  "loses SMAP", "clobbers", "no E820", "only AX and BX", "no E801", "over the EBDA"])
def test_elf_loader_knows_it_too(tmp_path, name):
    """What loader and kernel take of usable memory counts as usable here. The kernel lies
    at the first page of the largest region from 1 MiB to 4 GiB."""
    case, regions = MAPS[name]
    with boot(Qemu, case, image(SEVENTH), tmp_path) as machine:
        machine.wait_for_rest()
        seen = re.findall(r"^(\w{16})-(\w{16})  (\w[\w ]*?) +\d+ KiB$", str(machine.screen()), re.MULTILINE)
    merged = []
    for first, last, kind in seen:
        start, end = int(first, 16), int(last, 16) + 1
        kind = "usable" if kind in ("loader", "kernel") else kind
        if merged and merged[-1][1:] == (start, kind):
            start = merged.pop()[0]
        merged.append((start, end, kind))
    assert merged == regions
    rooms = [(end - start, start) for start, end, kind in regions if kind == "usable" and MIB <= start < end <= 4096 * MIB]
    kernel, = [int(first, 16) for first, _, kind in seen if kind == "kernel"]
    assert 0 <= kernel - max(rooms)[1] < 4096 and kernel % 4096 == 0


@pytest.mark.parametrize("chapter, case, text", [
    *((chapter, case, NO_MEMORY) for chapter in READERS for case in ("e820 SILENT", "e820 E801=0,0,0,0 E88=0")),
    (SIXTH, e820(LOW, (MIB, MIB + 0x1000, 1)), "boot error: too little memory: the kernel does not fit at 1 MiB"),
    (SEVENTH, e820(LOW, (MIB, MIB + 0x1000, 1)), "boot error: too little memory for the kernel's segments"),
    (SEVENTH, e820(LOW, (MIB, MIB + 0x8000, 1)), "boot error: too little memory for the kernel's page tables and stack"),
    (SEVENTH, e820(LOW, (4096 * MIB, 8192 * MIB, 1)), "boot error: too little memory for the kernel's segments"),
])
def test_tells_that_there_is_too_little_memory(tmp_path, chapter, case, text):
    with boot(Qemu, case, image(chapter), tmp_path) as machine:
        checks.says(machine, text, GREY, row=0)


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
        checks.says(machine, "boot error: address line A20 stays off", GREY, row=0)


@pytest.mark.parametrize("chapter", CHAPTERS[3:])
def test_notices_that_there_is_no_cpuid(Machine, tmp_path, chapter):
    with boot(Machine, "no_cpuid", image(chapter), tmp_path) as machine:
        checks.says(machine, "boot error: no 64-bit CPU: it has no CPUID instruction", GREY, row=0)


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
    ("memory", FIFTH, ("kernel/start.asm", r"rep     stosb", "nop"),
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


@pytest.mark.parametrize("naive", NAIVE, ids=lambda naive: naive[0])
def test_case_catches_naive_code(workshop, tmp_path, naive):
    """The same kernel, a little less careful: it boots as long as nothing is wrong."""
    case, chapter, *changes = naive
    folder = workshop(chapter)
    for file, old, new in changes + (SHORT_WAITS if "a20" in case else []):
        change(folder / file, old, new)
    if chapter == FIFTH:
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
    return (error, GREY) if error else GREETINGS[chapter]


BIOS_CALL, DISK, MEMORY = "boot/bios_call.asm", "loader/bios_disk.c", "loader/bios_memory.c"
NO_CHS_IN_C = (DISK, r"tries == CHS_TRIES\)$", "tries == CHS_TRIES)\n            fail_to_read(why);\n        if (false)")

NAIVE_LOADERS = [  # case or map, the error if there is to be one, and what a less careful loader would have
    ("silent", None, (DISK, r" && status == 0;", ";")),
    ("flags", None, (BIOS_CALL, r"^ +sti$", "")),
    ("lost_registers", None, (BIOS_CALL, r"(pushad\n +xor     ax, ax\n) +mov     ds, ax", r"\1")),
    ("corrected", None, (DISK, r"return 1; .*", "return done;")),
    ("limits", None, (DISK, r"aligned\(64 \* 1024\)", "aligned(16)"),
     (DISK, "^static uint8_t buffer", r"extern uint8_t more[8192]; uint8_t more[8192];\n\g<0>"), NO_CHS_IN_C),
    ("geometry HEADS=2 TRACK=2", None, (DISK, r"\| \(uint32_t\)\(cylinder >> 8\) << 6 ", "")),
    ("geometry HEADS=1 TRACK=1", KERNEL_STATUS + "04", (DISK, r"cylinder > 1023", "false")),
    ("no_geometry GOOD=1 STATUS=0", KERNEL_STATUS + "07", (DISK, r"if \(track == 0\)", "if (false)")),
    ("cut_short LEFT={middle} ZEROS", PART, (DISK, r"memcmp\(.*\) != 0", "false")),
    ("shuts_a20 INTERRUPT=0x15", None, (BIOS_CALL, r"call    enable_a20", "nop")),
    ("e820 SILENT", NO_MEMORY, (MEMORY, r"(0x8800), .flags = BIOS_CARRY", r"\1")),
    ("unsorted, and twice", None, (MEMORY, r"\.ebx = call\.ebx", ".ebx = (uint16_t)call.ebx")),
    ("overlapping", None, ("loader/memory_map.c", r"claim->type > type", "true")),
    ("no bytes, or too many", None, ("loader/memory_map.c", r"if \(size == 0 .*", "if (false)")),
    ("attributes", None, (MEMORY, r"if \(range.attributes & E820_ENABLED\)", "if (true)")),
    ("attributes", None, (MEMORY, r"    do \{\n((?:.*\n){4})", r"\1    do {\n")),
    ("endless", None, (MEMORY, r" && count < E820_ENTRIES", "")),
    ("ends by CF", None, (MEMORY, r"return count\n? +> 0;", "return false;")),
    ("loses SMAP", None, (MEMORY, r"call.eax != E820_SIGNATURE", "false")),
    ("loses SMAP", None, (MEMORY, r"claims->count = 0;", "")),
    ("clobbers", None, (MEMORY, r"call = \(struct bios_registers\)\{(\.eax = 0xe820,)\n.*\n(.*\n.*),\n(.*)\}",
                  r"if (count == 0)\n call = (struct bios_registers){\2};\n call.eax = 0xe820;\n call\3")),
    ("no E801", None, (MEMORY, r" && !ask_88\(claims\)", " && (!ask_88(claims) || true)")),
    ("only CX and DX", None, (MEMORY, r"uint16_t\)\(.*call.e[cd]x : ", "uint16_t)(")),
    ("E801 of too much", None, (MEMORY, r" \|\| low > 15 \* KIB", "")),
    ("over the EBDA", None, (MEMORY, r"memory_claim\(claims, conventional, MIB .*", "(void)0;")),
]


@pytest.mark.parametrize("naive", NAIVE_LOADERS, ids=lambda naive: naive[0])
def test_case_catches_a_naive_loader(large_kernels, tmp_path, naive):
    """The same for chapter 06, of which is built only what is changed."""
    case, error, *changes = naive
    large = case.split()[0] in ("corrected", "limits", "geometry", "cut_short")
    folder = tmp_path / "chapters" / SIXTH
    shutil.copytree(large_kernels[SIXTH] if large else ROOT / "chapters" / SIXTH, folder)
    shutil.copytree(ROOT / "common", tmp_path / "common")
    for file, old, new in changes:
        change(folder / file, old, new)
    make(folder)
    disk, careful = folder / "build/disk.img", (error, GREY) if error else GREETINGS[SIXTH]
    with Qemu(disk) as machine:
        checks.says(machine, *GREETINGS[SIXTH])
    if case in MAPS:
        case, regions = MAPS[case]
        careful = *GREETINGS[SIXTH][:3], shown(regions, disk.parent)
    with (boot(Qemu, case.format(**sectors(folder)), disk, tmp_path) as machine,
          pytest.raises((AssertionError, Restarted, TimeoutError))):
        machine.wait_for_rest(timeout=1)
        checks.says(machine, *careful)
