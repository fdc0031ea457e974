"""A loader in C asks BIOSes for memory that say nothing, too much, or nonsense."""

import re

import pytest

import checks
from bad_bioses import boot, catches, e820
from bochs import Bochs
from boot_info import MIB, PAGE
from course import change, chapter_of, copy_chapter, image, make, named
from elf_files import symbols
from greetings import GREETINGS, GREY
from qemu import Qemu

CHAPTER, ELF_LOADER = chapter_of(__file__), named("elf-loader")
READERS = [CHAPTER, ELF_LOADER]

LOW, EBDA, ROM, HIGH = (0, 0x9fc00, 1), (0x9fc00, 0xa0000, 2), (0xf0000, MIB, 2), (MIB, 32 * MIB, 1)
ALL = LOW, EBDA, ROM, HIGH
LOW_REGIONS = [(0, 0x1000, "reserved"), (0x1000, 0x9fc00, "usable"), (0x9fc00, MIB, "reserved")]
REGIONS = [*LOW_REGIONS, (MIB, 32 * MIB, "usable")]  # what a kernel is to know then
E801 = "E801=15360,256,15360,256"  # 15 MiB, and as much above that as HIGH has
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
    "stuck": (e820(*ALL, more="STUCK"), REGIONS),
    "nothing without end": (e820(*ALL, more="EMPTY"), REGIONS),
    "ends by CF": (e820(*ALL, more="CARRY"), REGIONS),
    "loses SMAP": (e820((MIB, 64 * MIB, 1), *ALL, more=f"LOST=4 {E801}"), REGIONS),
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
KEPT = {"endless": 73, "stuck": 73}  # pages for claims and map, where it is more than one
NO_MEMORY = "boot error: the BIOS knows of no memory above 1 MiB"


def shown(name, build):
    """What a kernel shows of a memory map, as a pattern: its regions, less what the
    loader and the kernel take of the usable ones."""
    known, regions = symbols(build / "boot.elf"), MAPS[name][1]
    ours = [(known["loader_start"], known["loader_end"] + KEPT.get(name, 1) * PAGE, "loader"),
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
    case, _ = MAPS[name]
    disk = image(CHAPTER)
    with boot(Machine, case, disk, tmp_path) as machine:
        checks.says(machine, *GREETINGS[CHAPTER][:3], shown(name, disk.parent))


@pytest.mark.parametrize("name", [
    "unsorted, and twice", "no bytes, or too many", "attributes", "between pages", "endless", "loses SMAP", "clobbers",
    "no E820", "only AX and BX", "no E801", "over the EBDA"])
def test_elf_loader_knows_it_too(tmp_path, name):
    """What loader and kernel take of usable memory counts as usable here. The kernel lies
    at the first page of the largest region from 1 MiB to 4 GiB."""
    case, regions = MAPS[name]
    with boot(Qemu, case, image(ELF_LOADER), tmp_path) as machine:
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
    rooms = [(end - start, start) for start, end, kind in regions
             if kind == "usable" and MIB <= start < end <= 4096 * MIB]
    kernel, = [int(first, 16) for first, _, kind in seen if kind == "kernel"]
    assert 0 <= kernel - max(rooms)[1] < 4096 and kernel % 4096 == 0


PIECES = e820(*ALL, more="PIECES=2000")


@pytest.mark.parametrize("chapter", READERS)
def test_map_of_2000_pieces(tmp_path, chapter):
    """Each but the first is between two of the same."""
    with boot(Qemu, PIECES, image(chapter), tmp_path) as machine:
        machine.wait_for_rest()
        text = str(machine.screen())
    shown, = re.findall(r"^and (\d+) more$", text, re.MULTILINE)
    assert len(re.findall(r"^\w{16}-\w{16}  ", text, re.MULTILINE)) + int(shown) >= 2 * 2000
    assert "0000000001002000-0000000001002fff  reserved     4 KiB" in text
    usable = int(re.search(r"^Usable memory: (\d+) KiB", text, re.MULTILINE)[1])
    assert 0 <= (0x9fc00 - 0x1000 + 31 * MIB - 2000 * PAGE) // 1024 - usable < 1500, "less loader and kernel"


def test_map_of_too_many_pieces(tmp_path):
    """Where conventional memory ends early, there is less space."""
    with boot(Qemu, PIECES + " CONVENTIONAL=128", image(CHAPTER), tmp_path) as machine:
        checks.says(machine, "boot error: the firmware's memory map has too many pieces", GREY, row=0)


@pytest.mark.parametrize("chapter, case, text", [
    *((chapter, case, NO_MEMORY) for chapter in READERS for case in ("e820 SILENT", "e820 E801=0,0,0,0 E88=0")),
    (CHAPTER, e820(LOW, (MIB, MIB + 0x1000, 1)), "boot error: too little memory: the kernel does not fit at 1 MiB"),
    (ELF_LOADER, e820(LOW, (MIB, MIB + 0x1000, 1)), "boot error: too little memory for the kernel's segments"),
    (ELF_LOADER, e820(LOW, (MIB, MIB + 0x8000, 1)),
     "boot error: too little memory for the kernel's page tables and stack"),
    (ELF_LOADER, e820(LOW, (4096 * MIB, 8192 * MIB, 1)), "boot error: too little memory for the kernel's segments"),
])
def test_tells_that_there_is_too_little_memory(tmp_path, chapter, case, text):
    with boot(Qemu, case, image(chapter), tmp_path) as machine:
        checks.says(machine, text, GREY, row=0)


@pytest.mark.parametrize("chapter", READERS)
def test_bios_that_shuts_a20(Machine, tmp_path, chapter):
    with boot(Machine, "shuts_a20 INTERRUPT=0x15", image(chapter), tmp_path) as machine:
        checks.says(machine, *GREETINGS[chapter])


MEMORY = "loader/bios_memory.c"

NAIVE = [  # case or map, the error if there is to be one, and what a less careful loader would have
    ("e820 SILENT", NO_MEMORY, (MEMORY, r"(0x8800), .flags = BIOS_CARRY", r"\1")),
    ("unsorted, and twice", None, (MEMORY, r"\.ebx = call\.ebx", ".ebx = (uint16_t)call.ebx")),
    ("overlapping", None, ("loader/memory_map.c", r"claim->type > type", "true")),
    ("no bytes, or too many", None, ("loader/memory_map.c", r"if \(size == 0 .*", "if (false)")),
    ("attributes", None, (MEMORY, r"if \(range.attributes & E820_ENABLED\)", "if (true)")),
    ("attributes", None, (MEMORY, r"    do \{\n((?:.*\n){4})", r"\1    do {\n")),
    *((name, None, (MEMORY, r" && count < E820_RANGES", "")) for name in ("endless", "stuck")),
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


@pytest.mark.parametrize("naive", NAIVE, ids=lambda naive: naive[0])
def test_case_catches_a_naive_loader(tmp_path, naive):
    """Only what is changed is built again."""
    case, error, *changes = naive
    folder = copy_chapter(CHAPTER, tmp_path)
    for file, old, new in changes:
        change(folder / file, old, new)
    make(folder)
    disk, careful = folder / "build/disk.img", (error, GREY) if error else GREETINGS[CHAPTER]
    if case in MAPS:
        careful = *GREETINGS[CHAPTER][:3], shown(case, disk.parent)
        case, _ = MAPS[case]
    catches(case, disk, tmp_path, GREETINGS[CHAPTER], careful)
