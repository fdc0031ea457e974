#!/usr/bin/env python3
"""Boots a machine in QEMU without a window, waits until the machine comes to
rest, and prints its screen as text: what `make run` does where there is neither
a window nor a terminal, and what the tests build on. A screen of pixels is not
read: what is drawn there also comes from the serial port."""

import contextlib
import json
import os
import re
import select
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import endings

ROWS, COLUMNS = 25, 80
VGA_TEXT = 0xB8000
OVMF = "/usr/share/OVMF/OVMF"  # UEFI firmware: its code, and what it remembers
ESCAPES = re.compile(r"\x1b\[[0-9;=?]*[A-Za-z]")  # with which firmware moves a terminal's cursor


class Restarted(Exception):
    """The machine was reset, which none of our kernels ever does."""


class Screen:
    """The VGA's text memory: characters and attributes by row and column."""

    def __init__(self, cells):
        self.cells = cells

    def row(self, row):
        """A row's characters, without the blanks at its end."""
        text = self.cells[2 * COLUMNS * row : 2 * COLUMNS * (row + 1) : 2]
        return text.replace(b"\0", b" ").decode("cp437").rstrip()

    def attributes(self, row, length):
        """The set of attributes of a row's first characters."""
        start = 2 * COLUMNS * row
        return set(self.cells[start + 1 : start + 2 * length : 2])

    def __str__(self):
        return "\n".join(self.row(row) for row in range(ROWS)).rstrip()


class Deadline:
    """The end of a time-out in seconds, not counting those in which a process was ready to run
    but others had the CPU: a machine on a busy computer gets as much time as on an idle one."""

    def __init__(self, process, seconds):
        self.process = process
        self.end = time.monotonic() + seconds
        self.before = self.last = self._threads()

    def _threads(self):
        """For each thread: the seconds that it has run, the seconds that it has waited for a CPU
        before that, and whether it runs or waits now."""
        threads = {}
        for thread in Path(f"/proc/{self.process.pid}/task").glob("*"):
            with contextlib.suppress(OSError):  # it has ended meanwhile
                run, waited, _ = (int(number) / 1e9 for number in (thread / "schedstat").read_text().split())
                threads[thread.name] = run, waited, ") R " in (thread / "stat").read_text()
        return threads

    def left(self):
        """Seconds, at least. A wait counts when it is over: so we look at a thread twice, and one
        that has not run meanwhile is still waiting."""
        left = self.end - time.monotonic()
        if left > 0:
            return left
        before, last, self.last = self.before, self.last, self._threads()
        left += max((waited - before.get(name, (0, 0))[1] for name, (_, waited, _) in self.last.items()), default=0)
        if left <= 0 and (last is before or any(ready and last.get(name, (0,))[0] == run
                                                for name, (run, _, ready) in self.last.items())):
            return Qemu.look_again
        return left


class Qemu:
    """A QEMU that is steered by its machine protocol (QMP) on two pipes."""

    look_again = 0.01  # seconds; QEMU reports no event for a halt, so we look for it

    def __init__(self, *arguments, program="qemu-system-x86_64", files=()):
        """The program may be a command with options; the files are open, and it is given them."""
        self.events = []
        self.buffer = b""
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [*program.split(), "-nodefaults", "-vga", "std", "-display", "none", "-no-reboot",
             "-action", "shutdown=pause", "-qmp", "stdio", *map(str, arguments)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, pass_fds=files)
        try:
            self._message(timeout=30)  # the greeting
            self.command("qmp_capabilities")
        except BaseException:  # no caller has us yet who would do it
            self.__exit__()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        self.errors.close()

    def _message(self, timeout):
        """The next message from QEMU, or None if none comes in time (seconds)."""
        while b"\n" not in self.buffer:
            if not select.select([self.process.stdout], [], [], timeout)[0]:
                return None
            data = os.read(self.process.stdout.fileno(), 65536)
            if not data:
                self.errors.seek(0)
                raise RuntimeError(f"QEMU has ended: {self.errors.read().decode().strip()}")
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        return json.loads(line)

    def command(self, name, **arguments):
        request = {"execute": name, "arguments": arguments}
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()
        while True:
            answer = self._message(timeout=30)
            if answer is None:
                raise TimeoutError(f"QEMU does not answer {name}")
            if "event" in answer:
                self.events.append(answer["event"])
            elif "error" in answer:
                raise RuntimeError(f"{name}: {answer['error']['desc']}")
            else:
                return answer["return"]

    def monitor(self, line):
        """What QEMU's monitor for people answers."""
        return self.command("human-monitor-command", **{"command-line": line})

    def registers(self):
        """CR0, EFER, CS and so on by name; RFLAGS is RFL in any mode, a halt HLT."""
        text = self.monitor("info registers").replace("EFL=", "RFL=")
        pairs = re.findall(r"\b([A-Z0-9]+) *=([0-9a-f]+)", text)
        return {name: int(value, 16) for name, value in pairs}

    def memory(self, address, size):
        with tempfile.NamedTemporaryFile() as file:
            self.command("pmemsave", val=address, size=size, filename=file.name)
            return file.read()

    def screen(self):
        return Screen(self.memory(VGA_TEXT, 2 * ROWS * COLUMNS))

    def wait(self, seconds):
        """Lets the machine run, and fails if it is reset meanwhile."""
        message = self._message(timeout=seconds)
        if message:
            self.events.append(message["event"])
        if {"RESET", "SHUTDOWN"} & set(self.events):
            raise Restarted

    def _rests(self):
        """One look. It can be wrong: QEMU reads HLT and RFL of a CPU that goes on
        running, and a BIOS that waits by STI and HLT may be between the two."""
        registers = self.registers()
        return registers["HLT"] and not registers["RFL"] & 0x200

    def wait_for_rest(self, timeout):
        """Waits until the CPU is halted with interrupts off: only a non-maskable
        interrupt could wake it. In seconds; after that, TimeoutError."""
        deadline = Deadline(self.process, timeout)
        while deadline.left() > 0:
            self.wait(self.look_again)
            if all(self._rests() for _ in range(3)):
                return
        raise TimeoutError(f"the machine still runs after {timeout} s; its screen:\n{self.screen()}")


