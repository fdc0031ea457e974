"""A Bochs machine that is a copy of another one is as it would be from cold: else what the tests see
of it proves nothing."""

import pytest

import shared
from bochs import Bochs
from course import CHAPTERS, image, stages

LOW_MEMORY = 640 * 1024
SAME_TIME = "clock: sync=none, time0=946684800"  # the BIOS reads the clock


def seen(chapter):
    """Ticks, registers and memory at the first instruction of the last stage, and the machine's process."""
    with Bochs(image(chapter), SAME_TIME) as machine:
        machine.run_to(stages(chapter)[-1][0])
        return machine.ticks(), machine.registers(), hash(machine.memory(0, LOW_MEMORY)), type(machine.process).__name__


@pytest.mark.parametrize("chapter", CHAPTERS[1:])
def test_copy_is_as_from_cold(chapter, monkeypatch):
    seen(chapter)  # so that the next one is a copy, if it isn't yet
    *copy, how = seen(chapter)
    assert how == "Copy"
    monkeypatch.delenv(shared.MACHINES)
    *cold, how = seen(chapter)
    assert how == "Popen"
    assert copy == cold
