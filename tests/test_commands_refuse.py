"""A command that cannot do its work says so in one sentence, and leaves everything as it was."""

import contextlib
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import emulators
import endings
from course import CHAPTERS, ROOT, copy_chapter, named
from qemu import Uefi

FIRST, LAST = CHAPTERS[0], CHAPTERS[-1]
TAKES_KERNELS = named("elf-loader")


def says(*command, folder=ROOT, status=None, **environment):
    """What a command prints that nobody sits in front of; it must fail, unless a status is given."""
    result = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, timeout=300,
                            env=os.environ | {"PWD": str(folder)} | environment)
    assert result.returncode == status if status is not None else result.returncode, result.stdout
    return result.stdout


def sentence(output):
    """The one line of an output that is not make's own about where it is and what has failed, or
    about another test that builds there."""
    lines = [line for line in output.splitlines()
             if not line.startswith(("make:", "make[")) and "another make builds here" not in line]
    assert len(lines) == 1, output
    return lines[0]


@pytest.fixture
def built(tmp_path):
    return lambda chapter, *folders: copy_chapter(ROOT / "chapters" / chapter, Path(tmp_path, *folders))


def odd_kernels(folder):
    """What KERNEL= could name, and what is said of it."""
    os.mkfifo(folder / "pipe")
    (folder / "folder").mkdir()
    with open(folder / "huge.elf", "wb") as file:
        file.truncate(2 << 30)
    return {"no such.elf": "there is no such file in", "folder": "this is a folder", "pipe": "this is a device or a pipe",
            "/dev/zero": "this is a device or a pipe", "huge.elf": "a kernel's file has to be smaller than 2 GiB",
            f"chapters/{TAKES_KERNELS}/build/disk.img": "make writes this file"}


def test_what_cannot_be_a_kernel_is_refused(built, tmp_path):
    chapter = built(TAKES_KERNELS)
    before = {path: path.stat().st_mtime_ns for path in (chapter / "build").glob("*.*")}
    for name, reason in odd_kernels(tmp_path).items():
        assert f"KERNEL={name}: {reason}" in sentence(says("make", "-C", chapter, f"KERNEL={name}", folder=tmp_path))
    assert {path: path.stat().st_mtime_ns for path in (chapter / "build").glob("*.*")} == before


@pytest.mark.parametrize("name", ["a kernel.elf", "it's.elf", "a:b;c[d]$e.elf", "#%\\.o"])
def test_kernel_may_be_called_anything(built, tmp_path, name):
    """And is seen from where the command was typed."""
    chapter, kernel = built(TAKES_KERNELS), tmp_path / "kernels" / name
    kernel.parent.mkdir()
    kernel.write_bytes(os.urandom(999))
    says("make", "-C", chapter, f"KERNEL={name}", "build/disk.img", folder=kernel.parent, status=0)
    assert kernel.read_bytes() + b"end of kernel" in (chapter / "build/disk.img").read_bytes()


def test_chapter_without_a_kernel_file_takes_none(built):
    assert "this chapter boots no other kernel than its own" in sentence(says("make", "-C", built(FIRST), "KERNEL=any.elf"))
    assert "a single chapter can take it" in sentence(says("make", "KERNEL=any.elf"))


def test_course_may_lie_in_a_folder_with_a_blank(built, tmp_path):
    """And so may a chapter, beside which make diff still finds the others."""
    for chapter in CHAPTERS[:2]:
        copy = built(chapter, "my 'own' course", *[chapter] if chapter == FIRST else [])
    (copy.parent / "a copy").mkdir()
    (copy.parent / "a copy/Makefile").write_text("")
    (tmp_path / f"my 'own' course/{FIRST}/chapters/{FIRST}").rename(copy.parent / FIRST)
    (copy / "boot/real_mode.asm").touch()
    assert f"{copy.name}: boot.elf" in says("make", "-C", copy, status=0)
    assert "+real_mode:" in says("make", "-C", copy, "diff", status=0)
    (tmp_path / "my 'own' course/tests").mkdir()
    number = copy.name[:2]
    (tmp_path / f"my 'own' course/tests/test_{number}_any.py").write_text("def test_any(): pass\n")
    assert "1 passed" in says("make", "-C", copy, "test", status=0)


