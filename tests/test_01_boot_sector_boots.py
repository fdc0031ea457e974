"""Any BIOS runs it."""

import checks
from course import chapter_of, image
from greetings import GREETINGS

CHAPTER = chapter_of(__file__)


def test_says_hello(Machine):
    with Machine(image(CHAPTER)) as machine:
        checks.says(machine, *GREETINGS[CHAPTER])


def test_stays_in_real_mode(Machine):
    checks.goes_through_its_modes(Machine, CHAPTER)
