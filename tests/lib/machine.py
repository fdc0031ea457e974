"""The machines that the tests boot: QEMU and Bochs, behind the same few verbs."""

import contextlib
import fcntl
import os
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import screen
from screen import Restarted, Screen  # noqa: F401

ROOT = Path(__file__).resolve().parent.parent.parent

CHAPTERS = sorted(path.name for path in (ROOT / "chapters").iterdir())


def patience(seconds):
    """A time-out that fits the machine's load: make test alone starts two processes a core,
    and what shares the machine with more takes longer."""
    return seconds * max(1, os.getloadavg()[0] / (2 * os.cpu_count()))


TIMEOUT = float(os.environ.get("TIMEOUT", patience(20)))  # seconds; a boot takes some tenths of one

PROMPT = rb"<bochs:\d+> "  # of Bochs's debugger
PHYSICAL_MEMORY = 0xFFFF800000000000  # where a kernel has it whose lower half is empty
IF = 1 << 9  # RFLAGS: interrupts are taken
STAGES = {"start": "real", "real_mode": "real", "multiboot2_start": "protected", "protected_mode": "protected",
          "long_mode": "long", "_start": "long"}  # first label: CPU mode


def image(chapter, name="disk.img"):
    """The chapter's disk, or its CD, as it was built before the tests."""
    return ROOT / "chapters" / chapter / "build" / name


def build(chapter):
    """Builds a chapter in its folder, for the tools that readers call by hand."""
    result = subprocess.run(["make", "-C", ROOT / "chapters" / chapter], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True)
    if result.returncode:
        sys.exit(f"{result.stdout}{chapter} does not build: mend that first.")


def symbols(elf):
    """The addresses of an ELF file's symbols by name."""
    lines = subprocess.run(["nm", elf], check=True, capture_output=True, text=True).stdout
    return {name: int(value, 16) for value, _, name in map(str.split, lines.splitlines())}


def stages(chapter, loader="boot.elf"):
    """The chapter's stages in running order: address and CPU mode of each."""
    known = symbols(ROOT / "chapters" / chapter / "build" / loader)
    kernel = ROOT / "chapters" / chapter / "build/kernel.elf"
    if kernel.exists():
        known |= symbols(kernel)
    return [(known[name], mode) for name, mode in STAGES.items() if name in known]


def mode(registers):
    """The CPU's mode, from what the manuals say makes it. Any mixture that our
    kernels should never be in is returned as the bits that it is made of."""
    bits = (registers["CR0"] & 1, registers["CR0"] >> 31, registers["CR4"] >> 5 & 1,
            registers["EFER"] >> 8 & 1, registers["EFER"] >> 10 & 1,
            registers["CS.L"], registers["CS.D"])
    modes = {  # PE PG PAE LME LMA L  D
        (0, 0, 0, 0, 0, 0, 0): "real",
        (1, 0, 0, 0, 0, 0, 1): "protected",
        (1, 1, 1, 1, 1, 1, 0): "long"}
    return modes.get(bits, bits)


def as_floppy(disk, folder):
    """A 1.44 MB floppy with a disk image's bytes."""
    floppy = folder / "floppy.img"
    floppy.write_bytes(disk.read_bytes().ljust(1440 * 1024, b"\0"))
    return floppy


def floppy(image):
    """QEMU's arguments for a floppy drive."""
    return "-drive", f"file={image},format=raw,if=floppy,snapshot=on"


def bochs_floppy(image):
    """The same for Bochs."""
    return f"floppya: 1_44={image}, status=inserted", "boot: floppy"


def cd(Machine, image):
    """What a machine is made with that boots a CD: a disk or none, and options."""
    if Machine is Qemu:
        return None, "-cdrom", image
    return image, f"ata0-master: type=cdrom, path={image}, status=inserted", "boot: cdrom"


def failing(disk, sector, *more):
    """QEMU's description of a disk with a sector that cannot be read."""
    options = ["driver=raw", "file.driver=blkdebug", "file.image.driver=file", f"file.image.filename={disk}",
               "file.inject-error.0.event=read_aio", "file.inject-error.0.errno=5",
               f"file.inject-error.0.sector={sector}", "snapshot=on", *more]
    return "-drive", ",".join(["if=ide", *options])


