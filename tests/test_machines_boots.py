"""The same disks in other machines: drives, chip sets, memory, CPUs, BIOSes."""

import re

import pytest

import checks
from bochs import Bochs, bochs_floppy
from course import image, stages
from cpu import mode
from emulators import no_display
from greetings import GREETINGS
from images import as_floppy
from qemu import Bios, Qemu, drive, floppy, kvm_is_quick

FIRST, SECOND, *_, LAST = GREETINGS

every_chapter = pytest.mark.parametrize("chapter", GREETINGS)


DRIVES = {
    "AHCI": ("ich9-ahci", "ide-hd,drive=disk"),
    "USB 2 stick": ("usb-ehci", "usb-storage,drive=disk"),
    "USB 3 stick": ("qemu-xhci", "usb-storage,drive=disk"),
    "virtio": ("virtio-blk,drive=disk",),
    "virtio-scsi": ("virtio-scsi", "scsi-hd,drive=disk"),
    "SCSI": ("lsi53c895a", "scsi-hd,drive=disk"),
    "NVMe": ("nvme,serial=1,drive=disk",),
}


@pytest.mark.parametrize("chapter", [FIRST, SECOND, LAST])  # the others read as the second does
@pytest.mark.parametrize("name", DRIVES)
def test_drives(chapter, name):
    with Qemu(None, *drive(image(chapter), *DRIVES[name])) as machine:
        checks.says(machine, *GREETINGS[chapter])


@every_chapter
def test_floppy_on_qemu(chapter, tmp_path):
    with Qemu(None, *floppy(as_floppy(image(chapter), tmp_path))) as machine:
        checks.says(machine, *GREETINGS[chapter])


@every_chapter
def test_floppy_on_bochs(chapter, tmp_path):
    with Bochs(None, *bochs_floppy(as_floppy(image(chapter), tmp_path))) as machine:
        checks.says(machine, *GREETINGS[chapter])


@every_chapter
@pytest.mark.parametrize("chipset, memory", [("pc", "16M"), ("q35", "8G")])
def test_chipsets_and_memory(chapter, chipset, memory):
    with Qemu(None, "-machine", chipset, "-m", memory, *drive(image(chapter), "ide-hd,drive=disk")) as machine:
        checks.says(machine, *GREETINGS[chapter])


def finds_memory(machine, megabytes):
    """The kernel boots, and can use all but the last MiB of what the machine has: in that
    are the firmware's memory, the loader and the kernel itself."""
    checks.says(machine, *GREETINGS[LAST])
    kib = int(re.search(r"^Usable memory: (\d+) KiB$", str(machine.screen()), re.MULTILINE)[1])
    assert 1024 * (megabytes - 1) < kib < 1024 * megabytes


@pytest.mark.parametrize("chipset", ["pc", "q35"])
@pytest.mark.parametrize("megabytes", [2, 32, 1024, 4096, 8192, 16384])
def test_memory_on_qemu(chipset, megabytes):
    """From the least that the BIOS boots with; the most lies in two pieces, and the
    chip sets do not agree on where the hole between them begins."""
    with Qemu(None, "-machine", chipset, "-m", megabytes, *drive(image(LAST), "ide-hd,drive=disk")) as machine:
        finds_memory(machine, megabytes)


@pytest.mark.parametrize("megabytes", [2, 16, 64, 512, 2048])
def test_memory_on_bochs(megabytes):
    with Bochs(image(LAST), f"memory: guest={megabytes}, host={min(megabytes, 256)}") as machine:
        finds_memory(machine, megabytes)


@pytest.mark.parametrize("cpu", ["qemu64", "max", "core2duo", "Nehalem", "EPYC", "Opteron_G1"])
def test_64_bit_cpus_on_qemu(cpu):
    with Qemu(image(LAST), "-cpu", cpu, "-smp", "4") as machine:
        checks.says(machine, *GREETINGS[LAST])


@pytest.mark.parametrize("model", ["p4_prescott_celeron_336", "athlon64_clawhammer",
                                   "core2_penryn_t9600", "corei7_skylake_x", "ryzen", "tigerlake"])
def test_64_bit_cpus_on_bochs(model):
    with Bochs(image(LAST), f"cpu: model={model}") as machine:
        checks.says(machine, *GREETINGS[LAST])


OTHER_BIOSES = {
    "old": ["romimage: file=/usr/share/bochs/BIOS-bochs-legacy"],
    "SeaBIOS": ["romimage: file=/usr/share/seabios/bios.bin",
                "pci: enabled=1, chipset=i440fx, slot1=pcivga"]}  # looks for a VGA on PCI alone


@every_chapter
@pytest.mark.parametrize("bios", OTHER_BIOSES)
def test_other_bioses_on_bochs(chapter, bios):
    with Bochs(image(chapter), *OTHER_BIOSES[bios]) as machine:
        checks.says(machine, *GREETINGS[chapter])


ACCELERATORS = {"tcg": ("tcg,thread=multi", "max"), "kvm": ("kvm", "kvm64")}


@pytest.mark.parametrize("chapter", [SECOND, LAST])
@pytest.mark.parametrize("accelerator", ACCELERATORS if kvm_is_quick() else ["tcg"])
def test_real_cpu_where_there_is_one(chapter, accelerator):
    """A real CPU forgives less than an emulated one."""
    name, cpu = ACCELERATORS[accelerator]
    with Qemu(image(chapter), "-accel", name, "-cpu", cpu, "-smp", "2") as machine:
        checks.says(machine, *GREETINGS[chapter])


@every_chapter
def test_machine_without_a_display(Machine, chapter, tmp_path):
    """Nobody answers INT 10h, and nobody sees what is written; each chapter comes to its end."""
    with Machine(image(chapter), *no_display(Machine, tmp_path)) as machine:
        machine.wait_for_rest()
        assert mode(machine.registers()) == stages(chapter)[-1][1]


@pytest.mark.parametrize("chapter", [FIRST, SECOND])
def test_bios_that_prints_on_the_serial_port(chapter):
    """As those of servers do. SeaBIOS holds the last character back until its next timer interrupt,
    which our halt does not take."""
    with Bios(image(chapter), "-vga", "none", "-machine", "graphics=off") as machine:
        machine.wait_for_rest()
        assert GREETINGS[chapter][0][:-1] in machine.received()
