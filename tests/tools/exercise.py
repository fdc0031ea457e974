#!/usr/bin/python3
"""Judges an exercise: make exercise CASE=03-1. The check runs on both emulators, in
the chapter as it is in the reader's own tree."""

import os
import sys
from pathlib import Path

import find_lib  # noqa: F401
import endings
from course import ROOT, build
from emulators import need
from judge import Wrong, emulators, load, numbers
from progress import at


def hint(exercise, wanted):
    hints = exercise["HINTS"]
    if not wanted.isdigit() or not 1 <= int(wanted) <= len(hints):
        sys.exit(f"This exercise has the hints 1 to {len(hints)}, not {wanted}.")
    print(f"Hint {wanted} of {len(hints)}: {hints[int(wanted) - 1]}")


def judge(number, exercise):
    chapter = exercise["CHAPTER"]
    need(emulators(exercise))
    os.chdir(ROOT)  # emulators understand no path with a comma or a blank
    at(f"building {chapter}")
    build(chapter)
    for Machine in emulators(exercise):
        at(f"booting {Machine.name}")
        try:
            exercise["check"](Machine, Path("chapters", chapter))
        except Wrong as wrong:
            print(f"{Machine.name}: not yet.\n  expected: {wrong.expected}\n  seen:     {wrong.seen}")
            if "restarts" in str(wrong.seen):
                print(f"To see why: make -C chapters/{chapter} explain")
            sys.exit(f"For a hint: make exercise CASE={number} HINT=1")
        print(f"{Machine.name}: yes.")
    print(f"Exercise {number} is solved.")


def main():
    number = " ".join(sys.argv[1:])
    if number not in numbers():
        print(f"There is no check for {number}. There are checks for:" if number else "The exercises:")
        for each in numbers():
            print(f"  make exercise CASE={each}   {load(each)['TITLE']}")
        sys.exit(1 if number else 0)
    exercise = load(number)
    wanted = os.environ.get("HINT")
    if wanted:
        hint(exercise, wanted)
    else:
        judge(number, exercise)


if __name__ == "__main__":
    endings.run(main)
