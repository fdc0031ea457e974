"""make site: the course in a browser. It is built once, from a copy, with one chapter's replay, and served
below a path, as on any host of static files."""

import functools
import http.server
import os
import re
import shutil
import subprocess
import sys
import threading

import pytest
import yaml
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from browser import headless, requests
from contrast import contrast
from course import CHAPTERS, ROOT, TIMEOUT, copy_chapter, named

sys.path.append(str(ROOT / "common/site"))
import hooks  # noqa: E402

pytestmark = pytest.mark.xdist_group("site")
SECOND = named("second-stage")
BELOW = "some/path"  # of the host

# Each text that is seen: what it says, its colour and the one behind it.
TEXTS = """
const opaque = colour => !/, 0\\)$|transparent/.test(colour), seen = [];
for (const walker = document.createTreeWalker(document.querySelector('.md-content'), NodeFilter.SHOW_TEXT); walker.nextNode();) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility() || element.closest('.headerlink, script, style')) continue;
    let behind = element;
    while (behind && !opaque(getComputedStyle(behind).backgroundColor)) behind = behind.parentElement;
    seen.push([walker.currentNode.data.trim().slice(0, 40), getComputedStyle(element).color,
               behind ? getComputedStyle(behind).backgroundColor : 'rgb(255, 255, 255)']);
}
return seen"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Where the site is."""
    course = tmp_path_factory.mktemp("course")
    for name in "README.md", "CONTRIBUTING.md", "LICENSE", "bochsrc.txt":
        shutil.copy(ROOT / name, course)
    shutil.copytree(ROOT / "docs", course / "docs")
    shutil.copytree(ROOT / "tests", course / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    for chapter in CHAPTERS:
        shutil.copytree(ROOT / "chapters" / chapter, course / "chapters" / chapter, ignore=shutil.ignore_patterns("build"))
    shutil.rmtree(course / "chapters" / SECOND)
    copy_chapter(SECOND, course)
    subprocess.run([sys.executable, course / "common/site/build.py", SECOND], check=True)
    return course / "build/site"


@pytest.fixture(scope="module")
def host(site, tmp_path_factory):
    """A host's address, and below it the site."""
    root = tmp_path_factory.mktemp("host")
    (root / BELOW).parent.mkdir(parents=True)
    (root / BELOW).symlink_to(site)

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=root))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/{BELOW}/"
    server.shutdown()


@pytest.fixture(scope="module")
def browser():
    driver = headless()
    yield driver
    driver.quit()


@pytest.fixture(autouse=True)
def nothing_is_wrong(browser, host):
    """No error is in the console, and nothing is asked of anybody but the host."""
    yield
    assert browser.get_log("browser") == []
    assert all(url.startswith((host, "data:", "blob:", "about:")) for url in requests(browser))


def resize(browser, width):
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                            {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600})


def look(browser, address, scheme="light"):
    """Opens a page as somebody does who has never been here, and prefers light or dark."""
    resize(browser, 1440)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
    browser.get("about:blank")
    browser.execute_cdp_cmd("Storage.clearDataForOrigin", {"origin": address.partition(f"/{BELOW}")[0], "storageTypes": "all"})
    browser.get(address)


def until(browser, condition):
    return WebDriverWait(browser, 10 * TIMEOUT, 0.05).until(lambda _: condition())


def addresses(site):
    """The pages that are read; sources are only looked up."""
    return sorted(str(path.parent.relative_to(site)) for path in site.glob("**/index.html")
                  if "sources" not in path.relative_to(site).parts)


def test_every_page_is_whole(site, browser, host):
    """Headings in order, pictures with words, texts that stand out in light and dark, and nothing wider than
    a screen or a phone."""
    pages, asks, pale = addresses(site), browser.execute_script, set()
    assert len(pages) > len(CHAPTERS) + 5
    for page in pages:
        look(browser, f"{host}{page}/")
        levels = asks("return Array.from(document.querySelectorAll('article :is(h1, h2, h3, h4)'), h => +h.tagName[1])")
        assert levels[0] == 1 and levels.count(1) == 1, page
        assert all(after - before <= 1 for before, after in zip(levels, levels[1:])), page
        words = asks("return Array.from(document.querySelectorAll('article img'), each => each.alt)")
        assert all(len(alternative) >= 20 for alternative in words), page
        assert asks("return Array.from(document.images).every(each => each.naturalWidth)"), page
        asks("document.head.insertAdjacentHTML('beforeend', '<style>* { transition: none !important }</style>')")
        for scheme in "default", "slate":  # as the button for it does, but at once
            asks("document.body.dataset.mdColorScheme = arguments[0]", scheme)
            pale |= {(page, scheme, *text) for text in asks(TEXTS) if contrast(*text[1:]) < 4.5}
        for width in 1440, 360:
            resize(browser, width)
            assert asks("return document.documentElement.scrollWidth") <= width, (page, width)
    assert not pale


