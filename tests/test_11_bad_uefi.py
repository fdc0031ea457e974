"""The loader's UEFI side on this machine, with a firmware that refuses, lies
and changes its mind, and with sanitizers that see each byte beside an array."""

import pytest

import host_builds
from boot_info import ACPI_NVS, ACPI_TABLES, BAD, GIB, LOADER, MIB, PAGE, RESERVED, USABLE
from course import chapter_of

CHAPTER = chapter_of(__file__)
LOADER_CODE, LOADER_DATA, BOOT_CODE, BOOT_DATA, RUNTIME_CODE, RUNTIME_DATA, CONVENTIONAL = range(1, 8)
UNUSABLE, ACPI, NVS, DEVICE, PORTS, PAL, PERSISTENT, UNACCEPTED = range(8, 16)
CACHED = 8  # an attribute
BACK = "Press a key, or wait a minute, and the firmware goes on.\nback with 8000000000000001 after 60 s, 0 pages not given back\n"


@pytest.fixture(scope="module")
def ask():
    """What the loader answers to commands of tests/host/uefi_test.c."""
    names = "efi_main", "uefi", "uefi_display", "uefi_file", "uefi_machine", "uefi_memory", "memory_map"
    program = host_builds.build("uefi_test", CHAPTER,
                                *(f"loader/{name}.c" for name in names), flags=["-fno-builtin"])

    def ask(*commands):
        words = " ".join(str(word) for command in commands for word in command)
        return host_builds.run(program, input=words, text=True).stdout
    return ask


def memory(kind, start, size, attributes=CACHED):
    return "memory", kind, start, size // PAGE, attributes


def regions(line):
    numbers = [int(word) for word in line.split()]
    return [(start, start + size, kind) for start, size, kind in zip(*[iter(numbers)] * 3)]


PC = [memory(RUNTIME_DATA, 63 * MIB, MIB), memory(CONVENTIONAL, 64 * MIB, 128 * MIB),
      memory(CONVENTIONAL, 0, 640 << 10), memory(BOOT_DATA, MIB, 31 * MIB), memory(LOADER_CODE, 32 * MIB, MIB)]


def claimed(ask, *commands):
    """The map of the claims that are made while the firmware is left."""
    line, state = ask(*commands, ["claim"]).splitlines()
    assert state == "left"
    return regions(line)


def test_claims_all_when_the_firmware_is_left(ask):
    """What the loader stands on is its own: boot services have its stack and page tables."""
    assert claimed(ask, *PC) == [
        (0, PAGE, RESERVED), (PAGE, 640 << 10, USABLE), (MIB, 33 * MIB, LOADER), (63 * MIB, 64 * MIB, RESERVED),
        (64 * MIB, 192 * MIB, USABLE)]


@pytest.mark.parametrize("stale", [0, 1, 3])
def test_map_is_the_one_by_which_we_were_let_go(ask, stale):
    """With pages that changed meanwhile."""
    changed = 64 * MIB + stale * PAGE
    assert claimed(ask, *PC, ["stale", stale])[-2:] == [(63 * MIB, changed, RESERVED), (changed, 192 * MIB, USABLE)]


def test_is_never_let_go(ask):
    for trouble in (["stale", 4], ["refuse", "leave"]):
        assert ask(*PC, trouble, ["claim"]) == "boot error: the firmware does not let the loader go\n"
    assert ask(*PC, ["stale", 1], ["refuse", "map-later"], ["claim"]) == (
        "boot error: the firmware does not tell what memory there is\n")


def test_kernels_file_is_the_loaders_until_the_end(ask):
    """After an error it is given back while the firmware is there, and afterwards nothing is."""
    read = ["file", 3 * MIB, 3 * MIB], ["read", 0, 1]
    error = "boot error: as the test wants it\n"
    assert ask(*read, ["fail"]).split("\n", 1)[1] == error + BACK
    assert ask(*PC, *read, ["claim"], ["fail"]).split("\n", 3)[3] == error


@pytest.mark.parametrize("kind, expected", [
    (0, RESERVED), (LOADER_CODE, LOADER), (LOADER_DATA, LOADER), (BOOT_CODE, LOADER), (BOOT_DATA, LOADER),
    (RUNTIME_CODE, RESERVED), (RUNTIME_DATA, RESERVED), (CONVENTIONAL, USABLE), (UNUSABLE, BAD), (ACPI, ACPI_TABLES),
    (NVS, ACPI_NVS), (DEVICE, RESERVED), (PORTS, RESERVED), (PAL, RESERVED), (PERSISTENT, RESERVED),
    (UNACCEPTED, RESERVED), (16, RESERVED), (0x70000000, RESERVED), (0x80000000, RESERVED)])
def test_types(ask, kind, expected):
    assert (8 * GIB, 8 * GIB + MIB, expected) in claimed(ask, *PC, memory(kind, 8 * GIB, MIB))


