"""The patches of tests/broken: what each says, and a copy of the course that it breaks."""

import re
import shutil
import subprocess

from course import PASSING, ROOT

PATCHES = {f"{chapter}-{number}": path for chapter, number, path in sorted(
    (path.name[:2], int(path.name.split("-")[1]), path) for path in (ROOT / "tests/broken").glob("*.patch"))}


def parts(patch):
    """A patch's reason, its header's lines by name, and its change."""
    text = patch.read_text()
    reason, rest = text.split("\n\n", 1)
    header, change = rest.split("\n\n", 1)
    return reason, dict(re.findall(r"^([\w ]+): (.*)$", header, re.MULTILINE)), change


def copy_broken(patch, folder):
    """Copies the course to a folder, breaks its chapter there, and builds what is broken."""
    chapter = parts(patch)[1]["Chapter"]
    for name in ["common", "tests", f"chapters/{chapter}"]:
        shutil.copytree(ROOT / name, folder / name, ignore=PASSING)
    shutil.copy(ROOT / "bochsrc.txt", folder)
    for command in (["patch", "--strip=1", "--fuzz=0", f"--input={patch}"], ["make", "-C", f"chapters/{chapter}"]):
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return folder / "chapters" / chapter
