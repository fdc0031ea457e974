"""Breaks the chapters on purpose: the suite must notice, by the test that the
patch names and with the symptom that it names."""

import os
import subprocess
import sys

import pytest

from patches import PATCHES, copy_broken, parts


@pytest.mark.parametrize("patch", PATCHES.values(), ids=lambda patch: patch.stem)
def test_suite_notices(patch, tmp_path):
    _, said, _ = parts(patch)
    copy_broken(patch, tmp_path)
    longest = 5 if said.get("Boot") == "grub" else 3  # seconds: some never come to rest, and the others do so within one
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist"]
    noticed = subprocess.run([*command, f"tests/{said['Test']}"],
                             cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             text=True, env=os.environ | {"TIMEOUT": str(longest)})
    assert noticed.returncode == 1 and "1 failed" in noticed.stdout, noticed.stdout
    assert said["Symptom"] in noticed.stdout, noticed.stdout