@pytest.mark.parametrize("kind", [LOADER_DATA, BOOT_DATA, CONVENTIONAL])
def test_what_cannot_be_cached_is_not_ram(ask, kind):
    got = claimed(ask, *PC, memory(kind, GIB, GIB, 1))
    assert (GIB, 2 * GIB, RESERVED) in got and (64 * MIB, 192 * MIB, USABLE) in got


@pytest.mark.parametrize("size", [40, 48, 56, 64, 4096])
def test_entries_of_any_size(ask, size):
    assert ask(["entry", size], *PC, ["claim"]) == ask(*PC, ["claim"])


@pytest.mark.parametrize("kinds, meant", [
    ((LOADER_DATA, BOOT_DATA), (LOADER, LOADER)), ((ACPI, RUNTIME_DATA), (ACPI_TABLES, RESERVED)),
    ((CONVENTIONAL, NVS), (USABLE, ACPI_NVS))])
@pytest.mark.parametrize("size", [40, 48, 4096])
@pytest.mark.parametrize("distance", [1, 2])
def test_2000_pieces(ask, kinds, meant, size, distance):
    """Side by side, and with gaps."""
    places = [GIB + i * distance * PAGE for i in range(2000)]
    many = [memory(kinds[i % 2], place, PAGE) for i, place in enumerate(places)]
    expected = [(place, place + PAGE, meant[i % 2]) for i, place in enumerate(places)]
    if distance == 1 and meant[0] == meant[1]:
        expected = [(GIB, GIB + 2000 * PAGE, meant[0])]
    got = claimed(ask, ["entry", size], *PC, *many[::-1])
    assert [region for region in got if region[0] >= GIB] == expected


def test_map_that_grows(ask):
    """While memory is taken for it, and while we are not let go."""
    grown = [["stale", 3], ["grows", 2]]
    assert claimed(ask, *PC, *grown)[-1] == (64 * MIB + 3 * PAGE, 192 * MIB, USABLE)
    grown = [["stale", 3], ["grows", 100]]
    assert ask(*PC, *grown, ["claim"]) == "boot error: the firmware does not tell what memory there is\n"


def test_errors_of_memory(ask):
    untold = "boot error: the firmware does not tell what memory there is\n" + BACK
    senseless = "boot error: the firmware's memory map makes no sense\n" + BACK
    no_memory = "boot error: too little memory for the firmware's memory map\n" + BACK
    assert ask(*PC, ["refuse", "allocate"], ["claim"]) == no_memory
    assert ask(*PC, ["entry", 1 << 40], ["claim"]) == no_memory
    assert ask(["file", 9, 9], ["read", 0, 9], ["refuse", "map"], ["claim"]) == "9\n" + untold
    assert ask(*PC, ["refuse", "map"], ["claim"]) == untold
    assert ask(*PC, ["entry", 39], ["claim"]) == senseless
    assert ask(*PC, ["entry", 0], ["claim"]) == senseless
    assert ask(*PC, ["refuse", "entry-size"], ["claim"]) == senseless


FRAMEBUFFER = 2
NO_DISPLAY = "No display with pixels in memory: the kernel writes to the serial port.\n0 0 0 0 0 0 0 0\n-\n"
RGB, BGR, MASKS, BLT_ONLY = range(4)


def graphics(*modes, number=0, start=2 * GIB, size=16 * MIB):
    return [("graphics", start, size, number), *(("mode", *mode, *[0] * (7 - len(mode))) for mode in modes)]


def seen(ask, *commands):
    return [int(word) for word in ask(*commands, ["describe"]).splitlines()[0].split()]


@pytest.mark.parametrize("mode, expected", [
    ((RGB, 800, 600, 800), [800, 600, 3200, 0, 8, 16]),
    ((BGR, 801, 601, 832), [801, 601, 3328, 16, 8, 0]),
    ((MASKS, 640, 480, 640, 0xFF000000, 0xFF00, 0xFF0000), [640, 480, 2560, 24, 8, 16])])
def test_kinds_of_pixels(ask, mode, expected):
    columns, rows, pitch, *colours = expected
    assert seen(ask, *graphics(mode)) == [FRAMEBUFFER, columns, rows, pitch, 2 * GIB, *colours]


def test_takes_the_largest_mode_if_the_present_one_is_no_use(ask):
    modes = [(BLT_ONLY, 1920, 1080, 1920), (BGR, 640, 480, 640), (RGB, 1024, 768, 1024), (BGR, 800, 600, 800)]
    assert seen(ask, *graphics(*modes))[1:4] == [1024, 768, 4096]
    assert seen(ask, *graphics(*modes, number=3))[1:4] == [800, 600, 3200], "the present one will do"
    for refusal in "query", "mode":
        assert ask(*graphics(*modes), ["refuse", refusal], ["describe"]) == NO_DISPLAY


