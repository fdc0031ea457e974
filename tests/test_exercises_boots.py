"""Each exercise can be solved, and is not solved already."""

import subprocess

import pytest

from course import ROOT, change, make
from judge import FOLDER, Wrong, emulators, load, numbers
from qemu import Uefi
from snapshots import SMALL, START, WarmUefi


class WarmDisplay(WarmUefi):
    """The firmware asks its display for the modes again, once it is a copy that has others.
    What only a display with less memory has is another kind of machine."""

    def __init__(self, disk, *options):
        kind = *SMALL, *(word for option in options if "vgamem" in option for word in ("-global", option))
        super().__init__(disk, *options, kind=kind, lines=["reconnect -r"])
        self.wait_for(r"Success\.\nShell>")
        self.type(*START)


def machines(told):
    """Those that an exercise is judged on. Readers' UEFI starts from cold."""
    return [WarmDisplay if Machine is Uefi else Machine for Machine in emulators(told)]


def solve(folder, number):
    subprocess.run(["patch", "--strip=1", "--fuzz=0", f"--input={FOLDER}/{number}.patch"],
                   cwd=folder.parent.parent, check=True, capture_output=True)


@pytest.mark.parametrize("number", numbers())
def test_solution_passes_and_the_chapter_does_not(workshop, number):
    told = load(number)
    folder = workshop(told["CHAPTER"])
    make(folder)
    for Machine in machines(told):
        with pytest.raises(Wrong):
            told["check"](Machine, folder)
    solve(folder, number)
    make(folder)
    for Machine in machines(told):
        told["check"](Machine, folder)


# Each digit but the last one by subtractions, which end too soon: where nothing is left but the power of ten itself.
BY_SUBTRACTION = """write_decimal:
        push    dx
        mov     si, memory_size - 5
        mov     di, powers
.digit: mov     dl, '0'
.more:  cmp     ax, [di]
        jbe     .store
        sub     ax, [di]
        inc     dl
        jmp     .more
.store: mov     [si], dl
        inc     si
        add     di, 2
        cmp     di, powers + 8
        jb      .digit
        add     al, '0'
        mov     [si], al
        mov     si, memory_size - 6
.zero:  inc     si
        cmp     si, memory_size - 1
        je      .done
        cmp     byte [si], '0'
        je      .zero
.done:  pop     dx
        ret
powers: dw      10000, 1000, 100, 10
"""

# Mistakes that would go unseen if a check asked for too few values: what to change in the solution's files.
WRONG = [
    ("01-2", "a digit 9 is taken for a letter", {"boot/boot_sector.asm": [(r"jbe     \.done", "jb      .done")]}),
    ("02-1", "a ten is left over", {"boot/real_mode.asm": [(r"^write_decimal:(?s:.*?)^        ret\n", BY_SUBTRACTION)]}),
    ("02-2", "no more than 40 characters", {"boot/real_mode.asm": [(
        r"        mov     si, sector\n", "        mov     si, sector\n        mov     byte [si + 40], 0\n")]}),
    ("05-1", "the lower 32 bits only", {"lib/vga.c": [("i < 16", "i < 8")]}),
    ("06-1", "the day without its zero", {"kernel/main.c": [
        (r"%u%u\\n", r"%u\\n"), (r"date\.day / 10, \(uint64_t\)date\.day % 10", "date.day")]}),
    ("06-1", "the year in two halves, without their zeros", {"kernel/main.c": [
        ("Date: %u-", "Date: %u%u-"), (r"date\.year,", "date.year / 100, (uint64_t)date.year % 100,")]}),
    ("06-2", "no frame at address 0", {"kernel/main.c": [
        (r"\(region->start \+ PAGE - 1\) / PAGE", "(region->start - 1) / PAGE + 1")]}),
    ("08-1", "the rights of the last entry alone", {"kernel/main.c": [
        ("allowed &= entry", "allowed = entry"), (r"forbidden \|= entry", "forbidden = entry")]}),
    ("08-1", "tables that are not present", {"kernel/main.c": [
        ("shift >= 12 && allowed & PRESENT", "shift >= 12"),
        ("allowed &= entry", "allowed = (allowed & entry & WRITABLE) | (entry & PRESENT)")]}),
    ("08-2", "the last segment alone", {"loader/load_kernel.c": [
        (r"unsigned i = 0(; i < header.segment_count; i\+\+\)\n        if \(segments\[i\].type == ELF_STACK)",
         r"unsigned i = header.segment_count - 1U\1")]}),
    ("09-2", "the size in front of the address", {"include/boot_info.h": [
        (r"(    uint64_t module_start.*\n)(    uint64_t module_size.*\n)", r"\2\1")]}),
    ("10-1", "large by the number of rows", {"lib/framebuffer.c": [("display.columns >= WIDE", "display.rows >= 1080")]}),
    ("11-1", "a mode that fits is kept", {"loader/uefi_display.c": [(
        r"!set_best_mode\(graphics, 1024, 768\)\n",
        "(graphics->state->mode->columns > 1024 || graphics->state->mode->rows > 768)\n"
        "        && !set_best_mode(graphics, 1024, 768)\n")]}),
]


@pytest.mark.parametrize("number, mistake, changes", WRONG, ids=[f"{number}: {mistake}" for number, mistake, _ in WRONG])
def test_mistake_in_the_solution_is_seen(workshop, number, mistake, changes):
    """On one machine, which is the reader's own."""
    told = load(number)
    folder = workshop(told["CHAPTER"])
    solve(folder, number)
    for file, pairs in changes.items():
        for old, new in pairs:
            change(folder / file, old, new)
    make(folder)
    with pytest.raises(Wrong):
        told["check"](emulators(told)[0], folder)


@pytest.mark.parametrize("number", numbers())
def test_page_asks_what_the_check_expects(number):
    told = load(number)
    page = (ROOT / f"docs/{told['CHAPTER']}.md").read_text()
    assert f"### {number} · {told['TITLE']}\n" in page
    assert f"make exercise CASE={number}\n" in page
    assert told["HINTS"]


def test_an_unknown_exercise_is_answered_by_a_list():
    said = subprocess.run(["/usr/bin/python3", ROOT / "tests/tools/exercise.py", "99-1"],
                          capture_output=True, text=True)
    assert said.returncode == 1
    assert said.stdout.splitlines()[1:] == [
        f"  make exercise CASE={each}   {load(each)['TITLE']}" for each in numbers()]
