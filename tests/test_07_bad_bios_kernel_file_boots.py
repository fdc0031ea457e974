"""A loader in C reads its kernel by BIOSes whose disk functions misbehave."""

import struct

import pytest

import checks
import shared
from bad_bioses import boot, catches
from bochs import Bochs
from boot_info import MIB
from course import change, chapter_of, copy_chapter, image, make, named, pad
from elf_files import symbols
from greetings import GREETINGS, GREY
from qemu import Qemu

CHAPTER, ELF_LOADER = chapter_of(__file__), named("elf-loader")
READERS = [CHAPTER, ELF_LOADER]
KERNEL_STATUS = "boot error: cannot read the kernel, BIOS status "
PART = "boot error: the disk holds only a part of the kernel"
LARGE_KERNEL = 1100  # sectors: with one a cylinder, the last ones would have no number
# INT 13h, as the boot sector calls it and then the loader.
DISKS = [
    *(f"extensions ANSWER={answer}" for answer in range(3)),
    *(f"lost_{what}{extensions}" for what in ("registers", "drive", "pointer")
      for extensions in ("", " WITHOUT_EXTENSIONS")),
    "flags", "flags WITHOUT_EXTENSIONS",
    *(f"retries FAILURES={failures} STATUS={status}{extensions}" for failures, status in ((1, 0x80), (2, 0x10))
      for extensions in ("", " WITHOUT_EXTENSIONS")),
    "status STATUS=1 CARRY=0", "status STATUS=0 CARRY=1", "silent",
]


@pytest.mark.parametrize("chapter", READERS)
@pytest.mark.parametrize("case", DISKS)
def test_boots(Machine, tmp_path, case, chapter):
    with boot(Machine, case, image(chapter), tmp_path) as machine:
        checks.says(machine, *GREETINGS[chapter])


@pytest.fixture(scope="module")
def large_kernels():
    """Copies of the chapters in READERS, with kernels of LARGE_KERNEL sectors."""
    def build(place):
        for chapter in READERS:
            folder = copy_chapter(chapter, place)
            pad(folder, "kernel", ".rodata", 512 * LARGE_KERNEL)
            make(folder)
    place = shared.once("large_kernels", build)
    return {chapter: place / "chapters" / chapter for chapter in READERS}


def in_memory(build):
    """What is to lie in memory of a kernel: an ELF file's segments, each at its distance
    from the first, or all of a flat file."""
    if (build / "kernel.bin").exists():
        return (build / "kernel.bin").read_bytes()
    file = (build / "stripped/kernel.elf").read_bytes()
    start, count = struct.unpack_from("<Q", file, 32)[0], struct.unpack_from("<H", file, 56)[0]
    first, memory = symbols(build / "kernel.elf")["_start"], b""
    for kind, _, offset, address, _, size, _, _ in struct.iter_unpack("<2I6Q", file[start:start + 56 * count]):
        if kind == 1:
            memory = memory.ljust(address - first, b"\0") + file[offset:offset + size]
    return memory


@pytest.mark.parametrize("chapter", READERS)
@pytest.mark.parametrize("Machine, case", [
    *((Qemu, case) for case in (
        "limits", "limits WITHOUT_EXTENSIONS", "geometry HEADS=2 TRACK=2", "geometry HEADS=256 TRACK=63",
        "retries FAILURES=2 STATUS=0x20", "corrected", "corrected WITHOUT_EXTENSIONS", "extensions ANSWER=3",
        "shuts_a20 INTERRUPT=0x13")),
    *((Bochs, case) for case in ("limits", "geometry HEADS=2 TRACK=2", "retries FAILURES=2 STATUS=0x20")),
])
def test_reads_all_of_a_large_kernel(large_kernels, tmp_path, Machine, case, chapter):
    build = large_kernels[chapter] / "build"
    kernel = in_memory(build)
    assert len(kernel) > 512 * LARGE_KERNEL
    with boot(Machine, case, build / "disk.img", tmp_path, by_dma=True, stopped=True) as machine:
        machine.run_to(symbols(build / "kernel.elf")["_start"])
        assert machine.memory(MIB, len(kernel)) == kernel


