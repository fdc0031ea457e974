"""GRUB starts the same kernel. What the ELF loader promises a kernel
is asserted by both ways to boot, by the same test kernels."""

import struct
import subprocess

import pytest

import checks
from bad_bioses import boot, e820
from bochs import Bochs
from boot_info import KERNEL, LOADER, MIB, RESERVED, USABLE, boot_info
from course import QUICK, ROOT, THOROUGH, change, chapter_of, image, make, stages
from elf_files import symbols
from emulators import cd
from greetings import GREETINGS, GREY, WHITE
from qemu import Qemu, drive, kvm_is_quick

CHAPTER = chapter_of(__file__)
BUILD = ROOT / "chapters" / CHAPTER / "build"
DISK, CD = image(CHAPTER), image(CHAPTER, "cd.iso")
BOOT = symbols(BUILD / "multiboot2.elf")
ENTRY = symbols(BUILD / "kernel.elf")["_start"]


def test_says_hello_from_a_disk(Machine):
    with Machine(DISK) as machine:
        checks.says(machine, *GREETINGS[CHAPTER])


def test_says_hello_from_a_cd(Machine):
    with Machine(*cd(Machine, CD)) as machine:
        checks.says(machine, *GREETINGS[CHAPTER])


@pytest.mark.parametrize("Machine, options", [
    (Qemu, ("-drive", f"file={CD},format=raw,if=ide,snapshot=on")),
    (Qemu, ("-machine", "q35", *drive(CD, "ide-hd,drive=disk"))),
    (Qemu, ("-machine", "q35", *drive(CD, "ide-cd,drive=disk"))),
    (Qemu, drive(CD, "usb-ehci", "usb-storage,drive=disk")),
    (Qemu, drive(CD, "qemu-xhci", "usb-storage,drive=disk")),
    (Qemu, drive(CD, "nvme,serial=1,drive=disk")),
    (Bochs, ()),
])
def test_the_cds_bytes_are_a_disk_and_a_usb_stick(Machine, options):
    with Machine(CD if Machine is Bochs else None, *options) as machine:
        checks.says(machine, *GREETINGS[CHAPTER])


def test_goes_through_its_modes(Machine):
    checks.goes_through_its_modes(Machine, CHAPTER)
    with Machine(*cd(Machine, CD), stopped=True) as machine:
        checks.goes_through(machine, stages(CHAPTER, "multiboot2.elf"))


MACHINES = [
    (Qemu, THOROUGH, "-m", "64M"),
    (Qemu, THOROUGH, "-m", "16M", "-smp", "4"),
    (Qemu, THOROUGH, "-m", "16M", "-cpu", "qemu64,-nx"),
    (Qemu, THOROUGH, "-m", "16M", "-machine", "q35", "-cpu", "max,-pdpe1gb"),
    (Qemu, QUICK, "-m", "4G", "-cpu", "max"),  # pages of 1 GiB
    (Qemu, "state", "-m", "16G"),
    (Qemu, "state", "-m", "16G", "-cpu", "max"),
    (Bochs, THOROUGH, "memory: guest=16, host=16"),
    (Bochs, "state", "cpu: model=corei7_skylake_x", "memory: guest=2048, host=256"),
]


@pytest.mark.parametrize("Machine, kernel, options", [
    (Machine, kernel, options) for Machine, kernel, *options in MACHINES])
def test_kernel_finds_what_it_was_promised(images, Machine, kernel, options):
    with Machine(*cd(Machine, images[kernel, "cd.iso"]), *options) as machine:
        checks.finds_all_well(machine)


@pytest.mark.parametrize("accelerator", ["kvm" if kvm_is_quick() else "tcg"])
def test_kernel_finds_the_same_on_a_real_cpu(images, accelerator):
    with Qemu(None, "-cdrom", images[QUICK, "cd.iso"], "-accel", accelerator, "-cpu", "kvm64") as machine:
        checks.finds_all_well(machine)


MEMORY = {Qemu: ("-m", "16M"), Bochs: ("memory: guest=16, host=16",)}


def test_kernel_finds_the_same_from_a_disk(Machine, images):
    with Machine(images[THOROUGH, "disk.img"], *MEMORY[Machine]) as machine:
        checks.finds_all_well(machine)


