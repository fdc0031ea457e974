"""The serial port's driver, on this machine, with ports that hang and ports that are
not there."""

import re

import pytest

import host_builds
from course import ROOT, chapter_of

CHAPTER = chapter_of(__file__)
FOLDER = ROOT / "chapters" / CHAPTER
PATIENCE = 100000  # reads of a serial port


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
    program = host_builds.build("serial_test", CHAPTER, folder / "serial.c")

    def serial(kind, text):
        sent, registers = host_builds.run(program, kind, text).stdout.decode().removesuffix("\n").rsplit("\n", 1)
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
