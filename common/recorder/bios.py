"""The BIOS's calls that the course and its readers make, in words (Ralf Brown's interrupt list
names them all)."""

CALLS = {
    (0x10, 0x00): "sets the video mode {al:#x}", (0x10, 0x01): "sets the cursor's shape",
    (0x10, 0x02): "moves the cursor to row {dh}, column {dl}", (0x10, 0x03): "asks where the cursor is",
    (0x10, 0x0E): "prints {character}", (0x10, 0x0F): "asks for the video mode", (0x10, 0x11): "changes the font",
    (0x10, 0x13): "prints {cx} characters", (0x10, 0x4F): "VESA BIOS call {al:#x}",
    (0x11, None): "asks what equipment there is", (0x12, None): "asks for the KiB of conventional memory",
    (0x13, 0x00): "resets drive {dl:#x}", (0x13, 0x02): "{al} sectors from cylinder {cylinder}, head {dh}, sector {sector} of drive {dl:#x} to {es:04x}:{bx:04x}",
    (0x13, 0x08): "asks for the geometry of drive {dl:#x}", (0x13, 0x15): "asks for the kind of drive {dl:#x}",
    (0x13, 0x41): "asks whether drive {dl:#x} can be read by LBA", (0x13, 0x42): "{packet} of drive {dl:#x}",
    (0x13, 0x48): "asks for the size of drive {dl:#x}",
    (0x15, 0x24): "A20: {al:#x}", (0x15, 0x87): "copies extended memory", (0x15, 0x88): "asks for the KiB of extended memory",
    (0x15, 0xE8): "asks for memory {memory}", (0x15, 0xEC): "is told which mode will be used",
    (0x16, 0x00): "waits for a key", (0x16, 0x01): "asks whether a key was pressed", (0x1A, 0x00): "asks for the time",
    (0x18, None): "no operating system", (0x19, None): "boots again"}


def describe(vector, registers, es, ds, memory):
    """A call in a person's words, from the registers as they are before it, the segment registers
    ES and DS, and a function that reads physical memory."""
    low = {name: registers[f"r{name}"] & 0xFFFF for name in ("ax", "bx", "cx", "dx", "si", "di")}
    halves = {f"{name[0]}{half}": low[name] >> shift & 0xFF for name in ("ax", "bx", "cx", "dx")
              for half, shift in (("h", 8), ("l", 0))}
    what = CALLS.get((vector, halves["ah"]), CALLS.get((vector, None)))
    call = f"INT {vector:02X}h" + ("" if (vector, None) in CALLS else f" AH={halves['ah']:02X}h")
    if vector == 0x13 and halves["ah"] == 0x42:
        packet = memory((ds << 4) + low["si"], 16)
        count, offset, segment, lba = (int.from_bytes(packet[start:end], "little")
                                       for start, end in ((2, 4), (4, 6), (6, 8), (8, 16)))
        low["packet"] = f"{count} sector{'s' * (count != 1)} from LBA {lba} to {segment:04x}:{offset:04x}"
    low["memory"] = {0x01: "in two numbers (E801h)", 0x20: f"region {low['bx']} (E820h)"}.get(halves["al"], f"(E8{halves['al']:02X}h)")
    low["character"] = repr(chr(halves["al"])) if 32 <= halves["al"] < 127 else f"the byte {halves['al']:#04x}"
    low |= {"es": es, "sector": halves["cl"] & 63, "cylinder": halves["ch"] | (halves["cl"] & 0xC0) << 2}
    return f"{call}: {what.format(**low, **halves)}" if what else call
