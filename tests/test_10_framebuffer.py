"""Letters drawn on a screen of pixels, on this machine, with sanitizers that see
each byte beside it."""

import pytest

import host_builds
import pixels
from course import chapter_of

CHAPTER = chapter_of(__file__)
FONT = "build/lib/font.o"
GREY, LIGHT_CYAN, WHITE_ON_RED = 0x07, 0x0B, 0x4F
RGB = (16, 8, 0)  # lowest bits


@pytest.fixture(scope="module")
def framebuffer():
    program = host_builds.build("framebuffer_test", CHAPTER, "lib/framebuffer.c", FONT)

    def framebuffer(size, pitch, colours, *prints):
        """The number of text rows, and the screen's bytes."""
        output = host_builds.run(program, *size, pitch, *colours, *(word for text in prints for word in text)).stdout
        rows, _, screen = output.partition(b"\n")
        return int(rows), screen
    return framebuffer


def drawn(size, pitch, colours, *prints):
    """The same, pixel by pixel."""
    columns, rows = size
    glyphs = pixels.font(CHAPTER)
    words = [sum(part << bit for part, bit in zip(pixels.colour(number), colours)).to_bytes(4, "little")
             for number in range(16)]
    picture = [[words[0]] * columns for _ in range(rows)]
    for row, column, attribute, text in prints:
        for place, character in enumerate(text, column):
            if row >= rows // 16 or place >= columns // 8:
                continue
            glyph = glyphs.get(character, glyphs["?"])
            for y in range(16):
                for x in range(8):
                    number = attribute & 15 if glyph[y] >> (7 - x) & 1 else attribute >> 4
                    picture[row * 16 + y][place * 8 + x] = words[number]
    return rows // 16, (b"\xcc" * (pitch - 4 * columns)).join(map(b"".join, picture))


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
