#!/usr/bin/env python3
"""Weaves into the pages what they show: make docs.

A page says in a comment what belongs in the block below it:

    <!-- listing: chapters/01-boot-sector/boot/print.asm "lodsb" "ret" -->
    <!-- output: 01-build -->
    <!-- output: 01-debug "<bochs:2>" "<bochs:3>" -->
    <!-- table: 03-states -->
    <!-- proved -->

The two texts are in the first and the last line of the wanted piece; without
them it is the whole file. An output is a file in docs/output/: its first line is
the command, and where a program asks for more, what is typed follows the
program's prompt. A table is an output that goes into the page as it is.

Outputs and pictures are recorded on one system, the one that docs/output/proved.txt
names. Elsewhere this only refreshes listings, and the tests compare what matters."""

import concurrent.futures
import contextlib
import datetime
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import endings
from PIL import Image, ImageChops, ImageOps

import screen

ROOT = Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "docs/output"
IMAGES = ROOT / "docs/images"
LANGUAGES = {".asm": "nasm", ".c": "c", ".h": "c", ".ld": "ld", ".mk": "make", ".py": "python"}
PROMPT = re.compile(r"^(<bochs:\d+>|\(gdb\)) (.*)$", re.MULTILINE)
HEADLESS = {name: value for name, value in os.environ.items()
            if name not in ("DISPLAY", "WAYLAND_DISPLAY", "MAKEFLAGS", "MAKELEVEL", "MFLAGS")}

BLOCK = re.compile(
    r'^<!-- (?P<kind>listing|output|table|proved)(?:: (?P<name>\S+))?(?: "(?P<first>[^"]+)" "(?P<last>[^"]+)")? -->\n'
    r"(?:```.*?^```\n|(?:(?!<!--)[^\n]+\n)*)", re.MULTILINE | re.DOTALL)


def piece(text, first, last):
    """The lines of a text from first to last. Words mean a line that begins with them
    or, if there is none, a line that contains them. The first line must be the only
    such line; the last one is the next such line."""
    lines = text.splitlines()

    def places(words, start=0):
        numbers = range(start, len(lines))
        return [number for number in numbers if lines[number].startswith(words)] or [
            number for number in numbers if words in lines[number]]

    starts = places(first)
    if len(starts) != 1:
        raise LookupError(f"{first!r} stands in {len(starts)} lines, not in one")
    ends = places(last, starts[0])
    if not ends:
        raise LookupError(f"{last!r} does not follow {first!r}")
    return "\n".join(lines[starts[0]:ends[0] + 1])


def block(found):
    """What belongs below a comment of a page."""
    kind, name, first, last = found["kind"], found["name"], found["first"], found["last"]
    if kind == "proved":
        return f"*{(OUTPUT / 'proved.txt').read_text().strip()}*\n"
    path = ROOT / name if kind == "listing" else OUTPUT / f"{name}.txt"
    text = path.read_text().rstrip("\n")
    if kind == "table":
        return text.split("\n", 1)[1] + "\n"
    if first:
        text = piece(text, first, last)
    language = LANGUAGES.get(path.suffix, "make" if path.name == "Makefile" else "")
    return f"```{language}\n{text}\n```\n"


def weave(page):
    """A page's text with everything in it that it shows."""
    def filled(found):
        try:
            return found[0].split("\n", 1)[0] + "\n" + block(found)
        except (LookupError, OSError) as error:
            raise LookupError(f"{found[0].splitlines()[0]}: {error}") from None
    return BLOCK.sub(filled, page)


def varies():
    """The rules of docs/output/varies.conf: patterns of what differs from machine
    to machine, or from run to run."""
    lines = (OUTPUT / "varies.conf").read_text().splitlines()
    return [re.compile(line, re.MULTILINE) for line in lines if line and not line.startswith("#")]


def system():
    """What this system calls itself, such as "Debian 13"."""
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return platform.system()
    return f"{release['NAME'].removesuffix(' GNU/Linux')} {release.get('VERSION_ID', '')}".strip()


def recorded_on():
    """The system that the outputs come from."""
    return re.search(r" on (\S+ \S+), with ", (OUTPUT / "proved.txt").read_text())[1]


def what_matters(text):
    """The pieces of an output that are the same whatever the tools' versions, by the patterns
    of docs/output/matters.conf."""
    lines = (OUTPUT / "matters.conf").read_text().splitlines()
    patterns = "|".join(f"(?:{line})" for line in lines if line and not line.startswith("#"))
    return [found[0] for found in re.finditer(patterns, text, re.MULTILINE)]


