"""Text on a screen of pixels, read back exactly: each cell must be one of the font's
letters in two colours of the VGA's, and what lies beside the cells must be black."""

import tempfile
from pathlib import Path

from PIL import Image

from course import ROOT

GLYPH_COLUMNS, GLYPH_ROWS = 8, 16
HEADER = 4  # bytes of a PSF file, version 1
BLACK = (0, 0, 0)


def colour(number):
    """A colour of the VGA's, apart from the odd one out: its number 6 is brown."""
    light = 0x55 if number & 8 else 0
    return tuple((0xAA if number & bit else 0) + light for bit in (4, 2, 1))


COLOURS = {colour(number): number for number in range(16)}


def font(chapter):
    """The glyphs of a chapter's font by character: 16 bytes each."""
    data = (ROOT / "chapters" / chapter / "build/lib/font.psf").read_bytes()
    assert data[:2] == b"\x36\x04" and data[3] == GLYPH_ROWS
    glyphs = {chr(code): data[HEADER + code * GLYPH_ROWS:][:GLYPH_ROWS] for code in range(ord(" "), ord("~") + 1)}
    assert len(set(glyphs.values())) == len(glyphs), "two letters look the same"
    assert not any(glyphs[" "])
    return glyphs


class Screen:
    """What screen.Screen is for text memory. A blank shows no foreground; it counts as
    one in the colour of the character before it."""

    def __init__(self, picture, glyphs):
        self.picture = picture = picture.convert("RGB")
        self.cells = picture.tobytes()
        self.letters = {glyph: character for character, glyph in glyphs.items()}
        self.rows, self.columns = picture.height // GLYPH_ROWS, picture.width // GLYPH_COLUMNS
        self.text = [self._read_row(row) for row in range(self.rows)]
        right = (self.columns * GLYPH_COLUMNS, 0, picture.width, picture.height)
        bottom = (0, self.rows * GLYPH_ROWS, picture.width, picture.height)
        assert not picture.crop(right).getbbox() and not picture.crop(bottom).getbbox(), \
            "something is beside the text"

    def _read_row(self, row):
        """Character and attribute of each cell."""
        cells, foreground = [], 7
        for column in range(self.columns):
            character, foreground, background = self._read_cell(row, column, foreground)
            cells.append((character, background << 4 | foreground))
        return cells

    def _read_cell(self, row, column, before):
        """The character, its colour, and its background."""
        lines = []
        for y in range(row * GLYPH_ROWS, (row + 1) * GLYPH_ROWS):
            start = 3 * (y * self.picture.width + column * GLYPH_COLUMNS)
            lines.append(self.cells[start:start + 3 * GLYPH_COLUMNS])
        cell = b"".join(lines)
        if cell == cell[:3] * (GLYPH_COLUMNS * GLYPH_ROWS):
            return " ", before, COLOURS[tuple(cell[:3])]

        pixels = [tuple(cell[i:i + 3]) for i in range(0, len(cell), 3)]
        colours = set(pixels)
        readings = []
        for foreground in colours if len(colours) == 2 else []:
            bits = "".join("1" if pixel == foreground else "0" for pixel in pixels)
            character = self.letters.get(int(bits, 2).to_bytes(GLYPH_ROWS, "big"))
            if character:
                [background] = colours - {foreground}
                readings.append((character, COLOURS[foreground], COLOURS[background]))
        assert len(readings) == 1, f"row {row}, column {column} can be read in {len(readings)} ways: {colours}"
        return readings[0]

    def row(self, row):
        """A row's characters, without the blanks at its end."""
        return "".join(character for character, _ in self.text[row]).rstrip()

    def attributes(self, row, length):
        """The set of attributes of a row's first characters."""
        return {attribute for _, attribute in self.text[row][:length]}

    def __str__(self):
        return "\n".join(map(self.row, range(self.rows))).rstrip()


def screen(qemu, chapter, **display):
    """The screen of a QEMU that shows pixels; of several, device= names one."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "screen.png"
        qemu.command("screendump", filename=str(file), format="png", **display)
        with Image.open(file) as picture:
            return Screen(picture, font(chapter))
