"""Chapter 09: the kernel's text on a screen of pixels, on this machine, with sanitizers
that see each byte beside it."""

import re
import subprocess

import pytest
from PIL import Image

import pixels
from course import ROOT, TIMEOUT, image
from qemu import Qemu
from screen import Screen

CHAPTER = "09-uefi"
FOLDER = ROOT / "chapters" / CHAPTER
VERSION = 4
VGA_TEXT, FRAMEBUFFER, UNKNOWN = 1, 2, 3  # displays
GREY, LIGHT_CYAN, WHITE_ON_RED = 0x07, 0x0B, 0x4F
RGB = (16, 8, 0)  # lowest bits
TYPES = ["reserved", "usable", "loader", "kernel", "ACPI tables", "ACPI NVS", "reserved", "broken",
         "reserved", "reserved"]  # 0 to 9
PATIENCE = 100000  # reads of a serial port


def compile(program, *sources):
    subprocess.run(["gcc", "-std=c17", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined",
                    "-fno-sanitize-recover=all", "-iquote", FOLDER / "include", "-iquote", FOLDER / "lib", "-iquote", FOLDER / "kernel",
                    "-o", program, *sources, FOLDER / "build/lib/font.o"], check=True)


def run(program, *arguments):
    result = subprocess.run([program, *map(str, arguments)], capture_output=True, timeout=TIMEOUT)
    assert result.returncode == 0, result.stderr.decode()
    return result


@pytest.fixture(scope="module")
def framebuffer(tmp_path_factory):
    program = tmp_path_factory.mktemp("framebuffer") / "framebuffer_test"
    compile(program, ROOT / "tests/host/framebuffer_test.c", FOLDER / "lib/framebuffer.c")

    def framebuffer(size, pitch, colours, *prints):
        """The number of text rows, and the screen's bytes."""
        output = run(program, *size, pitch, *colours, *(word for text in prints for word in text)).stdout
        rows, _, screen = output.partition(b"\n")
        return int(rows), screen
    return framebuffer


def drawn(size, pitch, colours, *prints):
    """The same, pixel by pixel."""
    columns, rows = size
    glyphs = pixels.font(CHAPTER)
    picture = [[(0, 0, 0)] * columns for _ in range(rows)]
    for row, column, attribute, text in prints:
        for place, character in enumerate(text, column):
            if row >= rows // 16 or place >= columns // 8:
                continue
            glyph = glyphs.get(character, glyphs["?"])
            for y in range(16):
                for x in range(8):
                    number = attribute & 15 if glyph[y] >> (7 - x) & 1 else attribute >> 4
                    picture[row * 16 + y][place * 8 + x] = pixels.colour(number)
    lines = []
    for line in picture:
        words = [sum(part << bit for part, bit in zip(pixel, colours)) for pixel in line]
        lines.append(b"".join(word.to_bytes(4, "little") for word in words))
    return rows // 16, (b"\xcc" * (pitch - 4 * columns)).join(lines)


ALL = "".join(map(chr, range(32, 127)))


@pytest.mark.parametrize("colours", [RGB, (0, 8, 16), (24, 16, 8), (8, 0, 24)])
@pytest.mark.parametrize("padding", [0, 4, 256])
@pytest.mark.parametrize("size", [(640, 480), (801, 601), (800, 600), (7, 9), (8, 16), (15, 31), (16, 17)])
def test_pixels(framebuffer, size, padding, colours):
    """Texts that fit, and some that do not: at the right, at the bottom, and far away."""
    columns, rows = size[0] // 8, size[1] // 16
    pitch = 4 * size[0] + padding
    far = (1 << 32) - 1
    prints = [(0, 0, LIGHT_CYAN, "Hello World!"), (3, 5, GREY, ALL), (max(rows - 1, 0), 0, WHITE_ON_RED, "panic"),
              (2, max(columns - 3, 0), GREY, "cut off"), (1, columns, GREY, "x"), (1, columns + 1, GREY, "x"),
              (rows, 0, GREY, "x"), (rows + 1, 0, GREY, "x"), (far, 0, GREY, "x"), (0, far, GREY, "x"),
              (far, far, GREY, "x"), (5, 0, GREY, ""), (4, 0, GREY, "\x1f\x7f\tz"), (0, 3, WHITE_ON_RED, "o")]
    assert framebuffer(size, pitch, colours, *prints) == drawn(size, pitch, colours, *prints)


