"""A kernel in C, brought whole and entered as C wants it."""

import pytest

import checks
from bochs import Bochs
from course import ROOT, chapter_of, image, make, pad
from elf_files import symbols
from greetings import GREETINGS, WHITE
from qemu import Qemu
from resumed import Resumed

CHAPTER = chapter_of(__file__)
KERNEL = ROOT / "chapters" / CHAPTER / "build/kernel.elf"


def test_says_hello(Machine):
    with Machine(image(CHAPTER)) as machine:
        checks.says(machine, *GREETINGS[CHAPTER])


def test_goes_through_its_modes(Machine):
    checks.goes_through_its_modes(Machine, CHAPTER)


def test_too_little_memory(Machine):
    with Machine(image(CHAPTER), *{Qemu: ("-m", "1M"), Bochs: ("memory: guest=1, host=1",)}[Machine]) as machine:
        checks.says(machine, "boot error: too little memory: the kernel does not fit at 1 MiB", WHITE, row=0)


def test_c_gets_an_aligned_stack(Machine):
    with Machine(image(CHAPTER), stopped=True) as machine:
        machine.run_to(symbols(KERNEL)["kernel_main"])
        assert machine.registers()["RSP"] % 16 == 8, "a multiple of 16 before the call"


def test_c_gets_a_clean_bss(workshop):
    folder = workshop(CHAPTER)
    with open(folder / "kernel/main.c", "a") as main:
        main.write("extern char dirt[777]; char dirt[777];\n")
    make(folder)
    kernel = symbols(folder / "build/kernel.elf")
    with Qemu(folder / "build/disk.img", stopped=True) as machine:
        machine.run_to(kernel["_start"])
        machine.write(kernel["dirt"], b"\xcc" * 777)
        machine.run_to(kernel["kernel_main"])
        assert machine.memory(kernel["dirt"], 777) == bytes(777)


def test_vga_module_keeps_to_the_screen(workshop):
    """Prints at, over and far beyond each edge: only what fits is there."""
    folder = workshop(CHAPTER)
    main = folder / "kernel/main.c"
    main.write_text(main.read_text().replace('vga_print(0, 0, VGA_LIGHT_CYAN, "Hello World!");', """
    for (unsigned row = 24; row < 30; row++)
        vga_print(row, 77, VGA_LIGHT_CYAN, "abcdef");
    vga_print(24, 80, VGA_LIGHT_CYAN, "x");
    vga_print(0xffffffff, 0, VGA_LIGHT_CYAN, "x");
    vga_print(0, 0xffffffff, VGA_LIGHT_CYAN, "x");"""))
    make(folder)
    with Qemu(folder / "build/disk.img") as machine:
        machine.wait_for_rest()
        cells = machine.memory(0xB8000, 0x8000)
        blank, end = b" \x07" * 77, b"a\x0bb\x0bc\x0b"
        assert cells[:4000] == b" \x07" * 24 * 80 + blank + end
        assert not cells[4000:].replace(b" \x07", b"").strip(b"\0")


@pytest.mark.parametrize("sectors", [63, 64, 65, 127, 128, 129, 255, 256, 512, 900])
def test_kernel_of_any_size_arrives_whole(workshop, sectors):
    folder = workshop(CHAPTER)
    pad(folder, "kernel", ".rodata", 512 * sectors)
    make(folder)
    whole = (folder / "build/kernel.bin").read_bytes()
    assert len(whole) > 512 * sectors
    start = symbols(folder / "build/kernel.elf")["_start"]
    for Machine in (Resumed, Bochs):
        with Machine(folder / "build/disk.img", stopped=True) as machine:
            machine.run_to(start)
            assert machine.memory(start, len(whole)) == whole
            checks.says(machine, *GREETINGS[CHAPTER])
