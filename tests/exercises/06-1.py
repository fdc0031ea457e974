"""The loader asks the BIOS for the date, and the kernel shows it."""

import datetime
import re

from bochs import Bochs
from judge import Wrong, rows, when

CHAPTER = "06-memory-map"
TITLE = "What day is it?"
HINTS = [
    "Three places have a part in it: the loader asks (a new function on the BIOS's side, declared in `boot.h` as the others are), "
    "`struct boot_info` carries the answer, and the kernel prints it. Begin in the middle: which fields does a date need? (With them "
    "`BOOT_INFO_VERSION` becomes 3. And a new file's name belongs in the list `loader` of the Makefile.)",
    "`struct bios_registers call = {.eax = 0x0400}; bios_call(0x1a, &call);` brings the century in bits 15 to 8 of ECX, the year in its "
    "bits 7 to 0, the month and the day in the same bits of EDX. Each byte is BCD: the hexadecimal digits are the decimal ones.",
    "`(byte >> 4) * 10 + (byte & 15)` makes a number of BCD. `%u` of `print` puts as many digits as a number has, so for `05` the two "
    "digits are printed one by one; or hand over BCD as it is, and print each half byte by `%u`."]

# Year, month and day each begin with a zero in one of them, and with another digit in the other.
DATES = "2009-12-08", "1999-05-30"


def check(Machine, folder):
    for date in DATES:
        noon = datetime.datetime.fromisoformat(f"{date}T12:00:00+00:00")
        clock = [f"clock: sync=none, time0={noon.timestamp():.0f}"] if Machine is Bochs else ["-rtc", f"base={date}T12:00:00"]
        with Machine(folder / "build/disk.img", *clock) as machine, when(f"on {date}"):
            seen = rows(machine)
            if seen[0] != "Hello World!":
                raise Wrong("still Hello World! in row 0", seen[0] or "nothing in row 0")
            if f"Date: {date}" not in seen:
                dates = [row for row in seen if re.match("Date", row)]
                raise Wrong(f"a row that reads: Date: {date}", "\n".join(dates) or "no row that begins with Date")
