"""Breaks the chapters on purpose: the suite must notice, by the test that the
patch names and with the symptom that it names."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from machine import ROOT

PATCHES = sorted((ROOT / "tests/broken").glob("*.patch"))


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.stem)
def test_suite_notices(patch, tmp_path):
    said = dict(re.findall(r"^(Chapter|Test|Symptom): (.*)$", patch.read_text(), re.MULTILINE))
    keep_out = shutil.ignore_patterns("build", "__pycache__", ".pytest_cache")
    for name in ["common", "tests", f"chapters/{said['Chapter']}"]:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=keep_out)
    shutil.copy(ROOT / "bochsrc.txt", tmp_path)
    run(tmp_path, "patch", "--strip=1", "--fuzz=0", f"--input={patch}", succeeds=True)
    run(tmp_path, "make", "-C", f"chapters/{said['Chapter']}", succeeds=True)
    noticed = run(tmp_path, sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist",
                  f"tests/{said['Test']}", succeeds=False)
    assert "1 failed" in noticed
    assert said["Symptom"] in noticed


def run(folder, *command, succeeds):
    result = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, env=os.environ | {"TIMEOUT": "2"})
    assert (result.returncode == 0) == succeeds, result.stdout
    return result.stdout
