"""Packs a record for a page that replays it: numbers in columns, which compress well, and the rest as JSON.

A column is numbers of 32 bits, in the file as the differences from one to the next, the sign in the
lowest bit; of all of these first the lowest bytes, then the next ones. What has 64 bits is two columns."""

import json
import zlib
from array import array

from . import boot, machine

KINDS = "read", "write", "walk", "mark"  # of accesses
BITS = {"CR0": machine.CR0, "CR4": machine.CR4, "EFER": machine.EFER, "RFLAGS": machine.RFLAGS}


def column(numbers):
    before = 0
    differences = array("I")
    for number in numbers:
        difference = number - before
        before = number
        if not -1 << 31 <= difference < 1 << 31:  # as the page adds up: modulo 2 to the power of 32
            difference -= 1 << 32 if difference > 0 else -1 << 32
        differences.append(difference << 1 if difference >= 0 else (~difference << 1) + 1)
    data = differences.tobytes()
    return b"".join(data[plane::4] for plane in range(4))


def halves(numbers):
    return [number & 0xFFFFFFFF for number in numbers], [number >> 32 & 0xFFFFFFFF for number in numbers]


def system_registers(system):
    """What the trace does not show, as registers by name."""
    found = {"cr0": system.cr0, "cr2": system.cr2, "cr3": system.cr3, "cr4": system.cr4, "efer": system.efer}
    for name in "gdtr", "idtr":
        found[f"{name}.base"], found[f"{name}.limit"] = getattr(system, name)
    for name, segment in system.segments.items():
        found |= {name: segment.selector, f"{name}.descriptor": segment.high << 32 | segment.low, f"{name}.valid": segment.valid}
    return found


def changes(made):
    """For each register the steps at which it is new, and its values."""
    found = dict(made.changes)
    for step, system in made.systems:
        for name, value in system_registers(system).items():
            steps, values = found.setdefault(name, ([], []))
            if not values or values[-1] != value:
                steps.append(step)
                values.append(value)
    return found


def halved(accesses, steps):
    """The accesses, those of more than 64 bits as several."""
    found = [(access._replace(linear=access.linear and access.linear + start, physical=access.physical + start,
                              size=min(8, access.size - start), value=access.value >> 8 * start), step)
             for access, step in zip(accesses, steps) for start in range(0, access.size, 8)]
    return [access for access, _ in found], [step for _, step in found]


def pack(made, programs, title, way, words):
    """The record as bytes; words are the lines that say how it ends."""
    columns = {"code": made.codes}

    def add(name, numbers):
        columns[f"{name}.low"], columns[f"{name}.high"] = halves(numbers)

    instructions = made.instructions
    firsts = {made.codes[step]: made.linear(step) for step in boot.first_times(made)}
    lines = {code: programs.line(linear) for code, linear in firsts.items()}
    files = sorted({line[0] for line in lines.values() if line and programs.source(*line)})
    number = {file: place for place, file in enumerate(files, 1)}
    columns["code.physical"] = [each.physical for each in instructions]
    columns["code.selector"] = [each.selector for each in instructions]
    add("code.offset", [each.offset for each in instructions])
    add("code.linear", [firsts.get(code, each.physical) for code, each in enumerate(instructions)])
    located = [line if line and line[0] in number else (None, 0) for line in map(lines.get, range(len(instructions)))]
    columns["code.file"] = [number.get(file, 0) for file, _ in located]
    columns["code.line"] = [line for _, line in located]
    registers = changes(made)
    for name, (steps, values) in registers.items():
        columns[f"{name}.step"] = steps
        add(name, values)
    accesses, access_steps = halved(made.accesses, made.access_steps)
    tables = sorted({access.table for access in accesses})
    columns["access.step"] = access_steps
    columns["access.kind"] = [KINDS.index(access.kind) for access in accesses]
    columns["access.size"] = [access.size for access in accesses]
    columns["access.physical"] = [access.physical & 0xFFFFFFFF for access in accesses]
    columns["access.table"] = [tables.index(access.table) for access in accesses]
    add("access.linear", [access.linear or 0 for access in accesses])
    add("access", [access.value for access in accesses])
    packed = {name: column(numbers) for name, numbers in columns.items()}
    about = {
        "title": title, "way": way, "words": words, "outcome": made.outcome, "steps": len(made), "registers": list(registers),
        "texts": [each.text for each in instructions], "bytes": [each.bytes for each in instructions],
        "names": [programs.name(linear) if (linear := firsts.get(code)) is not None else "" for code in range(len(instructions))],
        "files": [{"name": file, "lines": programs.sources[file]} for file in files],
        "symbols": [[hex(value), name] for value, name, _ in programs.symbols if "." not in name],
        "calls": boot.calls(made), "interrupts": [(step, *interrupt) for step, interrupt in made.interrupts],
        "complaints": made.complaints, "tables": tables, "bits": BITS, "exceptions": machine.EXCEPTIONS,
        "firmware": [(place.start, place.stop) for place in boot.FIRMWARE], "memory": len(made.memory_before),
        "columns": [(name, len(data) // 4) for name, data in packed.items()]}
    text = json.dumps(about, separators=(",", ":")).encode()
    return zlib.compress(len(text).to_bytes(4, "little") + text + made.memory_before + b"".join(packed.values()), 9)
