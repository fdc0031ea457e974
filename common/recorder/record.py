"""Records a boot in Bochs, and answers what the state was at any time.

Time is counted in steps: at step t the CPU is about to run its instruction number t since the
record began, and what that instruction does is visible at t + 1. A round of a repeated instruction
is a step. Bochs is deterministic: so we run the machine once with its trace on, and once more to
look at what the trace does not show (control registers, segment registers with what the CPU has
cached of their descriptors) after each instruction that may have changed it."""

import re
from array import array
from bisect import bisect_right
from typing import NamedTuple

from . import trace
from .bochs import BOOT_SECTOR, Bochs, Stopped

LIMIT = 1_000_000  # steps
LOOP = 20_000  # times that nothing has changed at all: longer than any wait for a device
MEMORY = 1 << 20  # bytes that are read when the record begins; nothing above them matters yet
# After these, something may be new that the trace does not show.
SYSTEM = re.compile(r"(mov ([c-gs]s|cr\d|dr\d)|pop [d-gs]s|l[c-gs]s|l[gi]dt|lldt|ltr|lmsw|clts|wrmsr|xsetbv|jmpf|callf|"
                    r"retf|iret|int|sysret|sysexit|syscall|sysenter|swapgs|wr[fg]sbase)\b")
ENDS = re.compile("exception with no resolution|>>PANIC<<|cpu (hard|soft)ware reset")
OUT = re.compile(rb": out (dx|0x\w+), al")
SEGMENTS = "es", "cs", "ss", "ds", "fs", "gs", "ldtr", "tr"


class Instruction(NamedTuple):
    physical: int
    selector: int  # of CS
    offset: int
    text: str
    bytes: str


class Segment(NamedTuple):
    """A segment register with what the CPU has cached of its descriptor: its two halves."""
    selector: int
    high: int
    low: int
    valid: int


class System(NamedTuple):
    """What the trace does not show."""
    cr0: int
    cr2: int
    cr3: int
    cr4: int
    efer: int
    segments: dict  # Segment by name
    gdtr: tuple  # base and limit
    idtr: tuple


class Outcome(NamedTuple):
    """Why the record ends, and what Bochs said then: rest (halted with interrupts off), idle
    (halted, and each interrupt is followed by the next halt), asleep (halted, and no interrupt
    comes), triple fault, reset, loop (all is as it was many times before), limit, or stopped (Bochs
    itself has given up)."""
    kind: str
    said: str = ""


def system(text):
    """What Bochs answers to creg and sreg."""
    control = {name: int(number, 16) for name, number in re.findall(r"^(CR[0234]|EFER) ?=.*?0x(\w+)", text, re.MULTILINE)}
    segments = {name: Segment(*(int(number, 16) for number in fields)) for name, *fields in re.findall(
        r"^(\w+):0x(\w+), dh=0x(\w+), dl=0x(\w+), valid=(\d)", text, re.MULTILINE)}
    tables = {name: (int(base, 16), int(limit, 16)) for name, base, limit in
              re.findall(r"^([gi]dtr):base=0x(\w+), limit=0x(\w+)", text, re.MULTILINE)}
    try:
        return System(*(control[name] for name in ("CR0", "CR2", "CR3", "CR4", "EFER")),
                      {name: segments[name] for name in SEGMENTS}, tables["gdtr"], tables["idtr"])
    except KeyError as error:
        raise RuntimeError(f"Bochs does not show {error} in a form that the course knows: {text[:400]!r}") from None


class Gate:
    """Address line 20: Bochs shows the addresses before its gate. The BIOS leaves it open, and who
    opens and shuts it uses port 0x92 or the keyboard's controller (8042)."""

    def __init__(self):
        self.open = True
        self.command = None

    def out(self, port, value):
        if port == 0x92 or port == 0x60 and self.command == 0xD1:
            self.open = bool(value & 2)
        elif port == 0x64 and value in (0xDD, 0xDF):
            self.open = value == 0xDF
        if port in (0x60, 0x64):
            self.command = value if port == 0x64 else None

    def passes(self, access):
        return access if self.open else access._replace(physical=access.physical & ~(1 << 20))


class Record:
    def __init__(self):
        self.ticks = array("Q")
        self.codes = array("L")  # each step's instruction, as an index
        self.instructions = []
        self.changes = {name: ([], []) for name in (*trace.NAMES, "rflags")}  # steps and values
        self.accesses = []  # of memory, in order
        self.access_steps = array("L")
        self.writes = {}  # the same that have written, by the physical address of each 8 bytes: their indices
        self.interrupts = []  # step and Interrupt
        self.complaints = []  # step and text
        self.systems = []  # step and System, the first one at step 0
        self.memory_before = b""  # the lowest MiB at step 0
        self.outcome = None

    def __len__(self):
        return len(self.ticks)

    def instruction(self, step):
        return self.instructions[self.codes[step]]

    def register(self, name, step):
        steps, values = self.changes[name]
        return values[bisect_right(steps, step) - 1]

    def registers(self, step):
        return {name: self.register(name, step) for name in self.changes} | {"rip": self.instruction(step).offset}

    def system(self, step):
        return self.systems[bisect_right(self.systems, step, key=lambda known: known[0]) - 1][1]

    def linear(self, step):
        """The linear address of the instruction: without paging it is the physical one."""
        instruction = self.instruction(step)
        return instruction.offset if self.system(step).cr0 >> 31 else instruction.physical

    def accesses_of(self, step):
        first = bisect_right(self.access_steps, step - 1)
        return self.accesses[first:bisect_right(self.access_steps, step)]

    def writer(self, physical, step):
        """The last step before this one that has written the byte at a physical address, and how
        (an Access); None if it is as it was when the record began."""
        found = None
        for cell in range((physical & ~7) - 24, physical + 1, 8):
            for index in reversed(self.writes.get(cell, ())):
                if self.access_steps[index] < step:
                    access = self.accesses[index]
                    if access.physical <= physical < access.physical + access.size:
                        found = max(found or -1, index)
                        break
        return None if found is None else (self.access_steps[found], self.accesses[found])

    def byte(self, physical, step):
        if found := self.writer(physical, step):
            return found[1].value >> 8 * (physical - found[1].physical) & 0xFF
        return self.memory_before[physical] if physical < len(self.memory_before) else 0

    def memory(self, physical, size, step):
        return bytes(self.byte(address, step) for address in range(physical, physical + size))


