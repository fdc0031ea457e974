"""make gdb."""

import contextlib
import os
import re
import select
import signal
import subprocess
from pathlib import Path

import pytest

from commands import HEADLESS, says
from course import CHAPTERS, ROOT

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


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_gdb_that_is_killed_takes_its_machine_along(number):
    with subprocess.Popen(["make", "-C", f"chapters/{FIRST}", "gdb"], cwd=ROOT, env=HEADLESS, text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as make:
        while "Each stage is a breakpoint" not in make.stdout.readline():
            pass
        started = children(make.pid)
        machine = os.pidfd_open(started["qemu-system-x86"])
        os.kill(started["gdb"], number)
        ended = select.select([machine], [], [], 300)[0]
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(machine, signal.SIGKILL)
        os.close(machine)
        assert ended, "QEMU is still there"
