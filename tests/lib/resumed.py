"""QEMU without its BIOS's start, which is the same for all disks of one size: the first machine
of a kind goes through it with disks that only hold the place for others, and each further
machine continues from there. What the BIOS itself does is for other tests."""

import hashlib
import re
import subprocess
from pathlib import Path

import shared
from course import ROOT, TIMEOUT
from qemu import Qemu
from screen import Deadline

CODE, TABLE, SECTOR = 0x600, 440, 512  # where next_disk.asm runs; where a disk has its table of partitions


class Drive:
    """What a BIOS sees of a drive among QEMU's arguments, before it starts the drive. QEMU
    itself takes a disk's geometry from the table of partitions."""

    def __init__(self, argument):
        self.before, self.file, self.behind = re.fullmatch("(.*file=)([^,]+)(.*)", argument).groups()
        self.size = Path(self.file).stat().st_size
        with open(self.file, "rb") as file:
            self.table = bytes(SECTOR - TABLE - 2) + b"\x55\xaa" if "if=floppy" in argument else file.read(SECTOR)[TABLE:]

    def kind(self):
        return self.before, self.size, self.table, self.behind

    def with_next_disk(self, folder):
        """The same with a disk that waits for another one."""
        disk = folder / Path(self.file).name
        with open(disk, "wb") as file:
            file.write((folder / "next_disk").read_bytes().ljust(TABLE, b"\0") + self.table)
            file.truncate(self.size)
        return f"{self.before}{disk}{self.behind}"


def moves(machine, verb, uri):
    """Writes all of a machine to a place, or reads it from there."""
    machine.command("migrate-set-capabilities", capabilities=[{"capability": "events", "state": True}])
    machine.command(verb, uri=uri)
    while (message := machine._message(timeout=30)) and message.get("data", {}).get("status") != "completed":
        pass
    assert message, "QEMU has not moved the machine"


def record(arguments, folder):
    """Lets a machine start, and writes down what it is then."""
    subprocess.run(["nasm", "-f", "bin", "-o", folder / "next_disk", ROOT / "tests/lib/next_disk.asm"], check=True)
    code = (folder / "next_disk").read_bytes()[:32]
    with Qemu(None, *(argument.with_next_disk(folder) if isinstance(argument, Drive) else argument
                      for argument in arguments)) as machine:
        deadline = Deadline(machine.process, TIMEOUT)
        while machine.memory(CODE, len(code)) != code:
            assert deadline.left() > 0, f"the BIOS starts no disk:\n{machine.screen()}"
            machine.wait(0.01)
        machine.command("stop")
        moves(machine, "migrate", f"exec:cat > {folder}/state")


class Resumed(Qemu):
    def __init__(self, disk=None, *arguments, stopped=False):
        if disk:
            arguments += "-drive", f"file={disk},format=raw,if=ide,snapshot=on"
        kind = [Drive(argument) if "file=" in str(argument) else argument for argument in arguments]
        name = repr([argument.kind() if isinstance(argument, Drive) else argument for argument in kind])
        place = shared.once(hashlib.sha256(name.encode()).hexdigest(), lambda folder: record(kind, folder), shared.MACHINES)
        super().__init__(None, *arguments, "-incoming", "defer", stopped=stopped)
        moves(self, "migrate-incoming", f"exec:cat {place}/state")
        if not stopped:
            self.command("cont")
