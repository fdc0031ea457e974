"""What is true of every chapter."""

from machine import image, mode, stages

GREY, WHITE, LIGHT_CYAN = 0x07, 0x0F, 0x0B  # attributes, on black


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
    machine.wait(0.05)
    assert machine.screen().cells == screen.cells


def goes_through_its_modes(Machine, chapter):
    """Stops at the first instruction of each stage, which the CPU must reach in
    the right mode, and with interrupts off in all but real mode."""
    seen = []
    with Machine(image(chapter), **({"stopped": True} if Machine.__name__ == "Qemu" else {})) as machine:
        for address, _ in stages(chapter):
            machine.run_to_stage(address)
            seen.append((address, mode(machine.registers())))
    assert seen == stages(chapter)
