"""A close look at a boot whose outline is known: the machine runs once more, is asked for its
registers where the BIOS is called, and is traced only where the program ends."""

import re

from . import bios, trace
from .outline import NEXT, Place, place
from .record import system
from .bochs import PAUSE, Stopped

LAST = 2000  # instructions of the program that are traced
TIMER = 60_000  # ticks, from one of the timer's to the next one
PIECES = 60  # between calls of the BIOS, that this may be in
SAMPLES = 200  # of a search, in a boot
CALLS = 150  # of the BIOS that are looked at, from the first one and from the last one on
VIDEO = range(0xA0000, 0xC0000)


class Call:
    """A call of the BIOS: where from, how it reads in words, and how it has ended."""

    def __init__(self, place, words, ticks, vector, function):
        self.place, self.words, self.ticks, self.vector, self.function = place, words, ticks, vector, function
        self.failed, self.status = False, 0  # CF and AH when it returned
        self.returned = True


class Step:
    """An instruction that was traced, and what it did."""

    def __init__(self, traced, later):
        physical, selector, offset, text, data = (word.decode() for word in trace.STEP.match(b"(0).[0] " + traced.code).groups()[2:])
        self.place = Place(int(physical, 16), int(selector, 16), int(offset, 16), text, data)
        self.tick, self.flags = traced.tick - later, traced.flags
        self.accesses, self.interrupts, self.complaints = traced.accesses, traced.interrupts, traced.complaints
        self.halted = traced.halted
        self.values = registers(traced.registers.decode())


class CloseUp:
    """A machine that is stopped at the ticks that we ask for, one after the other. They are those of the
    outline; this boot may come to its start some ticks later or earlier than that one did."""

    def __init__(self, boot, start):
        self.boot, self.start, self.memory_size, self.serial = boot, start, boot.mebibytes << 20, boot.serial
        self.steps = []
        self._starts()

    def _starts(self):
        self.bochs, self.now = self.boot.machine(), self.start
        self.later = self.bochs.ticks() - self.start
        self.shown = ""  # what Bochs has said at the last stop

    def restart(self):
        self.__exit__()
        self._starts()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.bochs.__exit__()

    def stop(self, tick):
        """Runs to a tick, or longer if the CPU is halted then. One "c" is not enough if Bochs was
        interrupted at work, on a slow computer. A machine that gets no further is left where it is."""
        if tick > self.now:
            self.bochs.command(f"sba {tick + self.later}")
        before = None
        while tick > self.now != before:
            before, self.shown = self.now, self.bochs.command("c")
            self.now = self._next(self.shown)

    def _next(self, said):
        return int(NEXT.findall(said)[-1]) - self.later

    def here(self):
        """The instruction that is next; None if it cannot be read."""
        return place(self.shown)

    def registers(self):
        return registers(self.bochs.command("r"))

    def system(self):
        return system(self.bochs.command("creg") + self.bochs.command("sreg"))

    def memory(self, physical, size):
        """Physical memory; zeros where there is none, because Bochs must not be asked there."""
        if physical + size > self.memory_size and physical not in VIDEO:
            return bytes(size)
        return self.bochs.physical(physical, size)

    def trace(self, until):
        """Runs to a tick with the trace on, and returns what Bochs says. Where that ends the machine, as
        a triple fault does, another one stops before it."""
        before, later = self.now, self.later
        if until <= before:
            return ""
        for command in "trace on", "trace-reg on", "trace-mem on":
            self.bochs.command(command)
        try:
            self.bochs.command(f"sba {until + later}")
            said = self.bochs.command("c", PAUSE)
            if "exception with no resolution" in said:  # Bochs 3.1 comes back to its prompt then
                raise Stopped(said)
            for command in "trace off", "trace-reg off", "trace-mem off":
                self.bochs.command(command)
            self.now, self.shown = self._next(said), said
        except Stopped as stopped:
            said = str(stopped)
            self.restart()
            self.stop(before)
        pieces = said.encode(errors="replace").split(trace.START)
        for step in trace.read(piece for piece in pieces if b"\n(0) [0x" not in piece):  # that one is only next
            if not self.steps or step.tick - later > self.steps[-1].tick:
                self.steps.append(Step(step, later))
        return said


