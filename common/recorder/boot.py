"""The boot that make asks for: `explain.py BOOT BOCHSRC LINE...`, and the same for others.

BOOT is the way to boot; BOCHSRC and the lines are Bochs's machine, whose disk is the open file 8.
In the environment, PROGRAMS are the files, in running order, whose names and lines are to be
known, ADDR2LINE is the tool that finds lines, and STEPS the most steps that are recorded."""

import os
import sys

from elf_file import ElfFile

from . import bios
from .bochs import BOOT_SECTOR
from .programs import Programs
from .record import LIMIT, record

# What a loader finds in EAX that Multiboot2 has started (specification, "I386 machine state").
# GRUB's own code may have been at the same address before.
MULTIBOOT2 = r"rax: 00000000_36d76289\n"
FIRMWARE = range(0xC0000, 0x100000), range(0xFFFC0000, 1 << 32)


def boot(say):
    """Records the boot that the command line names: the record, and the programs."""
    way, bochsrc, *lines = sys.argv[1:]
    paths = os.environ["PROGRAMS"].split()
    programs = Programs(paths, os.environ["ADDR2LINE"])
    start = (ElfFile(paths[0]).entry(), MULTIBOOT2) if way == "grub" else (BOOT_SECTOR, "")
    made = record(bochsrc, lines, *start, int(os.environ.get("STEPS") or LIMIT),
                  lambda steps: say(f"{steps:,} instructions so far ..."))
    if made.ticks:
        programs.look_up({made.linear(step) for step in first_times(made)})
    return made, programs


def first_times(made):
    """A step for each instruction of ours that has run."""
    known = {}
    for step, code in enumerate(made.codes):
        known.setdefault(code, step)
    return [step for code, step in known.items() if not in_firmware(made.instructions[code].physical)]


def in_firmware(physical):
    return any(physical in place for place in FIRMWARE)


def calls(made):
    """The calls of the BIOS: the step of each INT, the step at which the program goes on behind it
    (None if it never does), and the call in words."""
    found = []
    step = 0
    while step < len(made):
        instruction = made.instruction(step)
        if not instruction.text.startswith("int ") or in_firmware(instruction.physical) or step + 1 == len(made) \
                or made.system(step).cr0 & 1:
            step += 1
            continue
        stack = made.register("rsp", step)
        behind = instruction.offset + len(instruction.bytes) // 2
        end = next((later for later in range(step + 1, len(made)) if made.register("rsp", later) == stack
                    and made.instruction(later)[1:3] == (instruction.selector, behind)), None)
        segments = made.system(step).segments
        words = bios.describe(int(instruction.bytes[2:4], 16), made.registers(step), segments["es"].selector,
                              segments["ds"].selector, lambda address, size: made.memory(address, size, step))
        found.append((step, end, words))
        step = end or len(made)
    return found
