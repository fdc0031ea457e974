"""Reads what Bochs prints with trace, trace-reg and trace-mem on.

For each instruction there are the registers before it, the instruction itself, and then what it
did: the memory that it read and wrote, the page tables' entries that the CPU followed for
that, interrupts and exceptions, and what the CPU complained about. Bochs 2.7, 3.0 and 3.1 differ
in one colon."""

import re
from typing import NamedTuple

NAMES = ("rax", "rbx", "rcx", "rdx", "rsp", "rbp", "rsi", "rdi", *(f"r{number}" for number in range(8, 16)))
LINE = len("rax: 00000000_0000aa55\n")
START = b"CPU0:\n"
FLAGS = re.compile(rb"eflags:? 0x(\w{8}): ")
STEP = re.compile(rb"^\(0\)\.\[(\d+)\] (\[0x(\w+)\] (\w+):(\w+) \([^)]*\): (.*?) *; (\w+))$", re.MULTILINE)
ACCESS = re.compile(rb"^\[CPU0 (RD|WR|RW)\]: (?:LIN 0x(\w+) )?PHY 0x(\w+) \(len=(\d+), [^)]*\): ([^\t\n]*)(?:\t; (\w+))?$|"
                    rb"^CPU 0: (Exception|Interrupt) 0x(\w+) .*\(error_code=0x(\w+)\)$|"
                    rb"^\d+(?:[epw]\[CPU0  \]|p\[[^]]*\]|i\[CPU0  \](?=.* reset)) (.*)$|"
                    rb"^CPU 0: (HALTED)$", re.MULTILINE)


class Access(NamedTuple):
    kind: str  # read or write; walk and mark are the CPU's own, of an entry of a page table
    linear: int  # for those the entry's name is said instead, and this is None
    physical: int
    size: int
    value: int
    table: str


class Interrupt(NamedTuple):
    exception: bool  # or else it is one that an instruction or a device has asked for
    vector: int
    error: int  # the error code, if it has one


class Step(NamedTuple):
    tick: int
    registers: bytes  # Bochs's own lines, to be compared
    flags: int
    code: bytes  # Bochs's own words, from address to bytes
    accesses: list
    interrupts: list
    complaints: list
    halted: bool


def pieces(bochs):
    """The pieces of the trace, one for each instruction, as they come. A CPU that halts with
    interrupts off is the end, though Bochs keeps waiting; and so is one that nothing wakes."""
    rest = b""
    while data := bochs.read():
        if bochs.silent:
            break
        *whole, rest = (rest + data).split(START)
        yield from whole
        if rest.endswith(b"CPU 0: HALTED\n") and b" if " in rest:
            break
    yield rest


def value(words):
    """A value of any size, which Bochs prints as words of 32 bits, the highest first."""
    return int(words.replace(b" 0x", b"").removeprefix(b"0x"), 16)


def did(text):
    """What an instruction did, from the lines that follow it."""
    accesses, interrupts, complaints = [], [], []
    halted = False
    linear = None
    for kind, at, physical, size, data, table, event, vector, error, complaint, halt in ACCESS.findall(text):
        if kind:
            if at:
                linear = int(at, 16)
            if kind == b"RW":  # what is written there comes next, without this address
                name = "read"
            elif table:
                name = "walk" if kind == b"RD" else "mark"
            else:
                name = "read" if kind == b"RD" else "write"
            accesses.append(Access(name, None if table else linear, int(physical, 16), int(size), value(data),
                                   table.decode()))
        elif event:
            interrupts.append(Interrupt(event == b"Exception", int(vector, 16), int(error, 16)))
        elif complaint:
            complaints.append(complaint.decode())
        else:
            halted = bool(halt)
    return accesses, interrupts, complaints, halted


def steps(bochs):
    """Each instruction that Bochs traces, as it comes."""
    return read(pieces(bochs))


def read(pieces):
    """Each instruction in the pieces of a trace. RuntimeError where its text has another form."""
    for piece in pieces:
        if not (found := STEP.search(piece)):
            if b"rax" in piece:
                raise RuntimeError("Bochs prints its trace in a form that the course does not know: "
                                   f"{piece[:80].decode(errors='replace')!r}")
            continue
        if not (flags := FLAGS.search(piece, 17 * LINE, found.start())):
            raise RuntimeError("Bochs prints its registers in a form that the course does not know: "
                               f"{piece[:400].decode(errors='replace')!r}")
        tail = piece[found.end():]
        yield Step(int(found[1]), piece[:16 * LINE], int(flags[1], 16), found[2],
                   *(did(tail) if len(tail) > 1 else ([], [], [], False)))
