"""What is true of every chapter."""

import re

from course import image, stages
from cpu import IF, mode
from greetings import SERIAL_TEXT


def says(machine, text, attribute, row=None, below=""):
    """Waits until the machine rests; then the text must be alone in a row, with
    only BIOS messages above, and below it only what matches a pattern; and it
    must stay so."""
    machine.wait_for_rest()
    screen = machine.screen()
    rows = str(screen).split("\n")
    assert rows.count(text) == 1, str(screen)
    place = rows.index(text)
    assert row in (None, place), str(screen)
    assert re.fullmatch(below, "\n".join(rows[place + 1:])), str(screen)
    assert screen.attributes(place, len(text)) == {attribute}
    machine.wait(0.02)
    assert machine.screen().cells == screen.cells


def greets(machine):
    """Waits until the machine rests; then the kernel has said, in cells or on the serial port,
    what the newest chapter's screen shows. Returns that."""
    machine.wait_for_rest()
    text = str(machine.screen())
    assert re.search(SERIAL_TEXT, text), text
    return text[text.index("Hello World!"):]


def goes_through_its_modes(Machine, chapter):
    """Stops at the first instruction of each stage, which the CPU must reach in
    the right mode; interrupts are off as soon as real mode is left."""
    with Machine(image(chapter), stopped=True) as machine:
        goes_through(machine, stages(chapter))


def goes_through(machine, stages):
    seen = []
    for address, _ in stages:
        machine.run_to_stage(address)
        registers = machine.registers()
        seen.append((address, mode(registers)))
        assert mode(registers) == "real" or not registers["RFL"] & IF
    assert seen == stages


def finds_all_well(machine):
    """Waits until a test kernel has judged what it found."""
    machine.wait_for_rest()
    assert str(machine.screen()) == "ok"
