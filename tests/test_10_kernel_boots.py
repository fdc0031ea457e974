"""What a kernel is promised holds with both kinds of display."""

import pytest

import checks
from bochs import Bochs
from course import KERNELS, chapter_of, image, stages
from emulators import cd
from qemu import EXIT_CODE, Qemu, checks_failed

CHAPTER = chapter_of(__file__)


def test_goes_through_its_modes(Machine):
    checks.goes_through_its_modes(Machine, CHAPTER)
    with Machine(*cd(Machine, image(CHAPTER, "cd.iso")), stopped=True) as machine:
        checks.goes_through(machine, stages(CHAPTER, "multiboot2.elf"))


MEMORY = {Qemu: ("-m", "64M"), Bochs: ("memory: guest=16, host=16",)}


@pytest.mark.parametrize("kernel", KERNELS)
def test_in_text_mode(Machine, images, kernel):
    with Machine(images[kernel, "disk.img"], *MEMORY[Machine]) as machine:
        checks.finds_all_well(machine)


@pytest.mark.parametrize("kernel", KERNELS)
def test_on_pixels(images, kernel):
    with Qemu(*cd(Qemu, images[kernel, "cd.iso"]), *MEMORY[Qemu], *EXIT_CODE) as machine:
        assert checks_failed(machine) == 0
