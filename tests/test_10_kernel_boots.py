"""What a kernel is promised holds with both kinds of display."""

import checks
from bochs import Bochs
from course import THOROUGH, chapter_of, image, stages
from emulators import cd
from qemu import EXIT_CODE, Qemu, checks_failed

CHAPTER = chapter_of(__file__)


def test_goes_through_its_modes(Machine):
    checks.goes_through_its_modes(Machine, CHAPTER)
    with Machine(*cd(Machine, image(CHAPTER, "cd.iso")), stopped=True) as machine:
        checks.goes_through(machine, stages(CHAPTER, "multiboot2.elf"))


MEMORY = {Qemu: ("-m", "16M"), Bochs: ("memory: guest=16, host=16",)}


def test_in_text_mode(Machine, images):
    with Machine(images[THOROUGH, "disk.img"], *MEMORY[Machine]) as machine:
        checks.finds_all_well(machine)


def test_on_pixels(images):
    with Qemu(*cd(Qemu, images[THOROUGH, "cd.iso"]), *MEMORY[Qemu], *EXIT_CODE) as machine:
        assert checks_failed(machine) == 0
