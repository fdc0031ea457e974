"""The kernel shows where its page tables are: CR3 as a hexadecimal number."""

from judge import Wrong, rows, run_to, when
from qemu import Qemu

CHAPTER = "05-vga-hello-world"
TITLE = "A number in hexadecimal"
HINTS = [
    "Two jobs: to get the number, and to turn it into a text. C knows no CR3, so the first one takes one instruction of assembly; the "
    "second one is plain C, and a text of 18 characters and a zero byte.",
    "`mov` from CR3 goes to a general register: `__asm__ volatile(\"mov %%cr3, %0\" : \"=r\"(value))`, where value is a `uint64_t`. "
    "A digit is four bits: shift the number right and keep the lowest four, 16 times, from the last digit to the first.",
    "Start from `char text[] = \"0x0000000000000000\"`; digit n from the right, counted from 0, is `text[17 - n]`, and becomes "
    "`\"0123456789abcdef\"[value >> 4 * n & 15]`. Then `vga_print` it in row 2, after `CR3 is `."]

ROW = 2
ELSEWHERE = 0x19AF000  # a page that is nobody's
FLAGS = 0x18  # two bits of CR3 that say how its table is cached
GIB_4 = 1 << 32
PAGE, JUMP = 4096, 5  # bytes
MEMORY_ABOVE = "-machine", "max-ram-below-4g=64M"  # half of QEMU's memory lies above 4 GiB


def check(Machine, folder):
    with Machine(folder / "build/disk.img") as machine:
        shows(machine)

    # The same with the first page table elsewhere: CR3 is loaded with that. QEMU then moves it once
    # more, to where an address has more than 32 bits.
    with Machine(folder / "build/disk.img", *(MEMORY_ABOVE if Machine is Qemu else ()), stopped=True) as machine:
        boot = run_to(machine, folder, "protected_mode")
        switch, pml4 = boot.get("enter_long_mode", 0), boot.get("pml4", 0)
        code = machine.memory(switch, 64)
        load = b"\xb8" + pml4.to_bytes(4, "little") + b"\x0f\x22\xd8"  # mov eax, pml4; mov cr3, eax
        if load in code:
            machine.write(switch + code.index(load) + 1, (ELSEWHERE | FLAGS).to_bytes(4, "little"))
            run_to(machine, folder, "enter_long_mode")
            machine.write(ELSEWHERE, machine.memory(pml4, 8))
            if Machine is Qemu:
                run_to(machine, folder, "_start", "kernel")
                machine._gdb(b"Qqemu.PhyMemMode:1")  # else it takes virtual addresses, which end below 4 GiB
                machine.write(GIB_4 + ELSEWHERE, machine.memory(pml4, 8))
                loads_cr3(machine, GIB_4 + ELSEWHERE | FLAGS)
            with when("if the check puts the PML4 elsewhere"):
                shows(machine)


def loads_cr3(machine, value):
    """Makes a machine that is stopped in 64-bit code load CR3, with code in a page that is nobody's;
    RAX is lost."""
    here, there = machine.registers()["RIP"], ELSEWHERE + PAGE
    code = b"\x48\xb8" + value.to_bytes(8, "little") + b"\x0f\x22\xd8"  # mov rax, value; mov cr3, rax
    before = machine.memory(here, JUMP)
    machine.write(there, code + jump(there + len(code), here))
    machine.write(here, jump(here, there))
    machine.run_to(there)
    machine.write(here, before)


def jump(start, target):
    return b"\xe9" + (target - start - JUMP).to_bytes(4, "little", signed=True)


def shows(machine):
    seen = rows(machine)
    expected = f"CR3 is {machine.registers()['CR3']:#018x}"
    if seen[0] != "Hello World!":
        raise Wrong("still Hello World! in row 0", seen[0] or "nothing in row 0")
    if seen[ROW] != expected:
        raise Wrong(f"row {ROW}: {expected}", "\n".join(f"row {row}: {text}" for row, text in enumerate(seen) if text))
