"""The list of tags that GRUB leaves in memory, read on this machine, with
sanitizers that see each byte beside it."""

import random
import re
import struct

import pytest

import host_builds
from course import ROOT, chapter_of

CHAPTER = chapter_of(__file__)
SOURCES = "loader/multiboot2.c", "loader/memory_map.c"
ROW = 80 - len("boot error: ")
LARGEST, CLAIMS, END_OF_ADDRESSES = 1 << 20, 3000, 1 << 52
WORDS = 2**32

(END, COMMAND_LINE, NAME, MODULE, BASIC_MEMORY, BOOT_DEVICE, MEMORY_MAP, VBE, SCREEN, ELF_SECTIONS, APM,
 EFI_32, EFI_64, SMBIOS, ACPI_OLD, ACPI_NEW, NETWORK, EFI_MEMORY_MAP, EFI_BOOT_SERVICES, EFI_32_HANDLE,
 EFI_64_HANDLE, LOAD_BASE) = range(22)
UNKNOWN = [22, 0x3_0000, WORDS - 1]

NO_SIZE = "GRUB's list of tags has no size that can be true"
CUT_SHORT = "GRUB's list of tags ends in the middle of one"
NOT_TRUE = "GRUB's list has a tag that cannot be true"
OK = ""


def tag(type, content=b"", size=None):
    return struct.pack("<2I", type, 8 + len(content) if size is None else size) + content


def words(type, *values):
    return tag(type, struct.pack(f"<{len(values)}I", *values))


def module(start, end, command_line=b"\0"):
    return tag(MODULE, struct.pack("<2I", start, end) + command_line)


def entry(start, size, type):
    return struct.pack("<2Q2I", start, size, type, 0)


def memory_map(*entries, entry_size=24):
    return tag(MEMORY_MAP, struct.pack("<2I", entry_size, 0) + b"".join(entries))


def list_of(*tags, end=tag(END), size=None):
    """The tags, each at a multiple of 8. What is between them is anything but zeros."""
    content = b"".join(each + -len(each) % 8 * b"\xcc" for each in tags) + end
    return struct.pack("<2I", 8 + len(content) if size is None else size, 0) + content


# Like GRUB's (grub-core/loader/multiboot_mbi2.c): all tags that it can make, in its order.
FROM_GRUB = list_of(
    words(LOAD_BASE, 0x100000), tag(COMMAND_LINE, b"\0"), tag(NAME, b"GRUB 2.06\0"), tag(APM, bytes(20)),
    module(0x200000, 0x20a123, b"quiet \"a word\"\0"),
    memory_map(entry(0, 0x9fc00, 1), entry(0x9fc00, 0x400, 2), entry(0xf0000, 0x10000, 2),
               entry(0x100000, 0x7ee0000, 1), entry(0x7fe0000, 0x20000, 3)),
    tag(ELF_SECTIONS, struct.pack("<3I", 7, 64, 6) + bytes(7 * 64)), words(BASIC_MEMORY, 639, 129920),
    tag(NETWORK, bytes(301)), tag(NETWORK, bytes(302)), words(BOOT_DEVICE, 0xe0, WORDS - 1, WORDS - 1),
    tag(VBE, bytes(776)), tag(SCREEN, struct.pack("<Q3I2BH", 0xb8000, 160, 80, 25, 16, 2, 0)),
    words(EFI_32, 0), tag(EFI_64, bytes(8)), tag(ACPI_OLD, bytes(20)), tag(ACPI_NEW, bytes(36)),
    tag(EFI_MEMORY_MAP, struct.pack("<2I", 48, 1) + bytes(5 * 48)), tag(EFI_BOOT_SERVICES),
    words(EFI_32_HANDLE, 0), tag(EFI_64_HANDLE, bytes(8)))
SMALL = list_of(memory_map(entry(0, 4096, 1)), module(1, 2), module(3, 4, b"x\0"), tag(22))


@pytest.fixture(scope="module")
def ask():
    """Asks about lists of tags: for each its sentence, where in it tags of a type are,
    and the claims that come of it."""
    program = host_builds.build("multiboot2_check", CHAPTER, *SOURCES)

    def ask(*lists, type=MODULE):
        return ask_each([(type, content) for content in lists])

    def ask_each(cases):
        for _, content in cases:
            size = int.from_bytes(content[:4], "little")
            assert size <= len(content) or size > LARGEST, "there is no such memory"
        cases = b"".join(struct.pack("<2I", type, len(content)) + content for type, content in cases)
        lines = iter(host_builds.run(program, input=cases).stdout.decode().splitlines())
        return [(sentence, [int(word) for word in places.split()],
                 list(zip(*[map(int, claims.split())] * 3)))
                for sentence, places, claims in zip(lines, lines, lines, strict=True)]
    ask.each = ask_each
    return ask


