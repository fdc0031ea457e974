"""A change travels to all copies of its file, or to none."""

import subprocess
import sys

import pytest

from course import ROOT

FIRST = "one\ntwo\nthree\nfour\nfive\nsix\nseven\n"
OTHER = FIRST.replace("seven", "SEVEN")  # what differs between chapters on purpose


@pytest.fixture
def copies(tmp_path):
    """A repository with four chapters; three have the file, one differs."""
    files = []
    for chapter, text in (("01-a", FIRST), ("02-b", FIRST), ("03-c", OTHER)):
        files.append(tmp_path / "chapters" / chapter / "boot/step.asm")
        files[-1].parent.mkdir(parents=True)
        files[-1].write_text(text)
    other = tmp_path / "chapters/04-d/boot/other_step.asm"
    other.parent.mkdir(parents=True)
    other.write_text(FIRST)
    git = ["git", "-c", "user.name=test", "-c", "user.email=test@example.org"]
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message=start"]):
        subprocess.run([*git, *command], cwd=tmp_path, check=True)
    return files


def carry(copies):
    return subprocess.run([sys.executable, ROOT / "common/carry.py"], cwd=copies[0].parents[3],
                          capture_output=True, text=True)


def test_mend_reaches_all_copies(copies):
    copies[1].write_text(FIRST.replace("two", "2"))
    result = carry(copies)
    assert result.returncode == 0 and result.stdout.count("->") == 2
    assert [copy.read_text() for copy in copies] == [text.replace("two", "2") for text in (FIRST, FIRST, OTHER)]
    assert (copies[0].parents[2] / "04-d/boot/other_step.asm").read_text() == FIRST


def test_same_mend_in_two_copies_reaches_the_third(copies):
    for copy in copies[:2]:
        copy.write_text(FIRST.replace("two", "2"))
    assert carry(copies).returncode == 0
    assert copies[2].read_text() == OTHER.replace("two", "2")


def test_second_time_nothing_is_left_to_do(copies):
    copies[0].write_text(FIRST.replace("two", "2"))
    carry(copies)
    again = carry(copies)
    assert again.returncode == 0 and again.stdout == ""


def test_copies_may_be_new_or_gone(copies):
    new = copies[0].parents[2] / "05-e/boot/step.asm"
    new.parent.mkdir(parents=True)
    new.write_text(OTHER)
    copies[1].unlink()
    copies[0].write_text(FIRST.replace("two", "2"))
    assert carry(copies).returncode == 0
    assert new.read_text() == OTHER.replace("two", "2") and not copies[1].exists()


@pytest.mark.parametrize("mends, says", [
    ({0: ("seven", "7")}, "conflicts with chapters/03-c/boot/step.asm"),
    ({0: ("two", "2"), 1: ("two", "zwei")}, "were changed in different ways")])
def test_conflict_changes_nothing(copies, mends, says):
    for number, mend in mends.items():
        copies[number].write_text(FIRST.replace(*mend))
    before = [copy.read_text() for copy in copies]
    result = carry(copies)
    assert result.returncode != 0 and says in result.stderr
    assert [copy.read_text() for copy in copies] == before
