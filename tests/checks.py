"""What is true of every chapter."""

from machine import IF, image, mode, stages

GREY, WHITE, LIGHT_CYAN = 0x07, 0x0F, 0x0B  # attributes, on black

GREETINGS = {  # text, attribute, and the row if it has a fixed one
    "01-boot-sector": ("Hello from the boot sector", GREY, None),
    "02-second-stage": ("Hello from the second stage", GREY, None),
    "03-protected-mode": ("Hello from protected mode", WHITE, 0),
    "04-long-mode": ("Hello from long mode", WHITE, 0),
    "05-vga-hello-world": ("Hello World!", LIGHT_CYAN, 0)}


def says(machine, text, attribute, row=None):
    """Waits until the machine rests; then the text stands alone in a row, and
    nothing but BIOS messages stands above, nothing below; and so it stays."""
    machine.wait_for_rest()
    screen = machine.screen()
    rows = str(screen).split("\n")
    assert rows[-1] == text, screen
    assert rows.count(text) == 1, screen
    assert row is None or len(rows) == row + 1, screen
    assert screen.attributes(len(rows) - 1, len(text)) == {attribute}
    machine.wait(0.02)
    assert machine.screen().cells == screen.cells


def goes_through_its_modes(Machine, chapter):
    """Stops at the first instruction of each stage, which the CPU must reach in
    the right mode; interrupts are off as soon as real mode is left."""
    seen = []
    with Machine(image(chapter), stopped=True) as machine:
        for address, _ in stages(chapter):
            machine.run_to_stage(address)
            registers = machine.registers()
            seen.append((address, mode(registers)))
            assert mode(registers) == "real" or not registers["RFL"] & IF
    assert seen == stages(chapter)
