"""What the pages show of the machines is so."""

import contextlib
import os
import re

import pytest
from PIL import Image, ImageChops

import first_read
import pages
from bochs import bochs_starts_alone
from course import CHAPTERS, image

RECORDS = {path.stem: path for path in sorted(pages.OUTPUT.glob("*.txt")) if path.name != "proved.txt"}
UEFI = CHAPTERS[-1]


def take_firmware_from_its_first_read(monkeypatch):
    path = f"{first_read.path(image(UEFI, 'esp.img').stat().st_size)}:{os.environ['PATH']}"
    monkeypatch.setenv("PATH", path)
    monkeypatch.setitem(pages.HEADLESS, "PATH", path)


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS.keys())
def test_output_is_what_the_command_prints(record, monkeypatch):
    if record.stem[:2] == UEFI[:2]:
        take_firmware_from_its_first_read(monkeypatch)
    if "does not come to rest" in record.read_text():  # nor will it in the second second
        monkeypatch.setitem(pages.HEADLESS, "TIMEOUT", os.environ.get("TIMEOUT", "0.5"))
    has_bochs = re.match(r".* debug$", record.read_text(), re.MULTILINE)
    with bochs_starts_alone() if has_bochs else contextlib.nullcontext():
        now = pages.run_in_a_copy(record.read_text())
    assert pages.compared(now) == pages.compared(record.read_text())


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_picture_is_of_the_chapter(chapter, tmp_path, monkeypatch):
    if chapter == UEFI:
        take_firmware_from_its_first_read(monkeypatch)
    pages.photograph(chapter, tmp_path / "now.png")
    with Image.open(tmp_path / "now.png") as now, Image.open(pages.IMAGES / f"{chapter}.png") as shown:
        now, shown = now.convert("RGB"), shown.convert("RGB")
    assert now.size == shown.size
    assert {colour for _, colour in now.getcolors()} == {colour for _, colour in shown.getcolors()}
    if pages.recorded_here():
        assert not ImageChops.difference(now, shown).getbbox()
