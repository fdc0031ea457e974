"""Bochs machines that don't start from cold. Bochs takes a sixth of a second to start, and to take
its BIOS to the boot sector, and comes to the same state there with each disk of one size. So from
the second machine of a kind on, each is a copy of one that has waited at the boot sector since."""

import contextlib
import hashlib
import os
import re
import select
import signal
import socket
import struct
import subprocess
from pathlib import Path

import shared
from course import ROOT
from recorder.bochs import starts_alone

# What differs between machines of one kind: the files that a bochsrc's lines name.
PLACES = re.compile(r"\b(?:path|1_44|dev|journal)=([^,\s]+)")
COLD = re.compile(r"cdrom|display_library: x\b")  # the BIOS reads more of a CD, and a window has a thread of its own

SERVERS = []


class Copy:
    """The copy's process, with what is used of subprocess.Popen."""

    def __init__(self, place, files):
        (stdin, ours_in), (ours_out, stdout) = os.pipe(), os.pipe()
        self.stdin, self.stdout = open(ours_in, "wb", buffering=0), open(ours_out, "rb", buffering=0)
        self.owner = socket.socket(socket.AF_UNIX)
        self.owner.connect(str(place))
        socket.send_fds(self.owner, ["".join(f"{here}\0{there}\0" for here, there in files).encode()], [stdin, stdout])
        os.close(stdin)
        os.close(stdout)
        answer = self.owner.recv(4)
        assert answer, f"Bochs makes no copy: {self.stdout.read().decode()}"
        [self.pid] = struct.unpack("i", answer)
        self.process = os.pidfd_open(self.pid)

    def send_signal(self, number):
        with contextlib.suppress(ProcessLookupError):  # it has ended
            signal.pidfd_send_signal(self.process, number)

    def kill(self):
        self.send_signal(signal.SIGKILL)

    def wait(self):
        select.select([self.process], [], [])
        os.close(self.process)
        self.owner.close()


def compile_library(folder):
    subprocess.run(["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", folder / "copies.so",
                    ROOT / "tests/lib/bochs_copies.c"], check=True)


def start(folder, command, environment):
    """Starts the machine that the copies are made of, and which ends when the tests do."""
    library = shared.once("copies", compile_library, shared.MACHINES) / "copies.so"
    session = os.open(Path(os.environ[shared.MACHINES]) / "session", os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as orders, open(folder / "said", "wb") as said:
        orders.bind(str(folder / "orders"))
        orders.listen(64)
        SERVERS.append(subprocess.Popen(
            command, cwd=ROOT, start_new_session=True, stdin=subprocess.DEVNULL, stdout=said, stderr=said,
            pass_fds=[orders.fileno(), session], env=os.environ | environment | {
                "LD_PRELOAD": str(library), "COPIES_SESSION": str(session), "COPIES_SOCKET": str(orders.fileno())}))
    os.close(session)


def copy(bochsrc, options, environment):
    """A copy of such a machine, which is at its boot sector; or None if it has to start from cold."""
    text = "\n".join([Path(bochsrc).read_text().replace("$DISK", environment.get("DISK", "")), *map(str, options)])
    if shared.MACHINES not in os.environ or COLD.search(text):
        return None
    places = list(dict.fromkeys(PLACES.findall(text)))
    drives = re.findall(r"\b1_44=([^,\s]+)" if "boot: floppy" in text else r"\bpath=([^,\s]+)", text)
    places.sort(key=lambda place: place != drives[-1])  # the drive that is booted is the first one
    with open(places[0], "rb") as drive:
        if drive.read(512)[510:] != b"\x55\xaa":
            return None  # the BIOS does not start it
    sizes = [os.path.getsize(place) if os.path.exists(place) else 0 for place in places]

    def elsewhere(line):
        for number, place in enumerate(places):
            line = re.sub(rf"(?<==){re.escape(place)}(?=[,\s]|$)", f"{folder}/{number}", line)
        return line

    folder = Path("kind")
    with shared.turn(hashlib.sha256(f"{elsewhere(text)}{sizes}".encode()).hexdigest()[:16], shared.MACHINES) as folder:
        if not (folder / "orders").exists():
            if not (folder / "first").exists():
                (folder / "first").touch()
                return None
            for number, size in enumerate(sizes):
                with open(folder / str(number), "wb") as file:
                    file.write(bytes(510) + b"\x55\xaa" if size else b"")
                    file.truncate(size)
            with starts_alone():
                start(folder, [ROOT / "common/bochs.sh", "-q", "-f", bochsrc, *(elsewhere(str(option)) for option in options)],
                      environment | {"DISK": elsewhere(f"={environment.get('DISK', '')}")[1:]})
                return Copy(folder / "orders", [(folder / str(number), os.path.abspath(place)) for number, place in enumerate(places)])
    return Copy(folder / "orders", [(folder / str(number), os.path.abspath(place)) for number, place in enumerate(places)])
