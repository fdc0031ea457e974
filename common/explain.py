#!/usr/bin/env python3
"""Boots a machine unseen, and says in plain words what has happened: make explain.

    explain.py BOOT BOCHSRC LINE...
    explain.py BOOT build

BOOT is the way to boot; BOCHSRC and the lines are Bochs's machine, and for UEFI build has the disk. In the environment, PROGRAMS are
the files, in running order, whose names and lines are to be known, ADDR2LINE is the tool that
finds lines, and STEPS the most instructions before we look at what the machine does."""

import os
import re
import shutil
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import endings
from causes import known
from elf_file import ElfFile
from explain_qemu import explain_qemu
from recorder import machine
from recorder.bochs import BOOT_SECTOR, Bochs, Stopped
from recorder.case import SCREEN, TEXT, Case, rows
from recorder.close_up import CloseUp, close_up, departure
from recorder.outline import LIMIT, in_firmware, outline
from recorder.programs import Programs

MULTIBOOT = r"rax: 00000000_(36d76289|2badb002)\n"  # what a kernel that GRUB starts finds in EAX
GRUB_TAKES = 80_000_000  # ticks at most
CONTRIBUTORY = 0, 10, 11, 12, 13  # #DE, #TS, #NP, #SS, #GP
DOUBLE_FAULT, PAGE_FAULT = 8, 14
PATIENCE = 2  # seconds of a reader's
FLOPPY, CYLINDER = 1440 << 10, 516096  # bytes
BEFORE = 10  # instructions that are shown before the last one
MOST_CALLS = 24  # that are shown
STATUS = {0x01: "it does not know this call, or a number is wrong", 0x02: "no address mark", 0x04: "no such sector",
          0x09: "over a 64 KiB line", 0x0C: "no such medium", 0x20: "the controller failed", 0x80: "no answer in time: no such drive?",
          0xAA: "the drive is not ready"}
BANNER = re.compile(r"SeaBIOS \(version|Bochs VGABios|Plex86/Bochs")
STATES = {"rest": "At rest: the CPU is halted with interrupts off",
          "idle": "At rest: the CPU is halted, and interrupts go on waking it",
          "asleep": "At rest: the CPU is halted with interrupts on, but none comes",
          "triple fault": "Triple fault: an exception, and no handler could take it. A real PC restarts here",
          "reset": "The program has reset the machine",
          "keyboard": "The BIOS waits for a key",
          "in the BIOS": "The BIOS is still at work on a call, and has not come back",
          "wild": "Lost: the CPU runs on through memory that holds none of the program",
          "loop": "A loop without an end",
          "storm": "The same exception or interrupt again and again",
          "limit": "Still at work",
          "stopped": "Bochs has given up"}


class Never(Exception):
    """The program was never started: what Bochs said, and the rows of the screen."""


class Boot:
    """A machine in Bochs, which boots the same way each time."""

    def __init__(self, bochsrc, lines, start=BOOT_SECTOR, holds="", image=""):
        self.bochsrc, self.start, self.holds, self.image = bochsrc, start, holds, image
        self.folder = tempfile.TemporaryDirectory()
        self.lines = [*lines, f"com1: enabled=1, mode=file, dev={self.folder.name}/serial"]
        sizes = re.findall(r"^(?:megs: *|memory:.*guest=)(\d+)", "\n".join([Path(bochsrc).read_text(), *lines]), re.MULTILINE)
        self.mebibytes = int(sizes[-1]) if sizes else 32

    def machine(self, *lines):
        """Bochs, stopped at the program's first instruction."""
        bochs = Bochs(self.bochsrc, *self.lines, *lines)
        try:
            bochs.run_to(self.start, self.holds, GRUB_TAKES)
        except Stopped as stopped:
            with bochs:
                screen = rows(bochs.physical(TEXT, SCREEN)) if "time breakpoint" in str(stopped) else []
            raise Never(str(stopped), screen) from None
        except BaseException:
            bochs.__exit__()
            raise
        return bochs

    def serial(self):
        """What has come out of the first serial port, in the last boot."""
        file = Path(self.folder.name, "serial")
        return file.read_text(errors="replace") if file.exists() else ""


