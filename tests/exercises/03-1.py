"""A second text on the screen, at a place and in colours of its own."""

from judge import Wrong, rows

CHAPTER = "03-protected-mode"
TITLE = "White on blue"
HINTS = [
    "A row of the screen is 80 cells, a cell is 2 bytes, and the memory begins with row 0, column 0. So how far after "
    "`vga_text_buffer` does row 12, column 33 lie?",
    "`print_vga` sets EDI and AH itself, always to the same values. A second entrance after these two lines would let its caller "
    "set them.",
    "Split it: `print_vga` keeps its two `mov`, and runs on into a new label, say `print_vga_at`, where `.next` begins. "
    "Call that with ESI, EDI = `vga_text_buffer + 2 * (80 * 12 + 33)`, and AH = 0x1f."]

GREETING = "Hello from protected mode"
TEXT = "Paint it blue"
ROW, COLUMN = 12, 33


def check(Machine, folder):
    with Machine(folder / "build/disk.img") as machine:
        seen = rows(machine)
        cells = machine.screen().cells
    if seen[0] != GREETING or set(attributes(cells, 0, len(GREETING))) != {0x0F}:
        raise Wrong(f"still {GREETING}, white on black in row 0", seen[0] or "nothing in row 0")
    start = 80 * ROW + COLUMN
    if seen[ROW] != " " * COLUMN + TEXT:
        found = [f"row {row}, column {len(text) - len(text.lstrip())}: {text.strip()}"
                 for row, text in enumerate(seen) if text]
        raise Wrong(f"row {ROW}, column {COLUMN}: {TEXT}", "\n".join(found))
    wrong = set(attributes(cells, start, len(TEXT))) - {0x1F}
    if wrong:
        raise Wrong("each cell of it with the attribute 0x1f", ", ".join(map(hex, sorted(wrong))))


def attributes(cells, first, count):
    return cells[2 * first + 1:2 * (first + count):2]
