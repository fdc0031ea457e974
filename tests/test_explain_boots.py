"""What the recorder and make explain say of whole boots is so."""

import os
import re
import subprocess

import pytest

import explain
from bochs import debugger
from course import CHAPTERS, ROOT, image, named
from explained import explained, flowing
from greetings import GREETINGS
from images import as_floppy
from recorder.bochs import BOOT_SECTOR, Bochs
from recorder.close_up import registers
from recorder.outline import outline, tick
from recorder.record import record, system


@pytest.mark.parametrize("chapter", [named("vga-hello-world")])
def test_record_is_true(chapter, monkeypatch):
    """At its end, the machine itself has the registers and the memory that the record has."""
    for name, value in {"BOCHS": "bochs", "BOCHS_DEBUGGER": debugger(), "DISK": str(image(chapter))}.items():
        monkeypatch.setenv(name, value)
    made = record(ROOT / "bochsrc.txt", [])
    last = len(made) - 1
    with Bochs(ROOT / "bochsrc.txt") as bochs:
        bochs.run_to(BOOT_SECTOR)
        bochs.command(f"sba {made.ticks[last]}")
        bochs.command("c")
        assert tick(bochs) == made.ticks[last]
        assert registers(bochs.command("r")) == made.registers(last)
        now, then = system(bochs.command("creg") + bochs.command("sreg")), made.system(last)
        assert (now.cr0, now.cr3, now.cr4, now.efer, now.gdtr, now.idtr) == (
            then.cr0, then.cr3, then.cr4, then.efer, then.gdtr, then.idtr)
        for place, size in (BOOT_SECTOR, 512), (0x1000, 64), (0xB8000, 160), (made.register("rsp", last) - 64, 64):
            assert bochs.physical(place, size) == made.memory(place, size, last), hex(place)


@pytest.mark.parametrize("ticks", [-1000, 1000])
def test_a_boot_may_come_to_its_start_later_than_the_one_before(monkeypatch, ticks):
    """The second one is asked at the ticks of the first."""
    folder = ROOT / "chapters" / named("vga-hello-world")
    usual = explained(folder, {})

    def outline_of_another_boot(*arguments):
        made = outline(*arguments)
        made.start, made.end = made.start + ticks, made.end + ticks
        made.modes = [(tick + ticks, mode) for tick, mode in made.modes]
        made.stops = [(tick + ticks, place) for tick, place in made.stops]
        made.calls = [[tick + ticks, asked, end and end + ticks] for tick, asked, end in made.calls]
        return made

    monkeypatch.setattr(explain, "outline", outline_of_another_boot)
    assert "Calls of the BIOS:" in usual and explained(folder, {}) == usual


def test_rest_is_said_with_its_stages():
    chapter = named("vga-hello-world")
    text = explained(ROOT / "chapters" / chapter, {})
    assert text.startswith("At rest: the CPU is halted with interrupts off.")
    assert re.findall(r"^  (\w+) +(?:real|protected|long) mode +after", text, re.MULTILINE) == [
        "start", "real_mode", "protected_mode", "long_mode", "_start"]
    assert "INT 13h AH=42h: 1 sector from LBA 1 to 07e0:0000 of drive 0x80" in text and GREETINGS[chapter][0] in text


def explains(folder, source, *more):
    """What make explain says of a boot sector of the reader's own."""
    (folder / "own.asm").write_text(f"bits 16\norg 0x7c00\n{source}\ntimes 510-($-$$) db 0\ndw 0xaa55\n")
    subprocess.run(["nasm", "-f", "bin", "-o", folder / "my own.img", folder / "own.asm"], check=True)
    said = subprocess.run(["make", "-C", ROOT / "chapters" / CHAPTERS[0], "explain", "IMAGE=my own.img", *more], cwd=folder,
                          env=os.environ | {"PWD": str(folder)}, capture_output=True, text=True, timeout=300)
    return flowing(said.stdout + said.stderr)


@pytest.mark.parametrize("source, says", [
    ("mov ah, 0\nint 0x16\ncli\nhlt", "The BIOS waits for a key."),
    ("again: in al, 0x64\ntest al, 0x40\njz again\ncli\nhlt", "it waits for a device, by reading a port again and again"),
    ("mov al, 0xff\nout 0x21, al\nsti\nhlt", "halted with interrupts on, but none comes"),
    ("jmp 0x2000:0", "Are segment and offset in the right order"),
    ("push 0x3000\nret", "a `ret` has taken from the stack what is no return address"),
    ("cli\nmov eax, cr0\nor al, 1\nmov cr0, eax\njmp 8:0x7c20\n", "Triple fault")])
def test_any_disk_is_explained(tmp_path, source, says):
    assert says in explains(tmp_path, source)


def test_a_floppy_is_explained(tmp_path):
    """An image of a floppy's size is one; a chapter of ours reads it by CHS."""
    chapter = named("second-stage")
    floppy = as_floppy(image(chapter), tmp_path)
    said = subprocess.run(["make", "-C", ROOT / "chapters" / chapter, "explain", f"IMAGE={floppy}"],
                          capture_output=True, text=True, timeout=300).stdout
    assert "AH=02h" in said and "AH=42h" not in said and GREETINGS[chapter][0] in said


def test_what_is_no_disk_is_refused(tmp_path):
    said = subprocess.run(["make", "-C", ROOT / "chapters" / CHAPTERS[0], "explain", "IMAGE=/no/disk.img"], capture_output=True, text=True)
    assert said.returncode and "/no/disk.img: No such file" in said.stderr and "Traceback" not in said.stderr
