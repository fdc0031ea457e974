"""The second stage asks the BIOS for the size of low memory, and prints it."""

from judge import run_to, under, when

CHAPTER = "02-second-stage"
TITLE = "How much memory is there?"
HINTS = [
    "The boot sector is full, so all of it goes into the second stage: after the greeting, `int 0x12` brings "
    "the number in AX. `print` takes a text, so what is missing is a way from the one to the other.",
    "A division by 10 leaves the last digit as its remainder, and all others as its quotient. The digits come from right to "
    "left, so fill a few bytes of memory from their end, and stop when the quotient is 0.",
    "Put `times 5 db 0` right in front of the text ` KiB below 1 MiB`. SI starts after the five bytes; for each digit, "
    "`xor dx, dx` and `div bx` (BX is 10), then `dec si` and `mov [si], dl` with '0' added. In the end SI is what `print` wants."]

MEMORY_SIZE = 0x413  # the word in the BIOS's own data that INT 12h returns


def check(Machine, folder):
    with Machine(folder / "build/disk.img") as machine:
        tells(machine, 639)
    for size in (640, 1009, 8):  # zeros at the end, within, and none at the start
        with Machine(folder / "build/disk.img", stopped=True) as machine:
            run_to(machine, folder, "real_mode")
            machine.write(MEMORY_SIZE, size.to_bytes(2, "little"))
            with when(f"on a machine whose INT 12h returns {size}"):
                tells(machine, size)


def tells(machine, size):
    under(machine, "Hello from the second stage", f"{size} KiB below 1 MiB")