@pytest.mark.parametrize("Machine, options", [
    (Qemu, ("-m", "4")), (Qemu, ("-m", "128")), (Qemu, ("-machine", "q35", "-m", "5G")), (Bochs, ())])
def test_both_doors_find_the_same_memory(Machine, options):
    """What each keeps for itself is not the same, but all of it comes back. (The CD is where QEMU's BIOS
    needs no memory of its own for it.)"""
    found = []
    for disk, *more in ((DISK,), (None, "-cdrom", CD) if Machine is Qemu else cd(Bochs, CD)):
        with Machine(disk, *more, *options, stopped=True) as machine:
            machine.run_to(ENTRY)
            memory = boot_info(machine).memory
        found.append([sum(end - start for start, end, kind in memory if kind in kinds)
                      for kinds in ((USABLE, LOADER, KERNEL), (4,), (5,), (6,), (7,))])
    assert found[0] == found[1]


LOW = (0, 0x9FC00, 1), (0x9FC00, 0xA0000, 2), (0xF0000, MIB, 2)
FROM_2_MIB = {"reserved": e820(*LOW, (MIB, 2 * MIB, 2), (2 * MIB, 64 * MIB, 1)),
              "nothing": e820(*LOW, (2 * MIB, 64 * MIB, 1))}


@pytest.mark.parametrize("case", FROM_2_MIB)
def test_what_is_handed_over_is_in_reach(images, workshop, tmp_path, case):
    """By a map in which the loader's own MiB is no RAM."""
    with boot(Qemu, FROM_2_MIB[case], images["state", "cd.iso"], tmp_path) as machine:
        checks.finds_all_well(machine)
    iso = changed(workshop(CHAPTER), ("kernel.elf", "kernel.elf in reach"))
    with boot(Qemu, FROM_2_MIB[case], iso, tmp_path) as machine:
        checks.says(machine, *GREETINGS[CHAPTER])
        assert "Command line in reach" in str(machine.screen()).splitlines()


def test_map_of_2000_pieces(tmp_path):
    """GRUB sorts them in a way that takes it most of the time."""
    case = e820(*LOW, (MIB, 16 * MIB, 1), (64 * MIB, 96 * MIB, 1), more="PIECES=2000")
    with boot(Qemu, case, CD, tmp_path, stopped=True) as machine:
        machine.run_to(ENTRY)
        memory = boot_info(machine).memory
    assert [(start, end) for start, end, kind in memory if kind == RESERVED and start >= MIB] == [
        (start, start + 0x1000) for start in range(16 * MIB, 16 * MIB + 2000 * 0x2000, 0x2000)]


def test_rsdp_is_a_copy_of_the_machines(Machine):
    with Machine(*cd(Machine, CD), stopped=True) as machine:
        machine.run_to(ENTRY)
        copy = machine.memory(boot_info(machine).acpi_rsdp, 20)
        assert copy[:8] == b"RSD PTR " and sum(copy) % 256 == 0
    with Machine(DISK, stopped=True) as machine:
        machine.run_to(ENTRY)
        assert machine.memory(boot_info(machine).acpi_rsdp, 20) == copy


def changed(folder, *changes):
    """Builds a copy of the chapter with another grub.cfg, and returns its CD."""
    for old, new in changes:
        change(folder / "grub.cfg", old, new)
    make(folder)
    return folder / "build/cd.iso"


def test_command_line_comes_to_the_kernel(Machine, workshop):
    iso = changed(workshop(CHAPTER), ("kernel.elf", "kernel.elf two  words"))
    with Machine(*cd(Machine, iso)) as machine:
        checks.says(machine, *GREETINGS[CHAPTER])
        assert "Command line two words" in str(machine.screen()).splitlines()


@pytest.mark.parametrize("Machine, changes, error", [
    (Qemu, [("^ *module2.*\n", "")], "GRUB has loaded no kernel: grub.cfg needs a line module2"),
    (Bochs, [("^ *module2.*\n", "")], "GRUB has loaded no kernel: grub.cfg needs a line module2"),
    (Qemu, [("^( *module2.*)\n", r"\1\n\1\n")], "GRUB has loaded more modules than one: it can only be the kernel"),
    (Qemu, [("module2 /boot/kernel.elf", "module2 /boot/grub/grub.cfg")], "the kernel is not an ELF file"),
])
def test_tells_what_is_wrong_with_grub_cfg(workshop, Machine, changes, error):
    with Machine(*cd(Machine, changed(workshop(CHAPTER), *changes))) as machine:
        checks.says(machine, f"boot error: {error}", GREY, row=0)