class Qemu(screen.Qemu):
    """QEMU with a disk, and with breakpoints by gdb's protocol."""

    name = "QEMU"

    def __init__(self, disk=None, *arguments, stopped=False, program="qemu-system-x86_64"):
        self.folder = tempfile.TemporaryDirectory()
        self.gdb = None
        options = [*arguments]
        if disk:
            options += ["-drive", f"file={disk},format=raw,if=ide,snapshot=on"]
        if stopped:
            options += ["-S", "-gdb", f"unix:{self.folder.name}/gdb,server,nowait"]
        super().__init__(*options, program=program)
        if stopped:
            self.gdb = socket.socket(socket.AF_UNIX)
            self.gdb.settimeout(TIMEOUT)
            self.gdb.connect(f"{self.folder.name}/gdb")
            assert b"T" in self._gdb(b"?")  # now it knows us, and will not stop again for that

    def __exit__(self, *_):
        if self.gdb:
            self.gdb.close()
        super().__exit__()
        self.folder.cleanup()

    def registers(self):
        registers = super().registers()
        attributes = int(re.search(r"^CS *=\S+ \S+ \S+ (\S+)", self.monitor("info registers"),
                                   re.MULTILINE)[1], 16)
        return registers | {"CS.L": attributes >> 21 & 1, "CS.D": attributes >> 22 & 1}

    def wait_for_rest(self, timeout=TIMEOUT):
        self.command("cont")
        super().wait_for_rest(timeout)

    def wait_for_text(self, text, timeout=TIMEOUT):
        """Waits until a text stands somewhere on the screen of a machine that runs on."""
        self.command("cont")
        deadline = time.monotonic() + timeout
        while text not in str(self.screen()):
            assert time.monotonic() < deadline, f"{text!r} never came; the screen:\n{self.screen()}"
            self.wait(screen.LOOK_AGAIN)

    def _gdb(self, packet):
        self.gdb.sendall(b"$%s#%02x" % (packet, sum(packet) % 256))
        answer = b""
        while not re.search(rb"\$[^#]*#..$", answer):
            answer += self.gdb.recv(4096)
        self.gdb.sendall(b"+")
        return answer

    def run_to(self, address):
        """Runs up to the first time that the instruction at address is next."""
        assert b"OK" in self._gdb(b"Z1,%x,1" % address)
        try:
            assert b"T05" in self._gdb(b"c")
        except TimeoutError:
            raise TimeoutError(f"the machine never came to {address:#x}; its screen:\n{self.screen()}") from None
        assert b"OK" in self._gdb(b"z1,%x,1" % address)

    run_to_stage = run_to

    def write(self, address, data):
        """Changes memory while the machine is stopped."""
        assert b"OK" in self._gdb(b"M%x,%x:%s" % (address, len(data), data.hex().encode()))


class Uefi(screen.Uefi, Qemu):
    """The same with UEFI firmware; its screen is what comes by the serial port."""

    name = "QEMU with OVMF"

    def press(self, key):
        self.command("send-key", keys=[{"type": "qcode", "data": key}])

    def wait_for(self, pattern, timeout=TIMEOUT):
        """Runs until there is such a text."""
        deadline = time.monotonic() + timeout
        while not re.search(pattern, self.screen()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"the machine did not say {pattern} in {timeout} s, but:\n{self.screen()}")
            self.wait(screen.LOOK_AGAIN)


@contextlib.contextmanager
def bochs_starts_alone():
    """Two that start at once can choose the same port for their screens: one of them
    then finds that it cannot listen, and stops."""
    with open(Path(tempfile.gettempdir()) / f"bochs-starts-{os.getuid()}", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Bochs:
    """Bochs, steered at the prompt of its debugger. Options are lines of a
    bochsrc file, and replace those of ours."""

    name = "Bochs"

    def __init__(self, disk=None, *options, stopped=True):
        assert stopped, "Bochs always waits at its prompt first"
        self.output = b""
        self.signs_of_restart = []
        environment = os.environ | {"DISK": str(disk or image("01-boot-sector"))}
        with bochs_starts_alone():
            self.process = subprocess.Popen(
                [ROOT / "common/bochs.sh", "-q", "-f", ROOT / "bochsrc.txt", 'display_library: rfb, options="timeout=0"',
                 "log: -",  # which is not buffered
                 # All that we look for comes from the CPU. Bochs's handler of
                 # SIGINT must not log: it would wait for ever for the log's own lock.
                 "info: action=ignore, cpu0=report", *options],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                env=environment, cwd=ROOT)
            self._read_to(PROMPT)
        self.signs_of_restart = [b"exception with no resolution", b"cpu hardware reset", b"cpu software reset"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def _read_to(self, end, timeout=TIMEOUT):
        deadline = time.monotonic() + timeout
        while not (found := re.search(end, self.output)):
            self._look_for_restart(self.output)
            left = deadline - time.monotonic()
            if left < 0 or not select.select([self.process.stdout], [], [], left)[0]:
                raise TimeoutError(f"Bochs still runs after {timeout} s")
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
        """Back to the prompt. A signal is lost that comes before Bochs has read the
        last command; then it takes another one."""
        deadline = time.monotonic() + TIMEOUT
        while True:
            self.process.send_signal(signal.SIGINT)
            try:
                return self._read_to(PROMPT, timeout=0.2)
            except TimeoutError:
                if time.monotonic() > deadline:
                    raise

    def wait_for_rest(self, timeout=TIMEOUT):
        """Waits until the CPU is halted with interrupts off."""
        self._send("c")
        try:
            while "HLT instruction with IF=0" not in self._read_to(
                    rb"HLT instruction with IF=0|Magic breakpoint(?s:.*)" + PROMPT, timeout):
                self._send("c")
        except TimeoutError:
            self._interrupt()
            raise TimeoutError(f"the machine still runs after {timeout} s; its screen:\n{self.screen()}") from None
        self._interrupt()

    def run_to(self, address):
        """Runs up to the first time that the instruction at address is next."""
        self.command(f"lb {address:#x}")
        self._continue_to(address)
        self.command("d 1")

    def run_to_stage(self, address):
        """Runs up to the next magic breakpoint, which must be at address."""
        assert "Magic breakpoint" in self.command("c")
        code = self.memory(address, 3)
        size = 3 if code == b"\x66\x87\xdb" else 2  # xchg bx, bx; the CPU is behind it
        assert self.registers()["RIP"] == address + size

    def _continue_to(self, address):
        while self.registers()["RIP"] != address:
            self.command("c")

    def write(self, address, data):
        """Changes memory while the machine is stopped."""
        for place, byte in enumerate(data, address):
            self.command(f"setpmem {place:#x} 1 {byte:#x}")


EMULATORS = [Qemu, Bochs]
