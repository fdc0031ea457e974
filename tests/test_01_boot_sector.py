"""The 512 bytes that a BIOS looks for."""

from course import chapter_of, image

CHAPTER = chapter_of(__file__)


def test_sector_is_what_bioses_look_for():
    sector = image(CHAPTER).read_bytes()[:512]
    assert sector[0] == 0xEB and sector[2] == 0x90, "jmp short and nop"
    assert sector[3:90] == bytes(87), "where FAT's parameters would lie"
    assert sector[510:] == b"\x55\xaa"
    entries = [sector[446 + 16 * n:462 + 16 * n] for n in range(4)]
    assert [entry[0] for entry in entries] == [0x80, 0, 0, 0], "exactly one is active"
    assert not any(entries[1] + entries[2] + entries[3])


def test_partition_lies_on_the_disk():
    disk = image(CHAPTER).read_bytes()
    first = int.from_bytes(disk[454:458], "little")
    sectors = int.from_bytes(disk[458:462], "little")
    assert first == 1 and 512 * (first + sectors) == len(disk)
