"""What memory_map.c makes of claims, on this machine, with sanitizers that see each byte
beside an array and each sum that wraps."""

import itertools
import random

import pytest

import host_builds
from boot_info import ACPI_NVS, ACPI_TABLES, BAD, GIB, KERNEL, KIB, LOADER, MIB, RESERVED, TYPES, USABLE
from course import CHAPTERS, chapter_of

CHAPTER = chapter_of(__file__)
SPACE = 10000  # for claims and regions
END = 1 << 52  # of all addresses


@pytest.fixture(scope="module")
def ask():
    """Answers commands of tests/host/memory_map_test.c: for each one, the numbers."""
    program = host_builds.build("memory_map_test", CHAPTER, "loader/memory_map.c")

    def ask(commands):
        said = host_builds.run(program, input="\n".join(commands), text=True).stdout
        return [[int(word) for word in line.split()] for line in said.splitlines()]
    return ask


@pytest.fixture(scope="module")
def resolve(ask):
    """The maps that come of lists of claims: regions of start, size, type, as claims are."""
    def resolve(*lists):
        commands, answers = [], []
        for claims in lists:
            commands += [f"new {SPACE}", *("claim {} {} {}".format(*claim) for claim in claims), "map"]
        for command, answer in zip(commands, ask(commands), strict=True):
            if command == "map":
                answers.append(list(zip(*[iter(answer)] * 3)))
            else:
                assert answer != [0], "no space for a claim"
        return answers
    return resolve


def claims_of(*ranges):
    """Claims from what is easier to read: start, end and type."""
    return [(start, end - start, type) for start, end, type in ranges]


