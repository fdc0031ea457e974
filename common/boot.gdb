# gdb on a machine that changes its mode while it boots. make gdb starts it, in
# the chapter's folder, with the machine's command line in QEMU.
#
# gdb takes the CPU's kind from the description of registers that QEMU sends, and
# that says 64-bit whatever the CPU is doing. So we ask QEMU at each stop which
# kind of code the CPU is in, and give gdb the same description for that kind.
# backwards.gdb has come first.

set pagination off
set confirm off
set osabi none
set disassembly-flavor intel

# A busy machine may answer late. gdb would ask again, and take the first answer, when it
# comes, for the answer to its next question.
set remotetimeout 60

# Breakpoints keep the upper half of their address, whatever kind of code the CPU is in.
set remoteaddresssize 64

python
import os
import re

# A register's number depends on the kind: so they only come and go all together. (gdb
# would say so on the screen.)
for direction in "fetch", "set":
    gdb.execute(f"set remote {direction}-register-packet off", to_string=True)

KINDS = {"16": "i8086", "32": "i386", "64": "i386:x86-64"}  # as gdb calls them
STAGES = "real_mode", "protected_mode", "long_mode"  # beside each program's entry


def halves(name, kind):
    """A register of 64 bits, described as two of 32."""
    kind = kind.replace("int64", "int32")
    return (f'<reg name="e{name}" bitsize="32" type="{kind}"/>'
            f'<reg name="r{name}_high" bitsize="32" type="int32"')


def describe_registers(width):
    """A file that describes QEMU's registers for code of this width."""
    text = gdb.execute("maint print xml-tdesc", to_string=True)
    text = text.replace(KINDS["64"], KINDS[width])
    if width != "64":
        # gdb wants these nine under their old names and sizes here. With the upper
        # halves after them, each byte that QEMU sends stays in its place.
        text = re.sub(r'<reg name="r([abcd]x|[sd]i|[sb]p|ip)" bitsize="64" type="(\w+)"',
                      lambda found: halves(*found.groups()), text)
        text = re.sub(r' regnum="\d+"', "", text)
    name = f"build/registers_{width}.xml"
    with open(name, "w") as file:
        file.write(text)
    return name


def describe(width):
    """Makes gdb read the CPU's registers as those of such code."""
    gdb.execute(f"set tdesc filename {descriptions[width]}")


def follow_mode():
    """Tells gdb which kind of code the CPU is in."""
    cs = re.search(r"CS =.*", gdb.execute("monitor info registers", to_string=True))[0]
    _, base, _, flags = (int(word, 16) for word in re.findall(r"\b[0-9a-f]{4,}\b", cs))
    width = "64" if flags & 1 << 21 else "32" if flags & 1 << 22 else "16"
    describe(width)
    if base:
        pc = int(gdb.parse_and_eval("(unsigned long long)$pc"))
        print(f"CS begins at {base:#x}. gdb knows of no segments; what really comes next is:")
        gdb.execute(f"x/i {base + pc}")


def end_machine():
    """Ends QEMU, which may be gone before it has answered; if it does answer, gdb need not detach."""
    for command in ("monitor quit", "disconnect"):
        try:
            gdb.execute(command, to_string=True)
        except (gdb.error, KeyboardInterrupt):
            pass


class Over(gdb.Command):
    """over: run to the instruction after this one, over calls, BIOS calls and loops.
As nexti does; but nexti, next and finish look for a return address, and do not
find it in 16-bit code."""

    def __init__(self):
        super().__init__("over", gdb.COMMAND_RUNNING)

    def invoke(self, argument, from_tty):
        frame = gdb.newest_frame()
        here = frame.architecture().disassemble(frame.pc())[0]
        gdb.execute(f"tbreak *{here['addr'] + here['length']}", to_string=True)
        gdb.execute("continue")


class Screen(gdb.Command):
    """screen: print the text on the machine's screen."""

    def __init__(self):
        super().__init__("screen", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        dump = gdb.execute("monitor xp /2000hx 0xb8000", to_string=True)
        cells = bytes(int(cell, 16) & 0xFF for cell in re.findall(r"0x([0-9a-f]{4})\b", dump))
        text = cells.replace(b"\0", b" ").decode("cp437")
        print("\n".join(text[row : row + 80].rstrip() for row in range(0, 2000, 80)).rstrip())


def entry(program):
    """Where an ELF64 program begins (System V gABI, "ELF Header": e_entry)."""
    with open(program, "rb") as file:
        return hex(int.from_bytes(file.read(32)[24:], "little"))


entries = []
for program in os.environ["PROGRAMS"].split():
    try:
        gdb.execute(f"add-symbol-file {program}", to_string=True)
        entries.append(entry(program))
    except gdb.error as error:
        print(f"{program}: {error}")
try:
    gdb.execute(f"target remote | exec {os.environ['QEMU']} -S -gdb stdio", to_string=True)
except gdb.error:
    print("QEMU has not started. Above is what it has said.")
    gdb.execute("quit 1")
descriptions = {width: describe_registers(width) for width in KINDS}
for stage in *entries[:1], *STAGES, *entries[1:]:
    try:
        Stage(stage)
    except gdb.error:
        pass  # this chapter has no such stage
Over()
Screen()
Wrote()
StayWithinRecord()
if recorded:
    stop_at(recorded)
end

# The machine has its disk, and gdb its names: others may build.
shell rm -f build/turn

# While the machine runs, the whole of RIP counts: it may stop in another mode.
define hook-continue
    stay-within-record
    python describe("64")
end

define hook-stop
    python follow_mode()
    python stay_within_record()
end

# Otherwise gdb lets go of QEMU, and waits for it to end. gdb's own way to end it is not enough for
# QEMU 10, which stands still instead, as we tell it to do at a shutdown.
define hook-quit
    python end_machine()
end

define kill
    python end_machine()
end

display/i $pc
echo \nEach stage is a breakpoint. Besides gdb's own commands there are over, screen and wrote: see help over.\n
python
if recorded:
    print("The boot is recorded: reverse-stepi, reverse-continue and the like go back in it.")
else:
    print("A boot by UEFI is not recorded: gdb cannot go back in it.")
end
continue
