"""The whole screen in white on blue, and not a byte more than the screen."""

from judge import Wrong, rows, run_to, when
from qemu import Qemu

CHAPTER = "05-vga-hello-world"
TITLE = "A blue screen"
HINTS = [
    "Only `lib/vga.c` knows where the screen is, so that is where the new function belongs. What does its caller have to "
    "tell it, if each call does the whole screen?",
    "A function that takes nothing but the attribute cannot be given a wrong row or column: two loops, over `VGA_ROWS` and over "
    "`VGA_COLUMNS`, write a blank with this attribute to each cell. Name the attributes in `vga.h`: 0x1f and 0x1b.",
    "`vga_text_buffer[row][column] = (uint16_t)(attribute << 8 | ' ')` is the heart of it. Call it before `vga_print`, "
    "and give that the attribute 0x1b: the text brings its background along."]

ROWS, COLUMNS = 25, 80
BLANK, TEXT = 0x1F, 0x1B
VGA = 0xB8000
GREETING = "Hello World!"
DIRT = b"#\x4e"  # a cell
BEHIND = 96  # bytes after the screen that must stay as they are


def check(Machine, folder):
    with Machine(folder / "build/disk.img") as machine:
        is_blue(machine)

    with Machine(folder / "build/disk.img", stopped=True) as machine:
        run_to(machine, folder, "kernel_main", "kernel")
        if Machine is Qemu:
            machine._gdb(b"Qqemu.PhyMemMode:1")  # writes to memory of devices only by physical addresses
        for row in range(ROWS):
            for column in (0, 1, 40, COLUMNS - 2, COLUMNS - 1):
                machine.write(VGA + 2 * (COLUMNS * row + column), DIRT)
        machine.write(VGA + 2 * ROWS * COLUMNS, DIRT * (BEHIND // 2))
        with when("if the check writes to the screen before kernel_main does"):
            is_blue(machine)
        behind = machine.memory(VGA + 2 * ROWS * COLUMNS, BEHIND)
        if behind != DIRT * (BEHIND // 2):
            raise Wrong("the memory after the screen's 4,000 bytes as it was before", "other bytes there")


def is_blue(machine):
    seen = rows(machine)
    attributes = machine.screen().cells[1::2]
    if seen[0] != GREETING:
        raise Wrong(f"{GREETING} alone in row 0", seen[0] or "nothing in row 0")
    for row, text in enumerate(seen[1:], 1):
        if text and not text.startswith("CR3 is "):  # of exercise 05-1
            raise Wrong(f"nothing in row {row}", text)
    for place, attribute in enumerate(attributes):
        row, column = divmod(place, COLUMNS)
        expected = [TEXT if place < len(GREETING) else BLANK]
        if row and column < len(seen[row]):
            expected.append(TEXT)  # the row of exercise 05-1 may be in either colour
        if attribute not in expected:
            raise Wrong(f"row {row}, column {column}: the attribute {expected[0]:#x}", f"{attribute:#x}")
