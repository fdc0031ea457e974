#!/usr/bin/env python3
"""Makes the site: make site. The pages are the repository's own, under their own paths; beside them come
the sources that they name, and a replay of each chapter's boot.

    build.py CHAPTER..."""

import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import hooks

sys.path.append(str(hooks.ROOT / "common"))

import endings  # noqa: E402

THEME = "/usr/share/doc/mkdocs-material/copyright"  # its other files move from release to release
PAGES, SITE = hooks.ROOT / "build/pages", hooks.ROOT / "build/site"


def collect():
    """Lays out the pages as they are in the repository, and a page for each source that one of them names."""
    shutil.rmtree(PAGES, ignore_errors=True)
    PAGES.mkdir(parents=True)
    for name in "site.css", "site.js":
        shutil.copy(Path(__file__).with_name(name), PAGES)
    named = set()
    for page in [hooks.ROOT / "README.md", hooks.ROOT / "CONTRIBUTING.md", hooks.ROOT / "LICENSE", *(hooks.ROOT / "docs").rglob("*")]:
        copy = PAGES / page.relative_to(hooks.ROOT)
        if page.is_file():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(page, copy)
        if page.suffix == ".md":
            named |= hooks.sources(page, page.read_text())
    for path in named if not hooks.REPOSITORY else ():
        show(path)


def show(path):
    """A page with a source."""
    text = (hooks.ROOT / path).read_text()
    fence = "`" * (3 + max(map(len, re.findall("`{3,}", text)), default=0))
    page = PAGES / "sources" / f"{path}.md"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(f"---\nhide: [toc]\n---\n# {path}\n\n"
                    f"{fence} {hooks.language(path)}\n{text.rstrip()}\n{fence}\n")


def record(chapter):
    """A chapter's replay, if what was built has changed since the last one."""
    replay, disk = hooks.replay(chapter), hooks.ROOT / "chapters" / chapter / "build/disk.img"
    if not replay.exists() or replay.stat().st_mtime < disk.stat().st_mtime:
        subprocess.run(["make", "-s", "-C", disk.parent.parent, "replay"], check=True, stdout=subprocess.DEVNULL)
    return f"{chapter}: a replay of {replay.stat().st_size // 1000} kB"


def main():
    endings.need("mkdocs", THEME, "bochs")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for said in pool.map(record, sys.argv[1:]):
            print(said, flush=True)
    collect()
    shutil.rmtree(SITE, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict",
                    "--config-file", Path(__file__).with_name("mkdocs.yml"), "--site-dir", SITE], check=True)
    print("build/site is the site. To look at it: python3 -m http.server -d build/site, and http://localhost:8000 in a browser")


if __name__ == "__main__":
    endings.run(main)
