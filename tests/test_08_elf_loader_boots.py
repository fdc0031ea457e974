"""Any ELF64 kernel, with the rights of its segments. What the loader
promises a kernel is asserted from inside, by the kernels of tests/kernels/, and from
outside, by a walk through the page tables."""

import re
import subprocess

import pytest

import checks
from bochs import Bochs
from boot_info import GIB, KERNEL, LOADER, MIB, PAGE, RESERVED, boot_info, joined, kernel_memory
from course import QUICK, ROOT, THOROUGH, chapter_of, copy_chapter, image, make
from elf_files import CODE, HALT, LOWEST, R, W, X, elf, pattern, symbols
from greetings import GREETINGS, GREY, WHITE
from images import CYLINDER, SECTOR
from page_tables import PHYSICAL_MEMORY, pages
from qemu import EXIT_CODE, Qemu, ahci, checks_failed, failing, kvm_works
from resumed import Resumed

CHAPTER = chapter_of(__file__)
BUILD = ROOT / "chapters" / CHAPTER / "build"
BOOT = symbols(BUILD / "boot.elf")


def test_says_hello(Machine):
    with Machine(image(CHAPTER)) as machine:
        checks.says(machine, *GREETINGS[CHAPTER])


def test_goes_through_its_modes(Machine):
    checks.goes_through_its_modes(Machine, CHAPTER)


FOUR = ("-smp", "4")
MACHINES = [
    (Qemu, THOROUGH, "-m", "64M"),
    (Qemu, THOROUGH, "-m", "4M", *FOUR),
    (Qemu, THOROUGH, "-m", "16M", "-cpu", "qemu64,-nx"),
    (Qemu, THOROUGH, "-m", "16M", "-cpu", "max,-pdpe1gb"),
    (Qemu, QUICK, "-m", "4G", "-cpu", "max", *FOUR),  # pages of 1 GiB
    (Qemu, "state", "-m", "16G"),
    (Qemu, "state", "-m", "16G", "-cpu", "max"),
    *([(Qemu, QUICK, "-accel", "kvm", "-cpu", "kvm64", "-m", "4M")] if kvm_works() else []),
    (Bochs, THOROUGH, "memory: guest=16, host=16"),
    (Bochs, QUICK, "cpu: model=p4_prescott_celeron_336"),
    (Bochs, QUICK, "cpu: model=corei7_skylake_x", "memory: guest=2049, host=256"),  # and here, too
]


@pytest.mark.parametrize("Machine, kernel, options", [
    (Machine, kernel, options) for Machine, kernel, *options in MACHINES])
def test_kernel_finds_what_it_was_promised(images, Machine, kernel, options):
    with Machine(images[kernel, "disk.img"], *options) as machine:
        checks.finds_all_well(machine)


def test_kernel_reports_by_qemus_exit_code(images):
    with Qemu(images["state", "disk.img"], *EXIT_CODE) as machine:
        assert checks_failed(machine) == 0


def test_kernel_is_loaded_to_dirty_memory(images):
    """To where the largest piece of memory begins, which is 1 MiB."""
    dirt = b"\xcc" * 1024
    with Qemu(images["memory", "disk.img"], "-m", "16M", stopped=True) as machine:
        machine.run_to(BOOT["real_mode"])
        for place in range(MIB, MIB + 256 * 1024, len(dirt)):
            machine.write(place, dirt)
        machine.run_to(LOWEST)
        start, end = kernel_memory(machine)
        assert start == MIB and end < MIB + 256 * 1024
        assert machine.memory(end, 1024) == dirt
        checks.finds_all_well(machine)


BRIDGE = LOWEST - PAGE


def segments(elf):
    """Address, size in memory and flags of what is to be loaded."""
    text = subprocess.run(["readelf", "-lW", elf], check=True, capture_output=True, text=True).stdout
    return [(int(address, 16), int(size, 16), flags) for address, size, flags in
            re.findall(r"LOAD +\S+ (\S+) \S+ \S+ (\S+) (.{3})", text) if int(size, 16)]


