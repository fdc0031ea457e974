"""QEMU, as the tests control it: common/screen.py's, with breakpoints."""

import fcntl
import re
import select
import socket
import subprocess
import tempfile
from pathlib import Path

import screen
from course import TIMEOUT


def drive(disk, *devices):
    """QEMU's arguments for a disk and what it is attached to: one of the devices has drive=disk."""
    options = "-drive", f"file={disk},format=raw,if=none,id=disk,snapshot=on"
    return *options, *(word for device in devices for word in ("-device", device))


def ahci(disk):
    """A drive that QEMU's BIOS reads with DMA: word by word it takes ten times as long."""
    return drive(disk, "ich9-ahci", "ide-hd,drive=disk")


def ahci_cd(image):
    """The same with a CD."""
    return ("-drive", f"file={image},format=raw,if=none,id=cd,media=cdrom", "-device", "ich9-ahci,id=ahci",
            "-device", "ide-cd,drive=cd,bus=ahci.0")


BUSES = {  # on which UEFI finds a disk
    "IDE": lambda disk: drive(disk, "ide-hd,drive=disk,bootindex=1"),
    "AHCI": lambda disk: ("-machine", "q35", *drive(disk, "ide-hd,drive=disk,bootindex=1")),
    "USB": lambda disk: ("-machine", "q35", *drive(disk, "qemu-xhci", "usb-storage,drive=disk,bootindex=1")),
    "NVMe": lambda disk: ("-machine", "q35", *drive(disk, "nvme,serial=1,drive=disk,bootindex=1")),
    "SCSI": lambda disk: ("-machine", "q35", *drive(disk, "virtio-scsi-pci", "scsi-hd,drive=disk,bootindex=1")),
}


# A device with which a kernel ends QEMU; otherwise QEMU stands still, so that you can see why.
EXIT_CODE = "-device", "isa-debug-exit,iobase=0xf4,iosize=4", "-action", "shutdown=poweroff"


def floppy(image):
    """QEMU's arguments for a floppy drive."""
    return "-drive", f"file={image},format=raw,if=floppy,snapshot=on"


def failing(disk, sector, *more):
    """QEMU's description of a disk with a sector that cannot be read."""
    options = ["driver=raw", "file.driver=blkdebug", "file.image.driver=file", f"file.image.filename={disk}",
               "file.inject-error.0.event=read_aio", "file.inject-error.0.errno=5",
               f"file.inject-error.0.sector={sector}", "snapshot=on", *more]
    return "-drive", ",".join(["if=ide", *options])


class Qemu(screen.Qemu):
    """QEMU with a disk, and with breakpoints through gdb's protocol."""

    name = "QEMU"
    patience = TIMEOUT

    def __init__(self, disk=None, *arguments, stopped=False, program="qemu-system-x86_64"):
        self.folder = tempfile.TemporaryDirectory()
        self.gdb = None
        options = [*arguments, "-gdb", f"unix:{self.folder.name}/gdb,server,nowait"]
        if disk:
            options += ["-drive", f"file={disk},format=raw,if=ide,snapshot=on"]
        if stopped:
            options += ["-S"]
        super().__init__(*options, program=program)
        if stopped:
            self.attach()

    def attach(self):
        """Makes a machine that is stopped obey breakpoints."""
        self.gdb = socket.socket(socket.AF_UNIX)
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

    def wait_for_rest(self, timeout=None):
        self.command("cont")
        super().wait_for_rest(timeout or self.patience)

    def wait_for(self, pattern):
        """Waits until such a text is somewhere on the screen of a machine that keeps running."""
        self.command("cont")
        deadline = screen.Deadline(self.process, self.patience)
        while not re.search(pattern, str(self.screen())):
            if deadline.left() < 0:
                raise TimeoutError(f"the machine did not say {pattern} in {self.patience} s, but:\n{self.screen()}")
            self.wait(self.look_again)

    def _gdb(self, packet):
        self.gdb.sendall(b"$%s#%02x" % (packet, sum(packet) % 256))
        answer, deadline = b"", screen.Deadline(self.process, self.patience)
        while not re.search(rb"\$[^#]*#..$", answer):
            if select.select([self.gdb], [], [], max(deadline.left(), 0))[0]:
                more = self.gdb.recv(4096)
                assert more, "QEMU has ended"
                answer += more
            elif deadline.left() < 0:
                raise TimeoutError
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


class Bios(screen.Bios, Qemu):
    """The same with a serial port, from which a screen of pixels can be read."""


class Uefi(screen.Uefi, Qemu):
    """The same with UEFI firmware; its screen is what comes from the serial port."""

    name = "QEMU with OVMF"
    patience = 90  # seconds: firmware takes some, and the tests beside this one as well

    def __init__(self, *arguments, **options):
        with tempfile.NamedTemporaryFile() as chip:
            super().__init__(*arguments, *self.tpm(chip), **options)

    def tpm(self, chip):
        """QEMU's arguments for a TPM that is out of order. Firmware looks for a TPM, and where there is
        none it reads zeros, which mean a TPM that is busy: it asks for two seconds before it gives up,
        and that is half of the CPU time that it takes to start. QEMU hands the TPM's commands to a file, but first
        writes one there itself (TPM2_ReadClock, ten bytes) and reads the answer, which is what the file has
        after those bytes: success, and no more (TCG, "TPM 2.0 Library, Part 1", "Response Header").
        The firmware's own commands are answered by the end of the file, and so by an error."""
        chip.write(bytes(10) + bytes.fromhex("8001 0000000a 00000000"))
        chip.flush()
        return ("-tpmdev", f"passthrough,id=tpm,path={chip.name},cancel-path=/dev/null",
                "-device", "tpm-tis,tpmdev=tpm")

    def press(self, key):
        self.command("send-key", keys=[{"type": "qcode", "data": key}])


def checks_failed(machine):
    """How many checks of a test kernel fail. It reports that in QEMU's exit code, which is 2n + 1."""
    deadline = screen.Deadline(machine.process, machine.patience)
    while True:
        try:
            return (machine.process.wait(max(deadline.left(), 0)) - 1) / 2
        except subprocess.TimeoutExpired:
            if deadline.left() < 0:
                raise


KVM_GET_API_VERSION = 0xAE00


def kvm_works():
    """Whether this machine lends us its own CPU."""
    try:
        with open("/dev/kvm", "rb") as kvm:
            return fcntl.ioctl(kvm, KVM_GET_API_VERSION) == 12
    except OSError:
        return False


def kvm_is_quick():
    """A virtual machine lends us a CPU for which each step to real mode and back costs
    thousands of its own steps. One boot on it is enough."""
    return kvm_works() and not re.search(r"^flags\b.*\bhypervisor\b", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