def test_grub_tells_that_a_kernel_has_no_header(workshop):
    """Ours, given to GRUB by itself."""
    iso = changed(workshop(CHAPTER), ("multiboot2 /boot/loader.elf", "multiboot2 /boot/kernel.elf"))
    with Qemu(None, "-cdrom", iso) as machine:
        machine.wait_for("error: no multiboot header found")


@pytest.mark.parametrize("cpu", ["qemu32", "pentium3", "486"])
def test_32_bit_cpu(cpu):
    with Qemu(None, "-cdrom", CD, "-cpu", cpu) as machine:
        checks.says(machine, "boot error: no 64-bit CPU: it has no long mode", WHITE, row=0)


def test_32_bit_cpu_on_bochs():
    with Bochs(*cd(Bochs, CD), "cpu: model=p3_katmai") as machine:
        checks.says(machine, "boot error: no 64-bit CPU: it has no long mode", WHITE, row=0)


def patched(place, data, error, colour=GREY):
    """GRUB's answer is changed in memory, where our loader has just been entered."""
    with Qemu(None, "-cdrom", CD, stopped=True) as machine:
        machine.run_to(BOOT["multiboot2_start"])
        machine.write(place(machine), data)
        checks.says(machine, f"boot error: {error}", colour, row=0)


def test_started_by_something_else():
    """As if EAX held another number: the one that is compared is changed."""
    def magic(machine):
        start = BOOT["multiboot2_start"]
        return start + machine.memory(start, 32).index(struct.pack("<I", 0x36D76289))
    patched(magic, b"\0", "started by something that does not speak Multiboot2", WHITE)


def tag(kind):
    """Where a tag's type stands, in what GRUB tells."""
    def place(machine):
        start = machine.registers()["EBX"]
        size, = struct.unpack("<I", machine.memory(start, 4))
        data, offset = machine.memory(start, size), 8
        while (found := struct.unpack_from("<2I", data, offset))[0] != kind:
            offset += (found[1] + 7) // 8 * 8
        return start + offset
    return place


NO_TEXT = "GRUB has not left the screen in a text mode of 80 columns, 25 rows"


@pytest.mark.parametrize("place, data, error", [
    (lambda machine: machine.registers()["EBX"], b"\0\0\0\0", "GRUB's list of tags has no size that can be true"),
    (tag(6), b"\x99", "GRUB does not tell what memory there is"),
    (tag(4), b"\x99", "GRUB does not tell what memory there is"),
    (lambda machine: tag(6)(machine) + 8, b"\0", "GRUB's list has a tag that cannot be true"),
    (lambda machine: tag(8)(machine) + 29, b"\1", NO_TEXT),
    (lambda machine: tag(8)(machine) + 20, b"\x28", NO_TEXT),
    (tag(8), b"\x99", NO_TEXT),
])
def test_what_grub_tells_is_not_believed(place, data, error):
    patched(place, data, error)


def test_too_little_memory(folder):
    make(folder, "kernel=entry support state")
    (folder / "large.asm").write_text("section .bss\nresb 100 << 20\n")
    subprocess.run(["nasm", "-felf64", "-o", folder / "build/large.o", folder / "large.asm"], check=True)
    subprocess.run(["ld.lld", "-e", "0xffffffff80000000", "--image-base=0xffffffff80000000", "-o", folder / "large.elf",
                    folder / "build/kernel/entry.o", folder / "build/kernel/support.o", folder / "build/kernel/state.o",
                    folder / "build/large.o", "-z", "separate-code", "-z", "max-page-size=4096", "-e", "_start"],
                   check=True)
    make(folder, f"KERNEL={folder / 'large.elf'}")
    with Qemu(None, "-cdrom", folder / "build/cd.iso", "-m", "64M") as machine:
        checks.says(machine, "boot error: too little memory for the kernel's segments", GREY, row=0)
