"""What the house around the chapters promises: one command each, and one
sentence where a tool is missing."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import shared
from bochs import bochs_starts_alone
from commands import HEADLESS, says
from course import CHAPTERS, ROOT, change, copy_sources, make, named, stages
from greetings import GREETINGS

FIRST, LAST = CHAPTERS[0], CHAPTERS[-1]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_run_without_a_terminal_prints_the_screen(chapter):
    status, output = says("make", "-C", f"chapters/{chapter}", "run")
    assert status == 0 and GREETINGS[chapter][0] in output.splitlines()


@pytest.mark.parametrize("chapter", [FIRST, LAST])
def test_debug_stops_at_each_stage_and_knows_its_name(chapter):
    with bochs_starts_alone():
        status, output = says("make", "-C", f"chapters/{chapter}", "debug",
                              stdin="c\n" * (len(stages(chapter)) - 1) + "q\n")
    stops = re.findall(r"Magic breakpoint\nNext at .*\n.*? \((\w+)\+0*[23]\)", output)
    assert stops == ["start", "real_mode", "protected_mode", "long_mode", "_start"][:len(stages(chapter))]


def test_debugger_that_nobody_stops_ends(monkeypatch):
    """The machine runs on, and nobody can press Ctrl-C."""
    monkeypatch.setitem(HEADLESS, "TIMEOUT", "4")
    with bochs_starts_alone():
        status, output = says("make", "-C", f"chapters/{FIRST}", "debug", stdin="c\nq\n")
    assert status == 0 and "(start.halt+2)" in output, output


def test_two_that_run_at_once_boot_their_own_kernels(workshop):
    """And a machine that is running lets others build."""
    folder = workshop(named("elf-loader"))
    make(folder)
    command = "make", "-C", folder, "run"
    with subprocess.Popen([*command, f"KERNEL={ROOT}/LICENSE"], cwd=ROOT, env=HEADLESS, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, text=True) as other:
        status, output = says(*command)
        assert status == 0 and "Hello World!" in output
        assert "boot error: the kernel is not an ELF file" in other.communicate()[0]


def test_a_copy_has_its_own_turn(workshop, tmp_path):
    """It is a copy of a chapter in which another make builds."""
    folder = workshop(FIRST)
    told = "another make builds here"
    other = subprocess.Popen(["sleep", "1000"])
    try:
        subprocess.run([ROOT / "common/turn.sh", str(other.pid)], cwd=folder, check=True)
        copy = shutil.copytree(folder.parent.parent, tmp_path / "copy") / "chapters" / FIRST
        assert told not in says("make", "-C", copy)[1]
        waits = subprocess.Popen(["make", "-s", "-C", folder], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert told in waits.stdout.readline()
    finally:
        other.kill()
        other.wait()
    assert told not in waits.communicate()[0] and waits.returncode == 0


def test_terminal_that_cannot_be_drawn_on_gets_the_screen():
    status, output = says("script", "-qec", f"TERM=dumb make -C chapters/{FIRST} run", "/dev/null")
    assert status == 0 and "(TERM=dumb); its screen is printed." in output and GREETINGS[FIRST][0] in output


def test_terminal_that_is_too_low_for_the_screen_is_announced():
    for rows, found in (24, True), (25, False):
        status, output = says("script", "-qec", f"stty rows {rows} cols 80; QEMU=true PYTHON=true TERM=linux common/run.sh bios", "/dev/null")
        assert status == 0 and "To leave the machine: Alt-2" in output, output
        assert ("Your terminal has 24 rows, and the machine's screen has 25: until you make it larger, some of them are out of sight." in output) == found


@pytest.mark.parametrize("command, lines", [
    ("break CASE=01-1", [f"building a broken copy of {FIRST} …", "booting QEMU …", "QEMU does not come to rest", "running make explain …"]),
    ("exercise CASE=01-1", [f"building {FIRST} …", "booting QEMU …", "QEMU: not yet."])])
def test_what_takes_long_says_in_a_terminal_what_it_is_at(command, lines):
    output = says("script", "-qec", f"make {command}", "/dev/null")[1]
    places = [output.index(line) for line in lines]
    assert places == sorted(places)
    assert "…" not in says("make", *command.split())[1]


def test_display_that_cannot_be_reached_is_one_sentence():
    result = subprocess.run([ROOT / "common/window.sh", "bochs"], env=os.environ | {"DISPLAY": ":987"},
                            capture_output=True, text=True)
    assert result.returncode == 1
    assert result.stdout + result.stderr == ("The display :987 cannot be reached, so there is no window. "
                                             "To do without one: unset DISPLAY WAYLAND_DISPLAY\n")


def test_help_names_what_there_is():
    for folder in [".", f"chapters/{LAST}"]:
        status, output = says("make", "-C", folder, "help")
        assert status == 0
        for target in ["run", "explain", "debug", "gdb", "test", "clean", "doctor", "help"]:
            assert re.search(rf"^make {target} ", output, re.MULTILINE), target


def test_diff_shows_the_step_and_nothing_that_is_built():
    status, output = says("make", "-C", f"chapters/{named('long-mode')}", "diff")
    assert status == 0 and "+code_64 equ" in output and "build" not in re.sub("--exclude=build", "", output)


@pytest.mark.parametrize("way", ["bios", "grub"])
def test_map_is_straight_and_tells_virtual_addresses(way):
    status, output = says("make", "-C", f"chapters/{LAST}", "map", f"BOOT={way}")
    lines = [line for line in output.splitlines() if set("│┐┤┘") & set(line)]
    assert status == 0 and len({len(line) for line in lines}) == 1
    assert len([line for line in lines if "^ virtual addresses, v memory" in line]) == 1


def test_missing_tool_is_one_sentence(sources, path_without):
    status, output = says("make", "-C", sources(LAST), path=path_without("nasm"))
    lines = [line for line in output.splitlines() if "directory" not in line]
    assert status != 0 and len(lines) == 1
    assert "nasm is missing: it comes with the package nasm, which common/setup.sh installs." in lines[0]


def test_missing_compiler_is_one_sentence(workshop):
    status, output = says("make", "-C", workshop(LAST), "CROSS_COMPILE=/nowhere/x86_64-elf-")
    lines = [line for line in output.splitlines() if "directory" not in line]
    assert status != 0 and len(lines) == 1 and "/nowhere/x86_64-elf-gcc is missing" in lines[0]


def test_missing_clang_is_one_sentence(workshop, path_without):
    status, output = says("make", "-C", workshop(CHAPTERS[4]), "LLVM=1", path=path_without("clang"))
    assert status and "clang is missing: it comes with the package clang, which common/setup.sh tests installs." in output


def test_missing_pytest_is_one_sentence(workshop):
    status, output = says("make", "-C", workshop(FIRST), "test", "python=/usr/bin/python3 -S")  # sees no packages
    assert status and "it comes with the package python3-pytest, which common/setup.sh tests installs." in output


def test_break_that_does_not_build_says_so(path_without):
    """And gives no advice by which a reader's own work would be lost."""
    status, output = says("/usr/bin/python3", "tests/tools/break.py", "01-2", path=path_without("nasm"))
    assert status == 1 and output.startswith("01-boot-sector does not build.\n") and "nasm is missing" in output
    assert "git" not in output


