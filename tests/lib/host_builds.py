"""The programs of tests/host: a chapter's C on this machine, with sanitizers that notice each
access outside an array, and each sum that wraps."""

import hashlib
import re
import subprocess

import shared
from course import ROOT

WARNINGS = ["-Wall", "-Wextra", "-Werror"]
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]


def build(name, chapter, *sources, flags=()):
    """Compiles tests/host/NAME.c with files of a chapter, or with others, and returns the program."""
    chapter = ROOT / "chapters" / chapter
    places = [word for place in ("include", "lib", "loader", "kernel") for word in ("-iquote", chapter / place)]
    files = [ROOT / f"tests/host/{name}.c", *(chapter / source for source in sources)]

    def compile(folder):
        subprocess.run(["clang", "-std=c17", "-O1", "-g", *WARNINGS, *SANITIZERS, *flags, *places, *files,
                        "-o", folder / name], check=True)
    known_by = hashlib.sha256(repr([flags, chapter, *(file.read_bytes() for file in files)]).encode()).hexdigest()
    return shared.once(f"host/{known_by}", compile) / name


def run(program, *arguments, **options):
    """What the program says. A mistake that a sanitizer has seen is an exit status."""
    result = subprocess.run([program, *map(str, arguments)], capture_output=True, timeout=300, **options)
    assert result.returncode == 0, f"{result.returncode}\n{result.stdout}\n{result.stderr}"
    return result


def fuzz(folder, name, chapter, *sources, corpus, options):
    """Lets libFuzzer look for inputs that the program can't take, and returns how many it tried.
    The corpus has some inputs to begin with, by name."""
    program = build(name, chapter, *sources, flags=["-fsanitize=fuzzer"])
    (folder / "corpus").mkdir()
    for file, content in corpus.items():
        (folder / "corpus" / file).write_bytes(content)
    said = run(program, *options, "-seed=1", folder / "corpus", cwd=folder, stdin=subprocess.DEVNULL).stderr.decode()
    return int(re.search(r"Done (\d+) runs", said)[1])