# Machine, whether its CPU has NX, its largest page, options
WALKED = [
    (Qemu, True, 2 * MIB, "-cpu", "qemu64"),
    (Qemu, True, 2 * MIB, "-cpu", "qemu64", "-m", "5G"),
    (Qemu, True, GIB, "-cpu", "max", "-m", "4G"),
    (Qemu, True, 2 * MIB, "-cpu", "max,-pdpe1gb", "-m", "4G"),
    (Qemu, False, 2 * MIB, "-cpu", "qemu64,-nx"),
    (Bochs, True, 2 * MIB),
    (Bochs, True, 2 * MIB, "cpu: model=p4_prescott_celeron_336"),
    (Bochs, True, GIB, "cpu: model=corei7_skylake_x", "memory: guest=2049, host=256"),  # the second GiB is whole
]


@pytest.mark.parametrize("Machine, nx, largest, options", [(*machine, options) for *machine, options in (
    (*walked[:3], walked[3:]) for walked in WALKED)])
def test_every_page_has_its_rights(Machine, nx, largest, options):
    with Machine(image(CHAPTER), *options, stopped=True) as machine:
        machine.run_to(LOWEST)
        info = boot_info(machine)
        mapped, tables = pages(machine)

    def is_all(start, size, kind):
        return any(first <= start and start + size <= end for first, end, type in info.memory if type == kind)

    assert is_all(info.address, info.size, LOADER)
    assert all(is_all(table, PAGE, LOADER) for table in tables)
    if nx:
        assert not [page for page in mapped if page[3] and page[4]], "no page is both writable and executable"
    assert all(virtual >= PHYSICAL_MEMORY for virtual, *_ in mapped), "the lower half is empty"

    window, high = ([page for page in mapped if (page[0] >= LOWEST - GIB) == is_high] for is_high in (False, True))
    expected = {BRIDGE: (False, True)}
    stack = range(info.kernel_stack_top - info.kernel_stack_size, info.kernel_stack_top, PAGE)
    assert info.kernel_stack_size == PAGE * len(stack) > 0
    expected |= {page: (True, not nx) for page in stack}
    for start, size, flags in segments(BUILD / "kernel.elf"):
        assert size and start % PAGE == 0
        expected |= {page: ("W" in flags, "E" in flags or not nx) for page in range(start, start + size, PAGE)}
    assert {virtual: rights for virtual, _, _, *rights in high} == {
        virtual: list(rights) for virtual, rights in expected.items()}, "and nothing else"
    assert not {stack[0] - PAGE, info.kernel_stack_top} & set(expected), "no page beside the stack is mapped"

    assert info.physical_memory == PHYSICAL_MEMORY
    assert is_all(info.kernel_physical, info.kernel_size, KERNEL)
    for virtual, physical, size, *_ in high:
        if virtual >= LOWEST:
            assert physical - info.kernel_physical == virtual - info.kernel_virtual
        else:
            assert is_all(physical, size, LOADER), "stack and bridge"

    # The window: two lists of pieces, which must be the same.
    assert all(virtual == PHYSICAL_MEMORY + physical and rights == [True, not nx]
               for virtual, physical, _, *rights in window)
    assert max(size for _, _, size, *_ in window) == largest
    ram = [(start & -PAGE, (end + PAGE - 1) & -PAGE) for start, end, kind in info.memory if kind < RESERVED]
    assert joined((physical, physical + size) for _, physical, size, *_ in window) == joined([(0, MIB), *ram])


def loads(Machine, disk, parts, *options):
    """Runs to the entry; each segment is in memory, with zeros behind its bytes."""
    first = parts[0][0] & -PAGE
    with Machine(disk, *options, stopped=True) as machine:
        machine.run_to(LOWEST)
        start, _ = kernel_memory(machine)
        for address, _, data, size, _ in parts:
            assert machine.memory(start + address - first, min(size, 256 * MIB)) == data + bytes(size - len(data))


