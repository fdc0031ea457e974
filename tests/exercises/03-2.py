"""A segment that is the screen, and nothing but the screen."""

import re

from judge import Wrong, rows, run_to, same, when
from qemu import Qemu

CHAPTER = "03-protected-mode"
TITLE = "A segment that ends"
HINTS = [
    "A descriptor keeps its base in two pieces and its limit in two pieces; draw the eight bytes, and put 0xb8000 and 3,999 "
    "where they belong. A limit is the last offset that is still inside.",
    "Of the parts that `FLAT` is made of, LIMIT_IN_PAGES and WHOLE_LIMIT must go: the one would make the CPU count the limit in "
    "units of 4 KiB, the other is a limit of its own. "
    "The base goes to bits 16 to 39, in one piece, and its uppermost 8 bits are 0.",
    "`dw 3999`, then `dd vga_text_buffer + (0x93 << 24)`, then `dw 0x0040`: the type lies right above the base, so a sum brings the two "
    "together. The selector is made like `data_32`, and made global. In protected_mode load it into GS by way of EAX; the last cell is "
    "then the word at `[gs:3998]`."]

VGA, SIZE = 0xB8000, 4000
ROW = 160  # bytes


def check(Machine, folder):
    with Machine(folder / "build/disk.img") as machine:
        greeted(rows(machine))
        base, limit, attributes = gs(machine)
        same("the base of GS", VGA, base)
        same("the limit of GS", SIZE - 1, limit)
        same("its descriptor's granularity, bit 55", 0, attributes >> 23 & 1)
        same("its descriptor's type, bits 40 to 44 (written and accessed data)", 0x13, attributes >> 8 & 0x1F)
        shows(machine, 24)

    # The same with a base one row higher: what is written through GS moves along.
    with Machine(folder / "build/disk.img", stopped=True) as machine:
        table = run_to(machine, folder, "enter_protected_mode").get("gdt_register", 0)
        size = int.from_bytes(machine.memory(table, 2), "little") + 1
        first = int.from_bytes(machine.memory(table + 2, 4), "little")
        descriptors = machine.memory(first, size)
        places = [place for place in range(2, size, 8) if descriptors[place:place + 3] == VGA.to_bytes(3, "little")]
        if not places:
            return  # it is made later, which is another way to do it
        for place in places:
            machine.write(first + place, (VGA - ROW).to_bytes(3, "little"))
        with when("if the check makes the base of GS smaller by one row"):
            greeted(rows(machine))
            shows(machine, 23)


def greeted(seen):
    if seen[0] != "Hello from protected mode":
        raise Wrong("still Hello from protected mode in row 0", seen[0] or "nothing in row 0")


def shows(machine, row):
    character, attribute = machine.screen().cells[ROW * row + 158:ROW * row + 160]
    if (character, attribute) != (ord("!"), 0x0F):
        raise Wrong(f"row {row}, column 79: the character 0x21 (!) with the attribute 0xf",
                    f"the character {character:#x} with the attribute {attribute:#x}")


def gs(machine):
    """GS's base, its limit in bytes, and the upper half of its descriptor."""
    if isinstance(machine, Qemu):
        fields = re.search(r"^GS *=\w+ (\w+) (\w+) (\w+)", machine.monitor("info registers"), re.MULTILINE)
        return [int(field, 16) for field in fields.groups()]
    high, low = (int(field, 16) for field in
                 re.search(r"^gs:0x\w+, dh=0x(\w+), dl=0x(\w+)", machine.command("sreg"), re.MULTILINE).groups())
    limit = high & 0xF0000 | low & 0xFFFF
    return high & 0xFF000000 | (high & 0xFF) << 16 | low >> 16, limit << 12 | 0xFFF if high >> 23 & 1 else limit, high
