"""The outline of a boot: which stages there were, which interrupts, and how it ends.

Bochs runs it at full speed, a hundred times or so as fast as with its trace on, and reports what
happened at which tick (`show int`, `show mode`, magic breakpoints). A tick is an instruction, or
a round of a repeated one; while the CPU is halted, ticks go on. Bochs is deterministic: so the
next one that boots the same machine can be stopped and examined at each of these ticks."""

import re
from typing import NamedTuple

from .bochs import Stopped

LIMIT = 15_000_000  # ticks: a quarter of a minute of the machine's time
MOST = 1 << 20  # bytes of events, after which there will be nothing new
MOST_STOPS = 300
HLT = b"\xf4"
FIRMWARE = range(0xC0000, 0x100000), range(0xFFFC0000, 1 << 32)
EVENT = re.compile(r"^(\d+): (?:(softint|iret|exception \(not softint\)) (\w+):(\w+) |switched from '.*' to '(.*)')", re.MULTILINE)
STOP = re.compile(r"^\(0\) \[0x(\w+)\] (\w+):(\w+) \([^)]*\): (.*?)(?: *; (\w+))?$", re.MULTILINE)
NEXT = re.compile(r"^Next at t=(\d+)$", re.MULTILINE)
ENDS = {  # what Bochs says, and what has happened then
    "triple fault": re.compile(r"^(\d+)\w\[CPU0  \] .*exception with no resolution", re.MULTILINE),
    "rest": re.compile(r"^(\d+)\w\[CPU0  \] .*HLT instruction with IF=0", re.MULTILINE),
    "reset": re.compile(r"^(\d+)\w\[CPU0  \] .*cpu (?:hard|soft)ware reset", re.MULTILINE),
    "stopped": re.compile(r"^(\d+)[ep]\[[^]]*\] >>PANIC<< (.*)", re.MULTILINE)}
PAUSES = re.compile(rb"<bochs:\d+> |HLT instruction with IF=0|cpu (hard|soft)ware reset")


class Place(NamedTuple):
    """Where the CPU is, and the instruction that is next there."""
    physical: int
    selector: int
    offset: int
    text: str
    bytes: str

    def is_real(self):
        return self.physical == (self.selector << 4) + self.offset

    def linear(self):
        """In real mode, and where memory is mapped onto itself, the physical address; else what
        the instruction's offset says, because segments begin at 0 where there is paging."""
        return self.physical if self.is_real() else self.offset


class Outline:
    def __init__(self, start):
        self.start = self.end = start  # ticks
        self.kind = "limit"  # or one of ENDS, or asleep: halted, and no interrupt comes
        self.said = ""  # by Bochs, at the end
        self.real = True  # whether it begins in real mode
        self.stops = []  # tick and Place after each magic breakpoint, and at each program's entry
        self.modes = []  # tick and the mode that begins
        self.calls = []  # of the BIOS: the tick at which it begins, whether an INT asks for it (or a device), and
        #                  the tick at which the program goes on (or None)

    def read(self, text):
        """Takes in what Bochs has said; True if that is the end. The first end counts: a machine that
        was reset may have run on before we could read that."""
        ends = [(found, kind) for kind, pattern in ENDS.items() if (found := pattern.search(text))]
        first, self.kind = min(ends, key=lambda end: end[0].start(), default=(None, self.kind))
        for tick, event, selector, offset, mode in EVENT.findall(text[:first.start()] if self.kind == "reset" else text):
            self.end = tick = int(tick)
            if mode:
                self.modes.append((tick, mode))
                continue
            to_firmware = in_firmware((int(selector, 16) << 4) + int(offset, 16))
            if event == "iret":
                if self.calls and self.calls[-1][2] is None and not to_firmware:
                    self.calls[-1][2] = tick
            elif to_firmware and not (self.calls and self.calls[-1][2] is None):
                self.calls.append([tick, event == "softint", None])
        if first:
            self.end, self.said = int(first[1]), text
            return True
        if found := NEXT.search(text):
            self.end = int(found[1])
        return False

    def in_bios(self):
        """How many ticks the BIOS has had."""
        return sum((end or self.end) - tick for tick, _, end in self.calls)


def in_firmware(physical):
    return any(physical in place for place in FIRMWARE)


def place(text):
    """Where a machine has stopped, from Bochs's own words; None if it shows none."""
    if not (found := STOP.search(text)):
        return None
    physical, selector, offset, words, data = found.groups()
    return Place(int(physical, 16), int(selector, 16), int(offset, 16), words.strip(), data or "")


def tick(bochs):
    return int(re.search(r"ptime: (\d+)", bochs.command("ptime"))[1])


def outline(bochs, entries, limit=LIMIT, progress=lambda ticks: None):
    """Lets a machine that has stopped at its start run to its end."""
    made = Outline(tick(bochs))
    made.real = "pe" in re.search(r"^CR0=.*: (.*)", bochs.command("creg"), re.MULTILINE)[1].split()
    bochs.command("show int")
    bochs.command("show mode")
    for entry in entries:
        bochs.command(f"lb {entry:#x}")
    part, size = limit // 10, 0
    try:
        for slice_end in range(made.start + part, made.start + limit + 1, part):
            bochs.command(f"sba {slice_end}")
            while True:
                text = bochs.command("c", PAUSES, MOST)
                size += len(text)
                if bochs.silent and (here := place(text)) and bochs.physical(here.physical - 1, 1) == HLT:
                    made.read(text)
                    made.kind = "asleep"
                    return made
                if made.read(text):
                    return made
                if size > MOST or len(made.stops) > MOST_STOPS:
                    return made
                if made.end >= slice_end:
                    break
                if bochs.silent:  # it was interrupted at work, on a slow computer
                    bochs.silent = False
                elif here := place(text):
                    made.stops.append((made.end, here))
            progress(made.end - made.start)
    except Stopped as stopped:
        if not made.read(str(stopped)):
            made.kind, made.said = "stopped", str(stopped)
    return made
