#!/usr/bin/python3
"""Draws docs/output/benchmarks.txt, which benchmark.py has printed: for each chapter a bar, the
BIOS's share and ours. Prints the drawing:

    tests/tools/plot.py > docs/drawings/ticks.svg"""

import re

import find_lib  # noqa: F401
import endings
from course import ROOT

STYLE_OF = ROOT / "docs/drawings/segments.svg"  # all drawings have the same
WIDTH, LEFT, LONGEST = 720, 180, 450  # of the drawing, up to the bars, and of the longest bar
FIRST, STEP, THICK = 70, 30, 20  # the first bar's place, the next one's distance, a bar's height


def rows():
    """For each chapter: its name, all its ticks, and the BIOS's."""
    for line in (ROOT / "docs/output/benchmarks.txt").read_text().splitlines()[3:]:
        _, chapter, _, _, total, bios, *_ = (cell.strip() for cell in line.split("|"))
        yield chapter, int(total.replace(",", "")), int(bios.replace(",", ""))


def drawing():
    chapters = list(rows())
    most = max(total for _, total, _ in chapters)
    height = FIRST + STEP * len(chapters) + 10
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img">',
        "<title>Instructions to the text, chapter by chapter</title>",
        "<desc>A bar for each chapter, as long as it takes ticks from 0x7c00 to its text; the BIOS's share and ours. "
        + "; ".join(f"{chapter}: {total:,}, of them in the BIOS {bios:,}" for chapter, total, bios in chapters) + ".</desc>",
        re.search("<style>.*</style>", STYLE_OF.read_text(), re.DOTALL)[0],
        f'<rect class="paper" width="{WIDTH}" height="{height}" rx="6"/>',
        f'<rect class="a" x="{LEFT}" y="22" width="20" height="20"/><text x="{LEFT + 28}" y="37">in the BIOS</text>',
        f'<rect class="b" x="{LEFT + 150}" y="22" width="20" height="20"/><text x="{LEFT + 178}" y="37">in our code</text>']
    for place, (chapter, total, bios) in enumerate(chapters):
        top = FIRST + STEP * place
        bar, part = (round(LONGEST * ticks / most) for ticks in (total, bios))
        lines += [
            f'<text class="mono end" x="{LEFT - 10}" y="{top + 15}">{chapter}</text>',
            f'<rect class="a" x="{LEFT}" y="{top}" width="{part}" height="{THICK}"/>',
            f'<rect class="b" x="{LEFT + part}" y="{top}" width="{bar - part}" height="{THICK}"/>',
            f'<text class="mono" x="{LEFT + bar + 8}" y="{top + 15}">{total:,}</text>']
    return "\n".join([*lines, "</svg>"])


def main():
    print(drawing())


if __name__ == "__main__":
    endings.run(main)
