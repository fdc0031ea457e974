#!/usr/bin/python3
"""Prints what each chapter costs, as a table: lines, bytes, and the instructions
that Bochs counts from the first one at 0x7c00 to the finished text, with the
share of the BIOS's own calls."""

import re
import subprocess

from checks import GREETINGS
from machine import CHAPTERS, ROOT, Bochs, build, image, stages, symbols
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
    boot = ROOT / "chapters" / chapter / "build/boot.elf"
    sections = subprocess.run(["size", "-A", boot], check=True, capture_output=True, text=True).stdout
    return sum(int(size) for name, size in re.findall(r"^\.(\w+) +(\d+)", sections, re.MULTILINE)
               if not name.startswith(("debug", "comment", "page_tables")))


def bios_calls(chapter):
    """The addresses of our INT instructions."""
    boot = ROOT / "chapters" / chapter / "build/boot.elf"
    code = subprocess.run(["objdump", "-d", "-M", "i8086", "-j", ".boot_sector", "-j", ".real_mode", boot],
                          capture_output=True, text=True).stdout
    return [int(address, 16) for address in re.findall(r"^ *(\w+):\tcd 1[0-9a-f]", code, re.MULTILINE)]


def ticks(chapter):
    """Instructions to the finished text, and how many of them were the BIOS's."""
    text, _, row = GREETINGS[chapter]
    with Bochs(image(chapter)) as machine:
        machine.run_to(stages(chapter)[0][0])
        start = machine.ticks() - 2  # the jump to here, and the debugger's stop
        calls = bios_calls(chapter)
        for address in calls:
            machine.command(f"pb {address:#x}")
            machine.command(f"pb {address + 2:#x}")
        if row is not None:
            machine.command(f"watch w {VGA_TEXT + 2 * len(text) - 2:#x}")
        bios = called = 0
        while True:
            machine.command("c")
            address = machine.registers()["RIP"]
            if address in calls:
                called = machine.ticks()
            elif address - 2 in calls and called:
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
        print(f"| {chapter} | {code_lines(chapter)} | {bytes_used(chapter)} | {total:,} | {bios:,} | {total / bios:.2f} |")


if __name__ == "__main__":
    main()
