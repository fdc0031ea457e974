"""What the pages say of the chapters is so."""

import re

import pytest

from checks import GREETINGS
from machine import CHAPTERS, ROOT


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


@pytest.mark.parametrize("before, chapter", zip(CHAPTERS, CHAPTERS[1:]), ids=CHAPTERS[1:])
def test_step_is_small(before, chapter):
    """About 150 changed lines of code up to chapter 05, later 400. Comments do not
    count, nor what only tells the assembler who knows whom."""
    def code(path, text):
        text = re.sub(r"/\*.*?\*/", "", text.decode(), flags=re.DOTALL)
        lines = (line.split(";")[0] if path.endswith(".asm") else line for line in text.splitlines())
        return [line.strip() for line in lines if re.match(r"\s*(?!(bits|extern|global|section) )\S", line)]

    old, new = files(before), files(chapter)
    lines = sum(len([line for line in code(path, new[path]) if line not in code(path, old.get(path, b""))])
                for path in changed(before, chapter) if path in new)
    assert lines <= (170 if chapter < "06" else 450), f"{lines} lines of code"


def test_every_chapter_has_a_greeting_that_is_tested():
    assert list(GREETINGS) == CHAPTERS
