"""CPUs that have long mode, and CPUs that have not."""

import pytest

import checks
from bochs import Bochs
from course import chapter_of, image
from greetings import GREETINGS, GREY
from page_tables import walk
from qemu import Qemu

CHAPTER = chapter_of(__file__)


def test_says_hello(Machine):
    with Machine(image(CHAPTER)) as machine:
        checks.says(machine, *GREETINGS[CHAPTER])


def test_goes_through_its_modes(Machine):
    checks.goes_through_its_modes(Machine, CHAPTER)


@pytest.mark.parametrize("model, missing", [
    ("pentium", "its CPUID has no extended leaves"),
    ("p4_willamette", "it has no long mode"),
    ("core_duo_t2400_yonah", "it has no long mode")])
def test_refuses_old_cpus_on_bochs(model, missing):
    with Bochs(image(CHAPTER), f"cpu: model={model}") as machine:
        checks.says(machine, f"boot error: no 64-bit CPU: {missing}", GREY, row=0)


@pytest.mark.parametrize("model, missing", [
    ("486", "its CPUID has no extended leaves"),
    ("pentium3", "its CPUID has no extended leaves"),
    ("qemu32", "it has no long mode"),
    ("qemu64,-lm", "it has no long mode")])
def test_refuses_old_cpus_on_qemu(model, missing):
    with Qemu(image(CHAPTER), "-cpu", model) as machine:
        checks.says(machine, f"boot error: no 64-bit CPU: {missing}", GREY, row=0)


def test_maps_the_first_gib_onto_itself(Machine):
    """Walks the tables as the CPU does, for an address of each kind of page."""
    with Machine(image(CHAPTER)) as machine:
        machine.wait_for_rest()
        for address in (0, 0x7C00, 0xB8000, 0x1FFFFF, 0x200000, 0x12345678, 0x3FFFFFFF):
            steps, physical = walk(machine, address)
            assert physical == address
            assert all(entry & 2 for *_, entry in steps), "all of it can be written"
        assert walk(machine, 0x40000000)[1] is None
        assert walk(machine, 1 << 47)[1] is None
