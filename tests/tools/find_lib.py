"""Imported first by a tool, which then finds what lies in tests/lib and in common/."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path += [str(ROOT / "tests/lib"), str(ROOT / "common")]