SIZES = [(1, 0), (63, 0), (64, 0), (127, 0), (128, -1), (128, 0), (128, 1), (129, 0), (255, 0), (256, 0), (2000, 0)]


@pytest.mark.parametrize("sectors, more", SIZES)
def test_kernel_of_any_size(pack, sectors, more):
    size = SECTOR * sectors + more
    code = (LOWEST, 0x100, HALT, len(HALT), R | X)
    data = (LOWEST + PAGE, 0x110, pattern(size - 0x110), size - 0x110, R)
    kernel = elf(code, data)
    assert len(kernel) == size
    disk = pack(kernel)
    for Machine in (Resumed, Bochs):
        loads(Machine, disk, [code, data])


def test_kernel_of_200000_sectors(pack):
    data = (LOWEST + PAGE, 0x1000, pattern(200000 * SECTOR - 0x1000), 200000 * SECTOR - 0x1000, R)
    loads(Qemu, None, [CODE, data], "-m", "256M", *ahci(pack(elf(CODE, data))))


SHAPES = {
    "one segment": [CODE],
    "ten segments": [CODE, *((LOWEST + PAGE * 3 * i, 0x1000 + 1000 * i, pattern(777 + i), 1000 + i, R | W * (i % 2))
                             for i in range(1, 10))],
    "only .bss beside the code": [CODE, (LOWEST + PAGE, 0, b"", 3 * MIB, R | W)],
    "an odd file offset": [CODE, (LOWEST + PAGE + 123, 0x517, pattern(70001), 70001, R)],
    "64 MiB": [CODE, (LOWEST + PAGE, 0x1000, pattern(5), 64 * MIB, R | W)],
}


@pytest.mark.parametrize("shape", SHAPES)
def test_kernel_of_any_shape(pack, shape):
    disk = pack(elf(*SHAPES[shape]))
    for Machine, *memory in ((Qemu, "-m", "128M"), (Bochs, "memory: guest=128, host=128")):
        loads(Machine, disk, SHAPES[shape], *memory)


def test_kernel_that_is_not_ours(tmp_path):
    """By another compiler and another linker, in several segments, and 20 MiB large."""
    (tmp_path / "kernel.c").write_text("""
        #include "boot_info.h"
        static const unsigned large[5 << 20] = {[0] = 1, [1 << 20] = 2, [(5 << 20) - 1] = 3};
        static unsigned count = 1;
        void begin(const struct boot_info *info)
        {
            unsigned short *cells = (unsigned short *)(info->physical_memory + info->display.start);
            for (unsigned i = 0; i < 5 << 20; i++)
                count += ((const volatile unsigned *)large)[i];
            for (unsigned i = 0; i < count; i++)
                cells[i] = 0x0f00 | '*';
            for (;;)
                __asm__ volatile("cli; hlt");
        }""")
    folder = copy_chapter(CHAPTER, tmp_path)
    subprocess.run(["clang", "--target=x86_64-unknown-none-elf", "-ffreestanding", "-O1", "-fno-pic", "-mno-red-zone",
                    "-mcmodel=kernel", "-mgeneral-regs-only", f"-I{folder}/include", "-c", tmp_path / "kernel.c",
                    "-o", tmp_path / "kernel.o"], check=True)
    subprocess.run(["ld.lld", "-e", "begin", f"--image-base={LOWEST:#x}", "-z", "separate-code",
                    "-z", "max-page-size=4096", "-o", tmp_path / "any.elf", tmp_path / "kernel.o"], check=True)
    assert (tmp_path / "any.elf").stat().st_size > 20 * MIB and len(segments(tmp_path / "any.elf")) > 2
    make(folder, f"KERNEL={tmp_path / 'any.elf'}")
    disk = folder / "build/disk.img"
    for Machine, *machine in ((Qemu, None, *ahci(disk)), (Bochs, disk)):
        with Machine(*machine) as machine:
            checks.says(machine, "*******", WHITE, row=0)


