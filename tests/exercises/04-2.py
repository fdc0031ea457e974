"""The first 2 MiB of memory can also be reached at 1 GiB, and the greeting is written there."""

from judge import Wrong, leads, rows, run_to, when
from page_tables import walk
from qemu import Qemu
from screen import Screen

CHAPTER = "04-long-mode"
TITLE = "The same memory twice"
HINTS = [
    "Which bits of 0x40000000 are set? In the comment at the head of `boot/page_tables.asm` you can see which table they are an index of, "
    "and so which entry of which table is missing.",
    "It is entry 1 of `pdpt`, at `pdpt + 8`. Nobody says that each entry must have a table of its own: "
    "which table shows the first GiB already?",
    "`mov dword [pdpt + 8], pd + PRESENT + WRITABLE` is all that the tables need. The greeting goes there by one more number: "
    "EDI in `print_vga` begins with 1 GiB more, `vga_text_buffer + 0x40000000`."]

GIB = 1 << 30
MIB = 1 << 20
VGA = 0xB8000
PAGE = 4096
PD, PT = 6 * MIB, 6 * MIB + PAGE  # page tables of the check's own, in memory that is nobody's
GREETING = "Hello from long mode"


def check(Machine, folder):
    with Machine(folder / "build/disk.img") as machine:
        greets(machine)
        for address in (0x1000, 0x7C00, VGA, 0x1FFFFF, 0x200000, 0x12345678, 0x3FFFFFFF):
            leads(machine, address, address)
        for address in (0x1000, 0x7C00, VGA, 0x100000, 0x1FFFFF):
            leads(machine, GIB + address, address)
        leads(machine, GIB, walk(machine, 0)[1])  # exercise 04-1 takes page 0 away

    # A text that is written to virtual address 0xb8000 itself is no longer seen.
    with Machine(folder / "build/disk.img", stopped=True) as machine:
        run_to(machine, folder, "long_mode")
        steps = walk(machine, VGA)[0]
        if len(steps) == 4:
            move_the_screen_away(machine, *steps[1:])
            with when(f"if virtual address {VGA:#x} is no longer the screen, but {GIB + VGA:#x} is"):
                greets(machine, VGA if Machine is Qemu else GIB + VGA)  # Bochs reads virtual addresses


def move_the_screen_away(machine, pdpt, pd, pt):
    """Gives the first MiB tables of its own, in which the page of the screen is
    some other memory, 4 MiB up."""
    table = bytearray(machine.memory(pt[1], MIB // PAGE * 8))
    table[8 * pt[2]:8 * pt[2] + 8] = (pt[3] + 4 * MIB).to_bytes(8, "little")
    for place in range(0, len(table), 512):
        machine.write(PT + place, table[place:place + 512])
    machine.write(PD, (PT | pd[3] % PAGE).to_bytes(8, "little"))
    machine.write(pdpt[1], (PD | pdpt[3] % PAGE).to_bytes(8, "little"))


def greets(machine, screen=VGA):
    rows(machine)
    seen = Screen(machine.memory(screen, 160)).row(0)
    if seen != GREETING:
        raise Wrong(f"{GREETING} in row 0", seen or "nothing in row 0")
