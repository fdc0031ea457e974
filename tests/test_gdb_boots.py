"""make gdb: at each stage, and back again."""

import contextlib
import os
import re
import select
import signal
import subprocess
from pathlib import Path

import pytest

from commands import HEADLESS, says
from course import CHAPTERS, ROOT, named
from patches import PATCHES, copy_broken

FIRST, LAST = CHAPTERS[0], CHAPTERS[-1]


def test_gdb_stops_at_each_stage_and_decodes_its_code():
    status, output = says("make", "-C", f"chapters/{LAST}", "gdb", stdin="x/2i $pc\nc\n" * 4 + "x/2i $pc\nq\n")
    assert status == 0
    decoded = re.findall(r"^\(gdb\) => \S+ <(\w+)>:\t(.*)\n .*\t(\w+)", output, re.MULTILINE)
    assert decoded == [
        ("boot_sector", decoded[0][1], "nop"),
        ("real_mode", "xchg   bx,bx", "mov"),
        ("protected_mode", "xchg   bx,bx", "call"),
        ("long_mode", "xchg   bx,bx", "mov"),
        ("_start", "xchg   bx,bx", "push")]


def test_gdb_knows_another_kernel(workshop, tmp_path):
    """By its own names, whatever its entry is called."""
    source, kernel = tmp_path / "other.asm", tmp_path / "other.elf"
    source.write_text("section .text\nglobal begins_here:function\nbegins_here: cli\nhlt\n")
    subprocess.run(["nasm", "-f", "elf64", "-o", tmp_path / "other.o", source], check=True)
    subprocess.run(["x86_64-linux-gnu-ld", "-L", ROOT / "common", "-T", "higher_half.ld", "-e", "begins_here",
                    "-z", "noexecstack", "-o", kernel, tmp_path / "other.o"], check=True)
    status, output = says("make", "-C", workshop(LAST), "gdb", f"KERNEL={kernel}", stdin="c\n" * 4 + "x/2i $pc\nq\n")
    assert status == 0
    assert re.findall(r"^\(gdb\) => \S+ <(\w+)>:\t(.*)\n .*\t(\w+)", output, re.MULTILINE) == [("begins_here", "cli", "hlt")]


def children(process):
    """The processes that a process has started, by their names, and what they have started."""
    found = {}
    for pid in Path(f"/proc/{process}/task/{process}/children").read_text().split():
        found |= {Path(f"/proc/{pid}/comm").read_text().strip(): int(pid)} | children(pid)
    return found


RESTS, RESTARTS = "recording ends here: the machine is at rest", "recording ends here: what comes next restarts the machine"


def converse(chapter, *session, way="bios"):
    """Types the first of each two texts, and looks for the second one in gdb's answer."""
    status, output = says("make", "-C", chapter, "gdb", f"BOOT={way}",
                          stdin="".join(f"{typed}\n" for typed, _ in session) + "q\n")
    begin, *answers, _ = output.split("(gdb) ")
    assert status == 0 and "The boot is recorded" in begin and len(answers) == len(session), output
    for (typed, expected), answer in zip(session, answers):
        assert re.search(expected, answer), f"{typed}: {answer}"


def test_gdb_goes_back():
    """To the instruction, in each mode, and not beyond what is recorded."""
    converse(f"chapters/{named('vga-hello-world')}",
             ("delete", ""),
             ("break kernel_main", ""),
             ("c", "kernel_main"),
             ("reverse-stepi", r"_start .*\n.*call"),
             ("reverse-continue", r"0xfffffff0:\s+jmp.*\nThe recording begins here"),
             ("reverse-stepi", "The recording begins here"),
             ("wrote 0xb8000", "No instruction has written it"),
             ("c", "kernel_main"),
             ("c", RESTS + r"(.*\n)+.*\bhlt\n"),
             ("stepi", RESTS),
             ("over", RESTS),
             ("wrote 0xb8000", r"vga_print .*\n?.*Hello World!(.*\n)+=> .*mov +WORD PTR \[.*\],ax\n"),
             ("print/c $al", "'H'"),
             ("wrote 0xb8000", r"0xc\w{4}:\s+rep stos WORD PTR"),  # the BIOS, in 16-bit code
             ("set $here = $pc", ""),
             ("wrote 0x500000", "No instruction has written it"),
             ("print $pc == $here", "= 1"),
             ("wrote nothing", "^No symbol"))


def test_gdb_finds_a_byte_at_all_its_addresses():
    """The kernel has no 0xb8000 any more; the loader had."""
    converse(f"chapters/{named('grub')}",
             ("delete", ""),
             ("break kernel_main", ""),  # from 32-bit code
             ("c", r"Breakpoint \d+, kernel_main"),
             ("c", RESTS),
             ("x/b 0xb8000", "Cannot access"),
             ("wrote 0xb8000", r"\b0xffffffff\w+ in vga_print"),
             ("wrote 0xb8000", r"\b0x00000000001\w+ in vga_print"), way="grub")


def test_gdb_goes_back_from_a_triple_fault(tmp_path):
    converse(copy_broken(PATCHES["04-1"], tmp_path),
             ("delete", ""),
             ("c", RESTARTS),
             ("c", RESTARTS),
             ("reverse-stepi", r"mov +cr0,eax"),
             ("print $cr0 & 1 << 31", "= 0"),
             ("stepi", RESTARTS),
             ("print/x $cr0", "0x80000011"))


def test_gdb_records_no_more_than_is_new(tmp_path, monkeypatch):
    """Of a machine that never rests. Whoever does not want to wait leaves nothing behind."""
    chapter = copy_broken(PATCHES["01-3"], tmp_path)
    converse(chapter, ("c", "recording ends here: the machine does not rest"))
    monkeypatch.setitem(HEADLESS, "TMPDIR", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    with subprocess.Popen(["make", "-C", chapter, "gdb"], env=HEADLESS, text=True, start_new_session=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as make:
        while "Recording the boot" not in (line := make.stdout.readline()):
            assert line
        machine = os.pidfd_open(children(make.pid)["qemu-system-x86"])
        os.killpg(make.pid, signal.SIGINT)
        assert has_ended(machine), "QEMU is still there"
    assert not list((tmp_path / "temporary").iterdir())


def has_ended(process):
    """Whether it does, within some time."""
    ended = select.select([process], [], [], 300)[0]
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(process, signal.SIGKILL)
    os.close(process)
    return ended


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_gdb_that_is_killed_takes_its_machine_along(number, tmp_path, monkeypatch):
    monkeypatch.setitem(HEADLESS, "TMPDIR", str(tmp_path))
    with subprocess.Popen(["make", "-C", f"chapters/{FIRST}", "gdb"], cwd=ROOT, env=HEADLESS, text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as make:
        while "Each stage is a breakpoint" not in make.stdout.readline():
            pass
        started = children(make.pid)
        machine = os.pidfd_open(started["qemu-system-x86"])
        os.kill(started["gdb"], number)
        assert has_ended(machine), "QEMU is still there"
        assert not list(tmp_path.iterdir())