def record(bochsrc, lines, start=BOOT_SECTOR, holds="", limit=LIMIT, progress=lambda steps: None):
    """Records the boot of a machine from the instruction at a linear address on.

      lines     of a bochsrc file: the machine's disk
      holds     a pattern: how the registers look when it is really this instruction
      progress  is called now and then, with the number of steps so far"""
    made = Record()
    with Bochs(bochsrc, *lines) as bochs:
        try:
            bochs.run_to(start, holds)
        except Stopped as stopped:
            made.outcome = Outcome("stopped", str(stopped))
            return made
        made.memory_before = bochs.memory(0, MEMORY)
        for command in "trace on", "trace-reg on", "trace-mem on":
            bochs.command(command)
        bochs.send(f"s {limit + 2}")  # a step is known to be over when the next one begins
        follow(made, trace.steps(bochs), limit, progress)
        made.outcome = made.outcome or Outcome("asleep")
    with Bochs(bochsrc, *lines) as bochs:
        bochs.run_to(start, holds)
        look_again(made, bochs)
    return made


def follow(made, steps, limit, progress):
    """Reads the trace, to one of its ends."""
    codes = {}
    before, flags = b"", None
    seen, contents = {}, {}
    gate = Gate()
    for number, step in enumerate(steps):
        ends = [said for said in step.complaints if ENDS.search(said)]
        if ends and number and step.tick == made.ticks[-1]:  # Bochs shows the last instruction once more
            made.outcome = end(ends[0])
            break
        if number == limit:
            made.outcome = Outcome("limit")
            break
        if number % 50_000 == 49_999:
            progress(number + 1)
        made.ticks.append(step.tick)
        made.codes.append(codes.setdefault(step.code, len(codes)))
        if step.registers != before:
            for place, name in zip(range(5, len(step.registers), trace.LINE), trace.NAMES):
                text = step.registers[place:place + 17]
                if text != before[place:place + 17]:
                    made.changes[name][0].append(number)
                    made.changes[name][1].append(int(text.replace(b"_", b""), 16))
            before = step.registers
        if step.flags != flags:
            flags = step.flags
            made.changes["rflags"][0].append(number)
            made.changes["rflags"][1].append(flags)
        if out := OUT.search(step.code):
            port = out[1]
            port = made.changes["rdx"][1][-1] & 0xFFFF if port == b"dx" else int(port, 16)
            gate.out(port, made.changes["rax"][1][-1] & 0xFF)
        for access in map(gate.passes, step.accesses):
            if access.kind in ("write", "mark"):
                made.writes.setdefault(access.physical & ~7, []).append(len(made.accesses))
                if contents.get((access.physical, access.size)) != access.value:
                    contents[access.physical, access.size] = access.value
                    seen.clear()
            made.accesses.append(access)
            made.access_steps.append(number)
        made.interrupts += [(number, interrupt) for interrupt in step.interrupts]
        made.complaints += [(number, complaint) for complaint in step.complaints]
        if step.halted and not flags & 0x200:
            made.outcome = Outcome("rest")
            break
        state = hash((step.code, before, flags))
        times = seen[state] = seen.get(state, 0) + 1
        if times == (5 if step.halted else LOOP):
            made.outcome = Outcome("idle" if step.halted else "loop")
            break
        if ends:
            made.outcome = end(ends[0])
            break
    for code in codes:
        physical, selector, offset, text, data = (word.decode() for word in trace.STEP.match(b"(0).[0] " + code).groups()[2:])
        made.instructions.append(Instruction(int(physical, 16), int(selector, 16), int(offset, 16), text, data))


def end(said):
    """What it means when Bochs says this about the CPU or a device."""
    for kind, words in ("triple fault", "exception with no resolution"), ("reset", " reset"):
        if words in said:
            return Outcome(kind)
    return Outcome("stopped", said.removeprefix(">>PANIC<< "))


def look_again(made, bochs):
    """Runs the machine once more, and looks at it where something may be new."""
    special = [bool(SYSTEM.match(instruction.text)) for instruction in made.instructions]
    steps = {step + 1 for step, code in enumerate(made.codes) if special[code]}
    steps |= {step + 1 for step, _ in made.interrupts}
    selectors = [instruction.selector for instruction in made.instructions]  # a device's interrupt is not in the trace
    steps |= {step for step in range(1, len(made)) if selectors[made.codes[step]] != selectors[made.codes[step - 1]]}
    shift = bochs.ticks() - made.ticks[0]  # what runs before the record (GRUB) may depend on the time of day
    steps = [0, *sorted(step for step in steps if step < len(made))]
    for step in steps:
        if step:
            bochs.command(f"sba {made.ticks[step] + shift}")
            bochs.command("c")
        made.systems.append((step, system(bochs.command("creg") + bochs.command("sreg"))))