def test_takes_the_second_display_if_the_first_is_no_use(ask):
    assert seen(ask, *graphics((BLT_ONLY, 800, 600, 800)), *graphics((RGB, 640, 480, 640), start=GIB))[1:5] == [
        640, 480, 2560, GIB]


@pytest.mark.parametrize("display", [
    [],
    graphics((BLT_ONLY, 800, 600, 800)),
    graphics((4, 800, 600, 800)),
    graphics((MASKS, 800, 600, 800, 0xF800, 0x7E0, 0x1F)),
    graphics((MASKS, 800, 600, 800, 0, 0, 0)),
    graphics((MASKS, 800, 600, 800, 0xFF0000, 0xFF00, 0xFF)),  # of three bytes
    graphics((RGB, 800, 600, 799)),
    graphics((RGB, 0, 600, 800)),
    graphics((RGB, 800, 600, 1 << 30)),
    graphics((RGB, 800, 600, 800), size=800 * 600 * 4 - 1),
    graphics((RGB, 800, 600, 800), start=0)])
def test_no_display(ask, display):
    assert ask(*display, ["describe"]) == NO_DISPLAY


SCREEN = graphics((RGB, 800, 600, 800))


@pytest.mark.parametrize("text, expected", [
    ("quiet debug=1\0", "quiet debug=1"), ("quiet", "quiet"), ("a\0b", "a"), ("", "-"), ("\0", "-"),
    ("caf\xe9\0", "-"), ("a\tb", "-"), ("\ud83d", "-"), ("x" * 1500, "x" * 1023)])
def test_command_line(ask, text, expected):
    words = [ord(letter) for letter in text]
    assert ask(*SCREEN, ["options", 2 * len(words), *words], ["describe"]).splitlines()[1] == expected


def test_odd_options(ask):
    assert ask(*SCREEN, ["options", 3, 0x61], ["describe"]).splitlines()[1] == "a"


def test_watchdog_is_off(ask):
    assert ask(["begin"]) == "0\n"


def test_reads(ask):
    for offset, size in (0, 1), (0, 3 * MIB), (MIB - 1, MIB + 1), (3 * MIB, 0):
        assert ask(["file", 3 * MIB, 3 * MIB], ["read", offset, size]) == f"{3 * MIB}\n"


@pytest.mark.parametrize("size", [0, 1, PAGE - 1, PAGE, PAGE + 1, MIB, MIB + 1])
def test_file_of_any_size(ask, size):
    assert ask(["file", size, size], ["read", 0, size]) == f"{size}\n"


@pytest.mark.parametrize("size", [8 * GIB, (1 << 64) - PAGE, (1 << 64) - 1])
def test_file_that_is_too_large(ask, size):
    assert ask(["file", size, MIB], ["read", 0, 1]) == (
        "boot error: too little memory to read \\boot\\kernel.elf\n" + BACK)


def test_errors_go_to_a_serial_port_that_the_firmware_does_not_drive(ask):
    """Else they come to it by the firmware's console."""
    line = "boot error: as the test wants it\n"
    assert ask(["fail"]) == line + BACK
    prompt, back = BACK.splitlines(keepends=True)
    assert ask(["refuse", "serial"], ["fail"]) == line + prompt + line + back


def test_machine_without_a_console(ask):
    """Nobody is asked who is not there. Errors go to the serial port, whoever else drives it,
    and there is time to read them."""
    line, back = "boot error: as the test wants it\n", BACK.splitlines(keepends=True)[1]
    assert ask(["without", "input"], ["fail"]) == line + BACK
    for no_input in [], [["without", "input"]]:
        assert ask(["without", "output"], *no_input, ["fail"]) == line + back
        assert ask(["without", "output"], *no_input, ["describe"]) == NO_DISPLAY.split("\n", 1)[1]


def test_errors_of_reading(ask):
    cannot = "boot error: cannot read \\boot\\kernel.elf\n" + BACK
    good = ["file", 3 * MIB, 3 * MIB]
    assert ask(["file", 3 * MIB, 2 * MIB], ["read", 0, 3 * MIB]) == cannot
    for refusal, error in {
            "read": "cannot read \\boot\\kernel.elf",
            "allocate": "too little memory to read \\boot\\kernel.elf",
            "info": "the firmware does not tell the size of \\boot\\kernel.elf",
            "open": "the kernel is missing: \\boot\\kernel.elf cannot be opened",
            "volume": "the volume that the loader comes from cannot be read",
            "interface": "the volume that the loader comes from cannot be read",
            "image": "the firmware does not tell how the loader was started"}.items():
        assert ask(good, ["refuse", refusal], ["read", 0, 10]) == f"boot error: {error}\n{BACK}"
