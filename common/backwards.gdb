# gdb on a boot that was recorded, which QEMU repeats: gdb's reverse commands go back in it. gdb.sh
# starts this before boot.gdb, with what gdb_record.py has printed in RECORDED.

python
import itertools
import os
import re
import struct

recorded, _, why = os.environ.get("RECORDED", "0").partition(" ")
recorded = int(recorded)  # instructions, or 0 if nothing is


def packet(text):
    """Sends QEMU something in gdb's protocol, and waits for the answer."""
    gdb.execute(f"maint packet {text}", to_string=True)


def instructions():
    """How many the machine has carried out."""
    return int(re.search(r"count = (\d+)", gdb.execute("monitor info replay", to_string=True))[1])


def stop_at(count):
    """Makes QEMU stop there. It forgets that at the next stop, and when it goes back."""
    gdb.execute(f"monitor replay_break {count}", to_string=True)


def stay_within_record():
    """At each stop."""
    if recorded:
        here = instructions()
        if here == 0:
            print("The recording begins here: the machine has been switched on.")
        elif here == recorded:
            print(f"The recording ends here: {why}. To go back: reverse-stepi, reverse-continue, wrote.")
        stop_at(recorded)


class StayWithinRecord(gdb.Command):
    """stay-within-record: fail at the end of the record, from where QEMU would run on."""

    def __init__(self):
        super().__init__("stay-within-record", gdb.COMMAND_RUNNING)
        for command in "step", "stepi", "next", "nexti", "finish", "until", "advance", "jump", "over":
            gdb.execute(f"define hook-{command}\nstay-within-record\nend")

    def invoke(self, argument, from_tty):
        forward = "Forward" in gdb.execute("show exec-direction", to_string=True)
        if recorded and forward and instructions() == recorded:
            raise gdb.GdbError(f"The recording ends here: {why}.")


class Stage(gdb.Breakpoint):
    """The first instruction of a stage. QEMU goes back by running up to the place from the last
    snapshot before it: with one here, it need not repeat the firmware for each step."""

    def __init__(self, place):
        # Temporary: gdb would have to step over it, and QEMU may then stop there again.
        super().__init__(f"*{place}", temporary=True)

    def stop(self):
        if recorded:
            gdb.execute(f"monitor savevm stage{self.number}", to_string=True)
        return True


def mappings(table, level=3, begin=0):
    """The pages of a page table and of those below it: each one's address in memory, its
    address for the CPU, and its size."""
    packet("Qqemu.PhyMemMode:1")
    try:
        entries = struct.unpack("<512Q", gdb.selected_inferior().read_memory(table, 4096))
    finally:
        packet("Qqemu.PhyMemMode:0")
    size = 4096 << 9 * level
    for index, entry in enumerate(entries):
        address = begin + index * size
        if level == 3 and index > 255:
            address += 0xFFFF << 48
        if entry & 1 and (level == 0 or level < 3 and entry & 0x80):
            yield entry & 0xFFFFFFFFFF000 & -size, address, size
        elif entry & 1:
            yield from mappings(entry & 0xFFFFFFFFFF000, level - 1, address)


def same_byte(address):
    """All addresses of the byte that the CPU finds at this one, which may be a physical one."""
    efer, cr3 = (int(gdb.parse_and_eval(f"(unsigned long long)${name}")) for name in ("efer", "cr3"))
    # More pages than any real tables have: CR3 may be wrong, and then any memory is read as tables.
    pages = list(itertools.islice(mappings(cr3 & ~4095), 1 << 16)) if efer & 0x400 else []
    byte = next((memory + address - begin for memory, begin, size in pages if begin <= address < begin + size), address)
    return {address, byte} | {begin + byte - memory for memory, begin, size in pages if memory <= byte < memory + size}


class Wrote(gdb.Command):
    """wrote ADDRESS: go back to the instruction that last wrote the byte at this address.
It comes next then. It may have used another address of the same byte."""

    def __init__(self):
        super().__init__("wrote", gdb.COMMAND_RUNNING)

    def invoke(self, argument, from_tty):
        if not recorded:
            raise gdb.GdbError("This boot is not recorded, and gdb cannot go back in it.")
        try:
            places = same_byte(int(gdb.parse_and_eval(f"(unsigned long long)({argument})")))
        except gdb.error as error:
            raise gdb.GdbError(str(error)) from None
        here = instructions()
        for place in places:
            packet(f"Z2,{place:x},1")
        packet("bc")  # gdb's own reverse-continue would stop at breakpoints, and report its stop
        for place in places:
            packet(f"z2,{place:x},1")
        if instructions():
            gdb.execute("maint flush register-cache")
            gdb.execute("python follow_mode()", to_string=True)
            gdb.execute("set suppress-cli-notifications on")
            gdb.execute("reverse-stepi")
            gdb.execute("set suppress-cli-notifications off")
            gdb.execute("frame")
            gdb.execute("display")
            return
        if here:
            stop_at(here)
            packet("c")
        stop_at(recorded)
        print("No instruction has written it since the machine was switched on.")
end