def test_our_kernel_comes_back(workshop, tmp_path):
    folder = workshop(CHAPTER)
    (tmp_path / "any.elf").write_bytes(elf(CODE))
    make(folder)
    ours = (folder / "build/disk.img").read_bytes()
    make(folder, f"KERNEL={tmp_path / 'any.elf'}")
    assert (folder / "build/disk.img").read_bytes() != ours
    make(folder)
    assert (folder / "build/disk.img").read_bytes() == ours


def test_object_file_as_a_kernel_is_not_linked_into_the_loader(workshop, tmp_path):
    """Whatever a kernel is called, it is a file on the disk and nothing else."""
    folder, disks = workshop(CHAPTER), []
    for name in ("kernel.elf", "kernel.o"):
        (tmp_path / name).write_bytes((folder / "kernel/main.c").read_bytes())
        make(folder, f"KERNEL={tmp_path / name}")
        disks.append((folder / "build/disk.img").read_bytes())
    assert disks[0] == disks[1]


def test_kernel_that_is_not_there(workshop):
    result = subprocess.run(["make", "-C", workshop(CHAPTER), "KERNEL=/no/such.elf"], capture_output=True, text=True)
    assert result.returncode and "KERNEL=/no/such.elf: there is no such file" in result.stderr


BSS = (LOWEST + PAGE, 0, b"", 3 * MIB, R | W)
ERRORS = {
    "the kernel is not an ELF file": b"MZ, or anything else",
    "the kernel is not a 64-bit ELF file; compile and link it with -m64": elf(CODE, word=1),
    "the kernel is for another CPU than x86-64": elf(CODE, machine=183),
    "the kernel's file is cut short": elf(CODE)[:0x401],
    "the kernel's segments overlap, share a page, or are out of order": elf(CODE, (LOWEST + 8, 0x410, b"x", 1, R)),
    "a segment lies outside the highest 2 GiB, or in their last page": elf((MIB, *CODE[1:]), entry=MIB),
    "the kernel's entry lies in no executable segment": elf(CODE, entry=LOWEST + 4),
    "too little memory for the kernel's segments": elf(CODE, (*BSS[:3], 64 * MIB, R | W)),
    "too little memory for the kernel's page tables and stack": elf(CODE, (*BSS[:3], 0x2DB000, R | W)),
}


@pytest.mark.parametrize("text", ERRORS)
def test_says_what_is_wrong(pack, text):
    with Resumed(pack(ERRORS[text]), "-m", "4M") as machine:
        checks.says(machine, f"boot error: {text}", GREY, row=0)


@pytest.mark.parametrize("text", [
    "the kernel is not an ELF file",
    "the kernel's segments overlap, share a page, or are out of order",
    "too little memory for the kernel's segments"])
def test_says_what_is_wrong_on_bochs(pack, text):
    with Bochs(pack(ERRORS[text]), "memory: guest=16, host=16") as machine:
        checks.says(machine, f"boot error: {text}", GREY, row=0)


def test_unreadable_sector_in_the_middle_of_the_kernel(pack):
    disk = pack(elf(CODE, (LOWEST + PAGE, 0x1000, pattern(MIB), MIB, R)))
    with Qemu(None, *failing(disk, symbols(disk.parent / "boot.elf")["kernel_first_sector"] + 1000)) as machine:
        checks.says(machine, "boot error: cannot read the kernel, BIOS status 0C", GREY, row=0)


def test_disk_that_was_cut_short(pack, tmp_path):
    disk = pack(elf(CODE, (LOWEST + PAGE, 0x1000, pattern(MIB), MIB, R)))
    short = tmp_path / "short.img"
    data = disk.read_bytes()[:CYLINDER]
    short.write_bytes(data)
    with Qemu(short) as machine:
        checks.says(machine, "boot error: cannot read the kernel, BIOS status 01", GREY, row=0)
    short.write_bytes(data + bytes(2 * CYLINDER))
    with Qemu(short) as machine:
        checks.says(machine, "boot error: the disk holds only a part of the kernel", GREY, row=0)