# What INT 15h, AX=E820h answers, and then what the loader adds: the first page, all
# from the end of conventional memory to 1 MiB, itself and its kernel.
LOW = [(0, 0x1000, RESERVED), (0x1000, 0x30000, LOADER)]
OURS = [*LOW, (MIB, 0x105000, KERNEL)]
RECORDED = {
    "QEMU, 128 MiB": ([
        (0x0, 0x9FC00, USABLE), (0x9FC00, 0xA0000, RESERVED), (0xF0000, 0x100000, RESERVED),
        (0x100000, 0x7FE0000, USABLE), (0x7FE0000, 0x8000000, RESERVED), (0xFFFC0000, 0x100000000, RESERVED),
        (0xFD00000000, 0x10000000000, RESERVED), (0x9FC00, 0x100000, RESERVED), *OURS], [
        *LOW, (0x30000, 0x9FC00, USABLE), (0x9FC00, 0x100000, RESERVED),
        (0x100000, 0x105000, KERNEL), (0x105000, 0x7FE0000, USABLE), (0x7FE0000, 0x8000000, RESERVED),
        (0xFFFC0000, 0x100000000, RESERVED), (0xFD00000000, 0x10000000000, RESERVED)]),
    # Memory goes on above the hole for PCI.
    "QEMU, 8 GiB": ([
        (0x0, 0x9FC00, USABLE), (0x9FC00, 0xA0000, RESERVED), (0xF0000, 0x100000, RESERVED),
        (0x100000, 0xBFFE0000, USABLE), (0xBFFE0000, 0xC0000000, RESERVED), (0xFFFC0000, 0x100000000, RESERVED),
        (0x100000000, 0x240000000, USABLE), (0xFD00000000, 0x10000000000, RESERVED),
        (0x9FC00, 0x100000, RESERVED), *OURS], [
        *LOW, (0x30000, 0x9FC00, USABLE), (0x9FC00, 0x100000, RESERVED),
        (0x100000, 0x105000, KERNEL), (0x105000, 0xBFFE0000, USABLE), (0xBFFE0000, 0xC0000000, RESERVED),
        (0xFFFC0000, 0x100000000, RESERVED), (0x100000000, 0x240000000, USABLE),
        (0xFD00000000, 0x10000000000, RESERVED)]),
    # Its E820 and its INT 12h do not agree on where conventional memory ends.
    "Bochs, 64 MiB": ([
        (0x0, 0x9F000, USABLE), (0x9F000, 0xA0000, RESERVED), (0xE8000, 0x100000, RESERVED),
        (0x100000, 0x3FF0000, USABLE), (0x3FF0000, 0x4000000, ACPI_TABLES), (0xFFFC0000, 0x100000000, RESERVED),
        (0x9FC00, 0x100000, RESERVED), *OURS], [
        *LOW, (0x30000, 0x9F000, USABLE), (0x9F000, 0x100000, RESERVED),
        (0x100000, 0x105000, KERNEL), (0x105000, 0x3FF0000, USABLE), (0x3FF0000, 0x4000000, ACPI_TABLES),
        (0xFFFC0000, 0x100000000, RESERVED)]),
    # Like a laptop of 2011 with 8 GiB: two holes that its graphics cannot do without,
    # tables and NVS side by side at the end of the first 4 GiB, a page of RAM behind
    # them, and reserved ranges that lie in each other.
    "a laptop": ([
        (0x0, 0x9D800, USABLE), (0x9D800, 0xA0000, RESERVED), (0xE0000, 0x100000, RESERVED),
        (0x100000, 0x20000000, USABLE), (0x20000000, 0x20200000, RESERVED), (0x20200000, 0x40000000, USABLE),
        (0x40000000, 0x40200000, RESERVED), (0x40200000, 0xDA99F000, USABLE), (0xDA99F000, 0xDAE9F000, RESERVED),
        (0xDAE9F000, 0xDAF9F000, ACPI_NVS), (0xDAF9F000, 0xDAFFF000, ACPI_TABLES), (0xDAFFF000, 0xDB000000, USABLE),
        (0xDB000000, 0xDFA00000, RESERVED), (0xF8000000, 0xFC000000, RESERVED), (0xF8000000, 0xF8100000, RESERVED),
        (0xFEC00000, 0xFEC01000, RESERVED), (0xFED08000, 0xFED09000, RESERVED), (0xFED10000, 0xFED1A000, RESERVED),
        (0xFED1C000, 0xFED20000, RESERVED), (0xFEE00000, 0xFEE01000, RESERVED), (0xFFD20000, 0x100000000, RESERVED),
        (0x100000000, 0x21E600000, USABLE), (0x9D400, 0x100000, RESERVED), *OURS], [
        *LOW, (0x30000, 0x9D400, USABLE), (0x9D400, 0x100000, RESERVED),
        (0x100000, 0x105000, KERNEL), (0x105000, 0x20000000, USABLE), (0x20000000, 0x20200000, RESERVED),
        (0x20200000, 0x40000000, USABLE), (0x40000000, 0x40200000, RESERVED), (0x40200000, 0xDA99F000, USABLE),
        (0xDA99F000, 0xDAE9F000, RESERVED), (0xDAE9F000, 0xDAF9F000, ACPI_NVS), (0xDAF9F000, 0xDAFFF000, ACPI_TABLES),
        (0xDAFFF000, 0xDB000000, USABLE), (0xDB000000, 0xDFA00000, RESERVED), (0xF8000000, 0xFC000000, RESERVED),
        (0xFEC00000, 0xFEC01000, RESERVED), (0xFED08000, 0xFED09000, RESERVED), (0xFED10000, 0xFED1A000, RESERVED),
        (0xFED1C000, 0xFED20000, RESERVED), (0xFEE00000, 0xFEE01000, RESERVED), (0xFFD20000, 0x100000000, RESERVED),
        (0x100000000, 0x21E600000, USABLE)]),
    # Like a server's: not sorted, memory above 1 TiB, and a broken page in the middle.
    "a server": ([
        (0x100000000, 0x18080000000, USABLE), (0x100000, 0x78000000, USABLE), (0x78000000, 0x90000000, RESERVED),
        (0x5A5A5A000, 0x5A5A5B000, BAD), (0x0, 0x98000, USABLE), (0x98000, 0xA0000, RESERVED),
        (0x98000, 0x100000, RESERVED), *OURS], [
        *LOW, (0x30000, 0x98000, USABLE), (0x98000, 0x100000, RESERVED),
        (0x100000, 0x105000, KERNEL), (0x105000, 0x78000000, USABLE), (0x78000000, 0x90000000, RESERVED),
        (0x100000000, 0x5A5A5A000, USABLE), (0x5A5A5A000, 0x5A5A5B000, BAD), (0x5A5A5B000, 0x18080000000, USABLE)]),
    # Like an old PC: its map calls all conventional memory usable, although the BIOS
    # keeps data at the end of it (EBDA); and like one without a map (E801h).
    "memory that is the EBDA": ([
        (0x0, 0xA0000, USABLE), (0x100000, 0x8000000, USABLE), (0x9DC00, 0x100000, RESERVED), *OURS], [
        *LOW, (0x30000, 0x9DC00, USABLE), (0x9DC00, 0x100000, RESERVED),
        (0x100000, 0x105000, KERNEL), (0x105000, 0x8000000, USABLE)]),
    "E801h, with a hole at 15 MiB": ([
        (0x0, 0x9FC00, USABLE), (0x100000, 0xF00000, USABLE), (0x1000000, 0x8000000, USABLE),
        (0x9FC00, 0x100000, RESERVED), *OURS], [
        *LOW, (0x30000, 0x9FC00, USABLE), (0x9FC00, 0x100000, RESERVED),
        (0x100000, 0x105000, KERNEL), (0x105000, 0xF00000, USABLE), (0x1000000, 0x8000000, USABLE)]),
}


