#!/usr/bin/python3
"""What the CPU holds before and after a chapter's step, on both emulators, as a
table: tests/tools/states.py 03 SS:SP CS DS CR0. A register goes by its 64-bit name;
where the emulators differ, both values are given."""

import sys

import find_lib  # noqa: F401
import endings
from course import CHAPTERS, ROOT, build, image
from cpu import registers
from elf_files import symbols
from emulators import EMULATORS

# The first instruction of the step, and the first one after it; for a way down and up
# again, also a place at the bottom.
STEPS = {"boot-sector": ("start", "print"),
         "second-stage": ("read_second_stage", "real_mode"),
         "protected-mode": ("enter_protected_mode", "protected_mode"),
         "long-mode": ("enter_long_mode", "long_mode"),
         "vga-hello-world": ("_start", "kernel_main"),
         "memory-map": ("bios_call", "bios_call.real", "bios_call.long"),
         "elf-loader": ("enter_kernel", "_start")}


def step(chapter):
    """The registers at each of the step's points, for each emulator."""
    known = {}
    for elf in (ROOT / "chapters" / chapter / "build").glob("*.elf"):
        known |= symbols(elf)
    for Machine in EMULATORS:
        seen = []
        with Machine(image(chapter), stopped=True) as machine:
            for name in STEPS[chapter[3:]]:
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
    names = STEPS[chapter[3:]]
    print("| |" + "".join(f" at `{name}` |" for name in names) + "\n|" + "---|" * (len(names) + 1))
    for name in sys.argv[2:]:
        cells = [cell([seen[place].get(name, "not there") for seen in seen_on]) for place in range(len(names))]
        print("| " + " | ".join([name, *cells]) + " |")


if __name__ == "__main__":
    endings.run(main)
