#!/usr/bin/python3
"""Proves what tests/proofs says of the newest chapter's loader, with CBMC: make prove.

    prove.py              all proofs, a line for each
    prove.py NAME ...     these; where one fails, with the values that CBMC has found
    prove.py --faults     shows that each proof can fail: makes the mistakes in tests/proofs/faults,
                          one at a time, in a copy of the loader

A proof's opening comment has lines for us: "options:" are CBMC's, and "replaces: ONE OTHER"
lets all calls of a function go to another one, whose promise is proved elsewhere."""

import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import find_lib  # noqa: F401
from course import CHAPTERS, ROOT

PROOFS = {path.stem: path for path in sorted((ROOT / "tests/proofs").glob("*.c"))}
FAULTS = {path.stem: path for path in sorted((ROOT / "tests/proofs/faults").glob("*.patch"))}
CHAPTER = ROOT / "chapters" / CHAPTERS[-1]
TOO_LONG = 1200  # seconds


class Failed(Exception):
    """The proof does not hold, or could not be tried; and what CBMC says of it."""


def run(*command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=TOO_LONG)


def told(proof, word):
    """The words after each line "word:" in a proof's opening comment."""
    comment = proof.read_text().split("*/")[0]
    return [line.split() for line in re.findall(rf"^ \* {word}: (.*)$", comment, re.MULTILINE)]


def prove(name, chapter, *options):
    """Tries a proof with a chapter's files; raises Failed with CBMC's words if it does not hold."""
    places = [f"-I{chapter / place}" for place in ("loader", "include", "lib")]
    with tempfile.TemporaryDirectory() as folder:
        program = f"{folder}/program"
        steps = [["goto-cc", "-ffreestanding", "-Wall", *places, PROOFS[name], "-o", program]]
        for replaced in told(PROOFS[name], "replaces"):
            steps.append(["goto-instrument", "--replace-calls", ":".join(replaced), program, program])
        steps.append(["cbmc", program, *sum(told(PROOFS[name], "options"), []), *options])
        for step in steps:
            try:
                result = run(*step)
            except subprocess.TimeoutExpired:
                raise Failed(f"{step[0]} has not come to an end in {TOO_LONG} seconds") from None
            if result.returncode:
                raise Failed(result.stdout)


def failures(said):
    """What does not hold, or, if it did not come to that, all that was said."""
    return "\n".join(re.findall(r"^\[.*: FAILURE$", said, re.MULTILINE)) or said


def attempt(task):
    """Runs a function; returns its result, what it raised, and the seconds that it took."""
    start = time.monotonic()
    try:
        return task(), None, time.monotonic() - start
    except Failed as failed:
        return None, failed, time.monotonic() - start


def side_by_side(tasks):
    """Runs functions on all cores; yields name and what attempt() says, as each of them ends."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        running = {pool.submit(attempt, task): name for name, task in tasks.items()}
        for future in concurrent.futures.as_completed(running):
            yield running[future], *future.result()


def prove_all(names, *options):
    """Prints a line for each proof; returns whether all hold."""
    all_hold = True
    for name, _, failed, seconds in side_by_side({name: lambda name=name: prove(name, CHAPTER, *options)
                                                  for name in names}):
        print(f"{name:18} {'DOES NOT HOLD' if failed else 'holds':14}{seconds:6.1f} s", flush=True)
        if failed:
            print(str(failed).partition("Trace for ")[2] if options else failures(str(failed)), flush=True)
            all_hold = False
    return all_hold


def with_fault(patch):
    """Makes a mistake in a copy of the loader; returns which promise its proof sees broken."""
    proof, promise = (re.search(rf"^{word}: (.*)$", patch.read_text(), re.MULTILINE)[1] for word in ("Proof", "Broken"))
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "chapters" / CHAPTER.name
        shutil.copytree(CHAPTER, copy, ignore=shutil.ignore_patterns("build"))
        patched = run("patch", "--quiet", "--fuzz=0", "-p1", "-d", folder, "-i", patch)
        if patched.returncode:
            raise Failed(f"the loader has changed: {patched.stdout}")
        try:
            prove(proof, copy)
        except Failed as failed:
            if promise in failures(str(failed)):
                return promise
            raise Failed(f"not what was to be broken: {failures(str(failed))}") from None
    raise Failed(f"{proof} holds all the same")


def plant_all():
    """Prints a line for each mistake; returns whether all have been seen."""
    all_seen = True
    for name, promise, failed, seconds in side_by_side({name: lambda patch=patch: with_fault(patch)
                                                        for name, patch in FAULTS.items()}):
        print(f"{name:30} {f'NOT SEEN: {failed}' if failed else f'breaks: {promise}'} ({seconds:.1f} s)", flush=True)
        all_seen &= not failed
    return all_seen


def main(words):
    if words == ["--faults"]:
        return plant_all()
    unknown = set(words) - set(PROOFS)
    if unknown:
        sys.exit(f"There is no proof {' '.join(sorted(unknown))}. There are: {' '.join(PROOFS)}")
    return prove_all(words, "--compact-trace", "--trace-hex") if words else prove_all(PROOFS)


if __name__ == "__main__":
    sys.exit(not main(sys.argv[1:]))
