"""make replay: the page steps through a boot as the machine did it. All in one browser, because
that takes longer to start than to ask."""

import re
import shutil
from pathlib import Path

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

import screen
from bochs import Bochs
from browser import headless, requests
from course import CHAPTERS, ROOT, TIMEOUT, copy_chapter, image, make, named, stages
from greetings import GREETINGS
from patches import PATCHES, copy_broken

pytestmark = pytest.mark.xdist_group("replay")
HELLO, NEWEST = named("vga-hello-world"), CHAPTERS[-1]
LIMITS = dict.fromkeys(CHAPTERS[:5], 1_000_000) | dict.fromkeys(CHAPTERS[5:], 5_000_000)  # bytes


class Page:
    """A page that make replay has made, in the browser, and who sits in front of it."""

    def __init__(self, driver):
        self.driver = driver

    def open(self, path, place=""):
        self.driver.get("about:blank")  # else only what is after the # would be new
        self.driver.get(f"{path.as_uri()}{place}")
        WebDriverWait(self.driver, 10 * TIMEOUT, 0.05).until(lambda _: self.asks("document.body.matches('.ready')"))

    def asks(self, expression):
        return self.driver.execute_script(f"return {expression}")

    def types(self, *keys):
        ActionChains(self.driver, duration=0).send_keys(*keys).perform()

    def clicks(self, selector):
        self.driver.find_element("css selector", selector).click()

    def registers(self):
        """What the panel shows, in the emulators' names."""
        shown = self.asks("Array.from(document.querySelectorAll('#registers .register'), each => each.textContent)")
        return {name.upper().replace("FLAGS", "RFL"): int(value, 16) for name, value in map(str.split, shown)}

    def screen(self):
        return self.asks("replay.screen.text()")

    def text(self, name):
        return self.asks(f"document.getElementById('{name}').innerText")

    def state(self):
        """All that is shown, but for where the keyboard is: as a number, because a difference of
        such long texts takes minutes to show."""
        return hash(re.sub(r' tabindex="\S+"', "", self.asks("document.querySelector('main').innerHTML + document.getElementById('position').hash")))


@pytest.fixture(scope="module")
def page():
    driver = headless()
    yield Page(driver)
    driver.quit()


@pytest.fixture(scope="module")
def replays(tmp_path_factory):
    """The replay of a chapter: where it is. It is recorded when it is first asked for."""
    made = {}

    def replay(chapter):
        if chapter not in made:
            folder = tmp_path_factory.mktemp("replay")
            shutil.copy(ROOT / "bochsrc.txt", folder)
            made[chapter] = record(copy_chapter(chapter, folder))
        return made[chapter]
    return replay


def record(folder):
    page = folder / "build/replay.html"
    assert page.as_uri() in make(folder, "replay")
    return page


@pytest.fixture(autouse=True)
def nothing_is_wrong(page):
    """No error is in the browser's console, and nothing is asked of anybody but the page's file."""
    yield
    assert page.driver.get_log("browser") == []
    asked = requests(page.driver)
    assert asked and all(url.startswith("file://") and url.partition("#")[0].endswith("/replay.html")
                         or url.startswith("data:") for url in asked)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_each_stage_is_as_the_machine_had_it(page, replays, chapter):
    path = replays(chapter)
    assert path.stat().st_size <= LIMITS[chapter]
    page.open(path, "#start")
    with Bochs(image(chapter)) as machine:
        for address, _ in stages(chapter):
            machine.run_to_stage(address)
            page.types("i")
            there = machine.registers()
            assert page.registers() == {name: there[name] for name in page.registers()}
            assert page.screen() == str(machine.screen())
            page.types("s")
    text, attribute, row, *_ = GREETINGS[chapter]
    page.types(Keys.END)
    lines = page.screen().splitlines()
    assert text in lines if row is None else lines[row].startswith(text)
    if row is not None:
        assert page.asks(f"replay.screen.shown[{row * screen.COLUMNS}] >> 8 & 0xff") == attribute


def test_the_serial_port_has_sent_what_is_on_the_screen(page, replays):
    page.open(replays(NEWEST))
    page.types(Keys.END, "8")
    assert page.text("serial").split() == page.screen().split()
    assert page.asks("serial.scrollHeight > serial.clientHeight && serial.scrollTop + serial.clientHeight >= serial.scrollHeight - 1")


def test_there_and_back(page, replays):
    """The same step looks the same, from wherever the reader comes."""
    page.open(replays(HELLO), "#protected_mode")
    before = page.state()
    for forwards, backwards in ("i", "I"), (Keys.ARROW_DOWN, Keys.ARROW_UP), ("s", "S"):
        times = 12 if forwards != "s" else 2
        page.types(*[backwards] * times)
        assert page.state() != before
        page.types(*[forwards] * times)
        assert page.state() == before


def test_a_call_of_the_BIOS_is_one_step_that_can_be_opened(page, replays):
    page.open(replays(HELLO))
    page.types("b", "b")
    assert re.search(r"INT 13h AH=42h: 1 sector from LBA 1 to 07e0:0000 of drive 0x80; [\d,]+ instructions in the BIOS", page.text("rows"))
    start = page.asks("replay.now")
    page.types("i")
    after = page.asks("replay.now")
    assert after > start + 1000
    page.types("I", Keys.ENTER, "i")
    assert page.asks("replay.now") == start + 1
    page.types("o")  # out of the BIOS
    assert page.asks("replay.now") == after


