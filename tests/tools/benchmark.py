#!/usr/bin/python3
"""Prints what each chapter costs, as a table: lines, bytes, and the instructions
that Bochs counts from the first one at 0x7c00 to the finished text, with the
share of the BIOS's own calls."""

import re
import subprocess

import find_lib  # noqa: F401
import endings
from bochs import Bochs
from course import CHAPTERS, ROOT, build, image, stages
from greetings import GREETINGS
from screen import VGA_TEXT

LINE_COMMENT = {".asm": ";", ".c": "//", ".h": "//"}


def code_lines(chapter):
    """Lines that are neither blank nor comment."""
    folder = ROOT / "chapters" / chapter
    count = 0
    for ending, comment in LINE_COMMENT.items():
        for path in folder.glob(f"*/*{ending}"):
            text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
            count += sum(bool(line.split(comment)[0].strip()) for line in text.splitlines())
    return count


def bytes_used(chapter):
    """Bytes of code and data that the disk carries, boot sector and all."""
    build = ROOT / "chapters" / chapter / "build"
    sections = subprocess.run(["size", "-A", build / "boot.elf"], check=True, capture_output=True, text=True).stdout
    name = build / "kernel_file"
    kernel = (build.parent / name.read_text().strip()).stat().st_size if name.exists() else 0
    return kernel + sum(
        int(size) for name, size in re.findall(r"^\.(\w+) +(\d+)", sections, re.MULTILINE)
        if not name.startswith(("debug", "comment", "page_tables", "bss", "work")))


def bios_calls(chapter):
    """Our INT instructions, and the call that takes the place of one: address and next address."""
    boot = ROOT / "chapters" / chapter / "build/boot.elf"
    code = subprocess.run(["objdump", "-d", "-M", "i8086", "-j", ".boot_sector", "-j", ".real_mode", boot],
                          capture_output=True, text=True).stdout
    found = re.findall(r"^ *(\w+):\t(cd 1[0-9a-f]|2e ff 1e .. ..)", code, re.MULTILINE)
    return {int(address, 16): int(address, 16) + len(instruction.split()) for address, instruction in found}


def ticks(chapter):
    """Instructions to the finished text, and how many of them were the BIOS's."""
    text, _, row, *_ = GREETINGS[chapter]
    with Bochs(image(chapter)) as machine:
        machine.run_to(stages(chapter)[0][0])
        start = machine.ticks() - 2  # the jump to here, and the debugger's stop
        calls = bios_calls(chapter)
        for address in {*calls, *calls.values()}:
            machine.command(f"pb {address:#x}")
        if row is not None:
            machine.command(f"watch w {VGA_TEXT + 2 * len(text) - 2:#x}")
        bios = called = 0
        while True:
            machine.command("c")
            address = machine.registers()["RIP"]
            if address in calls:
                called = machine.ticks()
            elif address in calls.values() and called:
                bios += machine.ticks() - called
                called = 0  # an interrupt may bring us here again
                if row is None and text in str(machine.screen()):
                    return machine.ticks() - start, bios
            elif machine.screen().row(0) == text:
                return machine.ticks() - start, bios


def main():
    print("| chapter | lines of code | bytes on the disk | ticks to the text | of them in the BIOS | ratio |")
    print("|---|---|---|---|---|---|")
    for chapter in CHAPTERS:
        build(chapter)
        total, bios = ticks(chapter)
        print(f"| {chapter} | {code_lines(chapter)} | {bytes_used(chapter)} "
              f"| {total:,} | {bios:,} | {total / bios:.2f} |")


if __name__ == "__main__":
    endings.run(main)
