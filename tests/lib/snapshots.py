"""UEFI machines that don't start from cold. Firmware takes seconds of the CPU's time to come to its
shell, and always comes to the same state there. So the first test that asks for a kind of machine
takes it to the shell and saves its memory and state; from then on, each machine of that kind is a
copy which continues from there, and starts what is on the test's disk.

The saved machine has no disk. Firmware that is given an order of disks connects no others, and
this one is given a single disk that holds nothing. So only the copy finds our disk."""

import hashlib
import os

import shared
from qemu import Uefi
from screen import Deadline

SMALL = "-machine", "q35", "-smp", "4", "-m", "128M"
LARGE = "-cpu", "max", "-m", "5G"
BLIND = *SMALL, "-vga", "none"
NOTHING = ("-drive", "driver=null-co,read-zeroes=on,size=1M,if=none,id=nothing",
           "-device", "virtio-blk-pci,drive=nothing,bootindex=0")
START = "connect -r", "map -r", r"fs0:EFI\BOOT\BOOTX64.EFI"  # finds the disk, names it, and starts what is there


class Shell(Uefi):
    """A machine with UEFI firmware that takes commands from its serial port; its RAM is a file."""

    def __init__(self, ram, share, kind, *arguments, **options):
        size = kind[kind.index("-m") + 1]
        memory = f"memory-backend-file,id=ram,size={size},mem-path={ram},share={share}"
        super().__init__(*arguments, *kind, *NOTHING, "-object", memory, "-machine", "memory-backend=ram", **options)
        # The saved state leaves out shared memory, because the file has that.
        self.command("migrate-set-capabilities", capabilities=[{"capability": "x-ignore-shared", "state": True}])

    def port(self):
        """A pipe leads to the machine, and a file from it."""
        os.link(self.serial.name, f"{self.serial.name}.out")
        os.mkfifo(f"{self.serial.name}.in")
        self.keyboard = open(f"{self.serial.name}.in", "r+b", buffering=0)  # both ends, so that it need not wait for QEMU
        return f"pipe:{self.serial.name}"

    def __exit__(self, *_):
        super().__exit__(*_)
        self.keyboard.close()
        for end in "in", "out":
            os.unlink(f"{self.serial.name}.{end}")

    def type(self, *lines):
        for line in lines:
            self.keyboard.write(f"{line}\r".encode())

    def wait_until(self, asked, name, value):
        """Waits until QEMU answers so."""
        deadline = Deadline(self.process, self.patience)
        while (answer := self.command(asked)).get(name) != value:
            assert deadline.left() > 0, answer
            self.wait(self.look_again)


class WarmUefi(Shell):
    """UEFI with a disk, from the firmware's shell on, which these lines are typed to."""

    def __init__(self, disk, *drives, kind=SMALL, lines=START, stopped=False):
        name = hashlib.sha256(repr(kind).encode()).hexdigest()
        folder = shared.once(name, lambda folder: save(kind, folder), shared.MACHINES)
        super().__init__(folder / "ram", "off", kind, disk, *drives, "-incoming", "defer")
        self.command("migrate-incoming", uri=f"exec:cat '{folder}/state'")
        self.wait_until("query-status", "running", True)
        if stopped:
            self.command("stop")
            self.attach()
        self.type(*lines)


def save(kind, folder):
    """Takes a kind of machine to its shell, and saves it."""
    with Shell(folder / "ram", "on", kind, None) as machine:
        machine.wait_for("any other key to continue")
        machine.type("")
        machine.wait_for("Shell>")
        machine.command("migrate", uri=f"exec:cat > '{folder}/state'")
        machine.wait_until("query-migrate", "status", "completed")
