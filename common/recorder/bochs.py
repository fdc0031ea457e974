"""Runs Bochs, unseen, at the prompt of its debugger."""

import contextlib
import fcntl
import functools
import os
import re
import select
import signal
import subprocess
import tempfile
from pathlib import Path

from screen import Deadline

COMMON = Path(__file__).resolve().parent.parent
PROMPT = re.compile(rb"<bochs:\d+> ")
PAUSE = re.compile(PROMPT.pattern + rb"|HLT instruction with IF=0")  # after that there is no prompt
LONGEST_END = 100  # bytes
BOOT_SECTOR = 0x7C00
START = 30  # seconds in which it must come to its prompt
SILENCE = 2  # seconds; a CPU that waits for an interrupt that does not come reaches no breakpoint
# What goes into its log, which otherwise would be long: what the CPU complains about. And the clock
# always begins with the same second: so every boot takes the same way.
LINES = ("clock: sync=none, time0=946684800", 'display_library: rfb, options="timeout=0"', "log: -", "info: action=ignore, cpu0=report",
         "magic_break: enabled=0")


LARGE_PAGES = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}  # Bochs zeroes 20 MiB before it starts


@functools.cache
def debugger():
    """How Bochs is asked for its debugger: what common/bochs.sh would find out at each start."""
    said = subprocess.run([os.environ.get("BOCHS", "bochs"), "--help"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout
    return os.environ.get("BOCHS_DEBUGGER", "-debugger" if b"-debugger " in said else "")


@contextlib.contextmanager
def starts_alone():
    """Two machines that start at once can choose the same port for their screens: then one of
    them finds that it cannot listen, and stops."""
    turn = os.open("/tmp", os.O_RDONLY)  # a folder that is the same one for all who use this computer
    try:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield
    finally:
        os.close(turn)


class Stopped(RuntimeError):
    """Bochs has ended, and this is the last thing that it said."""


class Bochs:
    """Bochs at its prompt; lines are lines of a bochsrc, and overrule those of the file."""

    def __init__(self, bochsrc, *lines):
        with starts_alone():
            self.process = subprocess.Popen(
                [COMMON / "bochs.sh", "-q", "-f", bochsrc, *LINES, *lines],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, pass_fds=open_files(),
                env=os.environ | LARGE_PAGES | {"BOCHS_DEBUGGER": debugger()})
            self.pipe = self.process.stdout.fileno()
            self.silent = False  # whether it had to be interrupted
            self.patience = START  # seconds that it may be silent
            self._said()
            self.patience = SILENCE

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def read(self):
        """Some of what Bochs says. If it has nothing to say, it is interrupted, and says where."""
        wait, deadline = SILENCE / 10, None
        while not select.select([self.pipe], [], [], wait)[0]:
            deadline = deadline or Deadline(self.process, self.patience)
            if (wait := deadline.left()) <= 0:
                self.silent = True
                self.process.send_signal(signal.SIGINT)
                deadline, wait = None, SILENCE
        return os.read(self.pipe, 1 << 20)

    def _said(self, end=PROMPT, most=1 << 40):
        said, looked = bytearray(), 0
        while not end.search(said, looked) and len(said) < most:
            looked = max(len(said) - LONGEST_END, 0)
            if not (data := self.read()):
                raise Stopped(said.decode(errors="replace"))
            said += data
        return said.decode(errors="replace")

    def send(self, command):
        """Types a line, without waiting for what is said to it."""
        self.process.stdin.write(f"{command}\n".encode())
        self.process.stdin.flush()

    def command(self, command, end=PROMPT, most=1 << 40):
        """What Bochs answers to a line. A line that lets the machine run ends at a breakpoint, or at
        what matches end. After that many bytes we stop listening."""
        self.send(command)
        return self._said(end, most)

    def run_to(self, address, holds="", limit=0):
        """Runs to the first time that the instruction at a linear address is next, and that the
        registers match the pattern in holds. Stopped if that does not happen, or not within some
        ticks."""
        self.command(f"lb {address:#x}")
        if limit:
            self.command(f"sb {limit}")
        while True:
            said = self.command("c", PAUSE)
            if "HLT instruction" in said or "Caught time breakpoint" in said:
                raise Stopped(said)
            if re.search(holds, self.command("r")):
                break
        self.command("d 1")

    def ticks(self):
        """Instructions since power-on."""
        return int(re.search(r"ptime: (\d+)", self.command("ptime"))[1])

    def memory(self, address, size):
        """Memory at a linear address."""
        with tempfile.NamedTemporaryFile() as file:
            self.command(f'writemem "{file.name}" {address:#x} {size}')
            return file.read()


    def physical(self, address, size):
        """Memory at a physical address, where there is some: else Bochs ends."""
        said = self.command(f"xp /{size}bx {address:#x}")
        return bytes(int(byte, 16) for byte in re.findall(r"\t0x(\w\w)(?!\w)", said))


def open_files():
    """The files 7 and 8, where make has opened them: Bochs's symbols and its disk."""
    return [number for number in (7, 8) if os.path.exists(f"/proc/self/fd/{number}")]
