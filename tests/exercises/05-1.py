"""The kernel shows where its page tables are: CR3 as a hexadecimal number."""

from judge import Wrong, rows, run_to, when

CHAPTER = "05-vga-hello-world"
TITLE = "A number in hexadecimal"
HINTS = [
    "Two jobs: to get the number, and to turn it into a text. C knows no CR3, so the first one takes one instruction of assembly; the "
    "second one is plain C, and a text of 18 characters and a zero byte.",
    "`mov` from CR3 goes to a general register: `__asm__ volatile(\"mov %%cr3, %0\" : \"=r\"(value))`, where value is a `uint64_t`. "
    "A digit is four bits: shift the number right and keep the lowest four, 16 times, from the last digit to the first.",
    "Start from `char text[] = \"0x0000000000000000\"`; digit n from the right, counted from 0, is `text[17 - n]`, and becomes "
    "`\"0123456789abcdef\"[value >> 4 * n & 15]`. Then `vga_print` it in row 2, behind `CR3 is `."]

ROW = 2
ELSEWHERE = 0x1ABC000  # a page that is nobody's


def check(Machine, folder):
    with Machine(folder / "build/disk.img") as machine:
        shows(machine)

    # The same with the first page table elsewhere: CR3 is loaded with that.
    with Machine(folder / "build/disk.img", stopped=True) as machine:
        boot = run_to(machine, folder, "protected_mode")
        switch, pml4 = boot.get("enter_long_mode", 0), boot.get("pml4", 0)
        code = machine.memory(switch, 64)
        load = b"\xb8" + pml4.to_bytes(4, "little") + b"\x0f\x22\xd8"  # mov eax, pml4; mov cr3, eax
        if load in code:
            machine.write(switch + code.index(load) + 1, ELSEWHERE.to_bytes(4, "little"))
            run_to(machine, folder, "enter_long_mode")
            machine.write(ELSEWHERE, machine.memory(pml4, 8))
            with when(f"if the check puts the PML4 at {ELSEWHERE:#x}"):
                shows(machine)


def shows(machine):
    seen = rows(machine)
    expected = f"CR3 is {machine.registers()['CR3']:#018x}"
    if seen[0] != "Hello World!":
        raise Wrong("still Hello World! in row 0", seen[0] or "nothing in row 0")
    if seen[ROW] != expected:
        raise Wrong(f"row {ROW}: {expected}", "\n".join(f"row {row}: {text}" for row, text in enumerate(seen) if text))
