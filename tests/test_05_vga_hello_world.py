"""Chapter 05: a kernel in C, and nothing in it that it must not have."""

import ctypes
import re
import subprocess

import pytest

import checks
from course import ROOT, image, make, pad
from elf_files import symbols
from emulators import EMULATORS
from greetings import GREETINGS
from qemu import Qemu

CHAPTER = "05-vga-hello-world"
KERNEL = ROOT / "chapters" / CHAPTER / "build/kernel.elf"


def test_says_hello(Machine):
    with Machine(image(CHAPTER)) as machine:
        checks.says(machine, *GREETINGS[CHAPTER])


def test_goes_through_its_modes(Machine):
    checks.goes_through_its_modes(Machine, CHAPTER)


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


@pytest.fixture(scope="module")
def string(tmp_path_factory):
    """lib/string.c for this machine, under names that the C library has not."""
    library = tmp_path_factory.mktemp("string") / "string.so"
    names = ["memcpy", "memmove", "memset", "memcmp"]
    subprocess.run(["gcc", "-ffreestanding", "-nostdlib", "-O2", "-shared", "-fPIC", "-Wall", "-Werror", "-o", library,
                    *(f"-D{name}=our_{name}" for name in names),
                    ROOT / "chapters" / CHAPTER / "lib/string.c"], check=True)
    return ctypes.CDLL(library)


def call(string, name, target, argument, size):
    """Calls one of them on 200 different bytes; offsets instead of pointers."""
    memory = ctypes.create_string_buffer(bytes(range(200)), 200)
    start = ctypes.addressof(memory)
    function = getattr(string, "our_" + name)
    function.restype = ctypes.c_void_p
    second = ctypes.c_int(argument) if name == "memset" else ctypes.c_void_p(start + argument)
    assert function(ctypes.c_void_p(start + target), second, ctypes.c_size_t(size)) == start + target
    return memory.raw


@pytest.mark.parametrize("source, target", [(0, 100), (100, 0), (50, 51), (51, 50), (50, 58), (50, 50), (0, 99)])
def test_memory_functions(string, source, target):
    before = bytes(range(200))
    for size in (0, 1, 7, 8, 100):
        moved = before[:target] + before[source:source + size] + before[target + size:]
        assert call(string, "memmove", target, source, size) == moved
        if abs(source - target) >= size:
            assert call(string, "memcpy", target, source, size) == moved
        filled = before[:target] + b"\xa5" * size + before[target + size:]
        assert call(string, "memset", target, 0x1A5, size) == filled


@pytest.mark.parametrize("left, right", [(b"", b""), (b"same", b"same"), (b"a", b"b"), (b"b", b"a"),
                                         (b"\x7f", b"\x80"), (b"abcx", b"abcy")])
def test_memcmp(string, left, right):
    order = string.our_memcmp(left, right, ctypes.c_size_t(len(left)))
    assert (order > 0) - (order < 0) == (left > right) - (left < right)


def tool(*command):
    return subprocess.run([*command, KERNEL], check=True, capture_output=True, text=True).stdout


def test_kernel_has_no_sse_mmx_or_x87_instruction():
    code = tool("objdump", "-d", "--no-show-raw-insn", "-M", "intel")
    assert "<kernel_main>:" in code
    assert not re.findall(r"\b[xyz]?mm\d|\bst\(|^\s+\w+:\s+f\w+", code, re.MULTILINE)


def test_kernel_has_no_relocation_got_or_unwind_section():
    assert "There are no relocations" in tool("readelf", "--relocs")
    sections = re.findall(r"\] (\.\S+)", tool("readelf", "-SW"))
    assert set(sections) <= {".text", ".rodata", ".data", ".end_mark", ".bss", ".stack",
                             ".comment", ".symtab", ".strtab", ".shstrtab",
                             *(name for name in sections if name.startswith(".debug_"))}


@pytest.mark.parametrize("sectors", [63, 64, 65, 127, 128, 129, 255, 256, 512, 900])
def test_kernel_of_any_size_arrives_whole(workshop, sectors):
    folder = workshop(CHAPTER)
    pad(folder, "kernel", ".rodata", 512 * sectors)
    make(folder)
    whole = (folder / "build/kernel.bin").read_bytes()
    assert len(whole) > 512 * sectors
    start = symbols(folder / "build/kernel.elf")["_start"]
    for Machine in EMULATORS:
        with Machine(folder / "build/disk.img", stopped=True) as machine:
            machine.run_to(start)
            assert machine.memory(start, len(whole)) == whole
            checks.says(machine, *GREETINGS[CHAPTER])
