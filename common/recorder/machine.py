"""What the bits of a PC mean (Intel SDM vol. 3, "System Architecture Overview", "Protected-Mode
Memory Management", "Paging")."""

CR0 = {0: "PE", 1: "MP", 2: "EM", 3: "TS", 4: "ET", 5: "NE", 16: "WP", 18: "AM", 29: "NW", 30: "CD", 31: "PG"}
CR4 = {0: "VME", 1: "PVI", 2: "TSD", 3: "DE", 4: "PSE", 5: "PAE", 6: "MCE", 7: "PGE", 8: "PCE", 9: "OSFXSR",
       10: "OSXMMEXCPT", 11: "UMIP", 12: "LA57", 13: "VMXE", 14: "SMXE", 16: "FSGSBASE", 17: "PCIDE", 18: "OSXSAVE", 20: "SMEP",
       21: "SMAP", 22: "PKE", 23: "CET", 24: "PKS"}
EFER = {0: "SCE", 8: "LME", 10: "LMA", 11: "NXE"}
RFLAGS = {0: "CF", 2: "PF", 4: "AF", 6: "ZF", 7: "SF", 8: "TF", 9: "IF", 10: "DF", 11: "OF", 14: "NT", 16: "RF",
          17: "VM", 18: "AC", 21: "ID"}
EXCEPTIONS = {0: ("#DE", "divide error"), 1: ("#DB", "debug exception"), 2: ("NMI", "non-maskable interrupt"),
              3: ("#BP", "breakpoint"), 4: ("#OF", "overflow"), 5: ("#BR", "bound range exceeded"),
              6: ("#UD", "invalid opcode"), 7: ("#NM", "no math coprocessor"), 8: ("#DF", "double fault"),
              10: ("#TS", "invalid TSS"), 11: ("#NP", "segment not present"), 12: ("#SS", "stack-segment fault"),
              13: ("#GP", "general protection"), 14: ("#PF", "page fault"), 16: ("#MF", "floating-point error"),
              17: ("#AC", "alignment check"), 18: ("#MC", "machine check"), 19: ("#XM", "SIMD floating-point exception")}
WITH_SELECTOR = 10, 11, 12, 13  # exceptions whose error code may name a selector
PAGE_FAULT = 14
PRESENT, WRITABLE, USER, LARGE, NO_EXECUTE = 1 << 0, 1 << 1, 1 << 2, 1 << 7, 1 << 63
ADDRESS = (1 << 52) - (1 << 12)  # of an entry: the next table, or the page
LONG = ("PML4", 39, 8), ("PDPT", 30, 8), ("PD", 21, 8), ("PT", 12, 8)  # name, lowest bit of its index, bytes of an entry
PAE = ("PDPT", 30, 8), ("PD", 21, 8), ("PT", 12, 8)
PLAIN = ("PD", 22, 4), ("PT", 12, 4)


def names(bits, value):
    """The names of the bits that are set."""
    return [name for bit, name in bits.items() if value >> bit & 1]


def mode(system):
    """The CPU's mode, by the manuals' names."""
    code = system.segments["cs"].high
    if not system.cr0 & 1:
        return "real mode"
    if system.efer >> 10 & 1:
        return "64-bit mode" if code >> 21 & 1 else "compatibility mode"
    return f"protected mode, {32 if code >> 22 & 1 else 16}-bit" + (", paging" if system.cr0 >> 31 else "")


def width(system):
    """How many bits code has: of registers, operands and addresses."""
    code = system.segments["cs"].high
    return 64 if system.efer >> 10 & code >> 21 & 1 else 32 if code >> 22 & 1 else 16


def base_and_limit(high, low):
    """Base and limit (in bytes) of a segment descriptor, from its two halves."""
    limit = high & 0xF0000 | low & 0xFFFF
    return high & 0xFF000000 | (high & 0xFF) << 16 | low >> 16, limit << 12 | 0xFFF if high >> 23 & 1 else limit


def describe_segment(high, low):
    """A descriptor of the GDT in words."""
    base, limit = base_and_limit(high, low)
    if not high | low:
        return "empty"
    if not high >> 12 & 1:
        kinds = {0x2: "LDT", 0x9: "TSS", 0xB: "TSS, busy", 0xC: "call gate", 0xE: "interrupt gate", 0xF: "trap gate"}
        kind = kinds.get(high >> 8 & 15, f"system descriptor of type {high >> 8 & 15:#x}")
    elif high >> 11 & 1:
        size = {0: "16-bit", 1: "32-bit", 2: "64-bit", 3: "both L and D set, which is reserved:"}[high >> 22 & 1 | high >> 20 & 2]
        kind = f"{size} code" + (", readable" if high >> 9 & 1 else "")
    else:
        kind = "data, " + ("writable" if high >> 9 & 1 else "read-only") + (", expand-down" if high >> 10 & 1 else "")
    present = "" if high >> 15 & 1 else ", not present"
    privilege = f", privilege level {high >> 13 & 3}" if high >> 13 & 3 else ""
    return f"{kind}, base {base:#x}, limit {limit:#x}{privilege}{present}"


def levels(system):
    """The levels of the tables that CR3 points to, in the CPU's mode."""
    return LONG if system.efer >> 8 & 1 else PAE if system.cr4 >> 5 & 1 else PLAIN


def walk(linear, system, memory):
    """A linear address's way through the page tables: for each level its name, the entry's
    physical address, its index and its value; and the physical address where the way ends, or
    None where an entry is not present. memory(address, size) reads physical memory."""
    table = system.cr3 & (0xFFFF_FFE0 if levels(system) == PAE else ADDRESS)  # four entries need no page
    way = []
    for name, shift, size in levels(system):
        index = linear >> shift & (4096 // size - 1 if name != "PDPT" or system.efer >> 8 & 1 else 3)
        place = table + size * index
        entry = int.from_bytes(memory(place, size), "little")
        way.append((name, place, index, entry))
        if not entry & PRESENT:
            return way, None
        table = entry & ADDRESS
        if shift == 12 or entry & LARGE and name in ("PDPT", "PD"):
            return way, (table & -(1 << shift)) + linear % (1 << shift)


def describe_entry(entry):
    """An entry of a page table in words, with its address."""
    if not entry & PRESENT:
        return "not present" + (f" ({entry:#x})" if entry else "")
    rights = ["writable" if entry & WRITABLE else "read-only", *(["user"] if entry & USER else []),
              *(["not executable"] if entry & NO_EXECUTE else [])]
    return f"to {entry & ADDRESS:#x}, " + ", ".join(rights)


def selector(error):
    """What an error code says that names a selector (SDM vol. 3, "Error Code")."""
    table = "the IDT" if error & 2 else "the LDT" if error & 4 else "the GDT"
    return f"{'vector' if error & 2 else 'selector'} {error >> 3 if error & 2 else error & ~7:#x} of {table}"


def page_fault(error):
    """What the error code of a page fault says (SDM vol. 3, "Interrupt 14")."""
    access = "fetching an instruction from" if error & 16 else "writing to" if error & 2 else "reading from"
    if error & 8:
        return access, "with a reserved bit set in an entry on the way"
    return access, "whose page does not allow it" if error & 1 else "which is not mapped"
