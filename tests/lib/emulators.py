"""Both emulators, and what each has to be told in its own words."""

import endings
from bochs import Bochs
from qemu import Qemu, Uefi, ahci_cd
from screen import OVMF


def cd(Machine, image):
    """The arguments of a machine that boots a CD: a disk or none, and options."""
    if Machine is not Bochs:
        return None, *(("-cdrom", image) if issubclass(Machine, Uefi) else ahci_cd(image))
    return image, f"ata0-master: type=cdrom, path={image}, status=inserted", "boot: cdrom"


def serial_port(Machine, folder):
    """The arguments of a machine that has a serial port, and a function that returns the
    text that has come out of it."""
    file = folder / "serial.txt"

    def text():
        said = file.read_bytes().decode("ascii")
        assert said.count("\n") == said.count("\r\n") == said.count("\r"), "each row ends in both"
        return said.replace("\r\n", "\n")
    return ("-serial", f"file:{file}") if Machine is Qemu else (f"com1: enabled=1, mode=file, dev={file}",), text


def no_display(Machine, folder):
    """The arguments of a machine that has no display. Bochs always has one, but it can do
    without a BIOS for it."""
    if Machine is not Bochs:
        return "-vga", "none"
    (folder / "none.rom").write_bytes(bytes(512))
    return f"vgaromimage: file={folder / 'none.rom'}",


EMULATORS = [Qemu, Bochs]


def need(machines, *tools):
    """Ends a tool that is to boot these machines, if their programs are not here."""
    programs = {Bochs: ["bochs"], Qemu: ["qemu-system-x86_64"], Uefi: ["qemu-system-x86_64", f"{OVMF}_CODE_4M.fd"]}
    endings.need(*tools, *(program for Machine in machines for program in programs.get(Machine, [])))
