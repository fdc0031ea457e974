"""A null pointer leads nowhere, and everything else where it did."""

from judge import Wrong, leads, rows

CHAPTER = "04-long-mode"
TITLE = "Nothing at address 0"
HINTS = [
    "Which one of the four tables has an entry for the page at address 0 alone, and which bit of that entry must change?",
    "The entry is the first one of `pt`, and one without its bit 0 leads nowhere. The table is filled from its end, so this entry "
    "is the last that `fill_table` writes: change it when it has done so.",
    "`fill_page_tables` runs on into `fill_table`, and returns from there: there is no place yet after `pt` has been filled. "
    "Make one, with a `call fill_table`; then `mov dword [pt], 0`, and a `ret` of your own."]


def check(Machine, folder):
    with Machine(folder / "build/disk.img") as machine:
        seen = rows(machine)
        if seen[0] != "Hello from long mode":
            raise Wrong("still Hello from long mode in row 0", seen[0] or "nothing in row 0")
        for address in (0, 1, 0xFFF):
            leads(machine, address, None)
        for address in (0x1000, 0x7C00, 0xB8000, 0x1FFFFF, 0x200000, 0x12345678, 0x3FFFFFFF):
            leads(machine, address, address)