def test_second_make_waits_for_its_turn(built):
    """Whoever has it: here it is a process of ours, and then one that is gone."""
    chapter = built(FIRST)
    with subprocess.Popen(["sleep", "60"]) as other:
        subprocess.run([chapter / "../../common/turn.sh", str(other.pid)], cwd=chapter, check=True)
        with subprocess.Popen(["make", "-C", chapter], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as make:
            assert f"process {other.pid}; this one waits" in make.stderr.readline()
            other.kill()
            other.wait()
            assert make.wait(300) == 0


def test_image_in_use_stays_what_it_is(built, tmp_path):
    """A machine has it open while another make puts another kernel on the disk."""
    chapter = built(LAST)
    (tmp_path / "other").write_text("other" * 1000)
    with contextlib.ExitStack() as stack:
        images = {path: stack.enter_context(open(path, "rb"))
                  for path in chapter.glob("build/*.i*") if path.name != "hybrid.img"}
        says("make", "-C", chapter, f"KERNEL={tmp_path / 'other'}", status=0)
        for path, file in images.items():
            assert b"otherother" in path.read_bytes() and b"otherother" not in file.read(), path


@pytest.mark.parametrize("command, answer", [
    (["break", "CASE=01-1'; ["], "There is no break 01-1'; [."), (["exercise", "CASE=01-1'"], "There is no check for 01-1'."),
    (["without", "FLAG=-m'"], "There is nothing to show for -m'."), (["exercise", "CASE=01-1", "HINT='"], "not '."),
    (["run", "BOOT=bios grub"], "BOOT=bios grub: this chapter has"), (["run", "BOOT=%"], "BOOT=%: this chapter has"),
    (["replay", "BOOT=uefi"], "Bochs has no UEFI: make replay with BOOT=bios, grub or hybrid"),
    (["run", "TMPDIR=/no/where"], "TMPDIR=/no/where: there is no such folder")])
def test_odd_value_is_answered(command, answer):
    output = says("make", *command)
    assert answer in output and "Syntax error" not in output


@pytest.mark.parametrize("tool, command", [
    ("patch", ["break", "CASE=01-1"]), ("bochs", ["break", "CASE=01-1"]), ("qemu-system-x86_64", ["break", "CASE=01-1"]),
    ("git", ["carry"]), ("bochs", ["exercise", "CASE=01-1"]), ("qemu-system-x86_64", ["run"]), ("mkdocs", ["site"])])
def test_missing_tool_is_doctors_sentence(path_without, tool, command):
    assert f"{tool} is missing: it comes with the package " in sentence(says("make", *command, PATH=path_without(tool)))


def test_missing_module_is_doctors_sentence():
    output = says("/usr/bin/python3", "-S", "tests/tools/exercise.py", "01-1")  # -S: no packages
    assert "it comes with the package python3-pil" in sentence(output)


def test_missing_firmware_is_doctors_sentence(monkeypatch):
    monkeypatch.setattr("emulators.OVMF", "/no/OVMF")
    with pytest.raises(SystemExit, match="/no/OVMF_CODE_4M.fd is missing"):
        emulators.need([Uefi])
    assert endings.missing("/usr/share/OVMF/OVMF_CODE_4M.fd").endswith("which common/setup.sh uefi installs.")


def obey_interrupts():
    """A shell's job in the background ignores them, and so does all that it starts, such as these tests."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_interrupted_break_leaves_nothing():
    """No traceback, no copy of the course, no machine."""
    folder = ROOT / "build/broken/05-1"
    with subprocess.Popen(["/usr/bin/python3", "tests/tools/break.py", "05-1"], cwd=ROOT, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, preexec_fn=obey_interrupts) as process:
        while not (folder / "chapters" / named("vga-hello-world") / "build/boot").exists():
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=300)[0] == ""
    assert process.returncode == -signal.SIGINT and not folder.exists()


def test_files_are_written_all_or_not_at_all(tmp_path):
    """On a disk that is full, which here is a limit on a file's size."""
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_text("old")
    large.write_text("old, too")

    def full():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
    code = ("import endings, pathlib; here = pathlib.Path()\n"
            "endings.run(lambda: endings.write({here / 'small': 'new', here / 'large': 'new' * 1000}))")
    result = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, preexec_fn=full, capture_output=True, text=True,
                            env=os.environ | {"PYTHONPATH": str(ROOT / "common")})
    assert result.returncode == 1 and result.stderr.count("\n") == 1 and "File too large" in result.stderr
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"small": "old", "large": "old, too"}
