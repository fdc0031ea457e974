"""What a stopped CPU holds: its mode, and its registers in words."""

import re

from page_tables import walk
from qemu import Qemu
from screen import VGA_TEXT

IF = 1 << 9  # RFLAGS: interrupts are taken


def mode(registers):
    """The CPU's mode, from what the manuals say makes it. Any mixture that our
    kernels should never be in is returned as the bits that it is made of."""
    bits = (registers["CR0"] & 1, registers["CR0"] >> 31, registers["CR4"] >> 5 & 1,
            registers["EFER"] >> 8 & 1, registers["EFER"] >> 10 & 1,
            registers["CS.L"], registers["CS.D"])
    modes = {  # PE PG PAE LME LMA L  D
        (0, 0, 0, 0, 0, 0, 0): "real",
        (1, 0, 0, 0, 0, 0, 1): "protected",
        (1, 1, 1, 1, 1, 1, 0): "long"}
    return modes.get(bits, bits)


def segment(values, selector, base, limit, attributes):
    """A segment register in words (Intel SDM vol. 3, "Segment Descriptors"). Real
    mode does not look at what kind of segment it is."""
    if not values["CR0"] & 1:
        return f"`{selector:04x}`: base `{base:x}`, limit `{limit:x}`"
    size = "64-bit" if attributes >> 21 & 1 else "32-bit" if attributes >> 22 & 1 else "16-bit"
    kind = f"{size} code" if attributes >> 11 & 1 else "data"
    return f"`{selector:04x}`: {kind}, base `{base:x}`, limit `{limit:x}`"


def registers(machine):
    """All that we want to know of a stopped machine, by name, as a table shows it."""
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
            limit = limit << 12 | 0xFFF if high >> 23 & 1 else limit
            shown[name.upper()] = segment(values, selector, base, limit, high)
        tables = re.findall(r"^([gi]dtr):base=0x(\w+), limit=0x(\w+)", text, re.MULTILINE)
        shown |= {name.upper(): f"base `{int(base, 16):x}`, limit `{int(limit, 16):x}`" for name, base, limit in tables}
    base, limit = (int(number, 16) for number in re.findall(r"`(\w+)`", shown["GDTR"]))
    if values["CR0"] >> 31:
        base = walk(machine, base)[1]
    for offset in range(8, limit, 8):
        shown[f"GDT + {offset:#x}"] = f"`{int.from_bytes(machine.memory(base + offset, 8), 'little'):016x}`"
    steps, physical = walk(machine, VGA_TEXT) if values["CR0"] >> 31 else ([], None)
    if physical is not None:
        entries = ", ".join(f"{name} entry {index}" for name, _, index, _ in steps)
        shown["the screen's page"] = f"{entries}: `{physical:x}`"
    shown["DL"] = f"`{values.get('RDX', values.get('EDX')) & 0xFF:02x}`"
    shown["IF"], shown["DF"] = (f"`{values['RFL'] >> bit & 1}`" for bit in (9, 10))
    return shown
