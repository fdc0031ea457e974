"""A Bochs machine that is a copy of another one is as it would be from cold: else what the tests see
of it proves nothing."""

import pytest

import shared
from bochs import Bochs
from course import CHAPTERS, image, named, stages
from emulators import cd

LOW_MEMORY = 640 * 1024
SAME_TIME = "clock: sync=none, time0=946684800"  # the BIOS reads the clock


def seen(disk, address):
    """Ticks, registers and memory when a machine comes to the address, and the machine's process."""
    with Bochs(*disk, SAME_TIME) as machine:
        machine.run_to(address)
        return machine.ticks(), machine.registers(), hash(machine.memory(0, LOW_MEMORY)), type(machine.process).__name__


def is_as_from_cold(monkeypatch, *boot):
    seen(*boot)  # so that the next one is a copy, if it isn't yet
    *copy, how = seen(*boot)
    assert how == "Copy"
    monkeypatch.delenv(shared.MACHINES)
    *cold, how = seen(*boot)
    assert how == "Popen"
    assert copy == cold


@pytest.mark.parametrize("chapter", CHAPTERS[1:])
def test_copy_is_as_from_cold(chapter, monkeypatch):
    is_as_from_cold(monkeypatch, [image(chapter)], stages(chapter)[-1][0])


# From chapter 11's CD, GRUB takes some instructions more or less each time, from cold, too.
@pytest.mark.parametrize("chapter", [named("grub"), named("framebuffer")])
def test_copy_that_boots_by_grub_is_as_from_cold(chapter, monkeypatch):
    is_as_from_cold(monkeypatch, cd(Bochs, image(chapter, "cd.iso")), stages(chapter, "multiboot2.elf")[-1][0])