def registers(text):
    """Registers by name in what Bochs prints."""
    values = {name: int(value.replace("_", ""), 16) for name, value in re.findall(r"^(r\w\w?) *: (\w{8}_\w{8})$", text, re.MULTILINE)}
    if flags := re.search(r"eflags:? 0x(\w+)", text):
        values["rflags"] = int(flags[1], 16)
    return values


def ours(outline):
    """The pieces of a boot that are not the BIOS's: pairs of ticks. An INT has its own."""
    start = outline.start
    for tick, is_call, end in outline.calls:
        yield start, tick - is_call
        yield tick - is_call, tick
        start = end or outline.end
    yield start, outline.end


def last_of_ours(outline, count):
    """The same, the last that have so many instructions together."""
    found = []
    for start, end in reversed(list(ours(outline))):
        if count > 0 and len(found) < PIECES and end > start:
            found.insert(0, (max(start, end - count), end))
            count -= end - start
    return found


def close_up(machine, outline, count=LAST):
    """Goes through a boot up to its last instruction, which is next then: the calls of the BIOS."""
    calls = {}
    asked = [call for call in outline.calls if call[1]]
    if len(asked) > 2 * CALLS:
        asked = asked[:CALLS] + asked[-CALLS:]
    todo = [(call[0] - 1, 1, call) for call in asked]
    todo += [(call[2], 0, call) for call in asked if call[2]]
    todo += [(start, 2, end) for start, end in last_of_ours(outline, count)]
    for tick, what, about in sorted(todo, key=lambda each: each[:2]):
        if tick > outline.end:
            continue
        try:
            machine.stop(tick)
        except Stopped:  # it is halted there, and a device ends it all
            machine.restart()
            break
        if machine.now > tick:
            continue  # a device's interrupt has come between
        if what == 2:
            machine.trace(about)
            continue
        values = machine.registers()
        if what == 1:
            here, segments = machine.here(), machine.system().segments
            vector = int(here.bytes[2:4], 16) if here.bytes.startswith("cd") else 3
            words = bios.describe(vector, values, segments["es"].selector, segments["ds"].selector, machine.memory)
            calls[about[0]] = Call(here, words, (about[2] or outline.end) - about[0], vector, values["rax"] >> 8 & 0xFF)
            calls[about[0]].returned = about[2] is not None
        elif about[0] in calls:
            calls[about[0]].failed, calls[about[0]].status = bool(values["rflags"] & 1), values["rax"] >> 8 & 0xFF
    try:
        machine.stop(outline.end)
    except Stopped:  # a halt that a device's interrupt has ended, and with it all: up to the halt then
        machine.restart()
        machine.stop(outline.end - TIMER)
        machine.trace(outline.end + TIMER)
        machine.stop(max(step.tick for step in machine.steps if step.tick < outline.end))
    return list(calls.values())


def departure(boot, outline, is_outside):
    """The steps around the first one that is outside, from boots that are stopped at smaller and
    smaller distances; the last instruction of the outline is outside."""
    pieces = [(start, end) for start, end in ours(outline) if end > start]
    low, high = 0, sum(end - start for start, end in pieces)

    def at(count):
        for start, end in pieces:
            if count < end - start:
                return start + count
            count -= end - start
        return outline.end

    while high - low > LAST:
        with CloseUp(boot, outline.start) as machine:
            for sample in range(low + (high - low) // SAMPLES, high, max((high - low) // SAMPLES, 1)):
                machine.stop(at(sample))
                if (here := machine.here()) and is_outside(here):
                    high = sample
                    break
                low = sample
    with CloseUp(boot, outline.start) as machine:
        for start, end in pieces:
            start, end = max(start, at(low)), min(end, at(high) + 1)
            if start < end:
                machine.stop(start)
                machine.trace(end)
        return machine.steps
