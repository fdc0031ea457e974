"""Memory that is dirty before the loader comes."""

from boot_info import MIB, PAGE
from course import chapter_of
from elf_files import CODE, LOWEST, R, W, elf, pattern, symbols
from qemu import Qemu

CHAPTER = chapter_of(__file__)


ODD = (LOWEST + PAGE + 123, 0x517, pattern(70001), 70001, R)
DATA_AND_BSS = (LOWEST + 32 * PAGE + 5, 0x11A00, pattern(1000), 9001, R | W)
ONLY_BSS = (LOWEST + 40 * PAGE + 7, 0, b"", 20000, R | W)
SEGMENTS = [CODE, ODD, DATA_AND_BSS, ONLY_BSS]
DIRT = 0xCC


def expected():
    """The kernel's memory: zeros around each segment, to the ends of its pages. What no
    segment's page holds stays as it was."""
    end = max(address + size for address, _, _, size, _ in SEGMENTS) - LOWEST
    memory = bytearray([DIRT]) * (-(-end // PAGE) * PAGE)
    for address, _, data, size, _ in SEGMENTS:
        start = address - LOWEST
        first, last = start // PAGE * PAGE, -(-(start + size) // PAGE) * PAGE
        memory[first:last] = data.rjust(start - first + len(data), b"\0").ljust(last - first, b"\0")
    return bytes(memory)


def test_zeros_around_the_segments_of_a_kernel_in_dirty_memory(pack):
    disk = pack(elf(*SEGMENTS))
    with Qemu(disk, "-m", "16M", stopped=True) as machine:
        machine.run_to(symbols(disk.parent / "boot.elf")["real_mode"])
        for place in range(MIB, MIB + len(expected()), 1024):
            machine.write(place, bytes([DIRT]) * 1024)
        machine.run_to(LOWEST)
        assert machine.memory(MIB, len(expected())) == expected()
