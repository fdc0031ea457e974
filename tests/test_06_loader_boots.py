"""A loader in C, which calls the BIOS from long mode and asks it for memory."""

import struct

import checks
import cpu
from boot_info import ACPI_TABLES, KERNEL, LOADER, MIB, PAGE, RESERVED, USABLE
from course import ROOT, change, chapter_of, image, make
from cpu import mode
from elf_files import symbols
from greetings import GREETINGS
from qemu import Qemu

CHAPTER = chapter_of(__file__)
BUILD = ROOT / "chapters" / CHAPTER / "build"
BOOT, ELF = symbols(BUILD / "boot.elf"), symbols(BUILD / "kernel.elf")
IF, DF = 1 << 9, 1 << 10


def test_says_hello(Machine):
    with Machine(image(CHAPTER)) as machine:
        checks.says(machine, *GREETINGS[CHAPTER])


def test_goes_through_its_modes(Machine):
    checks.goes_through_its_modes(Machine, CHAPTER)


def test_c_gets_an_aligned_stack(Machine):
    with Machine(image(CHAPTER), stopped=True) as machine:
        for main in (BOOT["loader_main"], ELF["kernel_main"]):
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
                (boot["long_mode"], boot["loader_main"], boot["loader_bss"], boot["loader_bss_size"]),
                (kernel["_start"], kernel["kernel_main"], kernel["bss_start"], kernel["bss_size"])):
            machine.run_to(entry)
            for offset in range(0, size, 1024):
                machine.write(start + offset, b"\xcc" * min(1024, size - offset))
            machine.run_to(main)
            assert size >= 777 and machine.memory(start, size) == bytes(size)


LOADER_END = BOOT["loader_end"] + PAGE  # with the map
OURS = [(0, 0x1000, RESERVED), (0x1000, LOADER_END, LOADER)]
KERNEL_END = MIB + BOOT["kernel_memory_size"]  # all that memory.ld lets it have
MAPS = {  # of 64 MiB: start, end, type
    "QEMU": [
        *OURS, (LOADER_END, 0x9FC00, USABLE), (0x9FC00, MIB, RESERVED),
        (MIB, KERNEL_END, KERNEL), (KERNEL_END, 0x3FE0000, USABLE), (0x3FE0000, 0x4000000, RESERVED),
        (0xFFFC0000, 0x100000000, RESERVED), (0xFD00000000, 0x10000000000, RESERVED)],
    "Bochs": [
        *OURS, (LOADER_END, 0x9F000, USABLE), (0x9F000, MIB, RESERVED),
        (MIB, KERNEL_END, KERNEL), (KERNEL_END, 0x3FF0000, USABLE), (0x3FF0000, 0x4000000, ACPI_TABLES),
        (0xFFFC0000, 0x100000000, RESERVED)]}
ARGUMENTS = {"QEMU": ("-m", "64M", "-cpu", "qemu64"), "Bochs": ("memory: guest=64, host=64",)}


def test_kernel_gets_boot_info(Machine):
    """All that the loader promises a kernel: its map, and a CPU that nothing disturbs."""
    with Machine(image(CHAPTER), *ARGUMENTS[Machine.name], stopped=True) as machine:
        machine.run_to(ELF["_start"])
        registers = machine.registers()
        assert mode(registers) == "long" and not registers["RFL"] & (IF | DF)
        address = registers["RDI"]
        version, size, place, count = struct.unpack("<2I2Q", machine.memory(address, 24))
        regions = list(struct.iter_unpack("<QQQ", machine.memory(place, 24 * count)))
    assert (version, size) == (2, 24)
    assert [(start, start + size, type) for start, size, type in regions] == MAPS[Machine.name]
    assert BOOT["loader_start"] <= address and address + size <= LOADER_END
    assert BOOT["loader_start"] <= place and place + 24 * count <= LOADER_END


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