def sentences(ask, *lists):
    return [sentence for sentence, _, _ in ask(*lists)]


def test_all_that_grub_can_make(ask):
    [(sentence, modules, claims)] = ask(FROM_GRUB)
    assert sentence == OK and len(modules) == 1
    assert claims == [(0, 0x9fc00, 1), (0x9fc00, 0x400, 6), (0xf0000, 0x10000, 6), (0x100000, 0x7ee0000, 1),
                      (0x7fe0000, 0x20000, 4)]


@pytest.mark.parametrize("content", [FROM_GRUB, SMALL, list_of()], ids=["GRUB's", "small", "empty"])
def test_list_of_any_length(ask, content):
    """Cut short at each byte, and honest of it."""
    lists = [struct.pack("<I", size) + content[4:max(size, 4)] for size in range(len(content))]
    assert sentences(ask, *lists) == 8 * [NO_SIZE] + (len(content) - 8) * [CUT_SHORT]
    assert sentences(ask, content) == [OK]


def test_size_of_the_list(ask):
    filled = list_of(tag(22, bytes(LARGEST - 24)))
    longer = list_of(tag(22, bytes(LARGEST - 23)), tag(22))
    assert len(filled) == LARGEST and len(longer) > LARGEST
    assert sentences(ask, filled, list_of(tag(22, bytes(LARGEST - 25)))) == [OK, OK]
    assert sentences(ask, *(struct.pack("<I", size) + filled[4:]
                            for size in [LARGEST - 1, LARGEST - 8, LARGEST - 9])) == 3 * [CUT_SHORT]
    # So much memory is not even looked at.
    assert sentences(ask, *(list_of(size=size) for size in [LARGEST + 1, 2**31, WORDS - 1])) == 3 * [NO_SIZE]
    assert sentences(ask, list_of() + bytes(9), list_of(size=16) + b"\xcc") == [OK, OK]
    assert sentences(ask, *(list_of(size=size) for size in range(8))) == 8 * [NO_SIZE]


def test_end_is_missing(ask):
    """The last tag is padded, or it is not; then there is nothing, or a piece of the end."""
    last = [tag(NAME, size * b"x") for size in range(17)]
    assert sentences(ask, *(list_of(end=each) for each in last)) == 17 * [CUT_SHORT]
    assert sentences(ask, *(list_of(each, end=tag(END)[:size]) for each in last for size in range(8))
                     ) == 17 * 8 * [CUT_SHORT]


def test_what_is_behind_the_end(ask):
    """An end may be longer than 8 bytes, and need not be padded; what follows it is nothing."""
    ends = [list_of(module(1, 2), end=tag(END, size * b"\xcc")) for size in range(17)]
    assert ask(*ends) == 17 * [(OK, [8], [])]
    more = list_of(module(1, 2), end=tag(END) + module(3, 4) + b"\xff")
    assert ask(more) == [(OK, [8], [])] and ask(more, type=END) == [(OK, [], [])]


@pytest.mark.parametrize("type", [END, NAME, MODULE, MEMORY_MAP, SCREEN, *UNKNOWN])
def test_size_at_the_end_of_the_list(ask, type):
    """A tag that ends with the list, or behind it. Rounded up, the largest are 0 in 32 bits."""
    content = module(1, 2)[8:] if type == MODULE else memory_map()[8:] + bytes(16)
    rest = len(content) + 8
    lies = [rest + 1, rest + 8, 2**31 - 1, 2**31, 2**31 + 8, *(WORDS - place for place in range(1, 25))]
    assert sentences(ask, list_of(end=tag(type, content))) == [OK if type == END else CUT_SHORT]
    assert sentences(ask, *(list_of(end=tag(type, content, size)) for size in lies)) == len(lies) * [CUT_SHORT]


SMALLEST = {MODULE: 17, BASIC_MEMORY: 16, BOOT_DEVICE: 20, MEMORY_MAP: 16, SCREEN: 32}
OTHERS = [type for type in [*range(END, LOAD_BASE + 1), *UNKNOWN] if type not in SMALLEST]


@pytest.mark.parametrize("type", [*SMALLEST, *OTHERS])
def test_smallest_size(ask, type):
    """A tag that says it is smaller than it can be, whether it is or not."""
    smallest = SMALLEST.get(type, 8)
    content = struct.pack("<2I", 24, 24).ljust(64, b"\0")
    good = [list_of(tag(type, content[:size - 8])) for size in (smallest, smallest + 1, smallest + 7, smallest + 8)]
    assert sentences(ask, *good) == 4 * [OK]
    bad = [tag(type, content[:max(size, 8) - 8], size) for size in range(smallest)]
    bad += [tag(type, content, size) for size in range(smallest)]
    assert sentences(ask, *map(list_of, bad)) == 2 * smallest * [NOT_TRUE]
    assert sentences(ask, *(list_of(end=each) for each in bad)) == 2 * smallest * [NOT_TRUE]