def test_run_needs_only_the_tools_of_what_it_boots(workshop, path_without):
    path = path_without("mformat", "grub-mkrescue", "xorriso")
    folder = workshop(LAST)
    for built in ("disk.img", "cd.iso", "esp.img"):
        (folder / "build" / built).unlink()
    status, output = says("make", "-C", folder, "run", path=path)
    assert status == 0 and "Hello World!" in output.splitlines()
    status, output = says("make", "-C", folder, "run", "BOOT=uefi", path=path)
    assert status and "it comes with the package mtools, which common/setup.sh installs" in output


def test_run_takes_a_machine_of_the_readers_own():
    status, output = says("make", "-C", f"chapters/{LAST}", "run", "qemu=qemu-system-x86_64 -m 64M")
    assert status == 0 and re.search(r"Usable memory: 6[34]\d{3} KiB", output), output


def test_doctor_finds_all_that_is_there(path_without):
    status, output = says("make", "doctor")
    assert status == 0 and re.search(r"^  nasm +[23]\.", output, re.MULTILINE)
    path = path_without("nasm")
    status, output = says("make", "doctor", path=path)
    assert status != 0 and re.search(r"^  nasm +MISSING .*package nasm$", output, re.MULTILINE)


@pytest.mark.parametrize("version, judgement", [
    ("2.15.05", "(older than 2.16, the first version that was tried)"), ("2.16.01", ""), ("2.16", ""), ("3.01", ""),
    ("3.01rc9", ""), ("3.02", "(newer than 3.01, the last version that was tried)"), ("10.0", "(newer than 3.01")])