@pytest.mark.parametrize("there", ["screen", "memory"])
@pytest.mark.parametrize("again", ["w", "click"])
def test_who_wrote_this(page, replays, there, again):
    """And where it came from: at last, from the disk. The keyboard is where the pointer has left it."""
    page.open(replays(HELLO))
    page.types(Keys.END)
    if there == "screen":
        _, _, row = GREETINGS[HELLO]
        byte, writer, disk = f"[data-place='{row * screen.COLUMNS}']", "vga_print+", "from LBA 2"
    else:
        page.types("m", "0x100000")
        byte, writer, disk = "#memory .marked", "copy_kernel", "from LBA "
    page.clicks(byte)
    assert f"in {writer}" in page.text("origin")
    if there == "screen":
        assert "lib/vga.c:" in page.text("origin") and page.text("source-name") == "lib/vga.c"
    value, steps = re.search(r"It is (0x\w\w)", page.text("origin"))[1], [page.asks("replay.now")]
    while "the disk" not in page.text("origin") and len(steps) < 10:
        if again == "w":
            page.types("w")
        else:
            page.clicks(byte)
        steps.append(page.asks("replay.now"))
        assert page.asks("origin.sources.every(each => !each.physical || each.words === `memory at ${hex(each.physical)}`)")
    assert disk in page.text("origin") and value in page.text("origin")
    assert steps == sorted(set(steps), reverse=True)
    for step in reversed(steps[:-1]):
        page.types(Keys.BACK_SPACE)
        assert page.asks("replay.now") == step


@pytest.mark.parametrize("clicked", ["[data-panel=segments]", "[aria-label='BIOS call forwards']", "#stages :last-child",
                                     "[name=physical]", "label:has([name=physical])"])
def test_after_a_click_the_arrow_keys_step(page, replays, clicked):
    page.open(replays(HELLO))
    page.types("4", "b")
    page.clicks(clicked)
    assert page.asks("document.activeElement.id") == "timeline"  # else Enter clicks the same again
    before, panel = page.asks("[replay.now, replay.panel]")
    page.types(Keys.ARROW_LEFT)
    assert page.asks("replay.now") < before and page.asks("replay.panel") == panel


def test_the_keyboard_stays_on_a_tab_that_it_has_chosen(page, replays):
    page.open(replays(HELLO))
    page.asks("document.querySelector('[data-panel=segments]').focus()")
    page.types(Keys.ENTER, Keys.ARROW_RIGHT)
    assert page.asks("[replay.panel, replay.now]") == ["stack", 0]


def test_memory_above_1_MiB_is_not_known_before_it_is_written(page, replays):
    page.open(replays(HELLO))
    page.types("m", "0x100000", Keys.ENTER)
    assert f"0x00100000\t{16 * '??'}" in page.text("memory")
    page.types(Keys.END)
    assert f"0x00100000\t{page.asks('replay.record.bytes[replay.record.names.indexOf(`_start`)]')}" in page.text("memory")


def test_a_place_has_a_link(page, replays):
    page.open(replays(HELLO), "#long_mode")
    assert page.text("mode") == "64-bit mode" and "boot/long_mode.asm" == page.text("source-name")
    step = page.asks("replay.now")
    page.open(replays(HELLO), f"#t={step}")
    assert page.text("mode") == "64-bit mode" and page.asks("replay.now") == step
    page.types("i")
    WebDriverWait(page.driver, TIMEOUT, 0.05).until(lambda _: page.asks("location.hash") == f"#t={step + 1}")


def test_a_place_that_is_not_there(page, replays):
    page.open(replays(HELLO), "#nonsense")
    assert page.text("spoken").startswith("nonsense is neither") and page.asks("replay.now") == 0
    page.types("i")
    assert not page.asks("document.querySelector('#spoken.seen')")


def test_tables_and_segments_that_protected_mode_has_not_set(page, replays):
    page.open(replays(HELLO), "#protected_mode")
    page.types("6")
    assert "There is no table" in page.text("idt")
    page.asks("(replay.record.value = at => at === replay.record.number('gdtr.base', replay.now) + 8 ? null : 1n)")  # entry 1 is not known
    page.types("5")
    assert re.findall(r"(?m)^(0x\w+)\t(not mapped)?", page.text("gdt")) == [("0x00", ""), ("0x08", "not mapped"), ("0x10", ""), ("0x18", "")]
    page.types("2")
    assert page.text("segments").count("loaded in real mode") == 0
    assert re.search(r"(?m)^cs 0008\t.*\tentry 1 of the GDT$", page.text("segments"))
    page.asks("go(modes(replay.record)[1].start)")
    assert page.text("mode") == "protected mode, 16-bit" and page.text("segments").count("loaded in real mode") == 6


def test_a_triple_fault_opens_at_the_fault(page, tmp_path):
    page.open(record(copy_broken(PATCHES["04-5"], tmp_path)))
    assert page.text("words").startswith("Triple fault") and "Likely cause: " in page.text("words")
    assert re.search(r"\n#PF, page fault, error code 0x\d+: .* not mapped", page.text("rows"))