def recorded_here():
    """Whether pages must match to the letter: only where they were recorded."""
    return system() == recorded_on()


def compared(text):
    """What the tests compare of an output: all of it where it was recorded, elsewhere only
    what matters."""
    return text if recorded_here() else what_matters(text)


running = set()  # the commands' process groups


def output(command, folder, typed):
    """What a command prints for what is typed. It has its own process group, which we can end."""
    with subprocess.Popen(["bash", "-c", command], cwd=folder, env=HEADLESS, text=True, errors="replace",
                          start_new_session=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as process:
        running.add(process.pid)
        try:
            return process.communicate(typed, timeout=120)[0]
        finally:
            running.discard(process.pid)
            end(process.pid)


def end(group):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def run(record, folder):
    """Runs a record's command in a folder, and returns the new record."""
    command = record.split("\n", 1)[0].removeprefix("$ ")
    typed = [line for _, line in PROMPT.findall(record)]
    said = output(command, folder, "".join(f"{line}\n" for line in typed))
    # A program that reads from a pipe shows its prompts, but not what is typed.
    rest = iter(typed)
    text = PROMPT_SHOWN.sub(lambda found: found[1] + " " + next(rest, "") + "\n", said)
    text = re.sub(r"^(<bochs:\d+> (.*)\n)\2\n", r"\1", text, flags=re.MULTILINE)  # Bochs does show it
    text = text.replace("\r", "").replace(str(folder), "…")
    for pattern in varies():
        text = pattern.sub(hidden, text)
    text = re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE)
    return f"$ {command}\n{text}".expandtabs().rstrip("\n") + "\n"


def hidden(found):
    """What a page shows in the place of what varies: nothing if it is a whole line."""
    if found[0].endswith("\n"):
        return ""
    return found[0].replace(found[1], "…") if found.re.groups else "…"


PROMPT_SHOWN = re.compile(r"(<bochs:\d+>|\(gdb\)) ")


def run_in_a_copy(record):
    """The same in a copy of what the command needs of the course: those chapters whose numbers
    are in it, or all for a tool of the tests. Where make is to say how full a chapter is, that
    is built but not linked."""
    command = record.split("\n", 1)[0]
    numbers = re.findall(r"\b\d\d(?=[- ])", command)
    wanted = [path.relative_to(ROOT) for path in ROOT.glob("chapters/*")
              if path.name[:2] in numbers or not numbers and "tests/tools/" in command]
    if "chapters/" not in command or "make break" in command:
        wanted += [f"tests/{folder}" for folder in ("broken", "exercises", "flags", "lib", "tools")]
    wanted += re.findall("docs/template-kernel", command)
    with endings.temporary_folder() as folder:
        copy = folder / "course"
        copy.mkdir()
        for name in "Makefile", "LICENSE", "bochsrc.txt":
            shutil.copy(ROOT / name, copy)
        for name in "common", *wanted:  # but not whose turn it is to build, which passes
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("turn"))
        if "chapters/" in command and "> /dev/null" not in command:
            for linked in copy.glob("chapters/*/build/*.elf"):
                linked.unlink()
        return run(record, copy)


def photograph(chapter, path, way=None):
    """Boots a chapter by its own way or another one, waits until it rests, and saves a
    picture of its screen."""
    build = ROOT / "chapters" / chapter / "build"
    way = way or [way for way, (_, name, _) in screen.WAYS.items() if (build / name).exists()][-1]
    with screen.boot(way, build) as machine:
        machine.wait_for_rest(timeout=30)
        machine.command("screendump", filename=str(path), format="png")


def crop(picture, path):
    """The first seven lines of a picture, twice as large, so that they can be read at a glance."""
    with Image.open(picture) as image:
        lines = ImageOps.expand(image.convert("RGB").crop((0, 0, 69 * 9, 7 * 16)), border=8)
        ImageOps.scale(lines, 2, Image.Resampling.NEAREST).save(path)


