"""The checks of a kernel's ELF file, each of them, both ways. They run
here and not in a machine: elf.c knows of none, and here there are sanitizers."""

import random
import re
import struct
import subprocess

import pytest

import host_builds
from course import ROOT, chapter_of

CHAPTER = chapter_of(__file__)
ELF = "loader/elf.c"
ROW = 80 - len("boot error: ")

# The layout in the file: a name for each field, in order.
HEADER = struct.Struct("<I5B7x2HI3QI6H")
HEADER_FIELDS = ("magic file_class data_encoding identification_version abi abi_version type machine version entry "
                 "offset sections flags size segment_size count section_size section_count section_names").split()
SEGMENT = struct.Struct("<2I6Q")
SEGMENT_FIELDS = "type flags offset address physical file_size memory_size alignment".split()
SEGMENTS_MAX = 64

LOWEST, LIMIT = 2**64 - 2**31, 2**64 - 4096
LOAD, DYNAMIC, INTERP, NOTE, TLS, GNU_STACK = 1, 2, 3, 4, 7, 0x6474e551
X, W, R = 1, 2, 4

NO_ELF = "the kernel is not an ELF file"
CUT_SHORT = "the kernel's file is cut short"
NOT_64_BIT = "the kernel is not a 64-bit ELF file; compile and link it with -m64"
OTHER_CPU = "the kernel is for another CPU than x86-64"
RELOCATABLE = "the kernel wants to be relocated; link it with -static -no-pie"
NOT_LINKED = "the kernel is not an executable file; has it been linked?"
NO_SEGMENTS = "the kernel has no segments: there is nothing to load"
MANY_SEGMENTS = "the kernel has more than 64 segments"
DAMAGED = "the kernel's ELF header is damaged, or of an unknown version"
LARGER_IN_FILE = "a segment of the kernel is larger in the file than in memory"
MISALIGNED = "a segment of the kernel is not aligned as its header says"
OUTSIDE = "a segment lies outside the highest 2 GiB, or in their last page"
BOTH_RIGHTS = "a segment of the kernel is both writable and executable"
DYNAMIC_LINKER = "the kernel asks for a dynamic linker; link it with -static"
ORDER = "the kernel's segments overlap, share a page, or are out of order"
NO_ENTRY = "the kernel's entry lies in no executable segment"
OK = ""


def good():
    """A kernel that is all right, by parts: code, data that end with the file, and
    zeros; and two entries that a linker may leave behind."""
    def segment(*values):
        return dict(zip(SEGMENT_FIELDS, values))
    return {
        "file": {"size": 0x300},
        "header": dict(zip(HEADER_FIELDS, (0x464c457f, 2, 1, 1, 0, 0, 2, 62, 1, LOWEST + 0x180,
                                           64, 0, 0, 64, 56, 5, 64, 0, 0))),
        "code": segment(LOAD, R | X, 0x180, LOWEST + 0x180, 0, 0x100, 0x100, 4096),
        "data": segment(LOAD, R | W, 0x280, LOWEST + 0x1280, 0, 0x80, 0x2000, 4096),
        "stack": segment(GNU_STACK, R | W, 0, 0, 0, 0, 0, 16),
        "empty": segment(LOAD, R | W, 0, 0, 0, 0, 0, 4096),
        "bss": segment(LOAD, R | W, 0x800, LOWEST + 0x4800, 0, 0, 0x1800, 4096),
    }


def changed(changes):
    """The good kernel, but "part.field" is something else."""
    kernel = good()
    for name, value in changes.items():
        part, field = name.split(".")
        assert field in kernel[part]
        kernel[part][field] = value
    return kernel


def segments_of(kernel):
    return list(kernel.values())[2:]


def table_of(kernel):
    return b"".join(SEGMENT.pack(*segment.values()) for segment in segments_of(kernel))


def bytes_of(kernel):
    """The kernel as a file; its code and data are zeros."""
    header = HEADER.pack(*kernel["header"].values())
    return (header + table_of(kernel)).ljust(kernel["file"]["size"], b"\0")


