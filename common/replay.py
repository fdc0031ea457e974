#!/usr/bin/env python3
"""Records a boot into one HTML file that steps through it, forwards and backwards: make replay."""

import base64
import os
import sys
from itertools import takewhile
from pathlib import Path

import endings
from elf_file import ElfFile
from explain import MULTIBOOT, Boot, any_image, explain
from recorder import boot, pack
from recorder.bochs import BOOT_SECTOR
from recorder.programs import Programs
from recorder.record import LIMIT, record

PAGE = Path(__file__).resolve().parent / "replay"
SCRIPTS = ("unpack", "record", "machine", "elements", "folds", "routines", "ports", "origins", "steps", "screen", "source",
           "instructions", "panels", "tables", "timeline", "keyboard", "main")
ENDS = {"rest": "The machine is at rest: halted, with interrupts off.",
        "idle": "The machine waits for interrupts, and each finds nothing to do.",
        "asleep": "The machine is halted with interrupts on, but none comes.",
        "reset": "The machine was reset.",
        "loop": "A loop without end: all is as it was many times before.",
        "limit": "The record ends here, because it is as long as it may be."}


def words(made, again, programs):
    """How the record ends, in lines. For a triple fault, what make explain says about the same
    boot, down to the list of instructions: the page has these itself."""
    if made.outcome.kind != "triple fault":
        return [ENDS.get(made.outcome.kind, f"Bochs has stopped: {made.outcome.said}")]
    return list(takewhile(lambda line: not line.endswith("instructions:"), explain(again, programs)))


def page(title, record):
    """The whole page; what is to be filled in is named in its template."""
    parts = {"title": title, "record": base64.b64encode(record).decode(), "style": (PAGE / "style.css").read_text(),
             "scripts": "".join(f'<script>\n"use strict";\n{(PAGE / name).with_suffix(".js").read_text()}</script>\n' for name in SCRIPTS)}
    text = (PAGE / "page.html").read_text()
    for name, part in parts.items():
        text = text.replace(f"{{{{{name}}}}}", part)
    return text


def main():
    way, bochsrc, *lines = sys.argv[1:]
    paths, title = os.environ["PROGRAMS"].split(), Path.cwd().name + (f", BOOT={way}" if way != "bios" else "")
    if image := os.environ["IMAGE"]:
        lines, title = any_image(), Path(image).name
        paths = [os.path.join(os.environ["TYPED_IN"], path) for path in paths]
    by_grub = paths and (way == "grub" or "boot: cdrom" in lines)
    start = (ElfFile(paths[0]).entry(), MULTIBOOT) if by_grub else (BOOT_SECTOR, "")
    programs = Programs(paths, os.environ["ADDR2LINE"])
    made = record(bochsrc, lines, *start, int(os.environ.get("STEPS") or LIMIT),
                  lambda steps: print(f"{steps:,} instructions so far ...", file=sys.stderr))
    if not made.ticks:
        raise RuntimeError(f"Bochs has stopped before the first instruction: {made.outcome.said.strip()[-400:]}")
    programs.look_up({made.linear(step) for step in boot.first_times(made)})
    said = words(made, Boot(bochsrc, lines, *start, os.environ["DISK"]), programs)
    out = Path("build/replay.html")
    out.parent.mkdir(exist_ok=True)
    endings.write({out: page(title, pack.pack(made, programs, title, "grub" if by_grub else "bios", said))})
    print(f"{len(made):,} instructions, {out.stat().st_size / 1000:,.0f} kB: {out.resolve().as_uri()}")


if __name__ == "__main__":
    endings.run(main)
