"""Chapter 06: a loader in C, which calls the BIOS from long mode, asks it for memory,
and reads a kernel of any size."""

import random
import re
import shutil
import struct

import pytest

import checks
import cpu
from bochs import Bochs
from course import ROOT, change, copy_chapter, image, make, pad
from cpu import mode
from elf_files import symbols
from greetings import GREETINGS, GREY
from page_tables import walk
from qemu import Qemu, failing

CHAPTER = "06-loader-in-c"
BUILD = ROOT / "chapters" / CHAPTER / "build"
BOOT, KERNEL = symbols(BUILD / "boot.elf"), symbols(BUILD / "kernel.elf")
TOO_LITTLE = "boot error: too little memory: the kernel does not fit at 1 MiB"
ONLY_A_PART = "boot error: the disk holds only a part of the kernel"
UNREADABLE = "boot error: cannot read the kernel, BIOS status "
IF, DF = 1 << 9, 1 << 10
SECTOR, CYLINDER, MIB = 512, 516096, 1 << 20


def test_says_hello(Machine):
    with Machine(image(CHAPTER)) as machine:
        checks.says(machine, *GREETINGS[CHAPTER])


def test_goes_through_its_modes(Machine):
    checks.goes_through_its_modes(Machine, CHAPTER)


def test_c_gets_an_aligned_stack(Machine):
    with Machine(image(CHAPTER), stopped=True) as machine:
        for main in (BOOT["loader_main"], KERNEL["kernel_main"]):
            machine.run_to(main)
            assert machine.registers()["RSP"] % 16 == 8, "a multiple of 16 before the call"


def test_c_gets_a_clean_bss(workshop):
    """The loader's and the kernel's, of a size that is no multiple of anything."""
    folder = workshop(CHAPTER)
    for program in ("loader", "kernel"):
        with open(folder / program / "main.c", "a") as main:
            main.write("extern char dirt[777]; char dirt[777];\n")
    make(folder)
    boot, kernel = (symbols(folder / "build" / name) for name in ("boot.elf", "kernel.elf"))
    with Qemu(folder / "build/disk.img", stopped=True) as machine:
        for entry, main, start, size in (
                (boot["long_mode"], boot["map_first_4_gib"], boot["loader_bss"], boot["loader_bss_size"]),
                (kernel["_start"], kernel["kernel_main"], kernel["bss_start"], kernel["bss_size"])):
            machine.run_to(entry)
            for offset in range(0, size, 1024):
                machine.write(start + offset, b"\xcc" * min(1024, size - offset))
            machine.run_to(main)
            assert size >= 777 and machine.memory(start, size) == bytes(size)


USABLE, LOADER, OF_THE_KERNEL, ACPI_TABLES, RESERVED = 1, 2, 3, 4, 6
OURS = [(0, 0x1000, RESERVED), (0x1000, BOOT["loader_end"], LOADER)]
KERNEL_END = MIB + KERNEL["kernel_memory_size"]
MAPS = {  # of 64 MiB: start, end, type
    "QEMU": [
        *OURS, (BOOT["loader_end"], 0x9FC00, USABLE), (0x9FC00, MIB, RESERVED),
        (MIB, KERNEL_END, OF_THE_KERNEL), (KERNEL_END, 0x3FE0000, USABLE), (0x3FE0000, 0x4000000, RESERVED),
        (0xFFFC0000, 0x100000000, RESERVED), (0xFD00000000, 0x10000000000, RESERVED)],
    "Bochs": [
        *OURS, (BOOT["loader_end"], 0x9F000, USABLE), (0x9F000, MIB, RESERVED),
        (MIB, KERNEL_END, OF_THE_KERNEL), (KERNEL_END, 0x3FF0000, USABLE), (0x3FF0000, 0x4000000, ACPI_TABLES),
        (0xFFFC0000, 0x100000000, RESERVED)]}
ARGUMENTS = {"QEMU": ("-m", "64M", "-cpu", "qemu64"), "Bochs": ("memory: guest=64, host=64",)}


