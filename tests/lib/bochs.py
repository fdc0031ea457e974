"""Bochs, with the same methods as QEMU."""

import contextlib
import os
import re
import select
import signal
import subprocess
import tempfile

import copies
import screen
from course import CHAPTERS, ROOT, TIMEOUT, image
from page_tables import PHYSICAL_MEMORY
from recorder.bochs import LARGE_PAGES, debugger, starts_alone as bochs_starts_alone  # noqa: F401
from screen import Restarted, Screen

PROMPT = rb"<bochs:\d+> "  # of Bochs's debugger
RESTS = "HLT instruction with IF=0"  # what it says of a CPU that nothing will wake


def bochs_floppy(image):
    """The same for Bochs."""
    return f"floppya: 1_44={image}, status=inserted", "boot: floppy"


class Bochs:
    """Bochs, steered at the prompt of its debugger. Options are lines of a
    bochsrc file, and replace those of ours."""

    name = "Bochs"

    def __init__(self, disk=None, *options, stopped=True):
        assert stopped, "Bochs always waits at its prompt first"
        self.output = b""
        self.signs_of_restart = []
        environment = os.environ | {"DISK": str(disk or image(CHAPTERS[0])), **LARGE_PAGES}
        if not any(line.startswith("display_library") for line in options):
            options = 'display_library: rfb, options="timeout=0"', *options
        options = (
            "log: -",  # which is not buffered
            # All that we look for comes from the CPU. Bochs's handler of
            # SIGINT must not log: it would wait forever for the log's own lock.
            "info: action=ignore, cpu0=report", *options)
        bochsrc = ROOT / "bochsrc.txt"
        self.process = copies.copy(bochsrc, options, environment)
        with contextlib.nullcontext() if self.process else bochs_starts_alone():
            self.process = self.process or subprocess.Popen(
                [ROOT / "common/bochs.sh", "-q", "-f", bochsrc, *options],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment, cwd=ROOT)
            self._read_to(PROMPT, timeout=30)  # it reads a hundred files first
        self.signs_of_restart = [b"exception with no resolution", b"cpu hardware reset", b"cpu software reset"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def _read_to(self, end, timeout=TIMEOUT):
        deadline = screen.Deadline(self.process, timeout)
        while not (found := re.search(end, self.output)):
            self._look_for_restart(self.output)
            if (left := deadline.left()) < 0:
                raise TimeoutError(f"Bochs still runs after {timeout} s")
            if not select.select([self.process.stdout], [], [], left)[0]:
                continue
            data = os.read(self.process.stdout.fileno(), 65536)
            if not data:
                raise RuntimeError(f"Bochs has ended: {self.output[-4000:].decode()}")
            self.output += data
        before, self.output = self.output[:found.end()], self.output[found.end():]
        self._look_for_restart(before)
        return before.decode(errors="replace")

    def _look_for_restart(self, output):
        if any(sign in output for sign in self.signs_of_restart):
            raise Restarted(output.decode(errors="replace"))

    def _send(self, command):
        self.process.stdin.write(command.encode() + b"\n")
        self.process.stdin.flush()

    def command(self, command):
        """What Bochs's debugger answers."""
        self._send(command)
        return self._read_to(PROMPT)

    def registers(self):
        text = self.command("creg") + self.command("sreg") + self.command("r")
        code = re.search(r"cs:0x(\w+), dh=0x(\w+)", text)
        registers = {name: int(value, 16) for name, value in
                     re.findall(r"^(CR0|CR2|CR3|CR4|EFER) ?=(?:.*=)?0x(\w+)", text, re.MULTILINE)}
        registers |= {name.upper(): int(value.replace("_", ""), 16) for name, value in
                      re.findall(r"^(r\w+) ?: (\w+)", text, re.MULTILINE)}
        return registers | {
            "RFL": int(re.search(r"eflags:? 0x(\w+)", text)[1], 16), "CS": int(code[1], 16),
            "CS.L": int(code[2], 16) >> 21 & 1, "CS.D": int(code[2], 16) >> 22 & 1}

    def memory(self, address, size):
        with tempfile.NamedTemporaryFile() as file:
            for start in (address, PHYSICAL_MEMORY + address):  # it takes virtual addresses
                self.command(f'writemem "{file.name}" {start:#x} {size}')
                if data := file.read():
                    return data

    def screen(self):
        return Screen(self.memory(screen.VGA_TEXT, 2 * screen.ROWS * screen.COLUMNS))

    def ticks(self):
        """Instructions since power-on; each round of a repeated one counts."""
        return int(re.search(r"ptime: (\d+)", self.command("ptime"))[1])

    def wait(self, seconds):
        """Lets a machine run, and fails if it is reset meanwhile."""
        self._send("c")
        try:
            self._read_to(PROMPT, seconds)
        except TimeoutError:
            self._interrupt()

    def _interrupt(self):
        """Back to the prompt. A signal that comes before Bochs has read the last
        command is lost; then Bochs needs another one."""
        deadline = screen.Deadline(self.process, TIMEOUT)
        while True:
            self.process.send_signal(signal.SIGINT)
            try:
                return self._read_to(PROMPT, timeout=0.2)
            except TimeoutError:
                if deadline.left() < 0:
                    raise

    def wait_for_rest(self, timeout=TIMEOUT):
        """Waits until the CPU is halted with interrupts off."""
        deadline = screen.Deadline(self.process, timeout)  # for all magic breakpoints together
        self._send("c")
        try:
            while RESTS not in self._read_to(f"{RESTS}|Magic breakpoint(?s:.*)".encode() + PROMPT, max(deadline.left(), 0)):
                self._send("c")
        except TimeoutError:
            self._interrupt()
            raise TimeoutError(f"the machine still runs after {timeout} s; its screen:\n{self.screen()}") from None
        self._interrupt()

    def run_to(self, address):
        """Runs up to the first time that the instruction at address is next."""
        self.command(f"lb {address:#x}")
        try:
            while self.registers()["RIP"] != address:
                self._send("c")
                if RESTS in self._read_to(f"{RESTS}|".encode() + PROMPT):
                    raise TimeoutError
        except TimeoutError:
            self._interrupt()
            raise TimeoutError(f"the machine never came to {address:#x}; its screen:\n{self.screen()}") from None
        self.command("d 1")

    def run_to_stage(self, address):
        """Runs up to the next magic breakpoint, which must be at address."""
        assert "Magic breakpoint" in self.command("c")
        code = self.memory(address, 3)
        size = 3 if code == b"\x66\x87\xdb" else 2  # xchg bx, bx; the CPU is past it
        assert self.registers()["RIP"] == address + size

    def write(self, address, data):
        """Changes memory while the machine is stopped."""
        for place, byte in enumerate(data, address):
            self.command(f"setpmem {place:#x} 1 {byte:#x}")
