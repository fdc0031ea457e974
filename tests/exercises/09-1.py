"""The kernel looks for a word in its command line."""

import contextlib
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from emulators import cd
from judge import Wrong, rows, when

CHAPTER = "09-grub"
TITLE = "A quiet kernel"
HINTS = [
    "All of it is in `kernel/main.c`: `kernel_main` decides whether the map is printed. Where the command line is, `print_hand_over` "
    "knows. And started by the BIOS, there is none.",
    "`boot_info->command_line` is a physical address, and 0 means no text at all: check that first. There is no `strstr` in a "
    "freestanding program, and it would also find `quiet` in `quieter`.",
    "Go from word to word: pass over blanks, remember where the word begins, go on to the next blank or to the zero byte. The word is "
    "`quiet` if it has five letters, and `memcmp(word, \"quiet\", 5)` of `string.h` is 0."]

WORDS = {"quiet": True, "quieter": False, "loud quiet": True, "unquiet quit": False, "quieter quiet quie": True, "quie": False}
MAP = re.compile(r"Memory map|Usable memory|[0-9a-f]{16}-[0-9a-f]{16}")


def check(Machine, folder):
    for words, quiet in WORDS.items():
        with built(folder, f"module2 /boot/kernel.elf {words}") as copy, when(f"with the command line {words}"):
            with Machine(*cd(Machine, copy / "build/cd.iso")) as machine:
                seen = shows(machine, quiet)
            if f"Command line {words}" not in seen:
                raise Wrong(f"a row that reads: Command line {words}", "\n".join(seen).strip("\n"))
    with Machine(folder / "build/disk.img") as machine, when("started by the BIOS, without a command line"):
        shows(machine, quiet=False)


@contextlib.contextmanager
def built(folder, lines):
    """A copy of the chapter with other modules in its grub.cfg."""
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place) / "chapters" / folder.name
        shutil.copytree(folder, copy)  # with all that is built already
        shutil.copytree(folder.parent.parent / "common", Path(place) / "common")
        config = copy / "grub.cfg"
        text, found = re.subn(r"(^ *module2 .*\n)+", f"{lines}\n", config.read_text(), flags=re.MULTILINE)
        if found != 1:
            raise Wrong("in grub.cfg, the lines module2 in one place", f"{found} places")
        config.write_text(text)
        made = subprocess.run(["make", "-C", copy], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if made.returncode:
            raise Wrong("a chapter that builds", made.stderr)
        yield copy


def shows(machine, quiet):
    seen = rows(machine, timeout=30)  # GRUB takes its time
    if seen[0] != "Hello World!":
        raise Wrong("still Hello World! in row 0", seen[0] or "nothing in row 0")
    found = [row for row in seen if MAP.match(row)]
    if quiet and found:
        raise Wrong("no row of the memory map", "\n".join(found))
    if not quiet and not (len(found) > 2 and found[0] == "Memory map" and found[-1].startswith("Usable memory: ")):
        raise Wrong("the memory map, from Memory map to Usable memory", "\n".join(found) or "no row of it")
    return seen
