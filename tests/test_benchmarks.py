"""The drawing of what the chapters cost."""

import subprocess

from course import ROOT


def test_drawing_has_the_figures_of_the_table():
    """Both come from the same record."""
    drawn = subprocess.run(["/usr/bin/python3", ROOT / "tests/tools/plot.py"], check=True, capture_output=True, text=True).stdout
    assert (ROOT / "docs/drawings/ticks.svg").read_text() == drawn, "tests/tools/plot.py > docs/drawings/ticks.svg draws it anew"