def explain(boot, programs, entries=(), limit=LIMIT, progress=lambda ticks: None, whole=True):
    """What there is to say about a boot: lines of text. Unless whole, only what happened, and why."""
    try:
        with boot.machine("magic_break: enabled=1") as bochs:
            course = outline(bochs, entries, limit, progress)
    except Never as never:
        return list(never_started(NoBoot(boot, *never.args)))
    with CloseUp(boot, course.start) as look:
        case = Case(course, look, close_up(look, course), programs)
        if case.here and case.is_outside(case.here):
            case.find_departure(lambda: departure(boot, course, case.is_outside))
        wanted = [step.place for step in (*case.ours[-200:], *case.before_departure[-50:], *case.calls)]
        here = {place.linear() for place in (*wanted, *(place for _, place in course.stops), case.here) if place}
        programs.look_up(here | {address - 1 for address in here})
        return list(Report(case).lines(whole))


class NoBoot:
    """The case that the program was never started."""

    misread = departure = page_fault = None
    calls, chain = (), ()

    def left_by(self, *_):
        return False

    constants = zeros = False
    complaint = ""

    def __init__(self, boot, said, screen):
        self.kind, self.said, self.screen, self.start = "no boot", said, screen, boot.start
        with open(boot.image, "rb") as image:
            self.ending = image.read(512)[510:].hex(" ")
        self.signature = self.ending == "55 aa"


def never_started(case):
    yield f"Not started: the CPU has never come to the program's first instruction ({case.start:#x})."
    if why := re.search(r">>PANIC<< (.*)", case.said):
        yield f"  Bochs gives up: {why[1].rstrip('.')}."
    yield from shown(case.screen)
    yield from causes(case)


def causes(case):
    for says, page in known(case):
        yield from ("", *wrapped(f"Likely cause: {says}"), f"  See docs/{page}")


def wrapped(text):
    return textwrap.wrap(text, 100, subsequent_indent="  ", break_on_hyphens=False, break_long_words=False)


def shown(screen):
    """The rows of the screen, without what the firmware says about itself."""
    starts = [number for number, row in enumerate(screen) if row.startswith("Booting from")]
    if starts and BANNER.search("\n".join(screen[:starts[0]])):
        screen = screen[starts[0]:]
    if screen:
        yield from ("", "The screen:", *(f"    {row}" for row in screen))