def photograph_replay(chapter, path):
    """Records a boot, opens its page at the end, clicks on the W of Hello World!, and saves a picture
    of the instruction that wrote it."""
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.wait import WebDriverWait

    from browser import headless
    folder = ROOT / "chapters" / chapter
    subprocess.run(["make", "-s", "-C", folder, "replay"], check=True, stdout=subprocess.DEVNULL)
    browser = headless()
    try:
        browser.get((folder / "build/replay.html").as_uri())
        WebDriverWait(browser, 60).until(lambda _: browser.execute_script("return document.body.matches('.ready')"))
        ActionChains(browser).send_keys(Keys.END).perform()
        browser.find_element("css selector", "#characters [data-place='6']").click()
        browser.save_screenshot(str(path))
    finally:
        browser.quit()


def looks_the_same(one, two):
    """Whether two pictures are the same to the eye: a browser smooths an edge now so, now so."""
    with Image.open(one) as first, Image.open(two) as second:
        return first.size == second.size and ImageChops.difference(first.convert("L"), second.convert("L")).getextrema()[1] < 64


def versions():
    """The sentence about the tools, for the page that shows it."""
    def version(*command):
        said = subprocess.run(command, capture_output=True, text=True)
        return re.search(r"\d+\.\d[\d.]*\d|\d+\.\d+", said.stdout + said.stderr)[0]
    tools = [("NASM", "nasm"), ("GCC", "x86_64-linux-gnu-gcc"), ("GNU ld", "x86_64-linux-gnu-ld"),
             ("QEMU", "qemu-system-x86_64"), ("Bochs", "bochs"), ("gdb", "gdb")]
    today = datetime.date.today()
    return (f"Last tested on {today.day} {today:%B %Y} on {recorded_on()}, with "
            + ", ".join(f"{name} {version(tool, '--version')}" for name, tool in tools) + ".\n")


def pages():
    return sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])


def asks_for_the_same(old, new):
    """Whether a new record has each line that was typed for the old one: the typed lines are
    kept nowhere else, and a program that did not start has asked for none."""
    return PROMPT.findall(old) == PROMPT.findall(new)


def tools_missing():
    """The packages of what a record may call."""
    said = subprocess.run([ROOT / "common/doctor.sh", "packages", "course", "uefi", "tests"], stdout=subprocess.PIPE, text=True)
    return " ".join(said.stdout.split())


def recorded(paths):
    """Runs records side by side, and gives each one's path and its new text."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        texts = [pool.submit(run_in_a_copy, path.read_text()) for path in paths]
        try:
            yield from ((path, text.result()) for path, text in zip(paths, texts))
        except BaseException:
            for text in texts:
                text.cancel()
            while concurrent.futures.wait(texts, timeout=0.1).not_done:
                for group in list(running):
                    end(group)
            raise


def refresh(path, text):
    """Writes a file that says something else now."""
    if text != path.read_text():
        endings.write({path: text})
        print(f"{path.relative_to(ROOT)} is new")


def main():
    records = sorted(path for path in OUTPUT.glob("*.txt") if path.name != "proved.txt")
    wanted = sys.argv[1:]
    if not recorded_here():
        print(f"Outputs and pictures are recorded on {recorded_on()}, and this is {system()}: here only listings are refreshed.")
        records = []
    elif missing := tools_missing():
        sys.exit(f"make docs runs every command of the pages, and these packages are missing: {missing}."
                 " common/setup.sh tests installs them.")
    chosen = [path for path in records if not wanted or path.stem in wanted]
    for path, text in recorded(chosen):
        if not asks_for_the_same(path.read_text(), text):
            sys.exit(f"{path.relative_to(ROOT)} stays as it is, because the program has not asked for all that "
                     f"is typed there:\n{text}")
        refresh(path, text)
    if records and not wanted:
        endings.write({OUTPUT / "proved.txt": versions()})
        IMAGES.mkdir(exist_ok=True)
        for chapter in sorted(path.name for path in (ROOT / "chapters").iterdir()):
            photograph(chapter, IMAGES / f"{chapter}.png")
        with tempfile.NamedTemporaryFile(suffix=".png") as file:
            photograph(chapter, file.name, "bios")  # which make run boots
            crop(file.name, IMAGES / "hello.png")
        first = min(ROOT.glob("chapters/*/kernel")).parent.name  # with a kernel, so the shortest to read
        with tempfile.NamedTemporaryFile(suffix=".png") as file:
            photograph_replay(first, file.name)
            if not looks_the_same(file.name, IMAGES / "replay.png"):
                shutil.copyfile(file.name, IMAGES / "replay.png")
    for path in pages():
        refresh(path, weave(path.read_text()))


if __name__ == "__main__":
    endings.run(main)