def test_modules(ask):
    good = [module(1, 2), module(0, WORDS - 1), module(WORDS - 2, WORDS - 1), module(2**31 - 1, 2**31),
            module(0, 0), module(5, 5),  # an empty file is in GRUB's list from 0 to 0
            module(1, 2, b"a b\0"), module(1, 2, bytes(9)), module(1, 2, b"a\0b\0"), module(1, 2, b"\xff\0")]
    bad = [module(2, 1), module(1, 0), module(WORDS - 1, 0), module(2**31, 2**31 - 1), module(2**31, 1),
           *(module(1, 2, size * b"x") for size in range(1, 17)), module(1, 2, b"\0x"),
           *(tag(MODULE, module(1, 2, b"abc\0")[8:], size) for size in (17, 18, 19))]  # the zero is behind it
    assert sentences(ask, *map(list_of, good)) == len(good) * [OK]
    assert sentences(ask, *map(list_of, bad)) == len(bad) * [NOT_TRUE]
    # The second one is looked at, too.
    assert sentences(ask, *(list_of(module(1, 2), each) for each in bad)) == len(bad) * [NOT_TRUE]


def test_sizes_of_entries(ask):
    good = [24, 32, 40, 48, 128, 4096, 2**31 - 8, 2**31, 2**31 + 24, WORDS - 24, WORDS - 8]
    bad = [*range(24), *range(25, 32), 33, 36, 4095, 2**31 - 1, 2**31 + 4, WORDS - 4, WORDS - 1]
    claims = [(1, 8, 1), (2, 8, 1), (3, 8, 1)]

    def maps(sizes):
        for size in sizes:
            entries = [entry(*claim).ljust(min(size, 4096), b"\xcc") for claim in claims]
            yield list_of(memory_map(*entries, entry_size=size))
    assert sentences(ask, *maps(bad)) == len(bad) * [NOT_TRUE]
    assert sentences(ask, *(list_of(memory_map(entry_size=size)) for size in bad)) == len(bad) * [NOT_TRUE]
    assert ask(*maps(good)) == [(OK, [], claims if size <= 4096 else []) for size in good]


