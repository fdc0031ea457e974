"""What the recorder reads, and what it makes of that: of each form that Bochs's text has."""

import pytest

from causes import CAUSES
from course import ROOT, image, named
from elf_file import ElfFile
from explain import folded
from recorder import machine, trace
from recorder.close_up import registers
from recorder.outline import Outline, place
from recorder.record import system
from test_docs import anchors

REGISTERS = "rax: 00000000_60000011\nrbx: 00000000_00000000\nrcx: 00000000_00090000\nrdx: 00000000_00000080\n" \
    "rsp: 00000000_00007c00\nrbp: 00000000_00000000\nrsi: 00000000_000e0000\nrdi: 00000000_00000001\n" \
    + "".join(f"{f'r{number}':3}: 00000000_00000000\n" for number in range(8, 16)) + "rip: 00000000_00007f1c\n"
FLAGS = {"2.7": "eflags 0x00000006: id vip\n", "3.0": "eflags: 0x00000006: id vip\n"}
STEP = "(0).[7319968] [0x000000007f1c] 0008:0000000000007f1c (unk. ctxt): mov ds, ax                ; 8ed8\n" \
    "[CPU0 WR]: LIN 0x0000000000007bfe PHY 0x000000007bfe (len=2, WB): 0x7E79\n" \
    "CPU 0: Exception 0x0d - (#GP) general protection fault occurred (error_code=0x0010)\n"


@pytest.mark.parametrize("flags", FLAGS.values(), ids=FLAGS)
def test_trace_is_read_in_each_form(flags):
    [step] = trace.read([(REGISTERS + flags + STEP).encode()])
    assert step.tick == 7319968 and step.flags == 6
    assert step.accesses == [trace.Access("write", 0x7BFE, 0x7BFE, 2, 0x7E79, "")]
    assert step.interrupts == [trace.Interrupt(True, 13, 0x10)]
    assert registers(REGISTERS + flags)["rax"] == 0x60000011 and registers(REGISTERS + flags)["rflags"] == 6


def test_the_first_end_counts():
    """Bochs runs on after a reset, until somebody has read of it."""
    outline = Outline(100)
    assert outline.read("00000000150i[CPU0  ] cpu hardware reset\n160: switched from 'real mode' to 'protected mode'\n"
                        "00000000200e[CPU0  ] exception(): 3rd (13) exception with no resolution\n")
    assert (outline.kind, outline.end, outline.modes) == ("reset", 150, [])


def test_unknown_form_is_a_sentence():
    for text in REGISTERS.replace("rax: ", "rax = "), REGISTERS + "flags=6\n" + STEP:
        with pytest.raises(RuntimeError, match="in a form that the course does not know"):
            list(trace.read([text.encode()]))
    with pytest.raises(RuntimeError, match="in a form that the course knows"):
        system("CR0 is 60000011")


def test_outline_takes_a_call_of_the_bios_as_one():
    made = Outline(100)
    assert not made.read("00000000120: softint f000:e3fe (0x000fe3fe)\n00000000130: softint c000:0152 (0x000c0152)\n"
                         "00000000140: iret f000:3f68 (0x000f3f68)\n00000000150: iret 0000:7d95 (0x00007d95)\n"
                         "00000000160: switched from 'real mode' to 'protected mode'\n")
    assert made.calls == [[120, True, 150]] and made.in_bios() == 30 and made.modes == [(160, "protected mode")]
    assert made.read("00000000170e[CPU0  ] exception(): 3rd (13) exception with no resolution\n")
    assert (made.kind, made.end) == ("triple fault", 170)


@pytest.mark.parametrize("said", ["00007284319i[CPU0  ] WARNING: HLT instruction with IF=0!", "00007284319w[CPU0  ] [CPU0] HLT instruction with IF=0!"],
                         ids=["2.7", "3.1"])
def test_halt_is_known_in_each_form(said):
    made = Outline(100)
    assert made.read(f"c\n{said}\n") and (made.kind, made.end) == ("rest", 7284319)


def test_place_is_linear_in_each_mode():
    real = place("(0) [0x000000007f1c] 07e0:011c (unk. ctxt): hlt                       ; f4")
    high = place("(0) [0x000000100003] 0018:ffffffff80000003 (unk. ctxt): hlt                       ; f4")
    assert real.linear() == 0x7F1C and high.linear() == 0xFFFFFFFF80000003 and place("??? (physical address not available)") is None


def test_bits_become_words():
    assert machine.describe_segment(0x00CF9A00, 0x0000FFFF) == "32-bit code, readable, base 0x0, limit 0xffffffff"
    assert machine.describe_segment(0x00201200, 0).endswith(", not present")
    assert machine.selector(0x10) == "selector 0x10 of the GDT" and machine.selector(0x6B) == "vector 0xd of the IDT"
    assert machine.page_fault(0x12) == ("fetching an instruction from", "which is not mapped")


def test_walk_ends_where_nothing_is_mapped():
    tables = {0x1000: 0x2003, 0x2000: 0x3003, 0x3008: 0xE83}
    state = system("".join(f"{name}=0x{value:x}: \n" for name, value in
                           (("CR0", 1 << 31 | 1), ("CR2", 0), ("CR3", 0x1000), ("CR4", 0x20), ("EFER", 0x500)))
                   + "".join(f"{name}:0x0008, dh=0x00209a00, dl=0x00000000, valid=1\n" for name in
                             ("es", "cs", "ss", "ds", "fs", "gs", "ldtr", "tr"))
                   + "gdtr:base=0x7ee0, limit=0x17\nidtr:base=0x0, limit=0x0\n")

    def memory(address, size):
        return tables.get(address, 0).to_bytes(size, "little")
    assert machine.walk(0x212345, state, memory)[1] == 0x12345
    way, physical = machine.walk(0x412345, state, memory)
    assert physical is None and [name for name, *_ in way] == ["PML4", "PDPT", "PD"]
    assert machine.mode(state) == "64-bit mode"
    tables[0x1020] = 0x3001
    outside_long_mode = state._replace(cr3=0x1020, efer=0)
    assert machine.walk(0x212345, outside_long_mode, memory)[1] == 0x12345


def test_repetitions_are_folded():
    assert folded(list("xabababy")) == [(["x"], 1), (["a", "b"], 3), (["y"], 1)]


def test_causes_lead_to_sections():
    for cause in CAUSES:
        page, anchor = cause.page.split("#")
        assert anchor in anchors(ROOT / "docs" / page), cause.page


def test_constant_of_the_assembler_is_no_place():
    names = dict(ElfFile(image(named("second-stage"), "boot.elf")).symbols())
    assert "read_second_stage" in names and "END_MARK" not in names
    assert "second_stage_sectors" in names, "the linker's own are kept"