@pytest.mark.parametrize("machine", RECORDED)
def test_recorded_maps(resolve, machine):
    said, meant = map(lambda ranges: claims_of(*ranges), RECORDED[machine])
    in_any_order = [random.Random(seed).sample(said, len(said)) for seed in range(20)]
    assert resolve(said, said + said, said[::-1], *in_any_order) == 23 * [meant]


MADE_UP = {
    "nothing": ([], []),
    "no size": ([(5, 0, USABLE), (0, 0, BAD)], []),
    "one byte": ([(5, 1, USABLE)], [(5, 1, USABLE)]),
    "the last byte": ([(END - 1, 1, USABLE)], [(END - 1, 1, USABLE)]),
    "all addresses": ([(0, END, USABLE)], [(0, END, USABLE)]),
    "one byte too many": ([(0, END + 1, USABLE)], []),
    "ends behind all addresses": ([(END - 1, 2, USABLE)], []),
    "begins behind all addresses": ([(END, 1, USABLE), (1 << 63, 1, USABLE)], []),
    "comes round to 0": ([(MIB, (1 << 64) - MIB, USABLE)], []),
    "comes round to where it was": ([(2 * MIB, (1 << 64) - MIB, USABLE)], []),
    "the largest numbers": ([((1 << 64) - 1, (1 << 64) - 1, BAD)], []),
    "neighbours of one type": ([(8, 8, USABLE), (16, 8, USABLE), (0, 8, USABLE)], [(0, 24, USABLE)]),
    "neighbours of two types": ([(8, 8, USABLE), (16, 8, BAD)], [(8, 8, USABLE), (16, 8, BAD)]),
    "a hole of one byte": ([(0, 8, USABLE), (9, 8, USABLE)], [(0, 8, USABLE), (9, 8, USABLE)]),
    "the same twice": ([(8, 8, USABLE), (8, 8, USABLE)], [(8, 8, USABLE)]),
    "one inside, of the same type": ([(0, 16, USABLE), (4, 4, USABLE)], [(0, 16, USABLE)]),
    "a bridge of another type": ([(0, 8, USABLE), (16, 8, USABLE), (4, 16, LOADER)],
                                 [(0, 4, USABLE), (4, 16, LOADER), (20, 4, USABLE)]),
    "a 4 GiB line": ([(4 * GIB - 1, 2, USABLE), (0, 4 * GIB, RESERVED)],
                     [(0, 4 * GIB, RESERVED), (4 * GIB, 1, USABLE)]),
}


@pytest.mark.parametrize("case", MADE_UP)
def test_made_up_maps(resolve, case):
    claims, map = MADE_UP[case]
    assert resolve(claims) == [map]


def cell_by_cell(claims, unit, cells):
    """The map again, without any thought: each cell has the highest type that is claimed
    for it. Cells of the same type that follow each other are a region. A claim that goes
    on behind the last cell of all addresses counts for nothing."""
    types = [0] * cells
    for start, size, type in claims:
        if (start + size) * unit <= END:
            for cell in range(start, start + size):
                types[cell] = max(types[cell], type)
    regions = []
    for type, group in itertools.groupby(range(cells), key=types.__getitem__):
        group = list(group)
        if type:
            regions.append((group[0] * unit, len(group) * unit, type))
    return regions


def test_every_way_to_overlap(resolve):
    """Two ranges of a few bytes, at each distance, in each size, of each pair of types."""
    lists = [[(3, 3, left), (start, size, right)]
             for left, right in itertools.product(TYPES, repeat=2) for start in range(8) for size in range(8)]
    assert resolve(*lists) == [cell_by_cell(claims, 1, 16) for claims in lists]


