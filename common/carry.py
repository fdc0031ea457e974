#!/usr/bin/env python3
"""Carries a change from the chapter where it was made to all other chapters that
have the same file: what `make carry` does.

A change is what differs from the last commit. Each other copy gets it through a
three-way merge, so that copies which differ from chapter to chapter on purpose
keep differing. If a single merge does not work out, nothing is changed at all."""

import subprocess
import sys
import tempfile
from pathlib import Path

import endings


def git(*arguments):
    result = subprocess.run(["git", *arguments], capture_output=True)
    if result.returncode != 0:
        sys.exit(f"make carry asks git what was changed since the last commit: {result.stderr.decode().strip()}")
    return result.stdout


def committed(path):
    """The file as it was last committed; a new one, as it is."""
    if git("ls-tree", "HEAD", str(path)):
        return git("show", f"HEAD:./{path}")
    return path.read_bytes()


def merge(ours, base, theirs):
    """Brings the step from base to theirs into ours; None if that conflicts."""
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for name, data in (("ours", ours), ("base", base), ("theirs", theirs)):
            files.append(Path(folder, name))
            files[-1].write_bytes(data)
        result = subprocess.run(["git", "merge-file", "--stdout", "--quiet", *files], capture_output=True)
        return result.stdout if result.returncode == 0 else None


def copies(path):
    """The same file in the other chapters. A new chapter's need not be committed
    yet; a copy that was deleted, on purpose or not, stays so."""
    names = git("ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate", "chapters")
    files = [Path(name) for name in names.decode().splitlines()]
    return [copy for copy in files if copy != path and copy.parts[2:] == path.parts[2:] and copy.is_file()]


def carry():
    """All files to write, by path; ends with a sentence if a change cannot be carried."""
    names = git("diff", "--name-only", "--relative", "--diff-filter=M", "HEAD", "--", "chapters")
    changed = [Path(name) for name in names.decode().splitlines()]
    results = {}
    for path in changed:
        base, theirs = committed(path), path.read_bytes()
        for copy in copies(path):
            merged = merge(committed(copy), base, theirs)
            if merged is None:
                sys.exit(f"{path}: the change conflicts with {copy}. Nothing was written; make it there by hand.")
            if copy in changed and copy.read_bytes() != merged:
                sys.exit(f"{path} and {copy} were changed in different ways. Nothing was written;"
                         " make them say the same by hand.")
            if copy.read_bytes() != merged:
                results[copy] = merged
                print(f"{path} -> {copy}")
    return results


def main():
    endings.write(carry())


if __name__ == "__main__":
    endings.run(main)