class Report:
    """A case in words."""

    def __init__(self, case):
        self.case, self.programs, self.course = case, case.programs, case.outline

    def lines(self, whole=True):
        case = self.case
        yield self.verdict()
        if case.kind == "triple fault":
            yield from self.chain()
        if case.kind not in ("keyboard", "no boot", "in the BIOS"):
            yield from self.where()
        if case.kind == "triple fault":
            yield from self.tables()
        if case.departure:
            yield from self.departed()
        if case.kind in ("keyboard", "no boot", "in the BIOS"):
            yield from self.pending()
        yield from causes(case)
        if not whole:
            yield from shown(case.screen)
            return
        if case.kind == "loop":
            yield from self.steps("The loop:", case.ours[-300:])
        elif case.departure:
            yield from self.steps("The program's last instructions:", case.before_departure)
        elif case.kind not in ("rest", "idle", "keyboard"):
            yield from self.steps("The program's last instructions:", case.ours)
        yield from self.stages()
        yield from self.bios()
        yield from shown(case.screen)
        if text := case.look.serial().strip():
            yield from ("", "The serial port:", *(f"    {row.rstrip()}" for row in text.splitlines()[-25:]))

    def fault_lines(self):
        """What can be said of a fault alone."""
        yield self.verdict()
        yield from self.chain()
        yield from self.where()
        yield from self.tables()
        yield from causes(self.case)

    def verdict(self):
        case = self.case
        if case.complaint and case.kind in ("rest", "idle"):
            return f'At rest, with an error of the program\'s own: "{case.complaint}"'
        if case.kind == "stopped" and (why := re.search(r">>PANIC<< (.*)", case.said)):
            return f"Bochs has given up: {why[1]}"
        return f"{STATES[case.kind]}."

    def place(self, place):
        """An instruction's place: file and line, symbol, address."""
        linear = place.linear()
        line, name = self.programs.line(linear), self.programs.name(linear).partition("+")[0]
        words = ", ".join(filter(None, [line and f"{line[0]}:{line[1]}", name and f"in {name}"]))
        if not words and in_firmware(place.physical):
            words = "in the BIOS"
        return f"{words or 'outside of all that was built' if self.programs.sections else 'address'} ({linear:#x})"

    def source(self, place):
        """The line of source with its neighbours."""
        if line := self.programs.line(place.linear()):
            file, number = line
            for each in range(max(number - 2, 1), number + 3):
                if text := self.programs.source(file, each):
                    yield f"  {'-->' if each == number else '   '} {each:5}  {text}".expandtabs()

    def where(self):
        here = self.case.here
        if not here:
            return
        yield f"  at           {self.place(here)}"
        yield from self.source(here)
        yield f"  instruction  {here.text}" + f"  ({here.bytes})" * bool(here.bytes) + f", in {self.case.mode}"

    def chain(self):
        case = self.case
        first = case.chain[0]
        asked = ""
        if case.asked:
            asked = f" (INT {case.asked[0]:#x} asks for it)" if case.text.startswith("int") else f" (a device asks for vector {case.asked[0]:#x})"
        yield f"  exception    {exception(first)}{asked}"
        if case.page_fault:
            access, why = machine.page_fault(case.error | 16 * case.fetch)
            yield f"               {access} {case.address:#x}, {why}"
        handler = case.gate(first.vector)
        why = f"its handler at {handler} could not be called" if handler else f"no handler for it: the IDT's limit is {case.idt_limit:#x}"
        if any(event.vector == DOUBLE_FAULT for event in case.chain[1:]):
            # SDM vol. 3, "Interrupt 8": what is neither contributory nor a page fault is dropped for the #GP.
            serial = "" if first.vector in (*CONTRIBUTORY, PAGE_FAULT) else "#GP, general protection, and no handler for that; so "
            why += f"; so {serial}#DF, double fault, and no handler for that"
        yield f"  then         {why}"

    def tables(self):
        """What the CPU has looked at: descriptors, or the entries of page tables."""
        case = self.case
        if case.selector is not None:
            base, limit = case.system.gdtr
            yield (f"  GDT          at {base:#x} ({self.programs.name(base) or 'none of the programs'}), limit {limit:#x}: "
                   f"its last selector is {max(limit - 7, 0) & ~7:#x}")
            yield f"  selector     {case.selector:#x}" + (", beyond the limit; in memory there: " if case.beyond else ": ") + case.what
        if case.walk:
            owner = self.programs.name(case.cr3 & ~0xFFF) or "none of the programs"
            yield f"  page tables  CR3 is {case.cr3:#x}" + f", and points to {owner}" * bool(self.programs.sections)
            for name, at, index, entry in case.walk:
                large = ", large" if entry & machine.LARGE and name != "PT" else ""
                yield f"    {name:4} entry {index:3}, at {at:#x}: {machine.describe_entry(entry)}{large}"

    def departed(self):
        last, first = self.case.departure
        yield ""
        yield f"It came there from {self.place(last.place)}:"
        yield from self.source(last.place)
        yield f"  instruction  {last.place.text}  ({last.place.bytes})"
        if first:
            yield f"  went to      {first.place.linear():#x}, where there is {first.place.text}  ({first.place.bytes})"
        if last.place.text.startswith(("ret", "iret")) and last.accesses:
            read = last.accesses[0]
            writer = next((step for step in reversed(self.case.before_departure) if step.tick < last.tick and any(
                access.kind == "write" and access.physical <= read.physical < access.physical + access.size for access in step.accesses)), None)
            yield f"  return to    {read.value:#x}, as it lay on the stack at {read.linear or read.physical:#x}" + (
                f"; written there at {self.place(writer.place)} by {writer.place.text}" if writer else "")

    def pending(self):
        call = next(call for call in self.case.calls if not call.returned)
        yield f"  call         {call.words}"
        yield f"  from         {self.place(call.place)}"
        yield from self.source(call.place)

    def steps(self, title, steps):
        """The last of some steps, with repetitions folded; for C the lines."""
        entries = []
        for step in steps:
            linear = step.place.linear()
            line = self.programs.line(linear)
            if line and line[0].endswith((".c", ".h")):
                words = f"{line[0]}:{line[1]}", self.programs.source(*line).strip()
            else:
                words = f"{line[0]}:{line[1]}" if line else self.programs.name(linear) or f"{linear:#x}", step.place.text
            if not entries or entries[-1] != words:
                entries.append(words)
        if entries:
            yield from ("", title)
        kept = folded(entries)
        room = BEFORE
        chosen = []
        while kept and room > 0:
            lines, times = kept.pop()
            chosen.insert(0, (lines[-room:], times))
            room -= len(lines)
        width = max((len(words[0]) for lines, _ in chosen for words in lines), default=0)
        for lines, times in chosen:
            for number, (where, text) in enumerate(lines):
                again = f"   (these {len(lines)} lines {times} times)" if times > 1 and len(lines) > 1 else f"   ({times} times)" if times > 1 else ""
                yield f"  {where:{width}}  {text}" + (again if number == len(lines) - 1 else "")

    def stages(self):
        """Each stage's first time, and each mode's: how many instructions it took to come there."""
        course = self.course
        total, theirs = course.end - course.start, course.in_bios()
        mode = "real mode" if course.real else "protected mode"
        seen, lines = {}, []
        for tick, what in sorted([*course.stops, *course.modes], key=lambda each: each[0]):
            if isinstance(what, str):
                mode = what
                name = ""
            else:
                name = self.programs.name(what.linear()).partition("+")[0] or f"{what.linear():#x}"
            if name and name not in seen:
                seen[name] = mode
                lines.append((name, mode, tick - course.start))
            elif not name and mode not in seen.values() and not any(0 <= stop - tick < 50 for stop, _ in course.stops):
                seen[f"({mode})"] = mode
                lines.append(("", mode, tick - course.start))
        yield ""
        counts = f"{total:,} instructions: {total - theirs:,} of the program, {theirs:,} of the BIOS."
        yield (("" if self.case.kind in ("idle", "asleep") else counts)  # a halt counts as well, and nobody knows how much
               + (" The stages that were reached:" if lines else " No stage was reached (xchg bx, bx marks one).")).strip()
        width = max((len(name) for name, *_ in lines), default=0)
        for name, mode, count in lines:
            yield f"  {name:{width}}  {mode:18} after {count:>9,}"

    def bios(self):
        """The calls of the BIOS, texts as a whole, repetitions once."""
        entries = []
        for call in self.case.calls:
            line = self.programs.line(call.place.linear())
            where = f"{line[0]}:{line[1]}" if line else self.programs.name(call.place.linear()) or f"{call.place.linear():#x}"
            letter = re.search(r"prints '(.*)'$|prints the byte", call.words)
            if letter and entries and entries[-1][0] == "text" and entries[-1][2] == where:
                entries[-1][1] += letter[1] or ""
                continue
            words = re.sub(r"memory region \d+ ", "the next piece of the memory map ", call.words)
            if not letter and not call.returned:
                words += "; it has not come back"
            elif not letter and call.failed and (call.vector == 0x13 or call.function == 0xE8):
                words += f"; failed, AH={call.status:02X}h" + (f" ({STATUS[call.status]})" if call.vector == 0x13 and call.status in STATUS else "")
            entries.append(["text", letter[1] or "", where] if letter else ["call", words, where])
        if entries:
            yield from ("", "Calls of the BIOS:")
        lines = folded([tuple(entry) for entry in entries])
        if len(lines) > MOST_CALLS:
            lines = [*lines[:MOST_CALLS // 2], None, *lines[-MOST_CALLS // 2:]]
        for group in lines:
            if not group:
                yield "  ..."
                continue
            for number, (kind, words, where) in enumerate(group[0]):
                again = f", {group[1]} times" if group[1] > 1 and number == len(group[0]) - 1 else ""
                yield f"  {where}: " + (f"INT 10h AH=0Eh: prints {words!r}" if kind == "text" else words) + again


def exception(event):
    """An exception with what its error code says."""
    short, name = machine.EXCEPTIONS.get(event.vector, (f"vector {event.vector:#x}", "which has no name"))
    code = ""
    if event.vector in machine.WITH_SELECTOR:
        code = f", error code {event.error:#x}" + (f": {machine.selector(event.error)}" if event.error & ~1 else "")
    elif event.vector == machine.PAGE_FAULT:
        code = f", error code {event.error:#x}"
    return f"{short}, {name}{code}"


def folded(entries):
    """Pairs of an entry and how often it comes in a row."""
    made, at = [], 0
    while at < len(entries):
        for period in range(1, 13):
            piece, times = entries[at:at + period], 1
            while len(piece) == period and entries[at + times * period:at + (times + 1) * period] == piece:
                times += 1
            if times > 1 and (times > 2 or period > 1):
                break
        else:
            period, times = 1, 1
        made.append((entries[at:at + period], times))
        at += period * times
    return made


def say_after_a_while(ticks, start=time.monotonic()):
    if time.monotonic() - start > PATIENCE:
        print(f"{ticks:,} instructions so far ...", file=sys.stderr)


def any_image():
    """The reader's own image, as the open file 8: lines of a bochsrc for it. Bochs only takes a
    disk of whole cylinders; so we make a copy that is one."""
    path = Path(os.environ["TYPED_IN"], os.environ["IMAGE"])
    if path.is_dir() or not path.stat().st_size:
        raise RuntimeError(f"IMAGE={os.environ['IMAGE']}: this is no disk and no CD")
    copy = tempfile.TemporaryFile()
    with open(path, "rb") as image:
        shutil.copyfileobj(image, copy)
    size = path.stat().st_size
    is_cd = path.suffix == ".iso"
    if not is_cd and size != FLOPPY:
        copy.truncate(-(-size // CYLINDER) * CYLINDER)
    os.dup2(copy.fileno(), 8)
    if is_cd:
        return ["ata0-master: type=cdrom, path=/dev/fd/8, status=inserted", "boot: cdrom"]
    if size == FLOPPY:
        return ["ata0-master: type=cdrom, path=none, status=ejected", "floppya: 1_44=/dev/fd/8, status=inserted", "boot: floppy"]
    return [f"ata0-master: type=disk, path=/dev/fd/8, mode=volatile, journal={tempfile.gettempdir()}/written-{os.getpid()}"]


def main():
    way, bochsrc, *lines = sys.argv[1:]
    paths = os.environ["PROGRAMS"].split()
    if os.environ.get("IMAGE"):
        way, lines = "image", any_image()
        paths = [os.path.join(os.environ["TYPED_IN"], path) for path in paths]
    def by_qemu():
        return explain_qemu(way, "build", paths, os.environ["ADDR2LINE"], os.environ["QEMU"].split(), Report)

    if way.endswith("uefi"):
        print("\n".join(by_qemu()))
        return
    programs = Programs(paths, os.environ["ADDR2LINE"])
    by_grub = paths and (way == "grub" or "boot: cdrom" in lines)
    start = (ElfFile(paths[0]).entry(), MULTIBOOT) if by_grub else (BOOT_SECTOR, "")
    boot = Boot(bochsrc, lines, *start, os.environ["DISK"])
    entries = [ElfFile(path).entry() for path in paths]
    limit = int(os.environ.get("STEPS") or LIMIT + GRUB_TAKES * ("boot: cdrom" in lines and not by_grub))
    said = explain(boot, programs, [entry for entry in entries if entry not in (0, start[0])], limit, say_after_a_while)
    if os.environ.get("DRAWN") and said[0].startswith("At rest") and (pixels := by_qemu())[0].startswith("Triple"):
        said = ["In Bochs, which has no screen of pixels here, the program comes to rest. In QEMU:", "", *pixels]
    print("\n".join(said))


if __name__ == "__main__":
    endings.run(main)
