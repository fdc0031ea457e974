#!/usr/bin/python3
"""What the CPU holds before and after a chapter's step, on both emulators, as a
table: tests/tools/states.py 03 SS:SP CS DS CR0. A register stands by its 64-bit name;
where the emulators differ, both values are given."""

import re
import sys

import find_lib  # noqa: F401
from machine import CHAPTERS, EMULATORS, ROOT, Qemu, build, image, symbols
from screen import VGA_TEXT
from walk import walk

# The first instruction of the step, and the first one behind it; for a way down and up
# again, a place at the bottom, too.
STEPS = {"01": ("start", "print"),
         "02": ("read_second_stage", "real_mode"),
         "03": ("enter_protected_mode", "protected_mode"),
         "04": ("enter_long_mode", "long_mode"),
         "05": ("_start", "kernel_main"),
         "06": ("bios_call", "bios_call.real", "bios_call.long"),
         "07": ("enter_kernel", "_start")}


def segment(values, selector, base, limit, attributes):
    """A segment register in words (Intel SDM vol. 3, "Segment Descriptors"). Real
    mode does not look at what kind of segment it is."""
    if not values["CR0"] & 1:
        return f"`{selector:04x}`: base `{base:x}`, limit `{limit:x}`"
    size = "64-bit" if attributes >> 21 & 1 else "32-bit" if attributes >> 22 & 1 else "16-bit"
    kind = f"{size} code" if attributes >> 11 & 1 else "data"
    return f"`{selector:04x}`: {kind}, base `{base:x}`, limit `{limit:x}`"


def registers(machine):
    """All that is wanted of a stopped machine, by name, as a table shows it."""
    values = machine.registers()
    shown = {}
    for name, value in values.items():
        name = re.sub("^E(?=[A-Z][A-Z]$)", "R", name)
        shown[name] = f"`{value:08x}`"
    if isinstance(machine, Qemu):
        text = machine.monitor("info registers")
        for name, *fields in re.findall(r"^([C-GS]S) *=(\w+) (\w+) (\w+) (\w+)", text, re.MULTILINE):
            shown[name] = segment(values, *(int(field, 16) for field in fields))
        tables = re.findall(r"^([GI]DT)= *(\w+) (\w+)", text, re.MULTILINE)
        shown |= {f"{name}R": f"base `{int(base, 16):x}`, limit `{int(limit, 16):x}`" for name, base, limit in tables}
    else:
        text = machine.command("sreg")
        for name, *fields in re.findall(r"^([c-gs]s):0x(\w+), dh=0x(\w+), dl=0x(\w+)", text, re.MULTILINE):
            selector, high, low = (int(field, 16) for field in fields)
            base = high & 0xFF000000 | (high & 0xFF) << 16 | low >> 16
            limit = high & 0xF0000 | low & 0xFFFF
            shown[name.upper()] = segment(values, selector, base, (limit << 12 | 0xFFF) if high >> 23 & 1 else limit, high)
        tables = re.findall(r"^([gi]dtr):base=0x(\w+), limit=0x(\w+)", text, re.MULTILINE)
        shown |= {name.upper(): f"base `{int(base, 16):x}`, limit `{int(limit, 16):x}`" for name, base, limit in tables}
    base, limit = (int(number, 16) for number in re.findall(r"`(\w+)`", shown["GDTR"]))
    if values["CR0"] >> 31:
        base = walk(machine, base)[1]
    for offset in range(8, limit, 8):
        shown[f"GDT + {offset:#x}"] = f"`{int.from_bytes(machine.memory(base + offset, 8), 'little'):016x}`"
    steps, physical = walk(machine, VGA_TEXT) if values["CR0"] >> 31 else ([], None)
    if physical is not None:
        shown["the screen's page"] = ", ".join(f"{name} entry {index}" for name, _, index, _ in steps) + f": `{physical:x}`"
    shown["DL"] = f"`{values.get('RDX', values.get('EDX')) & 0xFF:02x}`"
    shown["IF"], shown["DF"] = (f"`{values['RFL'] >> bit & 1}`" for bit in (9, 10))
    return shown


def step(chapter):
    """The registers at each of the step's points, for each emulator."""
    known = {}
    for elf in (ROOT / "chapters" / chapter / "build").glob("*.elf"):
        known |= symbols(elf)
    for Machine in EMULATORS:
        seen = []
        with Machine(image(chapter), stopped=True) as machine:
            for name in STEPS[chapter[:2]]:
                machine.run_to(known[name])
                seen.append(registers(machine))
        yield seen


def cell(values):
    """One value if the emulators agree, else each with its emulator's name."""
    if len(set(values)) == 1:
        return values[0]
    return " · ".join(f"{value} ({Machine.name})" for value, Machine in zip(values, EMULATORS))


def main():
    chapter = next(name for name in CHAPTERS if name.startswith(sys.argv[1]))
    build(chapter)
    seen_on = list(step(chapter))
    names = STEPS[chapter[:2]]
    print("| |" + "".join(f" at `{name}` |" for name in names) + "\n|" + "---|" * (len(names) + 1))
    for name in sys.argv[2:]:
        cells = [cell([seen[place].get(name, "not there") for seen in seen_on]) for place in range(len(names))]
        print("| " + " | ".join([name, *cells]) + " |")


if __name__ == "__main__":
    main()