def test_kernel_gets_boot_info(Machine):
    """All that the loader promises a kernel: its map, and a CPU that nothing disturbs."""
    with Machine(image(CHAPTER), *ARGUMENTS[Machine.name], stopped=True) as machine:
        machine.run_to(KERNEL["_start"])
        registers = machine.registers()
        assert mode(registers) == "long" and not registers["RFL"] & (IF | DF)
        address = registers["RDI"]
        version, size, count = struct.unpack("<IIQ", machine.memory(address, 16))
        regions = list(struct.iter_unpack("<QQQ", machine.memory(address + 16, 24 * count)))
    assert (version, size) == (1, 16 + 24 * 287)
    assert [(start, start + size, type) for start, size, type in regions] == MAPS[Machine.name]
    assert BOOT["loader_start"] <= address and address + size <= BOOT["loader_end"]


def test_maps_the_first_4_gib_onto_themselves(Machine):
    with Machine(image(CHAPTER)) as machine:
        machine.wait_for_rest()
        for address in (0, 0x1FFFFF, 0x3FFFFFFF, 0x40000000, 0x7FFFFFFF, 0xABCDEF01, 0xC0000000, 0xFFFFFFFF):
            steps, physical = walk(machine, address)
            assert physical == address
            assert all(entry & 2 for *_, entry in steps), "all of it can be written"
        assert walk(machine, 0x100000000)[1] is None


# Stands in for main.c, and calls an interrupt that no PC uses: the worst of all BIOSes
# handles it. That shuts A20, loads each register and another GDT, and returns with
# interrupts off and all other flags set.
GIVEN = [0x1D1D1D1D, 0x2E2E2E2E, 0x3F3F3F3F, 0, 0x4B4B4B4B, 0x5C5C5C5C, 0x6A6A6A6A, 0x77777777]  # EDI to EAX
LEFT = [0x81818181, 0x92929292, 0xA3A3A3A3, 0, 0xB4B4B4B4, 0xC5C5C5C5, 0xD6D6D6D6, 0xE7E7E7E7]
NAMES = ["EDI", "ESI", "EBP", None, "EBX", "EDX", "ECX", "EAX"]
FLAGS = 0x4D5  # DF, and what results are told by
WORST_BIOS = f"""; Calls the worst of all BIOSes.
        bits    64
        extern  bios_call
        section .long_mode progbits alloc exec nowrite
        global  loader_main:function
loader_main:
        mov     dword [4 * 0x60], worst
        mov     rbx, 0x8b01_0203_8405_0607
        mov     rbp, 0x8b11_1213_8415_1617
        mov     r12, 0x8b21_2223_8425_2627
        mov     r13, 0x8b31_3233_8435_3637
        mov     r14, 0x8b41_4243_8445_4647
        mov     r15, 0x8b51_5253_8455_5657
        mov     edi, 0x60
        mov     esi, registers
before: call    bios_call
after:  mov     dword [a20], 1
        mov     dword [a20 + (1 << 20)], 2
.halt:  cli
        hlt
        jmp     .halt

        align   4, db 0
a20:    dd      0
registers:
        dd      {", ".join(map(hex, GIVEN))}
        dw      0x1e1e, 0x1d1d
        dd      {FLAGS:#x}

        section .real_mode progbits alloc exec nowrite
        bits    16
worst:  in      al, 0x92
        and     al, ~3 & 0xff
        out     0x92, al
        {"".join(f"mov {name}, {value:#x}{chr(10)}" for name, value in zip(NAMES, LEFT) if name)}
        or      esp, 0xbad0_0000
        lgdt    [cs:elsewhere]
        push    word 0x2e2e
        pop     es
        push    word 0x2d2d
        pop     ds
        mov     fs, ax
        mov     gs, ax
        push    word {FLAGS:#x}
        popf
        retf    2
elsewhere:
        dw      0xffff
        dd      0xf0000
"""
REAL_MODE_SEGMENT = "`{0:04x}`: base `{0:x}0`, limit `ffff`"