@pytest.mark.parametrize("prefers, scheme", [("light", "default"), ("dark", "slate")])
def test_first_visit_is_as_the_system_has_it(browser, host, prefers, scheme):
    look(browser, host, prefers)
    assert browser.execute_script("return document.body.dataset.mdColorScheme") == scheme


def test_every_link_leads_somewhere(site):
    for path in site.glob("**/index.html"):
        text = path.read_text()
        for target in re.findall(r'<a [^>]*href="([^"]+)"', text):
            address, _, anchor = target.partition("#")
            if re.match("https?:|javascript:", address):
                continue
            there = (path.parent / address).resolve() if address else path
            there = there / "index.html" if there.is_dir() else there
            assert there.exists(), (path, target)
            assert not anchor or anchor.startswith("__") or f'id="{anchor}"' in there.read_text(), (path, target)


@pytest.mark.parametrize("words, found", [("A20", "docs/03-protected-mode/?h=a20#address-line-20"),
                                          ("ExitBootServices", "docs/11-uefi/?h=exitbootservices#taking-leave")])
def test_search_finds_the_section(browser, host, words, found):
    look(browser, f"{host}?q={words}")
    until(browser, lambda: browser.find_elements(By.CSS_SELECTOR, f".md-search-result__link[href*='{found}']"))


def test_replay_steps_inside_a_page(browser, host):
    look(browser, f"{host}docs/{SECOND}/")
    assert not browser.find_elements(By.TAG_NAME, "iframe"), "nobody has asked for it"
    browser.find_element(By.CSS_SELECTOR, ".show").click()
    browser.switch_to.frame(until(browser, lambda: browser.find_elements(By.TAG_NAME, "iframe"))[0])
    try:
        until(browser, lambda: browser.execute_script("return document.body.matches('.ready')"))
        shown = browser.find_element(By.ID, "routines").text, browser.find_element(By.ID, "position").text
        assert shown[0] == "real_mode"
        browser.find_element(By.CSS_SELECTOR, "#steps button:last-of-type").click()
        until(browser, lambda: browser.find_element(By.ID, "position").text != shown[1])
    finally:
        browser.switch_to.default_content()
    browser.find_element(By.CSS_SELECTOR, ".machine p button").click()
    assert not browser.find_elements(By.TAG_NAME, "iframe")


def test_a_prompt_is_not_copied(browser, host):
    look(browser, f"{host}docs/01-boot-sector/")
    code = next(code for code in browser.find_elements(By.TAG_NAME, "code") if code.text.startswith("$ make"))
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", code)
    block = code.find_element(By.XPATH, "./ancestor::div[contains(@class, 'highlight')]")
    until(browser, lambda: block.find_elements(By.CSS_SELECTOR, ".md-clipboard"))[0].click()
    typed = block.find_element(By.CSS_SELECTOR, ".md-clipboard").get_attribute("data-clipboard-text"), code.text
    assert typed[0].startswith("make ") and typed[1].startswith(f"$ {typed[0]}\n")


def test_paper_has_no_buttons(browser, host):
    look(browser, f"{host}docs/{SECOND}/")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert not any(button.is_displayed() for button in browser.find_elements(By.CSS_SELECTOR, ".replay"))
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_sources_are_shown_or_linked(site, monkeypatch):
    assert "read_second_stage" in (site / f"sources/chapters/{SECOND}/boot/disk.asm/index.html").read_text()
    span = re.match("<code>(.*)</code>", "<code>boot/disk.asm</code>")
    assert hooks.linked(span, f"docs/{SECOND}.md", "../../") == \
        f'<a href="../../sources/chapters/{SECOND}/boot/disk.asm/"><code>boot/disk.asm</code></a>'
    monkeypatch.setattr(hooks, "REPOSITORY", "https://example.org/course")
    assert hooks.linked(span, f"docs/{SECOND}.md", "../../") == \
        f'<a href="https://example.org/course/blob/main/chapters/{SECOND}/boot/disk.asm"><code>boot/disk.asm</code></a>'


def test_workflow_has_only_scripts_that_are_here():
    """A forge runs them, and so can anybody."""
    jobs = yaml.safe_load((ROOT / ".github/workflows/course.yml").read_text())["jobs"]
    steps = [step.get("run", "").split()[0:1] for job in jobs.values() for step in job["steps"]]
    scripts = [first for [first] in filter(None, steps) if "/" in first]
    assert scripts == [".ci/run", ".ci/site"] and all(os.access(ROOT / script, os.X_OK) for script in scripts)