@pytest.fixture(scope="module")
def ask():
    """Gives a kernel to the checks, and returns their sentence."""
    program = host_builds.build("elf_check", CHAPTER, ELF)
    with subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        def ask(size, header, table):
            case = struct.pack("<Q", size) + header.ljust(HEADER.size, b"\0")
            process.stdin.write(case + table.ljust(SEGMENTS_MAX * SEGMENT.size, b"\0"))
            process.stdin.flush()
            answer = process.stdout.readline().decode()
            assert answer.endswith("\n"), "the checks have crashed"
            return answer.removesuffix("\n")

        yield ask
        process.stdin.close()
        assert process.wait() == 0


def ask_about(ask, kernel):
    return ask(kernel["file"]["size"], HEADER.pack(*kernel["header"].values()), table_of(kernel))


def ask_about_file(ask, content):
    """As the loader does it: zeros behind the end of a file of less than 64 bytes."""
    header = content[:HEADER.size].ljust(HEADER.size, b"\0")
    fields = dict(zip(HEADER_FIELDS, HEADER.unpack(header)))
    table = content[fields["offset"]:][:min(fields["count"], SEGMENTS_MAX) * SEGMENT.size]
    return ask(len(content), header, table)


CASES = [
    ({}, OK),

    ({"header.magic": 0x464c457e}, NO_ELF),
    ({"header.magic": 0}, NO_ELF),
    ({"header.magic": 0x7f454c46}, NO_ELF),
    ({"file.size": 63}, CUT_SHORT),
    ({"file.size": 0}, CUT_SHORT),
    # Header, table and code in the same bytes: odd, but it is all in the file.
    ({"file.size": 64, "header.offset": 0, "header.count": 1, "header.entry": LOWEST,
      "code.offset": 0, "code.address": LOWEST, "code.file_size": 63}, OK),
    ({"file.size": 63, "header.offset": 0, "header.count": 1, "header.entry": LOWEST,
      "code.offset": 0, "code.address": LOWEST, "code.file_size": 63}, CUT_SHORT),
    ({"header.file_class": 1}, NOT_64_BIT),
    ({"header.file_class": 0}, NOT_64_BIT),
    ({"header.data_encoding": 2}, OTHER_CPU),
    ({"header.machine": 183}, OTHER_CPU),
    ({"header.machine": 3}, NOT_64_BIT),
    ({"header.machine": 3, "header.file_class": 1}, NOT_64_BIT),
    ({"header.machine": 40, "header.file_class": 1}, OTHER_CPU),  # ARM, of 32 bits
    ({"header.machine": 20, "header.file_class": 1, "header.data_encoding": 2}, OTHER_CPU),  # PowerPC
    ({"header.type": 3}, RELOCATABLE),
    ({"header.type": 1}, NOT_LINKED),
    ({"header.type": 4}, NOT_LINKED),
    ({"header.type": 0}, NOT_LINKED),
    ({"header.count": 0, "header.segment_size": 0}, NO_SEGMENTS),
    ({"header.count": 1}, OK),
    ({"header.count": 64, "file.size": 64 + 64 * 56}, OK),
    ({"header.count": 65, "file.size": 10**6}, MANY_SEGMENTS),
    ({"header.count": 0xffff, "file.size": 10**9}, MANY_SEGMENTS),
    ({"header.identification_version": 0}, DAMAGED),
    ({"header.identification_version": 2}, DAMAGED),
    ({"header.version": 0}, DAMAGED),
    ({"header.version": 2}, DAMAGED),
    ({"header.size": 63}, DAMAGED),
    ({"header.size": 65}, DAMAGED),
    ({"header.segment_size": 55}, DAMAGED),
    ({"header.segment_size": 57}, DAMAGED),
    ({"header.abi": 255, "header.abi_version": 255, "header.flags": 0xffffffff}, OK),
    ({"header.sections": 2**64 - 1, "header.section_size": 0xffff, "header.section_count": 0xffff}, OK),

    # The table of segments ends with the file; then it ends behind it.
    ({"header.offset": 0x300 - 5 * 56}, OK),
    ({"header.offset": 0x300 - 5 * 56 + 1}, CUT_SHORT),
    ({"header.offset": 2**64 - 5 * 56}, CUT_SHORT),
    ({"header.offset": 2**64 - 1}, CUT_SHORT),
    ({"header.offset": 0, "file.size": 5 * 56 - 1}, CUT_SHORT),
    ({"header.offset": 2**64 - 5 * 56 - 1, "file.size": 2**64 - 1}, OK),
    ({"header.offset": 2**64 - 5 * 56, "file.size": 2**64 - 1}, CUT_SHORT),

    # So does a segment.
    ({"file.size": 0x2ff}, CUT_SHORT),
    ({"data.file_size": 0x81}, CUT_SHORT),
    ({"data.offset": 0x281, "data.address": LOWEST + 0x1281}, CUT_SHORT),
    ({"data.offset": 2**64 - 0x80, "data.alignment": 1}, CUT_SHORT),
    ({"data.offset": 2**64 - 1, "data.alignment": 1}, CUT_SHORT),
    ({"data.file_size": 2**64 - 0x280, "data.memory_size": 2**64 - 0x280}, CUT_SHORT),
    ({"data.file_size": 2**64 - 1, "data.memory_size": 2**64 - 1}, CUT_SHORT),
    ({"bss.offset": 2**64 - 0x800}, OK),  # zeros: the offset means nothing
    ({"bss.offset": 0x2ff, "bss.alignment": 1, "bss.file_size": 1}, OK),
    ({"bss.offset": 0x300, "bss.alignment": 1, "bss.file_size": 1}, CUT_SHORT),

    ({"code.memory_size": 0xff}, LARGER_IN_FILE),
    ({"code.memory_size": 0}, LARGER_IN_FILE),
    ({"code.memory_size": 0x101}, OK),
    ({"empty.file_size": 1}, LARGER_IN_FILE),

    ({"code.alignment": 0}, OK),
    ({"code.alignment": 1}, OK),
    ({"code.alignment": 3}, MISALIGNED),
    ({"code.alignment": 4097}, MISALIGNED),
    ({"code.alignment": 2**64 - 1}, MISALIGNED),
    ({"code.alignment": 0x180}, MISALIGNED),  # of which both are multiples
    ({"code.alignment": 2**31}, OK),
    ({"code.alignment": 2**32}, MISALIGNED),
    ({"code.alignment": 2**63}, MISALIGNED),
    ({"code.offset": 0x181}, MISALIGNED),
    ({"code.offset": 0x188}, MISALIGNED),
    ({"code.offset": 0x188, "code.alignment": 8}, OK),
    ({"code.offset": 0x188, "code.alignment": 16}, MISALIGNED),
    ({"code.offset": 0x181, "code.alignment": 0}, OK),
    ({"code.offset": 0x181, "code.alignment": 1}, OK),
    ({"code.offset": 0x181, "code.alignment": 2}, MISALIGNED),
    ({"bss.offset": 0x801}, MISALIGNED),

    ({"code.address": LOWEST, "code.offset": 0, "header.entry": LOWEST}, OK),
    ({"code.address": LOWEST - 1, "code.alignment": 1}, OUTSIDE),
    ({"code.address": LOWEST - 4096 + 0x180}, OUTSIDE),
    ({"code.address": 0x180}, OUTSIDE),
    ({"bss.address": LIMIT - 0x1800}, OK),
    ({"bss.address": LIMIT - 0x1800 + 1, "bss.alignment": 1}, OUTSIDE),
    ({"bss.address": LIMIT - 0x800, "bss.memory_size": 0x800}, OK),
    ({"bss.address": LIMIT - 0x800, "bss.memory_size": 0x801}, OUTSIDE),
    ({"bss.memory_size": 2**31 - 4096 - 0x4800}, OK),
    ({"bss.memory_size": 2**31 - 4096 - 0x4800 + 1}, OUTSIDE),
    ({"bss.memory_size": 2**64 - LOWEST - 0x4800}, OUTSIDE),
    ({"bss.memory_size": 2**64 - 1}, OUTSIDE),
    ({"bss.address": LIMIT - 1, "bss.memory_size": 1, "bss.alignment": 1}, OK),
    ({"bss.address": LIMIT, "bss.memory_size": 1, "bss.alignment": 1}, OUTSIDE),
    ({"bss.address": 2**64 - 1, "bss.memory_size": 1, "bss.alignment": 1}, OUTSIDE),
    ({"bss.address": LIMIT + 0x800}, OUTSIDE),

    ({"code.flags": R | W | X}, BOTH_RIGHTS),
    ({"code.flags": W | X}, BOTH_RIGHTS),
    ({"data.flags": W | X}, BOTH_RIGHTS),
    ({"code.flags": X}, OK),
    ({"data.flags": 0}, OK),
    ({"data.flags": R | X}, OK),
    ({"data.flags": 0xfffffffe}, OK),
    ({"stack.flags": R | W | X}, OK),

    ({"stack.type": DYNAMIC}, DYNAMIC_LINKER),
    ({"stack.type": INTERP}, DYNAMIC_LINKER),
    ({"stack.type": TLS, "stack.memory_size": 8}, OK),
    ({"stack.type": NOTE, "stack.offset": 2**64 - 1, "stack.file_size": 2**64 - 1}, OK),
    ({"stack.type": 0}, OK),

    # One behind the other, in pages of their own: data ends at 0x3280 from LOWEST.
    ({"data.address": LOWEST + 0x1000, "data.alignment": 1}, OK),
    ({"data.address": LOWEST + 0xfff, "data.alignment": 1}, ORDER),
    ({"data.address": LOWEST + 0x280}, ORDER),
    ({"data.address": LOWEST + 0x180, "data.offset": 0x180}, ORDER),
    ({"data.memory_size": 0x4000 - 0x1280}, OK),
    ({"data.memory_size": 0x4000 - 0x1280 + 1}, ORDER),
    ({"data.memory_size": 0x4800 - 0x1280 + 1}, ORDER),
    ({"bss.address": LOWEST + 0x4000, "bss.offset": 0}, OK),
    ({"bss.address": LOWEST + 0x3fff, "bss.alignment": 1}, ORDER),
    ({"bss.address": LOWEST + 0x3800}, ORDER),
    ({"data.address": LOWEST + 0x10280}, ORDER),
    ({"stack.type": LOAD, "stack.address": LOWEST + 0x3280, "stack.memory_size": 1}, ORDER),
    ({"stack.type": LOAD, "stack.address": LOWEST + 0x4000, "stack.memory_size": 0x7ff}, ORDER),
    ({"stack.type": LOAD, "stack.address": LOWEST + 0x4000, "stack.memory_size": 1,
      "bss.address": LOWEST + 0x5800}, OK),

    ({"header.entry": LOWEST + 0x27f}, OK),
    ({"header.entry": LOWEST + 0x280}, NO_ENTRY),
    ({"header.entry": LOWEST + 0x280, "code.memory_size": 0x200}, NO_ENTRY),  # in zeros
    ({"header.entry": LOWEST + 0x17f}, NO_ENTRY),
    ({"header.entry": LOWEST + 0x1280}, NO_ENTRY),
    ({"header.entry": LOWEST + 0x1280, "data.flags": R | X}, OK),
    ({"header.entry": 0}, NO_ENTRY),
    ({"header.entry": 2**64 - 1}, NO_ENTRY),
    ({"header.entry": 0x180}, NO_ENTRY),
    ({"code.flags": R}, NO_ENTRY),
    ({"code.flags": 0xfffffffa}, NO_ENTRY),
    ({"code.type": NOTE}, NO_ENTRY),
    ({"code.type": 0, "data.type": 0, "bss.type": 0}, NO_ENTRY),  # nothing is loaded
    ({"code.file_size": 0, "code.memory_size": 0}, NO_ENTRY),
]


