"""What make explain knows: the mistakes that it can recognise, and the page that teaches each.

To teach it another one, add a line to CAUSES: Cause(when, says, page).
  when   a function of the case, which says whether it is this one. Of all causes that fit the
         first is shown: so what is special stands above what is general
  says   the sentence; {c.name} in it becomes the case's value of that name
  page   where it is explained: a file of docs/, and a heading's anchor
  perhaps  whether it is only a guess: then the next one that fits is shown as well

No cause may know a chapter: names, lines and addresses come from what was built. What a case can
be asked for is in recorder/case.py. The most useful:
  kind         rest, idle, asleep, triple fault, reset, loop, storm, keyboard, in the BIOS, wild, no boot,
               stopped, limit
  text         the instruction that was the last one, such as "mov ds, ax"
  vector, error, address   the first exception, its error code, and for a page fault CR2
  fetch, write, present, reserved   what the error code of a page fault says
  selector, beyond, descriptor, what   the selector that an error code names, whether it lies
               beyond the GDT's limit, the 8 bytes that it leads to, and those in words
  mode, real, bits, cr0, cr3, cr4, efer, registers   the CPU
  walk         the page tables' entries on the address's way
  said         all that Bochs has complained about
  calls        those of the BIOS, and of each words, failed, status, returned
  departure    the last step in what was built, and the first one outside"""

import re
from typing import Callable, NamedTuple

from recorder.machine import PAGE_FAULT


class Cause(NamedTuple):
    when: Callable
    says: str
    page: str
    perhaps: bool = False


INVALID_OPCODE, NOT_PRESENT, STACK, PROTECTION = 6, 11, 12, 13
PG, PAE, LME, NXE = 1 << 31, 1 << 5, 1 << 8, 1 << 11


def fault(vector, when=lambda c: True):
    """A triple fault that begins with an exception."""
    return lambda c: c.kind == "triple fault" and c.vector == vector and when(c)


def triple(when):
    return lambda c: c.kind == "triple fault" and when(c)


def is_code(descriptor):
    return descriptor >> 43 & 3 == 3


def calls_fail(c, vector):
    return c.kind in ("rest", "idle", "loop", "limit", "wild", "storm") and any(
        call.vector == vector and call.failed and call.returned for call in c.calls)