def test_bios_call_from_long_mode_and_back(workshop, Machine):
    folder = workshop(CHAPTER)
    change(folder / "Makefile", "^loader := main ", "boot += worst_bios\nloader := ")
    (folder / "boot/worst_bios.asm").write_text(WORST_BIOS)
    make(folder)
    boot = symbols(folder / "build/boot.elf")
    with Machine(folder / "build/disk.img", stopped=True) as machine:
        machine.run_to(boot["before"])
        before = cpu.registers(machine)

        machine.run_to(boot["worst"])
        registers, shown = machine.registers(), cpu.registers(machine)
        assert mode(registers) == "real"
        assert shown["IDTR"] == "base `0`, limit `3ff`"
        for name, selector in dict(CS=0, SS=0, DS=0x1D1D, ES=0x1E1E, FS=0, GS=0).items():
            assert shown[name] == REAL_MODE_SEGMENT.format(selector).replace("`00`", "`0`"), name
        assert not registers["RFL"] & IF and registers["RFL"] & FLAGS == FLAGS
        for name, value in zip(NAMES, GIVEN):
            assert not name or registers.get(name, registers.get(f"R{name[1:]}")) & 0xFFFFFFFF == value, name
        ip, cs, flags = struct.unpack("<HHH", machine.memory(int(shown["RSP"].strip("`"), 16), 6))
        assert flags == FLAGS | IF | 2 and cs == 0 and boot["bios_call.real"] < ip < boot["bios_call.protected"]

        machine.run_to(boot["after"])
        after = cpu.registers(machine)
        for name in ("CS SS DS ES FS GS GDTR IDTR CR0 CR3 CR4 EFER IF DF"
                     " RSP RBX RBP R12 R13 R14 R15").split():
            assert after[name] == before[name], name
        *general, es, ds, flags = struct.unpack("<8I2HI", machine.memory(boot["registers"], 40))
        assert [*general[:3], 0, *general[4:]] == LEFT
        assert (es, ds, flags & 0xFFFF) == (0x2E2E, 0x2D2D, FLAGS | 2)

        machine.wait_for_rest()
        assert machine.memory(boot["a20"], 4) == b"\1\0\0\0", "A20 is on again"


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
        machine.gdb.settimeout(60)
        machine.run_to(MIB)
    else:
        machine.wait_for_rest(60)
        assert machine.registers()["RIP"] == MIB + 2, machine.screen()
    assert machine.memory(MIB, len(whole)) == whole
    assert str(machine.screen()) == ""


@pytest.mark.parametrize("size", [4, 499, 500, 511, 513, *(SECTOR * sectors for sectors in (
    1, 63, 64, 127, 128, 129, 255, 256, 2000))])
def test_kernel_of_any_size_arrives_whole(kernel_of, Machine, size):
    """Across each line that a read must not cross; and the mark behind the kernel's last
    byte ends its sector, or begins the next one, or lies in two."""
    disk, whole = kernel_of(size)
    with Machine(disk, stopped=True) as machine:
        arrives(machine, whole)


def test_kernel_of_100_mb_arrives_whole(kernel_of, Machine):
    """From a drive that QEMU's BIOS reads by DMA: by words it takes ten times as long."""
    disk, whole = kernel_of(SECTOR * 200_000)
    machines = {
        Qemu: (None, "-m", "256M", "-drive", f"file={disk},format=raw,if=none,id=disk,snapshot=on",
               "-device", "ich9-ahci", "-device", "ide-hd,drive=disk"),
        Bochs: (disk, "memory: guest=256, host=256")}
    with Machine(*machines[Machine], stopped=True) as machine:
        arrives(machine, whole)


def test_kernel_arrives_in_parts_of_any_size(workshop):
    """Each part begins somewhere in a sector, and is more than what is read at once."""
    folder = halting_kernel(workshop(CHAPTER))
    change(folder / "loader/main.c", r"^    firmware_read_kernel\(0, firmware_kernel_size\(\).*", """
    uint64_t size = firmware_kernel_size(), part = 77777;
    for (uint64_t at = 0; at < size; at += part)
        firmware_read_kernel(at, size - at < part ? size - at : part, (uint8_t *)(uintptr_t)kernel_start + at);""")
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