def test_all_attributes(framebuffer):
    prints = [(number // 16, number % 16, number, "A") for number in range(256)]
    assert framebuffer((130, 260), 524, RGB, *prints) == drawn((130, 260), 524, RGB, *prints)


def test_letters_that_the_font_lacks(framebuffer):
    """Bytes of UTF-8 for one, which a signed char takes for negative."""
    assert framebuffer((80, 16), 320, RGB, (0, 0, GREY, "aä€")) \
        == framebuffer((80, 16), 320, RGB, (0, 0, GREY, "a?????"))


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    """The kernel's screen, and what it says at the serial port."""
    folder = tmp_path_factory.mktemp("console")
    panic = (FOLDER / "kernel/panic.c").read_text()
    assert panic.count('__asm__ volatile("cli; hlt");') == 1
    (folder / "panic.c").write_text("_Noreturn void halt(void);\n"
                                    + panic.replace('__asm__ volatile("cli; hlt");', "halt();"))
    compile(folder / "console_test", ROOT / "tests/host/console_test.c", folder / "panic.c",
            *(FOLDER / f"{name}.c" for name in ("kernel/main", "kernel/print", "lib/console", "lib/vga", "lib/framebuffer")))

    def kernel(display, size=(640, 480), regions=5, version=VERSION, command_line=""):
        result = run(folder / "console_test", display, *size, regions, version, command_line)
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
    for regions in [0, 1, 11, 12, 13, fit, fit + 1, 287]:
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


def test_a_display_of_another_kind_is_left_alone(kernel):
    screen, serial = kernel(UNKNOWN)
    assert not any(screen.cells) and serial[0] == "Hello World!"


@pytest.fixture(scope="module")
def serial(tmp_path_factory):
    """What is sent to a made-up serial port, its registers, and how often it was read."""
    folder = tmp_path_factory.mktemp("serial")
    text = (FOLDER / "lib/serial.c").read_text()
    for instruction, call in [(r'__asm__ volatile\("outb .*;', "port_out(port, value);"),
                              (r'__asm__ volatile\("inb .*;', "value = port_in(port);")]:
        text, count = re.subn(instruction, call, text)
        assert count == 1
    declarations = "#include <stdint.h>\nvoid port_out(uint16_t, uint8_t);\nuint8_t port_in(uint16_t);\n"
    (folder / "serial.c").write_text(declarations + text)
    compile(folder / "serial_test", folder / "serial.c", ROOT / "tests/host/serial_test.c")

    def serial(kind, text):
        sent, registers = run(folder / "serial_test", kind, text).stdout.decode().removesuffix("\n").rsplit("\n", 1)
        *registers, reads = map(int, registers.split())
        return sent, registers, reads
    return serial


@pytest.mark.parametrize("busy", [0, 1, PATIENCE - 1])
def test_serial_port_that_takes_its_time(serial, busy):
    """115200 bits a second (divisor 1), 8N1, no interrupts."""
    sent, registers, reads = serial(busy, "text")
    assert (sent, registers) == ("text", [1, 3, 0, 3]) and reads == 2 + (busy + 1) * 4 + 1


def test_serial_port_that_hangs_is_given_up(serial):
    """It is waited for once, whatever is still to be printed."""
    sent, _, reads = serial(1 << 40, "text" * 1000)
    assert sent == "" and reads == 2 + PATIENCE


@pytest.mark.parametrize("kind", ["ones", "zeros"])
def test_no_serial_port(serial, kind):
    sent, registers, reads = serial(kind, "text" * 1000)
    assert (sent, registers, reads) == ("", [0, 0, 15, 0], 2)


def test_serial_port_says_what_the_screen_shows(tmp_path):
    file = tmp_path / "serial.txt"
    with Qemu(image(CHAPTER), "-serial", f"file:{file}") as qemu:
        qemu.wait_for_rest()
        shown = str(qemu.screen())
    assert file.read_bytes().decode("ascii").split("\r\n") == [*shown.split("\n"), ""]
    with Qemu(image(CHAPTER)) as qemu:
        qemu.wait_for_rest()
        assert str(qemu.screen()) == shown