def test_doctor_judges_versions(path_without, version, judgement):
    path = path_without("nasm")
    fake = Path(path.split(":")[0]) / "nasm"
    fake.write_text(f"#!/bin/sh\necho NASM version {version} compiled on some day\n")
    fake.chmod(0o755)
    [line] = re.findall(r"^  nasm .*", says("make", "doctor", path=path)[1], re.MULTILINE)
    assert judgement in line and bool(judgement) == ("(" in line)


def test_set_up_says_what_it_does_not_know():
    status, output = says("common/setup.sh", "everything")
    assert status == 2 and "there is no 'everything'" in output and output.count("\n") == 1


def test_set_up_a_second_time_does_nothing():
    assert says("common/setup.sh", "tests") == (0, "")


def test_commands_of_the_readme_work():
    """Where everything is installed. make test would come here again, and is only asked what it would do."""
    text = re.sub(r"^```.*?^```$", "", (ROOT / "README.md").read_text(), flags=re.MULTILINE | re.DOTALL)  # no outputs
    commands = re.findall(r"^    (\S.*)", text, re.MULTILINE)
    assert commands
    for command in commands:
        status, output = says("bash", "-c", command.replace("make test", "make --dry-run test"))
        assert status == 0 and ("Hello World!" in output or "pytest" in output), output


def built_anew():
    """The newest chapter as it comes from its sources alone, in a folder with blanks in its name."""
    made = shared.once("and there", lambda folder: make(copy_sources(LAST, folder), "-j4"))
    return made / "chapters" / LAST


def test_only_what_depends_on_a_change_is_built_again(workshop):
    folder = workshop(built_anew())

    def times():
        return {str(path.relative_to(folder / "build")): path.stat().st_mtime_ns for path in (folder / "build").rglob("*")
                if path.suffix in (".o", ".elf", ".img", ".iso") and "cd" not in path.parts}

    def built_after(changed):
        before = times()
        if changed:
            changed.touch()
        make(folder)
        return {path for path, time in times().items() if before[path] != time}

    everything = set(times())
    loaders = {"boot.elf", "disk.img", "multiboot2.elf", "stripped/multiboot2.elf", "cd.iso", "uefi.elf",
               "uefi_moved.elf", "esp.img"}
    assert built_after(None) == set()
    assert built_after(folder / "lib/vga.h") == {
        "kernel/main.o", "kernel/panic.o", "kernel/print.o", "loader/grub.o",
        "loader/grub_display.o", "uefi/loader/uefi.o",
        *(f"{folder}/{name}.o" for folder in ("lib", "uefi/lib") for name in ("console", "framebuffer", "vga")),
        "kernel.elf", "stripped/kernel.elf", *loaders}
    assert built_after(folder / "../../common/memory.ld") == {
        "kernel.elf", "stripped/kernel.elf", "esp.elf", *loaders}
    assert built_after(folder / "../../common/toolchain.mk") == everything


def test_same_source_in_two_folders_gives_the_same_bits(tmp_path):
    """All that runs. The debugging information is left out: NASM writes the name
    of the folder into it."""
    there = built_anew()
    for file in ("disk.img", "esp.img", "boot.elf", "kernel.elf"):
        copies = tmp_path / f"here {file}", tmp_path / f"there {file}"
        for folder, copy in zip((ROOT / "chapters" / LAST, there), copies):
            if file.endswith(".elf"):
                subprocess.run(["objcopy", "--strip-debug", folder / "build" / file, copy], check=True)
            else:
                shutil.copy(folder / "build" / file, copy)
        assert copies[0].read_bytes() == copies[1].read_bytes(), file
