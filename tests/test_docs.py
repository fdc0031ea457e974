"""What the pages say of the chapters is so."""

import difflib
import re

import pytest
from PIL import Image

import pages
from course import CHAPTERS, ROOT, make
from greetings import GREETINGS
from judge import numbers
from patches import PATCHES

PAGES = {str(path.relative_to(ROOT)): path for path in pages.pages()}
RECORDS = {path.stem: path for path in sorted(pages.OUTPUT.glob("*.txt")) if path.name != "proved.txt"}
SECTIONS = ["What you will see", "The failure first", "The idea", "The step, file by file", "Try it", "What changed",
            "What can go wrong on a real machine", "Exercises", "What we simplified, and why that is safe",
            "Further reading"]


def files(chapter):
    """A chapter's own files by path; the chapter before the first has none."""
    folder = ROOT / "chapters" / chapter
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*")
            if chapter and path.is_file() and "build" not in path.parts}


def changed(before, after):
    before, after = files(before), files(after)
    return {path for path in before | after if before.get(path) != after.get(path)}


@pytest.mark.parametrize("before, chapter", zip(["", *CHAPTERS], CHAPTERS), ids=CHAPTERS)
def test_page_names_what_changed_and_nothing_else(before, chapter):
    """A file that is carried is the same byte for byte, or the page names it."""
    page = (ROOT / f"docs/{chapter}.md").read_text()
    section = page.split("## What changed")[1].split("\n## ")[0]
    bullets = "\n".join(line.split(":")[0] for line in section.splitlines() if line.startswith("- "))
    assert set(re.findall(r"`([^`]+)`", bullets)) == changed(before, chapter)


EARLY, LATER = 190, 400  # lines of code that a step has at most: up to chapter 05, and then
LARGER = {  # and why it cannot be cut further
    "06-memory-map": (470, "a loader in C, a way down to the BIOS, and a question to ask there, show nothing one by one"),
    "08-elf-loader": (555, "without all of its checks, an ELF file of any kind cannot be loaded, nor without page tables, "
                           "and what a kernel is told has to lie in them; and page tables are made by functions "
                           "that can be proved one by one"),
    "11-uefi": (660, "220 of them are what others have laid down: UEFI's structures, and the headers of a PE image;"
                     " and 11 speak to a BIOS that finds UEFI's disk")}


def code(path, text):
    """A file's lines of code: no comments, no licences."""
    if path.endswith((".c", ".h")):
        text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    elif path.endswith("LICENSE"):
        return []
    else:
        text = re.sub("[;#].*", "", text)
    return [line.strip() for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize("before, chapter", zip(CHAPTERS, CHAPTERS[1:]), ids=CHAPTERS[1:])
def test_step_is_small(before, chapter):
    """It is counted by what it adds or changes."""
    old, new = files(before), files(chapter)
    lines = 0
    for path in changed(before, chapter) & new.keys():
        pair = [code(path, text.decode()) for text in (old.get(path, b""), new[path])]
        lines += sum(line[0] == "+" for line in difflib.ndiff(*pair))
    limit, _ = LARGER.get(chapter, (EARLY if chapter < "06" else LATER, ""))
    assert lines <= limit


def test_every_chapter_has_a_greeting_that_is_tested():
    assert list(GREETINGS) == CHAPTERS


def test_record_that_would_lose_what_is_typed_is_not_written():
    """It stands nowhere else."""
    record = "$ make gdb\n(gdb) break main\nBreakpoint 1\n(gdb) c\nContinuing.\n"
    assert pages.asks_for_the_same(record, record.replace("Breakpoint 1", "Breakpoint 2"))
    assert not pages.asks_for_the_same(record, "$ make gdb\nqemu-system-x86_64 is missing\n")


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())
def test_page_shows_what_there_is(page):
    text = page.read_text()
    assert pages.weave(text) == text, "make docs brings it up to date"
    assert len(re.findall("^<!-- ", text, re.MULTILINE)) == len(pages.BLOCK.findall(text)), "a comment that make docs does not know"


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS.keys())
def test_output_has_something_that_matters_everywhere(record):
    assert pages.what_matters(record.read_text().split("\n", 1)[1])


def test_every_output_is_shown():
    shown = {found["name"] for page in PAGES.values() for found in pages.BLOCK.finditer(page.read_text())}
    assert set(RECORDS) <= shown


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_page_has_its_sections(chapter):
    page = PAGES[f"docs/{chapter}.md"].read_text()
    assert re.findall(r"^## (.*)$", page, re.MULTILINE) == SECTIONS


def anchors(page):
    """The anchors that a repository's web view makes of a page's headings."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
            for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())
def test_links_lead_somewhere(page):
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if not target.startswith("https://"):
            path, _, anchor = target.partition("#")
            there = (page.parent / path).resolve() if path else page
            assert there.exists(), target
            assert not anchor or anchor in anchors(there), target


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())
def test_what_a_page_names_is_there(page):
    text = page.read_text()
    assert set(re.findall(r"make break CASE=(\d\d-\d+)", text)) <= set(PATCHES)
    assert set(re.findall(r"make exercise CASE=(\d\d-\d+)", text)) <= set(numbers())
    for name in re.findall(r"`((?:boot|kernel|common|docs|tests|chapters)/[\w./-]+)`", text):
        assert (ROOT / name).exists() or list(ROOT.glob(f"chapters/*/{name}")), name


def test_every_flag_of_the_compiler_is_explained():
    """And no heading names another. The compiler claims to be clang here, because clang gets one flag more."""
    show = "flags: ; @$(info $(cflags) $(uefi_cflags) $(ldflags)) :"
    printed = make(ROOT, "--silent", f"--eval={show}", "cc=echo clang \\#", "flags")
    flags = set(re.findall(r"(?<!\S)(-z \S+|-\S+)", printed))
    page = (ROOT / "docs/compiler-flags.md").read_text()
    assert [flag for flag in flags if f"`{flag}`" not in page and f"`{flag.split('=')[0]}`" not in page] == []
    headings = re.findall("`(-[^`]+)`", "".join(re.findall("^#.*", page, re.MULTILINE)))
    assert len(headings) > 8 and set(headings) <= flags
    samples = {f"-{path.stem}" for path in (ROOT / "tests/flags").iterdir()}
    assert samples == set(re.findall(r"^    make without FLAG=(\S+)$", page, re.MULTILINE))


def test_picture_is_replaced_only_where_the_eye_sees_it(tmp_path):
    pictures = {name: Image.new("RGB", (9, 9), colour) for name, colour in {"a": (90, 90, 90), "b": (99, 90, 90), "c": (240, 240, 240)}.items()}
    for name, picture in pictures.items():
        picture.save(tmp_path / f"{name}.png")
    assert pages.looks_the_same(tmp_path / "a.png", tmp_path / "b.png")
    assert not pages.looks_the_same(tmp_path / "a.png", tmp_path / "c.png")


def test_what_is_no_longer_found_fails():
    """A listing whose text has changed, and an output that is gone."""
    for comment in ('listing: common/boot.ld "no such words" "}"', 'listing: common/boot.ld "SECTIONS" "no such words"',
                    "output: no-such-record"):
        with pytest.raises(LookupError):
            pages.weave(f"<!-- {comment} -->\n")
