"""make explain with QEMU, for what Bochs lacks: UEFI, and screens of pixels. The facts come from
QEMU's log of exceptions, and from the machine, stopped where it would restart. There is no trace:
no last instructions, no stages."""

import re
from types import SimpleNamespace

import screen
from recorder import machine
from recorder.case import Case
from recorder.outline import Place
from recorder.programs import Programs
from recorder.record import Segment, System
from recorder.trace import Interrupt

EXCEPTION = re.compile(r"^ *\d+: v=(\w\w) e=(\w+) i=\d .* pc=(\w+) .*?CR2=(\w+)", re.MULTILINE)
PAGE = 4096
LARGEST_LOADER = 4 << 20
SHELL = "UEFI Interactive Shell"  # what OVMF starts if there is nothing else
DEFAULT_MEMORY = 128 << 20  # of QEMU's machine
MISSING = ("QEMU says this much. The instructions before, the stages and their counts only Bochs knows, and it has no UEFI",
           "and no screen of pixels. To step there: make gdb, with the same BOOT=.")


class QemuCase(Case):
    """The same facts from QEMU: a machine that stands still after its last exception."""

    def __init__(self, qemu, log, programs):
        text = qemu.monitor("info registers")
        values = qemu.registers()
        segments = {name.lower(): Segment(int(selector, 16), int(flags, 16), 0, 1) for name, selector, flags in
                    re.findall(r"^([CDEFGS]S) *=(\w+) \w+ \w+ (\w+)", text, re.MULTILINE)}
        tables = [tuple(int(number, 16) for number in re.search(rf"^{name}= +(\w+) (\w+)", text, re.MULTILINE).groups())
                  for name in ("GDT", "IDT")]
        self.system = System(*(values[name] for name in ("CR0", "CR2", "CR3", "CR4", "EFER")), segments, *tables)
        self.registers = {name.lower(): value for name, value in values.items()} | {"rflags": values["RFL"]}
        self.look = SimpleNamespace(memory=qemu.memory, memory_size=DEFAULT_MEMORY, serial=qemu.received)
        self.outline, self.calls, self.steps, self.programs = SimpleNamespace(modes=[], calls=[]), [], [], programs
        self.departure, self.before_departure, self.asked, self.text_memory = None, [], [], bytes(4000)
        self.kind, self.said = "triple fault", log
        instruction = qemu.monitor(f"x/i {values['RIP']:#x}").partition(":")[2]
        self.here = Place(values["RIP"], segments["cs"].selector, values["RIP"], re.sub(r"\s+", " ", instruction).strip(), "")
        faults = EXCEPTION.findall(log)
        self.chain = [Interrupt(True, int(vector, 16), int(error, 16)) for vector, error, *_ in faults[-3:]]
        # Exceptions that were handled long ago were at other places.
        self.chain = [event for event, fault in zip(self.chain, faults[-3:]) if int(fault[2], 16) == values["RIP"]] or self.chain[-1:]
        first = self.chain[0]
        self.vector, self.error, self.address = first.vector, first.error, values["CR2"]


def image_base(qemu, address):
    """Where the firmware has put the loader that an address is in: at the last page before it that
    begins like a UEFI image. None if there is none nearby."""
    for page in range(address & -PAGE, max(address - LARGEST_LOADER, 0), -PAGE):
        if qemu.memory(page, 2) == b"MZ":
            return page
    return None


class Moved(Programs):
    """Programs, one of which does not lie where it was linked to: at base instead of at 0."""

    def __init__(self, paths, addr2line, base):
        super().__init__(paths, addr2line)
        self.base = base

    def _linked(self, linear):
        return linear - self.base if self.base is not None and self.base <= linear < self.base + LARGEST_LOADER else linear

    def program(self, linear):
        return super().program(self._linked(linear))

    def name(self, linear):
        return super().name(self._linked(linear))

    def line(self, linear):
        return super().line(self._linked(linear))


def explain_qemu(way, build, paths, addr2line, command, report):
    """Lines of text, like explain.py's; report makes them of a case."""
    Machine, image, drive = screen.WAYS[way]
    with Machine("-drive", drive.format(f"{build}/{image}"), *command[1:], "-d", "int,cpu_reset", "-D",
                 f"{build}/exceptions.log", program=command[0]) as qemu:
        rests = qemu._rests
        qemu._rests = lambda: SHELL in str(qemu.screen()) or rests()
        try:
            screen.wait_while_it_changes(qemu)
        except screen.Restarted:
            with open(f"{build}/exceptions.log", errors="replace") as log:
                said = log.read()[-200_000:].rpartition("Triple fault")[0]
            address = qemu.registers()["RIP"]
            programs = Moved(paths, addr2line, image_base(qemu, address) if address < 1 << 47 else None)
            return [*report(QemuCase(qemu, said, programs)).fault_lines(), "", *MISSING]
        except TimeoutError as error:
            return [str(error), "", *MISSING]
        registers = qemu.registers()
        system = SimpleNamespace(cr0=registers["CR0"], efer=registers["EFER"], segments={"cs": Segment(0, 1 << 21, 0, 1)})
        text = qemu.received()
        error = re.search(r"boot error: .*|kernel panic: .*", text)
        programs = Programs(paths, addr2line)
        where = programs.line(registers["RIP"])
        state = ("Nothing was started: the firmware has found no program that it could load. See docs/symptoms.md#uefi"
                 if SHELL in text else f'At rest, with an error of the program\'s own: "{error[0].strip()}"' if error else
                 "At rest: the CPU is halted with interrupts off, in " + machine.mode(system) + ".")
        return [state, *([f"  at           {where[0]}:{where[1]}, in {programs.name(registers['RIP'])}"] if where else []),
                "", "The serial port:", *(f"    {line}" for line in text.splitlines() if line.strip()), "",
                *MISSING]
