"""The drawings: whole, and legible in light and dark. One browser looks at all of them."""

import itertools
import re
from xml.etree import ElementTree

import pytest

import pages
from browser import headless
from contrast import contrast
from course import ROOT

pytestmark = pytest.mark.xdist_group("site")
DRAWINGS = sorted((ROOT / "docs/drawings").glob("*.svg"))
SVG = "{http://www.w3.org/2000/svg}"

# Each text of a drawing: what it says, where, its colour, and the colour of the paper.
LOOK = """
const paper = getComputedStyle(document.querySelector('.paper')).fill;
return Array.from(document.querySelectorAll('text'), text => {
    const {x, y, width, height} = text.getBBox(), place = text.getCTM(), style = getComputedStyle(text);
    return {words: text.textContent, left: x + place.e, top: y + place.f, right: x + place.e + width,
            bottom: y + place.f + height, fill: style.fill, paper};
})"""


@pytest.mark.parametrize("drawing", DRAWINGS, ids=lambda path: path.stem)
def test_drawing_is_whole(drawing):
    """A title, a description, our style, nothing from elsewhere; and a page shows it, with words for who can't see it."""
    root = ElementTree.parse(drawing).getroot()
    text = drawing.read_text()
    assert root.find(f"{SVG}title").text and root.find(f"{SVG}desc").text
    assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}" and int(root.get("width")) <= 760
    assert root.find(f"{SVG}style").text == ElementTree.parse(DRAWINGS[0]).getroot().find(f"{SVG}style").text
    assert not re.search(r"<image|<script|@import|(href|src)=.(?!#)", text)
    shown = [page.name for page in pages.pages() if re.search(rf"!\[[^\]]{{20,}}\]\([^)]*{drawing.name}\)", page.read_text())]
    assert shown, "no page shows it with an alternative text"


@pytest.fixture(scope="module")
def browser():
    driver = headless()
    yield driver
    driver.quit()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_drawings_are_legible(browser, scheme):
    """No text leaves its drawing, none covers another, and each stands out from the paper."""
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia",
                            {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
    wrong = []
    for drawing in DRAWINGS:
        browser.get(drawing.as_uri())
        width, height = map(int, ElementTree.parse(drawing).getroot().get("viewBox").split()[2:])
        texts = browser.execute_script(LOOK)
        for text in texts:
            if not (0 <= text["left"] and text["right"] <= width and 0 <= text["top"] and text["bottom"] <= height):
                wrong.append(f"{drawing.name}: {text['words']} leaves the drawing")
            if contrast(text["fill"], text["paper"]) < 4.5:
                wrong.append(f"{drawing.name}: {text['words']} has too little contrast")
        for one, two in itertools.combinations(texts, 2):
            if min(one["right"], two["right"]) - max(one["left"], two["left"]) > 1 \
                    and min(one["bottom"], two["bottom"]) - max(one["top"], two["top"]) > 3:
                wrong.append(f"{drawing.name}: {one['words']} and {two['words']} overlap")
    assert not wrong, "\n".join(wrong)
