"""What all tests together write is in memory, where nothing may stay."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from course import ROOT


def test_nothing_stays_when_the_tests_are_ended():
    environment = {name: value for name, value in os.environ.items() if name != "TMPDIR" and not name.startswith("PYTEST")}
    command = [sys.executable, "-m", "pytest", "--numprocesses=1", "tests/test_02_bad_bios_disk_boots.py"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as tests:
        next(line for line in tests.stdout if re.search(r"\[\d+", line))  # the number of tests: it begins
        [worker] = Path(f"/proc/{tests.pid}/task/{tests.pid}/children").read_text().split()
        settings = Path(f"/proc/{worker}/environ").read_text().split("\0")
        folder = next((setting.removeprefix("TMPDIR=") for setting in settings if setting.startswith("TMPDIR=")), None)
        there = folder and os.listdir(folder)
        tests.terminate()
        tests.stdout.read()
    if not folder:
        pytest.skip("there is no room in memory")
    assert there and not os.path.exists(folder)