def name_of(changes):
    return " ".join(f"{name}={value:#x}" for name, value in changes.items()) or "good"


@pytest.mark.parametrize("changes, sentence", CASES, ids=[name_of(changes) for changes, _ in CASES])
def test_each_field(ask, changes, sentence):
    assert ask_about(ask, changed(changes)) == sentence


def test_file_of_any_length(ask):
    """Cut short at each byte of header, table and content, and told so each time."""
    whole = bytes_of(good())
    assert ask_about_file(ask, whole) == OK
    for size in range(len(whole)):
        assert ask_about_file(ask, whole[:size]) == (NO_ELF if size < 4 else CUT_SHORT), size


def test_sentences_fit_their_row_and_are_all_tested():
    source = re.sub(r"/\*.*?\*/", "", (ROOT / "chapters" / CHAPTER / ELF).read_text(), flags=re.DOTALL)
    sentences = set(re.findall(r'"(the kernel.*?|.*?segment.*?)"', source))
    assert sentences == {sentence for _, sentence in CASES} - {OK}
    assert all(sentence.isascii() and len(sentence) <= ROW for sentence in sentences)


def wrong(kernel):
    """The rules once more, for Python's numbers, which never wrap: which sentences are true."""
    size, header = kernel["file"]["size"], kernel["header"]
    count = header["count"]
    rules = [(header["magic"] != int.from_bytes(b"\x7fELF", "little"), NO_ELF),
             (size < 64 or header["offset"] + 56 * count > size, CUT_SHORT),
             (header["data_encoding"] != 1 or header["machine"] not in (3, 62), OTHER_CPU),
             ((header["file_class"], header["machine"]) != (2, 62), NOT_64_BIT),
             (header["type"] == 3, RELOCATABLE),
             (header["type"] not in (2, 3), NOT_LINKED),
             (count == 0, NO_SEGMENTS),
             (count > 64, MANY_SEGMENTS),
             ((header["identification_version"], header["version"]) != (1, 1)
              or (header["size"], header["segment_size"]) != (64, 56), DAMAGED)]
    if any(broken for broken, _ in rules):
        return {sentence for broken, sentence in rules if broken}

    segments = segments_of(kernel)[:count]
    loaded = [each for each in segments if each["type"] == LOAD and each["file_size"] + each["memory_size"] > 0]
    pages = [(each["address"] // 4096, (each["address"] + each["memory_size"] - 1) // 4096) for each in loaded]
    rules = [(any(each["type"] in (DYNAMIC, INTERP) for each in segments), DYNAMIC_LINKER),
             (any(low[1] >= high[0] for i, high in enumerate(pages) for low in pages[:i]), ORDER),
             (not any(each["flags"] & X and each["address"] <= header["entry"] < each["address"] + each["file_size"]
                      for each in loaded), NO_ENTRY)]
    for each in loaded:
        alignment = each["alignment"] or 1
        rules += [(each["file_size"] > each["memory_size"], LARGER_IN_FILE),
                  (each["file_size"] and each["offset"] + each["file_size"] > size, CUT_SHORT),
                  (alignment.bit_count() != 1 or (each["address"] - each["offset"]) % alignment, MISALIGNED),
                  (each["address"] < LOWEST or each["address"] + each["memory_size"] > LIMIT, OUTSIDE),
                  (each["flags"] & (W | X) == W | X, BOTH_RIGHTS)]
    return {sentence for broken, sentence in rules if broken}


WIDTHS = {"file": [64], "header": [32, *[8] * 5, 16, 16, 32, 64, 64, 64, 32, *[16] * 6], "segment": [32, 32, *[64] * 6]}


def mutate(kernel, generator):
    """Changes a field: in one bit, or to a number that is near to something."""
    part = generator.choice(list(kernel))
    place = generator.randrange(len(kernel[part]))
    field = list(kernel[part])[place]
    width = WIDTHS.get(part, WIDTHS["segment"])[place]
    size = kernel["file"]["size"]
    near = [0, 2**32, 2**63, LOWEST, LIMIT, size, -size, 1 << generator.randrange(64)]
    for segment in segments_of(kernel):
        start, end = segment["address"], segment["address"] + segment["memory_size"]
        near += [start, end, -start, LIMIT - start, segment["offset"], -segment["offset"]]
    value = generator.choice(near) + generator.choice([0, 0, 0, 1, -1, 0x800, -0x800, 0x1000, -0x1000])
    if generator.random() < 0.4:
        value = kernel[part][field] ^ 1 << generator.randrange(width)
    kernel[part][field] = value % 2**width


def test_as_arithmetic_without_a_limit_would_judge(ask):
    generator = random.Random(7)
    seen = set()
    for _ in range(20_000):
        kernel = good()
        for _ in range(generator.randint(1, 4)):
            mutate(kernel, generator)
        true = wrong(kernel)
        answer = ask_about(ask, kernel)
        assert answer in true or answer == OK and not true, (kernel, true)
        seen.add(answer)
    assert seen == {sentence for _, sentence in CASES}, "the mutations do not come everywhere"


def test_nothing_gets_past_the_fuzzer(tmp_path):
    runs = host_builds.fuzz(tmp_path, "elf_fuzz", CHAPTER, ELF, corpus={"good": bytes_of(good())},
                            options=["-max_total_time=3", "-max_len=1024"])
    assert runs > 10_000


KERNEL = """
int zeros[2000];
void _start(void); void _start(void) { for (;;) zeros[0]++; }
"""
SCRIPT = """
ENTRY(_start)
PHDRS { code PT_LOAD FILEHDR PHDRS FLAGS(5); zeros PT_LOAD FLAGS(6); }
SECTIONS {
    . = 0xffffffff80000000 + SIZEOF_HEADERS;
    .text : { *(.text .text.*) } :code
    . = ALIGN(4096) + 0xe00;  /* GNU ld's file has no such offset */
    .bss : { *(.bss .bss.*) *(COMMON) } :zeros
    /DISCARD/ : { *(.eh_frame .comment .note.* .llvm_addrsig) }
}
"""
LINKED = [
    ("x86_64", ["-static", "-z", "max-page-size=4096", "-T", "script.ld"], OK),
    ("x86_64", ["-static", "-z", "max-page-size=4096", "-T", "script.ld", "-s"], OK),
    ("x86_64", ["-static", "-Ttext=0xffffffff80000000", "-N"], BOTH_RIGHTS),
    ("x86_64", ["-static"], OUTSIDE),
    ("x86_64", ["-pie"], RELOCATABLE),
    ("x86_64", ["-r"], NOT_LINKED),
    ("i386", ["-static", "-m", "elf_i386"], NOT_64_BIT),
]


@pytest.mark.parametrize("linker", ["x86_64-linux-gnu-ld", "ld.lld"])
@pytest.mark.parametrize("cpu, flags, sentence", LINKED, ids=[" ".join(flags) for _, flags, _ in LINKED])
def test_what_linkers_make(ask, tmp_path, linker, cpu, flags, sentence):
    (tmp_path / "kernel.c").write_text(KERNEL)
    (tmp_path / "script.ld").write_text(SCRIPT)
    code = "-fpic" if "-pie" in flags else "-mcmodel=kernel" if "-T" in flags else "-fno-pic"
    subprocess.run(["clang", f"--target={cpu}-elf", "-ffreestanding", "-O1", code, "-c", "kernel.c"],
                   check=True, cwd=tmp_path)
    subprocess.run([linker, *flags, "kernel.o", "-o", "kernel.elf"], check=True, cwd=tmp_path)
    assert ask_about_file(ask, (tmp_path / "kernel.elf").read_bytes()) == sentence