def test_piece_of_an_entry(ask):
    """It counts for nothing."""
    entries = entry(0, 8, 1) + entry(8, 8, 3)
    pieces = [entries[:size] for size in range(len(entries) + 1)]
    assert ask(*(list_of(memory_map(piece)) for piece in pieces)) == [
        (OK, [], [(0, 8, 1), (8, 8, 4)][:len(piece) // 24]) for piece in pieces]


@pytest.mark.parametrize("count", [0, 1, 2, 2000, 2999, 3000, 3001, 43_689])
def test_number_of_entries(ask, count):
    """Up to as many as fit in the list. Where there is no more space, the loader fails."""
    content = list_of(memory_map(*(entry(2 * place, 1, 1) for place in range(count))))
    assert ask(content) == [
        (OK, [], [(2 * place, 1, 1) for place in range(min(count, CLAIMS))] + [(0, 0, 0)] * (count > CLAIMS))]


def test_entries(ask):
    types = {1: 1, 2: 6, 3: 4, 4: 5, 5: 7, **{type: 6 for type in (0, 6, 7, 12, 16, 20, 2**31 + 1, WORDS - 2)}}
    last = END_OF_ADDRESSES - 1
    assert ask(list_of(memory_map(*(entry(type, 1, type) for type in types)))) == [
        (OK, [], [(type, 1, meant) for type, meant in types.items()])]
    kept = [(last, 1), (0, END_OF_ADDRESSES), (1, last), (2**32, 2**33)]
    dropped = [(0, 0), (5, 0), (last, 2), (END_OF_ADDRESSES, 1), (0, 2**64 - 1), (1, 2**64 - 1), (8, 2**64 - 8),
               (2**64 - 1, 1), (2**64 - 1, 2**64 - 1), (2**63, 2**63)]
    assert ask(list_of(memory_map(*(entry(*each, 1) for each in dropped + kept + dropped)))) == [
        (OK, [], [(*each, 1) for each in kept])]
    # The last word of an entry is reserved; a second map is not looked at.
    assert ask(list_of(memory_map(entry(0, 1, 1)[:20] + b"\xff\xff\xff\xff"), memory_map(entry(1, 2, 2)))) == [
        (OK, [], [(0, 1, 1)])]


def places(content):
    """Where tags are, by their types."""
    found, offset = {}, 8
    while (type := int.from_bytes(content[offset:offset + 4], "little")) != END:
        found.setdefault(type, []).append(offset)
        size = int.from_bytes(content[offset + 4:offset + 8], "little")
        offset += size + -size % 8
    return found


@pytest.mark.parametrize("content", [
    FROM_GRUB, SMALL, list_of(), list_of(module(1, 2)), list_of(module(1, 2), module(2, 3)),
    list_of(*(tag(type, b"abc") for type in UNKNOWN), module(1, 2), *map(tag, UNKNOWN), module(1, 2, b"ab\0"))],
    ids=["GRUB's", "small", "empty", "module", "two modules", "unknown tags"])
def test_find(ask, content):
    expected = places(content)
    types = [*range(LOAD_BASE + 1), *UNKNOWN]
    answers = ask.each([(type, content) for type in types])
    assert [found for _, found, _ in answers] == [expected.get(type, []) for type in types]
    assert sum(len(found) for _, found, _ in answers) == sum(map(len, expected.values()))


def test_sentences_fit_their_row():
    source = re.sub(r"/\*.*?\*/", "", (ROOT / "chapters" / CHAPTER / SOURCES[0]).read_text(), flags=re.DOTALL)
    assert set(re.findall(r'return "(.*?)"', source)) == {NO_SIZE, CUT_SHORT, NOT_TRUE}
    assert all(sentence.isascii() and len(sentence) <= ROW for sentence in [NO_SIZE, CUT_SHORT, NOT_TRUE])


def judged(content, asked):
    """The rules once more, for Python's numbers, which never wrap."""
    def word(offset):
        return int.from_bytes(content[offset:offset + 4], "little")
    total, offset, found, maps = word(0), 8, [], []
    if not 8 <= total <= LARGEST:
        return NO_SIZE, [], []
    while True:
        if offset + 8 > total or offset + word(offset + 4) > total:
            return CUT_SHORT, [], []
        type, size = word(offset), word(offset + 4)
        if size < SMALLEST.get(type, 8) \
                or type == MODULE and (word(offset + 8) > word(offset + 12) or content[offset + size - 1]) \
                or type == MEMORY_MAP and (word(offset + 8) < 24 or word(offset + 8) % 8):
            return NOT_TRUE, [], []
        if type == END:
            break
        found += [offset] if type == asked else []
        maps += [(offset, size, word(offset + 8))] if type == MEMORY_MAP else []
        offset += (size + 7) // 8 * 8
    claims = []
    for offset, size, entry_size in maps[:1]:
        for place in range(offset + 16, offset + size - entry_size + 1, entry_size):
            start, length, type = struct.unpack_from("<2QI", content, place)
            if length and start + length <= END_OF_ADDRESSES:
                claims.append((start, length, {1: 1, 3: 4, 4: 5, 5: 7}.get(type, 6)))
    return OK, found, claims[:CLAIMS]


def mutated(content, generator):
    """Changes a word: in one bit, or to a number that is near to something."""
    place = generator.randrange(0, len(content) - 3, generator.choice([1, 4, 8, 8]))
    word = int.from_bytes(content[place:place + 4], "little")
    near = [0, 8, 16, 24, 32, word, len(content), len(content) - place, 2**31, generator.randrange(23)]
    word = generator.choice([word ^ 1 << generator.randrange(32), generator.choice(near) + generator.randint(-9, 9)])
    changed = content[:place] + struct.pack("<I", word % WORDS) + content[place + 4:]
    size = int.from_bytes(changed[:4], "little")
    return changed if size <= len(changed) or size > LARGEST else content


def test_as_arithmetic_without_a_limit_would_judge(ask):
    generator = random.Random(8)
    cases = []
    for _ in range(20_000):
        content = generator.choice([SMALL, SMALL, FROM_GRUB, list_of()])
        for _ in range(generator.randint(1, 4)):
            content = mutated(content, generator)
        cases.append((generator.choice([MODULE, MODULE, SCREEN, 22]), content))
    answers = ask.each(cases)
    for (type, content), answer in zip(cases, answers, strict=True):
        assert answer == judged(content, type), (type, content)
    counts = [sum(sentence == each for sentence, _, _ in answers) for each in (OK, NO_SIZE, CUT_SHORT, NOT_TRUE)]
    assert min(counts) > 500, "the mutations do not come everywhere"


def test_nothing_gets_past_the_fuzzer(tmp_path):
    runs = host_builds.fuzz(tmp_path, "multiboot2_fuzz", CHAPTER, *SOURCES,
                            corpus={"grub": FROM_GRUB, "small": SMALL, "empty": list_of()},
                            options=["-runs=100000", f"-max_len={len(FROM_GRUB)}"])
    assert runs >= 100_000
