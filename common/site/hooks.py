"""What the site makes of the pages. They are the repository's own files, so all that only a site has is
added here: links to sources, a replay in each chapter's page, colours for code.

    REPOSITORY   (environment) where the repository can be read, such as https://example.org/owner/name:
                 then sources are linked there, and else the site shows them itself"""

import html
import json
import os
import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.append(str(ROOT / "common"))

from elf_file import ElfFile  # noqa: E402

REPOSITORY = os.environ.get("REPOSITORY", "")
LANGUAGES = {".asm": "nasm", ".c": "c", ".h": "c", ".ld": "c", ".mk": "make", ".py": "python", ".sh": "sh",
             ".yml": "yaml", "Makefile": "make"}
COMMAND = r"(?:make|git|common/\S+|tests/\S+|sudo|od|qemu-\S+|podman|docker|dd|mdir|apt-get) "


def chapter_of(page):
    """The folder that a page's file names are relative to, if it is a chapter's."""
    folder = ROOT / "chapters" / Path(page).stem
    return folder if folder.is_dir() else None


def source(name, page):
    """The file that a page means by a name, from the root, or None."""
    for base in filter(None, (chapter_of(page), ROOT)):
        path = base / name
        if path.is_file() and path.suffix not in (".md", ".png", ".svg", ".bin") and "build" not in path.parts:
            return path.relative_to(ROOT)
    return None


def sources(page, text):
    """All files that a page names."""
    return {found for name in re.findall(r"`([\w./-]*\w)`", text) if (found := source(name, page))}


def language(path):
    return LANGUAGES.get(path.suffix or path.name, "text")


def on_config(config):
    pages = sorted((ROOT / "docs").glob("*.md"))
    chapters = [page for page in pages if chapter_of(page)]
    listed = re.findall(r"\((?:\./)?([\w-]+\.md)\)", (ROOT / "docs/index.md").read_text())
    others = sorted(set(pages) - set(chapters) - {ROOT / "docs/index.md"},
                    key=lambda page: listed.index(page.name) if page.name in listed else len(listed))
    config["nav"] = ["README.md", "docs/index.md", {"Chapters": [f"docs/{page.name}" for page in chapters]},
                     {"To look things up": [f"docs/{page.name}" for page in others] + ["CONTRIBUTING.md"]}]
    config["mdx_configs"].setdefault("toc", {})["slugify"] = slug
    return config


def slug(heading, _separator):
    """A heading's anchor, as the repository's web view makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def on_page_markdown(markdown, page, **_):
    """Makes Python-Markdown read the pages as the repository's web view does: a list may begin right
    below a paragraph, and a # without a blank makes no heading. Commands and outputs get a language."""
    parts = re.split(r"(^```.*?^```$)", markdown, flags=re.MULTILINE | re.DOTALL)
    for i, part in enumerate(parts):
        if part.startswith("```"):
            part = re.sub(r"\A```\n(?=\$ |.*\n\$ )", "```console\n", part)
            parts[i] = re.sub(r"\A```ld\n", "```c\n", part)
        else:
            part = re.sub(r"(?m)^(?!\s|- |\d+\. |\||$)(.+)\n(?=- |1\. )", r"\1\n\n", part)
            part = re.sub(r"(?m)^((?:- |\d+\. )?)#(?=[^# ])", r"\1\\#", part)
            parts[i] = re.sub(rf"(?m)(?<=\n\n)( {{4}}{COMMAND}.*\n(?: {{4}}.*\n)*)", fenced, part)
    return "".join(parts)


def fenced(commands):
    lines = re.sub(r"(?m)^    ", "", commands[1])
    return f"```sh\n{lines}```\n"


def on_page_content(content, page, config, **_):
    path = page.file.src_path.replace(os.sep, "/")
    up = "../" * page.url.rstrip("/").count("/") + ("../" if page.url.strip("/.") else "")
    parts = re.split(r"(<pre.*?</pre>|<a .*?</a>|<h\d.*?</h\d>)", content, flags=re.DOTALL)
    for i in range(0, len(parts), 2):
        parts[i] = re.sub(r"<code>([\w./-]*\w)</code>", lambda span: linked(span, path, up), parts[i])
    content = "".join(parts)
    if chapter_of(path) and replay(Path(path).stem).exists():
        content = with_replay(content, Path(path).stem, up)
    return content.replace("<table>", '<div class="scrolls" tabindex="0" role="group" aria-label="Table"><table>') \
        .replace("</table>", "</table></div>")


def linked(span, page, up):
    """The name of a file leads to it."""
    found = source(span[1], page)
    if not found:
        return span[0]
    address = f"{REPOSITORY}/blob/main/{found}" if REPOSITORY else f"{up}sources/{found}/"
    return f'<a href="{address}">{span[0]}</a>'


def replay(chapter):
    """Where a chapter's replay is recorded."""
    return ROOT / "chapters" / chapter / "build/replay.html"


def with_replay(content, chapter, up):
    """The picture of the screen becomes the machine, on a click; and so does each position that the text
    names, such as #long_mode."""
    place = f"{up}replays/{chapter}.html"
    symbols = {name for elf in replay(chapter).parent.glob("*.elf") for name, _ in ElfFile(elf).symbols()}

    def shown(span):
        if span[1] not in symbols:
            return span[0]
        return f'{span[0]} <button class="replay show" data-replay="{place}#{html.escape(span[1])}">show me</button>'
    content = re.sub(rf'<img [^>]*images/{re.escape(chapter)}[.]png[^>]*>',
                     lambda image: f'<span class="still">{image[0]}<button class="replay md-button md-button--primary" '
                                   f'data-replay="{place}">Step through this boot</button></span>', content, count=1)
    return re.sub(r"<code>(?:replay[.]html)?#([\w.]+)</code>", shown, content)


def on_post_build(config):
    """Sources are not searched: the pages are what explains them. And an older MkDocs has each text twice
    in the index, in its section and in its page, which would double what a first visit loads."""
    site = Path(config["site_dir"])
    (site / "404.html").unlink(missing_ok=True)  # it would have to know below which path the site lies
    index = site / "search/search_index.json"
    searched = json.loads(index.read_text())
    searched["docs"] = [entry for entry in searched["docs"] if not entry["location"].startswith("sources/")]
    whole = {entry["location"]: entry for entry in searched["docs"] if "#" not in entry["location"]}
    for entry in searched["docs"]:
        page = whole.get(entry["location"].partition("#")[0], entry)
        if page is not entry and entry["text"] in page["text"]:
            page["text"] = page["text"].replace(entry["text"], "", 1)
    index.write_text(json.dumps(searched, separators=(",", ":")))
    (site / "replays").mkdir(exist_ok=True)
    for record in ROOT.glob("chapters/*/build/replay.html"):
        shutil.copy(record, site / "replays" / f"{record.parent.parent.name}.html")