def sectors(folder):
    """The numbers of three sectors of a large kernel."""
    known = symbols(folder / "build/boot.elf")
    first = known["kernel_first_sector"]
    return {"first": first, "middle": first + LARGE_KERNEL // 2, "last": first + known["kernel_file_size"] // 512}


@pytest.mark.parametrize("chapter", READERS)
@pytest.mark.parametrize("Machine, case, text", [
    (Qemu, "bad_sector BAD={first} STATUS=0x04", KERNEL_STATUS + "04"),
    (Bochs, "bad_sector BAD={middle} STATUS=0xaa", KERNEL_STATUS + "AA"),
    (Qemu, "bad_sector BAD={last} STATUS=0xe0", KERNEL_STATUS + "E0"),
    (Qemu, "geometry HEADS=2 TRACK=18 BAD={middle} STATUS=0xbb", KERNEL_STATUS + "BB"),
    (Bochs, "geometry HEADS=1 TRACK=1", KERNEL_STATUS + "04"),
    (Qemu, "vanishes READS=2 STATUS=0x80", KERNEL_STATUS + "80"),
    (Bochs, "vanishes READS=5 STATUS=0x31 WITHOUT_EXTENSIONS", KERNEL_STATUS + "31"),
    (Qemu, "no_geometry GOOD=5 STATUS=0", KERNEL_STATUS + "07"),
    (Bochs, "cut_short LEFT={first}", PART),
    (Qemu, "cut_short LEFT={middle} ZEROS", PART),
    (Qemu, "cut_short LEFT={last}", PART),
])
def test_tells_what_is_wrong_with_a_large_kernel(large_kernels, tmp_path, Machine, case, text, chapter):
    folder = large_kernels[chapter]
    with boot(Machine, case.format(**sectors(folder)), folder / "build/disk.img", tmp_path, by_dma=True) as machine:
        checks.says(machine, text, GREY, row=0)


BIOS_CALL, DISK = "boot/bios_call.asm", "loader/bios_disk.c"
NO_CHS_IN_C = (DISK, r"tries == CHS_TRIES\)$",
               "tries == CHS_TRIES)\n            fail_to_read(why);\n        if (false)")

NAIVE = [  # case, the error if there is to be one, and what a less careful loader would have
    ("silent", None, (DISK, r" && status == 0;", ";")),
    ("shuts_a20 INTERRUPT=0x13", None, (BIOS_CALL, r"call    enable_a20", "nop")),
    ("flags", None, (BIOS_CALL, r"^ +sti$", "")),
    ("lost_registers", None, (BIOS_CALL, r"(pushad\n +xor     ax, ax\n) +mov     ds, ax", r"\1")),
    ("corrected", None, (DISK, r"return 1; .*", "return done;")),
    ("limits", None, (DISK, r"aligned\(64 \* 1024\)", "aligned(16)"),
     (DISK, "^uint8_t disk_buffer", r"extern uint8_t more[8192]; uint8_t more[8192];\n\g<0>"), NO_CHS_IN_C),
    ("geometry HEADS=2 TRACK=2", None, (DISK, r"\| \(uint32_t\)\(cylinder >> 8\) << 6 ", "")),
    ("geometry HEADS=1 TRACK=1", KERNEL_STATUS + "04", (DISK, r"cylinder > 1023", "false")),
    ("no_geometry GOOD=1 STATUS=0", KERNEL_STATUS + "07", (DISK, r"if \(track == 0\)", "if (false)")),
    ("cut_short LEFT={middle} ZEROS", PART, ("loader/bios_kernel.c", r"memcmp\(.*\) != 0", "false")),
]


@pytest.mark.parametrize("naive", NAIVE, ids=lambda naive: naive[0])
def test_case_catches_a_naive_loader(large_kernels, tmp_path, naive):
    """Only what is changed is built again."""
    case, error, *changes = naive
    large = case.split()[0] in ("corrected", "limits", "geometry", "cut_short")
    folder = copy_chapter(large_kernels[CHAPTER] if large else CHAPTER, tmp_path)
    for file, old, new in changes:
        change(folder / file, old, new)
    make(folder)
    careful = (error, GREY) if error else GREETINGS[CHAPTER]
    catches(case.format(**sectors(folder)), folder / "build/disk.img", tmp_path, GREETINGS[CHAPTER], careful)
