"""Breaks the chapters on purpose: the suite must notice, by the test that the
patch names and with the symptom that it names."""

import functools
import os
import sys

import pytest

import first_read
from course import ROOT
from explained import explained, flowing
from patches import PATCHES, copy_broken, parts


@pytest.mark.filterwarnings("ignore:.*multi-threaded")  # the other thread is xdist's, which only waits for orders
@pytest.mark.parametrize("patch", PATCHES.values(), ids=lambda patch: patch.stem)
def test_suite_notices(patch, tmp_path):
    _, said, _ = parts(patch)
    chapter = copy_broken(patch, tmp_path)
    longest = said.get("Runs for", "5")  # seconds: some never come to rest, and the others do so within one
    status, told = judged(tmp_path, said["Test"], longest)
    assert status == 1 and "1 failed" in told, told
    assert said["Symptom"] in told, told
    explains(chapter, said)


def explains(chapter, said):
    """make explain names the cause, or says what it has seen where a machine cannot know it. (Where
    the end depends on the emulator's version, one of several sentences.)"""
    qemu = "qemu-system-x86_64"
    if said.get("Boot") == "uefi":
        qemu = f"{first_read.path((chapter / 'build/esp.img').stat().st_size)}/{qemu}"
    words = explained(chapter, said, qemu=qemu)
    assert any(sentence in flowing(words) for sentence in said["Explain"].split(" | ")), words


def judged(folder, test, longest):
    """What pytest ends with, and says, about a test of another course. It runs in a fork of this
    process, which has pytest loaded already, and forgets all that is of this course."""
    with open(folder / "told", "w+") as told:
        child = os.fork()
        if not child:
            status = 2  # as pytest has it for one that was interrupted
            try:
                status = in_copy(folder, test, longest, told)
                told.flush()
            finally:
                os._exit(status)
        _, status = os.waitpid(child, 0)
        told.seek(0)
        return os.waitstatus_to_exitcode(status), told.read()


@functools.cache
def of_this_course(folder):
    return os.path.realpath(folder).startswith(str(ROOT))


def in_copy(folder, test, longest, told):
    sys.stdout = sys.stderr = told
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    for output in 1, 2:
        os.dup2(told.fileno(), output)
    sys.path[:] = [place for place in sys.path if not of_this_course(place)]
    for name, module in list(sys.modules.items()):
        if (file := getattr(module, "__file__", None)) and of_this_course(os.path.dirname(file)):
            del sys.modules[name]
    os.chdir(folder)
    os.environ["TIMEOUT"] = longest
    return pytest.main(["-p", "no:cacheprovider", "-p", "no:xdist", f"--basetemp={folder}/tmp", f"tests/{test}"])
