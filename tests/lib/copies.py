"""Bochs machines that don't start from cold. Bochs takes a sixth of a second to start, and to take
its BIOS to the boot sector, and comes to the same state there with each disk of one size. So from
the second machine of a kind on, each is a copy of one that has waited at the boot sector since.
From a CD, the BIOS reads GRUB's core. This unpacks itself, and up to there all CDs with the same
core, in the same place, come to the same state: so a copy of such a machine begins with GRUB."""

import contextlib
import hashlib
import os
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
from pathlib import Path

import shared
from course import ROOT
from recorder.bochs import starts_alone

# What differs between machines of one kind: the drives, and other files that a bochsrc's lines name.
DISK, FLOPPY, OTHER = (re.compile(rf"\b(?:{name})=([^,\s]+)") for name in ("path", "1_44", "dev|journal"))
COLD = re.compile(r"display_library: x\b")  # a window has a thread of its own

SIGNATURE = b"\x55\xaa"
BOOT_SECTOR, UNPACKED_GRUB = 0x7C00, 0x100000
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
        os.sched_setaffinity(self.pid, os.sched_getaffinity(0))  # not where the worker is that started the first one

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


def grub(cd):
    """All that has been read of a CD when GRUB is unpacked; None if it has no GRUB. (El Torito, 1.0: the
    boot record, its catalogue, whose second entry is the default one, and what that leads to. There,
    GRUB's own table tells how long the core is.)"""
    with open(cd, "rb") as file:
        def read(sector, size):
            file.seek(2048 * sector)
            return file.read(size)

        def number(data, offset):
            return int.from_bytes(data[offset:offset + 4], "little")

        record = read(17, 2048)
        catalogue = read(number(record, 71), 2048)
        place = number(catalogue, 40)
        table = read(place, 64)
        if record[1:6] != b"CD001" or number(table, 12) != place:
            return None
        return record, catalogue, read(place, number(table, 16))


def start(folder, command, environment, stop):
    """Starts the machine that the copies are made of, which waits at an address, and ends when the tests do."""
    library = shared.once("copies", compile_library, shared.MACHINES) / "copies.so"
    session = os.open(Path(os.environ[shared.MACHINES]) / "session", os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as orders, open(folder / "said", "wb") as said:
        orders.bind(str(folder / "orders"))
        orders.listen(64)
        SERVERS.append(subprocess.Popen(
            command, cwd=ROOT, start_new_session=True, stdin=subprocess.DEVNULL, stdout=said, stderr=said,
            pass_fds=[orders.fileno(), session], env=os.environ | environment | {
                "LD_PRELOAD": str(library), "COPIES_SESSION": str(session), "COPIES_SOCKET": str(orders.fileno()),
                "COPIES_STOP": hex(stop)}))
    os.close(session)


def stop_of(drive, by_cd):
    """Where a machine that boots the drive can wait to be copied, and what has been read of the drive
    by then that another one must have, too; or None."""
    if by_cd:
        core = grub(drive)
        return core and (UNPACKED_GRUB, core)
    with open(drive, "rb") as file:
        return (BOOT_SECTOR, None) if file.read(512)[510:] == SIGNATURE else None  # else the BIOS does not start it


def copy(bochsrc, options, environment):
    """A copy of such a machine; or None if it has to start from cold."""
    options = [str(option) for option in options]
    text = "\n".join([Path(bochsrc).read_text().replace("$DISK", environment.get("DISK", "")), *options])
    if shared.MACHINES not in os.environ or COLD.search(text):
        return None
    drives = list(dict.fromkeys(DISK.findall(text) + FLOPPY.findall(text)))
    booted = (FLOPPY if "boot: floppy" in text else DISK).findall(text)[-1]
    drives.sort(key=lambda drive: drive != booted)  # that one is named first
    sizes = [os.path.getsize(drive) for drive in drives]
    by_cd = "boot: cdrom" in text
    if not (stop := stop_of(booted, by_cd)):
        return None
    places = [*drives, *OTHER.findall(text)]

    def moved(text, folder):
        for number, place in enumerate(places):
            text = re.sub(rf"={re.escape(place)}(?=[,\s]|$)", f"={folder}/{number}", text)
        return text

    kind = hashlib.sha256(f"{moved(text, '')}{sizes}{stop}".encode()).hexdigest()[:16]
    with shared.turn(kind, shared.MACHINES) as folder:
        files = [(f"{folder}/{number}", os.path.abspath(place)) for number, place in enumerate(places)]
        if not (folder / "orders").exists():
            if not (folder / "first").exists():
                (folder / "first").touch()
                return None
            for (place, _), size in zip(files, sizes):
                with open(place, "wb") as file:
                    file.write(bytes(510) + SIGNATURE)
                    file.truncate(size)
            if by_cd:
                shutil.copyfile(booted, files[0][0])
            with starts_alone():
                start(folder, [ROOT / "common/bochs.sh", "-q", "-f", bochsrc, *(moved(option, folder) for option in options)],
                      environment | {"DISK": moved(f"={environment.get('DISK', '')}", folder)[1:]}, stop[0])
                return Copy(folder / "orders", files)
    return Copy(folder / "orders", files)
