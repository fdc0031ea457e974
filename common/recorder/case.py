"""A case: a boot, looked at closely where it ends, and what follows from that."""

import re
from functools import cached_property

from . import machine
from .outline import Place, in_firmware
from .trace import Interrupt, did

LONGEST_LOOP = 150  # different instructions
STORM = 3000  # interrupts, none of which was asked for: a timer has 18 a second
AFTER = 100_000  # ticks: none of them is reached
GOES_ON = 300  # instructions
ROW = 160  # bytes
TEXT, SCREEN = 0xB8000, 25 * ROW
PAGE = 4096
SELF_SAID = re.compile(r"\W*(boot error|kernel panic|panic|error)\b.*", re.IGNORECASE)


def rows(text_memory):
    """The rows of a screen that have something in them."""
    found = [text_memory[start:start + ROW:2].replace(b"\0", b" ").decode("cp437").rstrip() for start in range(0, len(text_memory), ROW)]
    return [row for row in found if row]


class Case:
    """What is known of a boot; causes.py lists what a cause may ask for."""

    def __init__(self, outline, look, calls, programs):
        self.outline, self.look, self.calls, self.programs = outline, look, calls, programs
        self.steps = look.steps
        self.registers, self.system, self.here = look.registers(), look.system(), look.here()
        self.text_memory = look.memory(TEXT, SCREEN)
        self.kind, self.said = outline.kind, outline.said
        self.chain, self.vector, self.error, self.address, self.asked = [], None, 0, 0, []
        self.departure = None  # two steps: the last one in what was built, and the first one outside of it
        self.before_departure = []
        if self.kind == "triple fault":
            self._fault()
        elif self.kind == "limit":
            look.trace(look.now + GOES_ON)
            self.kind = self._goes_on()
            self.here = self.ours[-1].place if self.ours else self.here
        elif self.kind == "stopped" and "No bootable device" in self.said:
            self.kind = "no boot"

    def _fault(self):
        """Lets the last instruction do what it does."""
        self.said = self.look.trace(self.outline.end + AFTER)
        last = self.said.partition("exception with no resolution")[0].rpartition("CPU0:\nrax")[2]
        if "occurred (error_code" not in last:  # Bochs shows the last instruction twice
            last = self.said
        _, events, _, _ = did(last.encode())
        if not self.here:  # and so it was not even read
            at = self.registers["rip"]
            self.here = Place(at, self.system.segments["cs"].selector, at, "(which cannot be read)", "")
        self.asked = [event.vector for event in events[:1] if not event.exception]  # by INT or by a device
        self.chain = [event for event in events if event.exception] or [
            Interrupt(True, int(re.search(r"3rd \((\d+)\)", self.said)[1]), 0)]
        self.vector, self.error = self.chain[0].vector, self.chain[0].error
        if found := re.search(r"CR2=0x(\w+)", self.said):
            self.address = int(found[1], 16)

    def _goes_on(self):
        """What a machine is doing that has not come to an end."""
        last = self.steps[-GOES_ON:]
        pending = next((call for call in self.calls if not call.returned), None)
        if pending:
            return "keyboard" if pending.vector == 0x16 else "no boot" if pending.vector in (0x18, 0x19) else "in the BIOS"
        if sum(not asked for _, asked, _ in self.outline.calls) > STORM:
            return "storm"
        if any(step.halted for step in last):
            return "idle"
        if not self.ours or any(self.is_outside(step.place) for step in last):
            return "wild"
        return "loop" if 0 < len({step.place for step in self.ours[-1500:]}) <= LONGEST_LOOP else "limit"

    # Where the CPU is.

    def is_ours(self, place):
        """Whether an instruction lies in what was built, or, if we don't know that, is not all zeros."""
        if self.programs.sections:
            return self.programs.program(place.linear()) is not None
        return not place.bytes.startswith("0000")

    def is_outside(self, place):
        return not self.is_ours(place) and not (in_firmware(place.physical) and place.is_real())

    @cached_property
    def ours(self):
        """The steps that are not the BIOS's."""
        return [step for step in self.steps if not in_firmware(step.place.physical)]

    # The CPU.

    real = property(lambda self: not self.system.cr0 & 1)
    mode = property(lambda self: machine.mode(self.system))
    bits = property(lambda self: machine.width(self.system))
    cr0, cr3, cr4, efer = (property(lambda self, name=name: getattr(self.system, name)) for name in ("cr0", "cr3", "cr4", "efer"))
    gdt_limit = property(lambda self: self.system.gdtr[1])
    idt_limit = property(lambda self: self.system.idtr[1])
    text = property(lambda self: self.here.text if self.here else "")

    def memory(self, linear, size):
        """Memory at a linear address, or None where nothing is mapped."""
        if not self.system.cr0 >> 31:
            return self.look.memory(linear, size)
        _, physical = machine.walk(linear, self.system, self.look.memory)
        return None if physical is None else self.look.memory(physical, size)

    @cached_property
    def gdt_is_ours(self):
        """Whether GDTR points into what was built; where we can't know, we assume so."""
        return not self.programs.sections or self.programs.program(self.system.gdtr[0]) is not None

    # What a fault's error code says.

    @cached_property
    def table(self):
        """The table that the error code names, or None if it names no selector."""
        if self.vector not in machine.WITH_SELECTOR or not self.error & ~1:
            return None
        return "IDT" if self.error & 2 else "LDT" if self.error & 4 else "GDT"

    selector = property(lambda self: self.error & ~7 if self.table == "GDT" else None)
    beyond = property(lambda self: self.selector is not None and self.selector + 7 > self.gdt_limit)

    @cached_property
    def descriptor(self):
        """The 8 bytes that the selector leads to, as a number."""
        data = self.selector is not None and self.memory(self.system.gdtr[0] + self.selector, 8)
        return int.from_bytes(data, "little") if data else 0

    what = property(lambda self: machine.describe_segment(self.descriptor >> 32, self.descriptor & 0xFFFFFFFF))
    far = property(lambda self: self.text.startswith(("jmpf", "callf", "retf", "iret")))
    loads_segment = property(lambda self: bool(re.match(r"(mov|pop) [c-gs]s\b|l[d-gs]s ", self.text)))
    page_fault = property(lambda self: self.vector == machine.PAGE_FAULT)
    present, write, reserved = (property(lambda self, bit=bit: bool(self.page_fault and self.error >> bit & 1))
                                       for bit in (0, 1, 3))
    fetch = property(lambda self: self.page_fault and (bool(self.error & 16) or self.address == self.registers["rip"]))

    @cached_property
    def walk(self):
        return machine.walk(self.address, self.system, self.look.memory)[0] if self.page_fault and self.cr0 >> 31 else []

    level = property(lambda self: self.walk[-1][0] if self.walk else "")
    no_execute = property(lambda self: any(entry >> 63 for *_, entry in self.walk))

    @cached_property
    def switch(self):
        """The step that switched to other page tables, if it is one of the last."""
        return next((step for step in reversed(self.ours[-3:]) if re.match(r"mov cr[03]", step.place.text)), None)

    @cached_property
    def own_code_lost(self):
        """Whether it is the running code that is not mapped."""
        return self.page_fault and self.switch is not None and abs(self.address - self.switch.place.linear()) < PAGE

    table_page = property(lambda self: self.cr3 & -PAGE)
    table_offset = property(lambda self: self.cr3 if self.cr3 & PAGE - 1 else 0)
    noncanonical = property(lambda self: any(0 < self.registers[name] >> 47 < 0x1FFFF for name in self.registers if name != "rflags"))

    @cached_property
    def outside_memory(self):
        """Whether the lower half of the address is one where there is no RAM, and not the very top."""
        return bool(self.walk) and not self.fetch and self.look.memory_size <= self.address & 0xFFFFFFFF < 0xFFFF0000

    @cached_property
    def below_stack(self):
        """The distance of the address from the stack pointer, if it is near."""
        return self.page_fault and not self.present and -PAGE * 32 <= self.address - self.registers["rsp"] < 256 and not self.fetch and any(
            self.memory(self.address + distance, 1) is not None for distance in range(PAGE, 1 << 20, 4 * PAGE))

    @cached_property
    def no_stack(self):
        """Whether not even the top of the stack is mapped."""
        return self.page_fault and not self.fetch and not self.present and (self.registers["rsp"] - self.address) % (1 << 64) <= 16

    @cached_property
    def tables_lost(self):
        """Whether not even the instruction is mapped, though the tables are still the same."""
        return self.page_fault and not self.fetch and self.switch is None and self.cr0 >> 31 \
            and self.memory(self.registers["rip"], 1) is None

    def left_by(self, *mnemonics):
        """Whether such an instruction was the last one in what was built."""
        return self.departure is not None and self.departure[1] is not None and self.departure[0].place.text.startswith(mnemonics)

    @cached_property
    def empty(self):
        """Whether there is nothing at all in the first table."""
        return self.page_fault and not any(self.look.memory(self.cr3 & -PAGE, PAGE))

    @cached_property
    def table_read(self):
        """The table of the CPU's that lies at the address of a page fault, in words."""
        for name, (base, limit) in ("GDT", self.system.gdtr), ("IDT", self.system.idtr):
            if self.page_fault and base <= self.address <= base + limit and not self.fetch:
                return f"the {name}"
        return ""

    @cached_property
    def by_device(self):
        """Whether a device's interrupt, and no INT, has asked for a handler."""
        return bool(self.asked) and not self.text.startswith("int")

    @cached_property
    def interruptible(self):
        """The last step at which interrupts were on, though there is no table for them, as outside real mode."""
        since = next((tick for tick, mode in reversed(self.outline.modes) if mode == "protected mode"), None)
        real = [tick for tick, mode in self.outline.modes if mode == "real mode"]
        if since is None or self.gate(8) or real and real[-1] > since:
            return None
        return next((step for step in reversed(self.ours) if step.tick > since and step.flags & 0x200), None)

    @cached_property
    def sse(self):
        return bool(re.search(r"\b[xy]mm\d", self.text))

    @cached_property
    def handler(self):
        """The handler of the first exception or interrupt, as its gate has it, in words; "" if there is none."""
        return self.gate(self.asked[0] if self.asked else self.vector)

    def gate(self, vector):
        base, limit = self.system.idtr
        size = 4 if self.real else 16 if self.efer >> 10 & 1 else 8
        if vector * size + size - 1 > limit:
            return ""
        data = self.memory(base + vector * size, size)
        if data is None:
            return ""
        if self.real:
            return f"{int.from_bytes(data[2:4], 'little'):04x}:{int.from_bytes(data[:2], 'little'):04x}"
        offset = int.from_bytes(data[:2] + data[6:8] + data[8:12], "little")
        return f"{int.from_bytes(data[2:4], 'little'):#x}:{offset:#x}" if data[5] & 0x80 else ""

    # Bytes that are no code, or that the CPU reads otherwise than they were meant.

    zeros = property(lambda self: bool(self.here) and self.here.bytes.startswith("0000")
                     or self.departure is not None and self.departure[1] is not None and self.departure[1].place.bytes.startswith("0000"))

    @cached_property
    def misread(self):
        """The last step that begins within an instruction (or a constant) of the source: two addresses
        of an assembler's line are never both the beginning of one."""
        for before, step in reversed(list(zip(self.ours[-41:], self.ours[-40:]))):
            here = step.place.linear()
            line = self.programs.line(here)
            if line and line[0].endswith((".asm", ".s", ".S")) and self.programs.line(here - 1) == line:
                again = self.programs.line(before.place.linear()) == line and before.place.text.split()[0] == step.place.text.split()[0]
                if not again:  # as in what %rep or times repeats
                    return step
        return None

    @cached_property
    def constants(self):
        """Whether what runs belongs to a program, and to no line of its source."""
        if not self.here or not self.is_ours(self.here) or not self.programs.sections:
            return False
        return self.programs.line(self.here.linear()) is None and any(self.programs.known.values())

    @property
    def in_c(self):
        """Whether the program's last instruction was compiled."""
        last = self.departure[0].place if self.departure else self.here
        line = last and self.programs.line(last.linear())
        return bool(line) and line[0].endswith(".c")

    @property
    def misread_at(self):
        file, line = self.programs.line(self.misread.place.linear())
        return f"{file}:{line}"

    # The screen.

    @cached_property
    def screen(self):
        return rows(self.text_memory)

    @cached_property
    def complaint(self):
        """The line in which the program itself says what is wrong."""
        return next((row.strip() for row in (*self.screen, *self.look.serial().splitlines()) if SELF_SAID.match(row)), "")

    # Where the CPU has left what was built.

    def find_departure(self, search):
        """Looks for the first step outside: in the trace, or, where that begins outside already, with
        a search that boots the machine again."""
        def first(steps):
            return next((number for number, step in enumerate(steps) if self.is_outside(step.place)), None)

        steps = self.ours
        if self.kind == "triple fault" and not self.here.bytes and self.is_outside(self.here) and steps:
            self.departure, self.before_departure = (steps[-1], None), steps
            return
        if first(steps) == 0:
            steps = [step for step in search() if not in_firmware(step.place.physical)]
        if number := first(steps):
            self.departure = steps[number - 1], steps[number]
            self.before_departure = steps[:number]