class Bios(Qemu):
    """A QEMU with its BIOS, and with a serial port."""

    def __init__(self, *arguments, **options):
        self.serial = tempfile.NamedTemporaryFile()
        super().__init__(*arguments, "-serial", self.port(), **options)

    def port(self):
        """Where the serial port leads, in QEMU's words."""
        return f"file:{self.serial.name}"

    def __exit__(self, *_):
        super().__exit__(*_)
        self.serial.close()

    def received(self):
        """The text that has come from the serial port, the firmware's and ours."""
        with open(self.serial.name, "rb") as file:
            return ESCAPES.sub("", file.read().decode("cp437").replace("\r", "")).rstrip()

    def screen(self):
        """In graphics mode, text memory reads as zeros; then it is the serial port's text."""
        cells = super().screen()
        return cells if str(cells) else self.received()


class Uefi(Bios):
    """A QEMU with UEFI firmware in the BIOS's place; its screen is always drawn."""

    look_again = 0.05  # the firmware takes some seconds, and each look takes time from it

    def __init__(self, *arguments, code=f"{OVMF}_CODE_4M.fd", variables=f"{OVMF}_VARS_4M.fd", **options):
        super().__init__(*arguments,
                         "-drive", f"file={code},format=raw,if=pflash,readonly=on",
                         "-drive", f"file={variables},format=raw,if=pflash,snapshot=on", **options)

    def screen(self):
        return self.received()

    def _rests(self):
        """A halt is not enough: firmware also halts while it waits. The kernel halts in the
        upper half; and after an error, the firmware waits for a key."""
        text = self.screen()
        return "the firmware goes on." in text or super()._rests() and (
            self.registers().get("RIP", 0) >> 63 or "boot error: " in text)


# The ways to boot, a chapter's own last: a machine, the file in a chapter's build folder that it
# starts from, and how it gets that.
WAYS = {"hybrid": (Bios, "hybrid.img", "file={},format=raw,if=ide,snapshot=on"),
        "hybrid-uefi": (Uefi, "hybrid.img", "file={},format=raw,if=ide,snapshot=on"),
        "bios": (Bios, "disk.img", "file={},format=raw,if=ide,snapshot=on"),
        "grub-uefi": (Uefi, "cd.iso", "file={},format=raw,if=ide,media=cdrom"),
        "grub": (Bios, "cd.iso", "file={},format=raw,if=ide,media=cdrom"),
        "uefi": (Uefi, "esp.img", "file={},format=raw,if=ide,snapshot=on")}


def boot(way, build, program="qemu-system-x86_64"):
    """A machine that starts a chapter."""
    Machine, name, drive = WAYS[way]
    return Machine("-drive", drive.format(f"{build}/{name}"), program=program)


def wait_while_it_changes(qemu):
    """Waits until the machine rests, and longer while its screen shows that it makes progress:
    a large kernel can take some time to read."""
    shown = None
    for _ in range(20):
        try:
            return qemu.wait_for_rest(timeout=15)
        except TimeoutError:
            if str(qemu.screen()) == shown:
                raise
            shown = str(qemu.screen())
    raise TimeoutError(f"the machine is busy with something else; its screen:\n{shown}")


def main():
    try:
        way, build, program = sys.argv[1:]
        with boot(way, build, program) as qemu:
            with contextlib.suppress(OSError):
                os.remove(f"{build}/turn")  # the disk is open: others may build
            wait_while_it_changes(qemu)
            print(qemu.screen())
    except Restarted:
        sys.exit("The machine has restarted. make explain says why.")


if __name__ == "__main__":
    endings.run(main)
