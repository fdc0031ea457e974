"""The boot sector prints a second line, right under the first one."""

from judge import under

CHAPTER = "01-boot-sector"
TITLE = "A second line"
HINTS = [
    "Look at the text at `greeting`: which bytes follow its last letter, and what do they do to the cursor?",
    "13 is the carriage return: it takes the cursor to the start of its row. 10 is the line feed: it takes it one row down. "
    "Whatever `print` finds between them and the zero byte, it prints there.",
    "You need no new instruction: in front of the zero byte, a second `db` can hold the second text, with 13 and 10 of its own."]


def check(Machine, folder):
    with Machine(folder / "build/disk.img") as machine:
        under(machine, "Hello from the boot sector", "It is only 512 bytes long.", right=True)
