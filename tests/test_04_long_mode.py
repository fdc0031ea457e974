"""Chapter 04: CPUs that have long mode, and CPUs that have not."""

import pytest

import checks
from machine import ROOT, Bochs, Qemu, image, symbols

CHAPTER = "04-long-mode"


def test_says_hello(Machine):
    with Machine(image(CHAPTER)) as machine:
        checks.says(machine, *checks.GREETINGS[CHAPTER])


def test_goes_through_its_modes(Machine):
    checks.goes_through_its_modes(Machine, CHAPTER)


@pytest.mark.parametrize("model, missing", [
    ("pentium", "its CPUID has no extended leaves"),
    ("p4_willamette", "it has no long mode"),
    ("core_duo_t2400_yonah", "it has no long mode")])
def test_refuses_old_cpus_on_bochs(model, missing):
    with Bochs(image(CHAPTER), f"cpu: model={model}") as machine:
        checks.says(machine, f"boot error: no 64-bit CPU: {missing}", checks.GREY, row=0)


@pytest.mark.parametrize("model, missing", [
    ("486", "its CPUID has no extended leaves"),
    ("pentium3", "its CPUID has no extended leaves"),
    ("qemu32", "it has no long mode"),
    ("qemu64,-lm", "it has no long mode")])
def test_refuses_old_cpus_on_qemu(model, missing):
    with Qemu(image(CHAPTER), "-cpu", model) as machine:
        checks.says(machine, f"boot error: no 64-bit CPU: {missing}", checks.GREY, row=0)


def test_maps_the_first_gib_onto_itself(Machine):
    """Walks the tables as the CPU does, for an address of each kind of page."""
    with Machine(image(CHAPTER)) as machine:
        machine.wait_for_rest()
        root = machine.registers()["CR3"]
        for address in (0, 0x7C00, 0xB8000, 0x1FFFFF, 0x200000, 0x12345678, 0x3FFFFFFF):
            assert walk(machine, root, address) == address
        assert walk(machine, root, 0x40000000) is None
        assert walk(machine, root, 1 << 47) is None


def walk(machine, table, address):
    """The physical address that a virtual one leads to, or None."""
    for shift in (39, 30, 21, 12):
        entry = int.from_bytes(machine.memory(table + 8 * (address >> shift & 511), 8), "little")
        if not entry & 1:
            return None
        assert entry & 2, "all of it can be written"
        table = entry & ~0xFFF
        if entry & 0x80 or shift == 12:
            return (table & -(1 << shift)) + address % (1 << shift)


def test_tables_do_not_reach_into_the_stack():
    known = symbols(ROOT / "chapters" / CHAPTER / "build/boot.elf")
    assert known["pt"] + 4096 + 4096 <= known["stack_top"] <= known["boot_sector"]
