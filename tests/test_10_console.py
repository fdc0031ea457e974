"""The kernel's text on both kinds of screen, on this machine, with sanitizers
that see each byte beside it."""

import pytest
from PIL import Image

import host_builds
import pixels
from course import ROOT, chapter_of
from screen import Screen

CHAPTER = chapter_of(__file__)
FOLDER = ROOT / "chapters" / CHAPTER
FONT = "build/lib/font.o"
VERSION = 5
NONE, VGA_TEXT, FRAMEBUFFER, UNKNOWN = range(4)  # displays
GREY, LIGHT_CYAN, WHITE_ON_RED = 0x07, 0x0B, 0x4F
TYPES = ["reserved", "usable", "loader", "kernel", "ACPI tables", "ACPI NVS", "reserved", "broken",
         "reserved", "reserved"]  # 0 to 9


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    """The kernel's screen, and what it says at the serial port."""
    folder = tmp_path_factory.mktemp("console")
    panic = (FOLDER / "kernel/panic.c").read_text()
    assert panic.count('__asm__ volatile("cli; hlt");') == 1
    (folder / "panic.c").write_text("_Noreturn void halt(void);\n"
                                    + panic.replace('__asm__ volatile("cli; hlt");', "halt();"))
    names = "kernel/main", "kernel/print", "lib/console", "lib/vga", "lib/framebuffer"
    program = host_builds.build("console_test", CHAPTER, folder / "panic.c", FONT,
                                *(f"{name}.c" for name in names))

    def kernel(display, size=(640, 480), regions=5, version=VERSION, command_line=""):
        result = host_builds.run(program, display, *size, regions, version, command_line)
        serial = result.stderr.decode().split("\r\n")
        assert not any("\n" in line or "\r" in line for line in serial)
        if display == VGA_TEXT:
            return Screen(result.stdout), serial
        picture = Image.frombytes("RGB", size, result.stdout, "raw", "BGRX")
        return pixels.Screen(picture, pixels.font(CHAPTER)), serial
    return kernel


def test_both_screens_show_the_same(kernel):
    cells, serial = kernel(VGA_TEXT, command_line="answer=42")
    for size in [(640, 400), (800, 600), (1366, 768)]:
        dots, again = kernel(FRAMEBUFFER, size, command_line="answer=42")
        assert str(dots) == str(cells) and again == serial
        assert dots.attributes(0, 12) == cells.attributes(0, 12) == {LIGHT_CYAN}
        assert all(dots.attributes(row, 80) == {GREY} for row in range(1, dots.rows))
    assert "\n".join(serial).rstrip() == str(cells)


def test_command_line(kernel):
    """A row of its own, and only if there is one; what is too long for the screen is cut
    there, and goes to the serial port whole."""
    without, _ = kernel(FRAMEBUFFER)
    long = "x" * 100
    rows, serial = kernel(FRAMEBUFFER, command_line=long)
    assert "Command line" not in str(without)
    assert rows.row(7) == "Command line " + long[:67] and serial[7] == "Command line " + long
    before = str(without).split("\n")
    assert str(rows).split("\n") == [*before[:7], rows.row(7), *before[7:]]


@pytest.mark.parametrize("display, rows", [(VGA_TEXT, 25), (FRAMEBUFFER, 25), (FRAMEBUFFER, 30), (FRAMEBUFFER, 50),
                                           (FRAMEBUFFER, 13), (FRAMEBUFFER, 14)])
@pytest.mark.parametrize("line", ["", "x"])
def test_as_many_regions_as_fit(kernel, display, rows, line):
    """The last row stays free, for a panic; the sum is always there."""
    fit = max(rows - 13 - len(line), 0)
    for regions in [0, 1, 11, 12, 13, fit, fit + 1, 4000]:
        screen, _ = kernel(display, (640, rows * 16 + 5), regions, command_line=line)
        text = [screen.row(row) for row in range(rows)]
        head = 9 + len(line)
        shown = [f"{i << 12:016x}-{(i << 12) + 4095:016x}  {TYPES[i % 10]:13}4 KiB" for i in range(min(fit, regions))]
        rest = [f"and {regions - fit} more"] if regions > fit else []
        tail = ["", f"Usable memory: {4 * ((regions + 8) // 10)} KiB"]
        assert text[head - 1] == "Memory map"
        assert text[head:] == [*shown, *rest, *tail, *[""] * rows][:rows - head]


@pytest.mark.parametrize("size", [(640, 192), (640, 16), (640, 15), (7, 9), (1, 1), (8, 16)])
def test_screens_too_small_for_all(kernel, size):
    whole, said = kernel(FRAMEBUFFER, (640, 480))
    screen, serial = kernel(FRAMEBUFFER, size)
    for row in range(min(screen.rows, 8)):
        assert screen.row(row) == whole.row(row)[:size[0] // 8].rstrip()
    assert serial == [*said[:9], "and 5 more", *said[14:]]


@pytest.mark.parametrize("display, size, last", [(VGA_TEXT, (1, 1), 24), (FRAMEBUFFER, (640, 480), 29),
                                                 (FRAMEBUFFER, (801, 601), 36)])
def test_panic_is_in_the_last_row(kernel, display, size, last):
    screen, serial = kernel(display, size, version=VERSION + 1)
    text = "kernel panic: the loader hands over another version of struct boot_info"
    assert str(screen) == last * "\n" + text
    assert screen.attributes(last, len(text)) == {WHITE_ON_RED}
    assert "".join(serial) == text


@pytest.mark.parametrize("display", [NONE, UNKNOWN])
def test_serial_port_alone_gets_it_all(kernel, display):
    """Also of a display of another kind nothing is touched; and a panic has no row there."""
    screen, serial = kernel(display, regions=383)
    assert not any(screen.cells) and serial[0] == "Hello World!"
    assert sum(line.endswith(" 4 KiB") for line in serial) == 383 and not any("more" in line for line in serial)
    _, serial = kernel(display, version=VERSION + 1)
    assert serial[-1].startswith("kernel panic: ")