CAUSES = [
    # Nothing was started.
    Cause(lambda c: c.kind == "no boot" and not c.signature,
          "the first sector ends in the bytes {c.ending}, and not in 55 aa: so it is no boot sector, and no BIOS starts it.",
          "01-boot-sector.md#the-failure-first"),
    Cause(lambda c: c.kind == "no boot",
          "the firmware has found nothing to start, or GRUB has not loaded the program: its words on the screen say why.",
          "symptoms.md#grub"),

    # C in another mode can end in any way.
    Cause(lambda c: c.kind not in ("no boot", "rest", "idle") and c.bits != 64 and c.in_c,
          "the bytes come from C, which was compiled for 64-bit mode, and the CPU reads them in {c.mode}. Code in assembly has to switch "
          "to long mode first.", "09-grub.md#why-grub-enters-in-32-bit-mode"),

    # How the CPU left the program says more than where it ended.
    Cause(lambda c: c.left_by("jmpf") and c.outline.real and c.departure[0].place.is_real() and 0 < c.departure[1].place.selector < 0x40
          and not c.departure[1].place.selector % 8,
          "the far jump was meant for protected mode, with a selector ({c.departure[1].place.selector:#x}). But CR0.PE is still 0: in real mode "
          "this number is a segment, and 16 times as much an address.", "03-protected-mode.md#bootenter_protected_modeasm"),
    Cause(lambda c: c.left_by("jmpf", "callf", "retf") and c.departure[1].place.is_real() and not calls_fail(c, 0x13),
          "a far jump, call or return to {c.departure[1].place.selector:#x}:{c.departure[1].place.offset:#x}, which is address "
          "{c.departure[1].place.physical:#x} in real mode. Are segment and offset in the right order, was the program read to there, "
          "and is what the address comes from still intact?",
          "01-boot-sector.md#two-numbers-make-an-address"),
    Cause(lambda c: c.left_by("ret") and c.kind != "limit" and not calls_fail(c, 0x13),
          "a `ret` has taken from the stack what is no return address. Either something is pushed and not popped, or popped and "
          "not pushed, or the code was jumped to and not called, or the stack was written over.", "02-second-stage.md#bootint_13hasm"),

    # Into another mode.
    Cause(triple(lambda c: "without enabling CR4.PAE" in c.said),
          "paging was switched on with EFER.LME set and CR4.PAE clear. Long mode needs PAE: set bit 5 of CR4 first.",
          "04-long-mode.md#bootenter_long_modeasm"),
    Cause(triple(lambda c: "PDPTR check failed" in c.said or c.cr0 & PG and c.cr4 & PAE and not c.efer & LME),
          "paging was switched on with CR4.PAE, but without EFER.LME: the CPU takes the tables for those of PAE, "
          "which have three levels. For long mode, set bit 8 of EFER before CR0.PG.",
          "04-long-mode.md#bootenter_long_modeasm"),
    Cause(triple(lambda c: c.text.startswith(("rdmsr", "wrmsr")) and "nknown register" in c.said),
          "this CPU has no such register: it is a 32-bit CPU, or the number in ECX is wrong. CPUID says whether there "
          "is long mode, and has to be asked first.", "04-long-mode.md#bootcpuasm"),
    Cause(fault(PROTECTION, lambda c: c.text.startswith("wrmsr") and c.registers["rcx"] & 0xFFFFFFFF == 0xC0000080),
          "EFER does not take this value. Either this CPU has no long mode (CPUID says whether it has, and has to be asked "
          "first), or another bit is set that it does not know.", "04-long-mode.md#bootcpuasm"),
    Cause(fault(PROTECTION, lambda c: c.text.startswith("wrmsr")),
          "the value in EDX:EAX sets a bit that this register does not have, or that may not be changed now.",
          "04-long-mode.md#bootenter_long_modeasm"),
    Cause(fault(PROTECTION, lambda c: c.text.startswith("mov cr3")),
          "CR3 takes a physical address, and this value has bits set that none can have: a virtual address, perhaps.",
          "08-elf-loader.md#a-window-on-physical-memory"),
    Cause(fault(PROTECTION, lambda c: c.text.startswith("mov cr")),
          "the value has a reserved bit set, or asks for what cannot be, such as paging without protection, or long "
          "mode's paging without PAE.", "04-long-mode.md#bootenter_long_modeasm"),

    # Descriptors.
    Cause(triple(lambda c: c.selector is not None and not c.gdt_is_ours and c.system.gdtr[0] >> 32 == 0),
          "GDTR does not point to a table of the program's: selectors of yours are looked up in what the firmware, or "
          "the loader before you, has left. Your own table counts after lgdt.", "03-protected-mode.md#bootgdtasm"),
    Cause(triple(lambda c: c.beyond and c.selector > c.gdt_limit + 0x400 and c.loads_segment),
          "{c.selector:#x} is no selector of a small table: a segment of real mode, perhaps. In protected mode, a segment register "
          "takes the place of a descriptor in the GDT.", "03-protected-mode.md#a-segment-becomes-an-entry-in-a-table"),
    Cause(triple(lambda c: c.beyond and c.selector > c.gdt_limit + 0x400 and c.far),
          "{c.selector:#x} is no selector of a small table: are selector and offset in the right order? A far return pops the "
          "offset first, so that the selector has to be pushed before it.", "06-memory-map.md#bootbios_callasm"),
    Cause(triple(lambda c: c.beyond),
          "the GDT's limit, {c.gdt_limit:#x}, leaves selector {c.selector:#x} out. The limit is the number of the table's last "
          "byte: its size minus 1.", "03-protected-mode.md#bootgdtasm"),
    Cause(fault(PROTECTION, lambda c: not c.error & ~7 and re.match(r"(jmpf|callf) (0x)?0*[0-7]:", c.text)),
          "the selector names the null descriptor, which nobody may use for code. A selector is a descriptor's distance from the "
          "beginning of the table: 8 for the first one after it, and not 1.", "03-protected-mode.md#a-segment-becomes-an-entry-in-a-table"),
    Cause(triple(lambda c: c.selector is not None and is_code(c.descriptor) and c.descriptor >> 53 & 3 == 3),
          "the code segment's descriptor has the bits L and D both set, and that is reserved. 64-bit code has L alone.",
          "04-long-mode.md#bootgdtasm"),
    Cause(triple(lambda c: c.selector is not None and c.asked and c.handler),
          "the gate of interrupt {c.asked[0]:#x} leads to selector {c.selector:#x}, which is: {c.what}. In long mode a gate needs a "
          "64-bit code segment.", "04-long-mode.md#bootgdtasm"),
    Cause(fault(PROTECTION, lambda c: not c.error and not c.asked and re.search("limit|null", c.said) and "IDT" not in c.said.split("limit")[0]),
          "the address lies beyond the limit of the segment that it is counted in, or that segment register holds nothing: a limit in "
          "bytes that should be in pages (bit G), or a segment register that was not loaded after the switch.",
          "03-protected-mode.md#a-segment-becomes-an-entry-in-a-table"),
    Cause(fault(PROTECTION, lambda c: not c.error and c.bits == 32 and c.mode.startswith("protected") and not c.far and "[" in c.text),
          "the address lies beyond the limit of its segment: a limit in bytes that should be in pages (bit G), or a segment register "
          "that still has what real mode left in it, because it was not loaded after the switch.",
          "03-protected-mode.md#a-segment-becomes-an-entry-in-a-table"),
    Cause(fault(NOT_PRESENT, lambda c: c.selector is not None),
          "the descriptor's bit 47, \"present\", is 0.", "03-protected-mode.md#a-segment-becomes-an-entry-in-a-table"),
    Cause(triple(lambda c: c.selector is not None and c.far and not is_code(c.descriptor)),
          "a far jump, call or return needs a code segment, and selector {c.selector:#x} is: {c.what}. Are selector and "
          "offset in the right order?", "03-protected-mode.md#bootenter_protected_modeasm"),
    Cause(triple(lambda c: c.selector is not None and c.loads_segment),
          "this segment register takes no such descriptor. Selector {c.selector:#x} is: {c.what}. SS wants data that can "
          "be written, the others data, or code that can be read.",
          "03-protected-mode.md#a-segment-becomes-an-entry-in-a-table"),

    # At rest, but not where it should be.
    Cause(lambda c: c.kind == "rest" and not c.real and c.bits == 16,
          "all seems well, but the CPU is in {c.mode}: it has taken the program's code for 16-bit code, because the code segment's "
          "descriptor has neither bit D nor a mode where bit L counts.", "03-protected-mode.md#a-segment-becomes-an-entry-in-a-table"),
    Cause(lambda c: c.kind == "rest" and c.mode == "compatibility mode",
          "all seems well, but this is compatibility mode: long mode is on, and the code segment is a 32-bit one. 64-bit code needs "
          "a descriptor with bit L set and bit D clear.", "04-long-mode.md#bootgdtasm"),
    Cause(lambda c: c.kind == "rest" and c.interruptible is not None,
          "all seems well, but interrupts were on after real mode, with no table for them: a tick of the timer at the wrong moment "
          "would have ended it. `cli` comes before CR0.PE is set.", "03-protected-mode.md#bootenter_protected_modeasm"),

    Cause(lambda c: c.kind in ("storm", "loop", "wild", "triple fault") and any(
              call.vector == 0x13 and call.failed and call.function in (2, 0x42) for call in c.calls[-3:]),
          "a read from the disk has failed, nobody has looked at the carry flag, and what should have "
          "been read is run.", "02-second-stage.md#a-call-that-can-fail"),

    # Code that the CPU reads otherwise than it was meant.
    Cause(triple(lambda c: c.real and c.bits == 32),
          "the CPU is in real mode and takes the code as 32-bit code: the segment registers still have what protected mode loaded into "
          "them. On the way to real mode, code runs in a 16-bit segment first, and the others get such a one.",
          "06-memory-map.md#bootbios_callasm"),
    Cause(lambda c: c.kind != "rest" and c.misread is not None,
          "the CPU takes the bytes at {c.misread_at} for other instructions than the source has there, as {c.bits}-bit code. "
          "Either the code segment's descriptor (its bits L and D) and the mode do not fit `bits` in the source, "
          "or the CPU has come to constants or into the middle of an instruction.",
          "03-protected-mode.md#a-segment-becomes-an-entry-in-a-table"),

    Cause(lambda c: c.kind not in ("rest", "idle") and not (c.page_fault and c.fetch) and c.constants,
          "what runs lies in the program, and comes from no instruction of its source: constants or space are run as code. "
          "The CPU goes on behind the last instruction if nothing stops it: a `ret`, a jump, or `hlt` in a loop.",
          "01-boot-sector.md#bootboot_sectorasm"),

    Cause(fault(PROTECTION, lambda c: c.text == "ret" or c.text.startswith("ret ")),
          "what lay on the stack as the return address cannot be one. The stack is not what it was when the function was called: "
          "RSP was changed, or what it points to was written over, or lost on the way through another mode, where only SP's 16 bits "
          "and one segment of 64 KiB count.", "06-memory-map.md#down-and-up-again"),

    # Interrupts without a handler.
    Cause(triple(lambda c: c.text.startswith("int ") and c.asked and not c.real and not c.handler),
          "INT asks for entry {c.asked[0]:#x} of the interrupt table, and there is none. The BIOS's calls exist in real mode "
          "only: its table and its code have 16 bits.", "06-memory-map.md#down-and-up-again"),
    Cause(triple(lambda c: c.by_device and c.real),
          "a device has interrupted real mode, whose IDTR still has another mode's limit, {c.idt_limit:#x}. Load base 0 and "
          "limit 0x3ff before interrupts are on.", "06-memory-map.md#bootbios_callasm"),
    Cause(triple(lambda c: c.by_device),
          "a device has interrupted the program, and no handler is there. Interrupts stay off (cli) until there is an "
          "interrupt table.", "03-protected-mode.md#bootenter_protected_modeasm"),

    # Paging.
    Cause(fault(PAGE_FAULT, lambda c: c.reserved and c.no_execute and not c.efer & NXE),
          "an entry has bit 63, not executable, set, and EFER.NXE is off: then that bit is reserved and has to be 0.",
          "08-elf-loader.md#rights"),
    Cause(fault(PAGE_FAULT, lambda c: c.reserved),
          "an entry on the way has a reserved bit set. Is it an entry at all, or something else at the address that the "
          "level above gives?", "04-long-mode.md#an-entry"),
    Cause(fault(PAGE_FAULT, lambda c: c.own_code_lost and c.table_offset),
          "the tables' address, {c.table_offset:#x}, is no multiple of 4096. CR3 has no bits for the rest: the CPU takes "
          "the table to be at {c.table_page:#x}.", "04-long-mode.md#bootpage_tablesasm"),
    Cause(fault(PAGE_FAULT, lambda c: c.own_code_lost and c.empty),
          "the page tables are empty: paging is on before anything was written into them, or CR3 has another address.",
          "04-long-mode.md#bootpage_tablesasm"),
    Cause(fault(PAGE_FAULT, lambda c: c.own_code_lost),
          "the page tables that have just come into force do not map the code that is running: its next instruction "
          "cannot be read. Code that switches tables is mapped at the same address in the old ones and in the new ones.",
          "04-long-mode.md#onto-itself"),
    Cause(fault(PAGE_FAULT, lambda c: c.tables_lost),
          "not even the code that was running is mapped any more, and no other tables were loaded: something has written over the page "
          "tables. A copy that is too long does that, and so does one to 1 MiB if A20 is shut: it arrives at 0.",
          "03-protected-mode.md#address-line-20"),
    Cause(fault(PAGE_FAULT, lambda c: c.table_read),
          "it is {c.table_read} that the CPU could not read: it lies where the page tables map nothing. Load one that is "
          "mapped before you leave the old tables.", "08-elf-loader.md#loaderenter_kernelasm"),
    Cause(fault(PAGE_FAULT, lambda c: c.below_stack),
          "the address lies at the stack's end (RSP is {c.registers[rsp]:#x}), and nothing is mapped there: the stack is full. "
          "Large local arrays and deep recursion fill it.", "08-elf-loader.md#the-higher-half"),
    Cause(fault(PAGE_FAULT, lambda c: c.no_stack),
          "it is the stack that is not mapped: RSP is {c.registers[rsp]:#x}, and no page table leads there. There may well be "
          "memory, but none in reach.", "07-kernel-file.md#memory-that-is-there-and-memory-in-reach"),
    Cause(fault(PAGE_FAULT, lambda c: c.present and c.fetch),
          "the page is there, and marked as not executable.", "08-elf-loader.md#rights"),
    Cause(fault(PAGE_FAULT, lambda c: c.present and c.write and c.address & ~0xFFF == c.cr3 & ~0xFFF),
          "the program writes into the page tables that are in force, and these are somebody else's, such as the firmware's, which "
          "has made them read-only. Load tables of your own first.", "11-uefi.md#who-owns-memory"),
    Cause(fault(PAGE_FAULT, lambda c: c.present and c.write),
          "the page is there, and is read-only: this writes to a constant, to code, or to a page whose tables are protected. "
          "With CR0.WP set, that holds for the kernel, too.", "08-elf-loader.md#rights"),
    Cause(fault(PAGE_FAULT, lambda c: c.address < 4096),
          "an address within the first page is a null pointer, or a member of a structure through one.",
          "04-long-mode.md#onto-itself"),
    Cause(fault(PAGE_FAULT, lambda c: c.fetch),
          "the CPU was sent to an address that is not mapped: a wrong pointer to a function, or a return address that "
          "was written over.", "04-long-mode.md#from-virtual-to-physical-addresses"),
    Cause(fault(PAGE_FAULT, lambda c: c.outside_memory),
          "the address, or one like it, belongs to a device and not to RAM, or to nothing. A display's memory has to be mapped "
          "as well, and the firmware's memory map does not mention it.", "10-framebuffer.md#memory-that-is-not-ram", perhaps=True),
    Cause(fault(PAGE_FAULT, lambda c: c.here and c.here.linear() >> 47 and not c.address >> 32),
          "the code lies in the higher half, and this address in the lower one: a physical address where a virtual one belongs, or an "
          "address that has lost its upper 32 bits in a smaller variable.", "08-elf-loader.md#the-higher-half"),
    Cause(fault(PAGE_FAULT),
          "no page table leads to this address. Either it has to be mapped, or it is a wrong one: a physical address where a "
          "virtual one belongs, an index that is too large, a pointer that was never set.",
          "04-long-mode.md#from-virtual-to-physical-addresses"),

    # Instructions.
    Cause(fault(PROTECTION, lambda c: c.sse and c.cr4 >> 9 & 1),
          "this instruction takes only addresses that are a multiple of 16. The compiler counts on a stack that is one before each call.",
          "05-vga-hello-world.md#what-c-counts-on"),
    Cause(lambda c: c.kind == "triple fault" and c.sse,
          "an SSE instruction, and nobody has switched SSE on (CR4.OSFXSR). A compiler uses these registers for copies "
          "where -mgeneral-regs-only does not forbid it.", "compiler-flags.md#-mgeneral-regs-only"),
    Cause(lambda c: c.kind != "rest" and c.zeros,
          "memory that holds zeros is run: 00 00 is an instruction, `add [rax], al`. What should be there was not read or "
          "copied there, or the jump goes to a wrong place.", "02-second-stage.md#the-failure-first"),
    Cause(fault(PROTECTION, lambda c: c.noncanonical),
          "an address whose bits 63 to 47 are not all the same (it is not canonical): no page table can map it.",
          "08-elf-loader.md#the-higher-half"),
    Cause(fault(STACK), "the stack pointer has left its segment, or is not canonical.",
          "03-protected-mode.md#a-segment-becomes-an-entry-in-a-table"),
    Cause(fault(INVALID_OPCODE), "this is no instruction that the CPU knows in this mode. Is it code at all?",
          "04-long-mode.md#bootcpuasm"),
    Cause(fault(0), "a division by zero, or a quotient that is too large for its register.", "symptoms.md#restart-after-restart"),
    Cause(triple(lambda c: c.departure is not None), "the CPU was no longer in your program when it failed: what matters is how it left it.",
          "symptoms.md#a-blinking-cursor-or-an-empty-screen"),

    # The program's own words.
    Cause(lambda c: c.kind == "rest" and c.complaint and calls_fail(c, 0x13),
          "the BIOS could not read the disk. In make explain's list of calls, the first one that failed has its status in AH.",
          "02-second-stage.md#a-call-that-can-fail"),
    Cause(lambda c: c.kind == "rest" and c.complaint.startswith("boot error"),
          "the loader has found this itself, and has halted. What each such line means:", "symptoms.md#boot-error"),

    # No end.
    Cause(lambda c: c.kind == "wild", "what matters is how the CPU left the program: a jump, call or return to a wrong address, or the end "
          "of the code without a halt.", "symptoms.md#a-blinking-cursor-or-an-empty-screen"),
    Cause(lambda c: c.kind == "storm", "what runs is no code that means anything to the CPU: each time it raises an exception, which the "
          "BIOS takes, and goes back to it.", "symptoms.md#a-blinking-cursor-or-an-empty-screen"),
    Cause(lambda c: c.kind == "reset", "the program has asked for it: bit 0 of port 0x92, port 0xcf9, or the keyboard controller's command 0xfe "
          "reset the CPU.", "03-protected-mode.md#address-line-20"),
    Cause(lambda c: c.kind == "loop" and any(step.place.text.startswith("in ") for step in c.ours[-100:]),
          "it waits for a device, by reading a port again and again. Is it the right bit, and does the device exist? A wait needs an end.",
          "03-protected-mode.md#boota20asm"),
    Cause(lambda c: c.kind == "idle", "`sti` before `hlt`, or interrupts that were never off: each tick of the timer ends the halt. "
          "`cli` and then `hlt`, in a loop, stays there.", "01-boot-sector.md#calling-the-bios-and-being-interrupted-by-it"),
    Cause(lambda c: c.kind == "keyboard", "nothing is wrong: press a key in make run's window.", "01-boot-sector.md#calling-the-bios-and-being-interrupted-by-it"),
]


def known(case):
    """The sentences and pages of the first cause that fits a case, and of a second one if that is a guess."""
    fitting = [cause for cause in CAUSES if cause.when(case)]
    return [(cause.says.format(c=case), cause.page) for cause in fitting[:2 if fitting and fitting[0].perhaps else 1]]