@pytest.mark.parametrize("unit", [1, 4 * KIB, END // 64])
def test_chance_maps(resolve, unit):
    """Many claims for few addresses; the widest unit has them reach beyond the last one."""
    chance = random.Random(unit)
    lists = [[(chance.randrange(64), chance.randrange(chance.choice([2, 5, 65])), chance.choice(TYPES))
              for _ in range(chance.choice([1, 3, 10, 30, 200]))] for _ in range(700)]
    maps = resolve(*([(start * unit, size * unit, type) for start, size, type in claims] for claims in lists))
    assert maps == [cell_by_cell(claims, unit, 128) for claims in lists]


def test_2000_entries_that_alternate(resolve):
    claims = [(MIB * place, MIB, USABLE if place % 2 else RESERVED) for place in range(2000)]
    assert resolve(claims, claims[::-1]) == [claims, claims]


def test_a_claim_inside_a_region_adds_two_at_most(resolve):
    """Who takes memory for a map from a usable region counts on that."""
    chance = random.Random(6)
    lists = [[(chance.randrange(32), chance.randrange(12), chance.choice(TYPES)) for _ in range(chance.randrange(12))]
             + [(40, 20, USABLE)] for _ in range(2000)]
    inside = [(start := chance.randrange(40, 60), chance.randrange(61 - start), chance.choice(TYPES)) for _ in lists]
    before, after = resolve(*lists), resolve(*([*claims, last] for claims, last in zip(lists, inside)))
    assert {len(new) - len(old) for old, new in zip(before, after)} == {0, 1, 2}


def islands(count):
    """A sea with islands: each claim but the first adds an island and a piece of sea."""
    return [(0, 4096, USABLE), *((1 + 2 * place, 1, BAD) for place in range(count - 1))]


def test_as_many_regions_as_can_be(resolve):
    [map] = resolve(islands(2000))
    assert len(map) == 2 * 2000 - 1 and map == cell_by_cell(islands(2000), 1, 4096)


def test_no_space_for_one_more(ask):
    """The claim that does not fit is refused, and changes nothing; one that means
    nothing needs no space."""
    fill = [f"claim {2 * place} 1 1" for place in range(5)]
    nothing = [(5, 0), (END, 1), (1 << 63, 1), (0, END + 1), (MIB, (1 << 64) - MIB), (2 * MIB, (1 << 64) - MIB)]
    answers = ask(["new 5", *fill, f"claim 0 {MIB} 7", *(f"claim {start} {size} 7" for start, size in nothing), "map"])
    _, *taken, refused, a, b, c, d, e, f, map = answers
    assert taken == 5 * [[1]] and refused == [0] and [a, b, c, d, e, f] == 6 * [[1]] and map == [0]


@pytest.mark.parametrize("claims", [[(8, 8, USABLE)], islands(2), islands(30), 30 * [(0, 1, BAD)]])
def test_claims_and_regions_share_the_space(ask, claims):
    """As much as they need is enough, and one less is not."""
    regions = len(cell_by_cell(claims, 1, 4096))
    for space in range(len(claims), len(claims) + regions + 1):
        *_, map = ask([f"new {space}", *("claim {} {} {}".format(*claim) for claim in claims), "map"])
        assert len(map) == (3 * regions if space == len(claims) + regions else 1)


@pytest.mark.parametrize("start, size, usable", [
    (1000, 100, 1), (1000, 1, 1), (1099, 1, 1), (1050, 50, 1),
    (1000, 101, 0), (999, 101, 0), (999, 1, 0), (1100, 1, 0), (1099, 2, 0), (1050, 51, 0),
    (1200, 200, 1), (1200, 201, 0), (1199, 2, 0), (1300, 100, 1),   # two claims that are one region
    (1000, 400, 0),                                                 # across what is reserved
    (1400, 50, 0), (1100, 100, 0),                                  # the loader's, and reserved
    (1000, (1 << 64) - 1, 0), (1000, (1 << 64) - 1000, 0), (1050, (1 << 64) - 50, 0),    # sums that wrap
    (0, (1 << 64) - 1, 0), ((1 << 64) - 1, 1, 0), ((1 << 64) - 1, (1 << 64) - 1, 0), (0, 1, 0),
    (END - 10, 10, 1), (END - 10, 11, 0), (END, 1, 0)])
def test_usable_memory_ends_where_it_ends(ask, start, size, usable):
    claims = [(1000, 100, USABLE), (1100, 100, RESERVED), (1200, 100, USABLE), (1300, 100, USABLE),
              (1400, 50, LOADER), (END - 10, 10, USABLE)]
    *_, answer = ask([f"new {SPACE}", *("claim {} {} {}".format(*claim) for claim in claims), "map", f"usable {start} {size}"])
    assert answer == [usable]


@pytest.mark.parametrize("chapter", [CHAPTER, CHAPTERS[-1]])
def test_all_lists_of_a_few_claims(chapter):
    """Every choice of 3 claims at 6 places, and of 4 at 4, with 3 types: type_at and memory_resolve
    together, which make prove has to take apart."""
    program = host_builds.build("memory_map_all", chapter, "loader/memory_map.c")
    assert int(host_builds.run(program).stdout) == (15 * 3) ** 3 + (6 * 3) ** 4
