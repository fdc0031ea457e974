"""What a record holds of the BIOS: its code, its calls."""

import struct

from . import bios

FIRMWARE = range(0xC0000, 0x100000), range(0xFFFC0000, 1 << 32)


def first_times(made):
    """A step for each instruction of ours that has run."""
    known = {}
    for step, code in enumerate(made.codes):
        known.setdefault(code, step)
    return [step for code, step in known.items() if not in_firmware(made.instructions[code].physical)]


def in_firmware(physical):
    return any(physical in place for place in FIRMWARE)


def handled(made, step):
    """The interrupt whose handler begins with a step's instruction, or None."""
    _, selector, offset, *_ = made.instruction(step)
    table = struct.unpack("<256L", made.memory(0, 4 * 256, step))
    return next((vector for vector, handler in enumerate(table) if handler == selector << 16 | offset), None)


def calls(made):
    """The calls of the BIOS: the step of each INT (or of a far call of what the interrupt table
    names), the step at which the program goes on (None if it never does), and the call in words;
    and in the same way what a device has interrupted, from the BIOS's first instruction on."""
    firmware = [in_firmware(instruction.physical) for instruction in made.instructions]
    inside = [firmware[code] for code in made.codes]
    found = []
    for step in range(len(made) - 1):
        if inside[step] or not inside[step + 1] or made.system(step).cr0 & 1:
            continue
        end = next((later for later in range(step + 1, len(made)) if not inside[later]), None)
        instruction = made.instruction(step)
        if instruction.text.startswith("int "):
            vector = int(instruction.bytes[2:4], 16)
        elif not instruction.text.startswith(("call", "jmp", "ret", "iret")):
            found.append((step + 1, end, "interrupt of a device"))
            continue
        elif (vector := handled(made, step + 1)) is None:
            continue
        segments = made.system(step).segments
        found.append((step, end, bios.describe(vector, made.registers(step), segments["es"].selector, segments["ds"].selector,
                                               lambda address, size: made.memory(address, size, step))))
    return found
