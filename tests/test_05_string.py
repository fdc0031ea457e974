"""The C of lib/string.c, on this machine."""

import ctypes
import subprocess

import pytest

from course import ROOT, chapter_of

CHAPTER = chapter_of(__file__)


@pytest.fixture(scope="module")
def string(tmp_path_factory):
    """lib/string.c for this machine, under names that the C library has not."""
    library = tmp_path_factory.mktemp("string") / "string.so"
    names = ["memcpy", "memmove", "memset", "memcmp"]
    subprocess.run(["gcc", "-ffreestanding", "-nostdlib", "-O2", "-shared", "-fPIC", "-Wall", "-Werror", "-o", library,
                    *(f"-D{name}=our_{name}" for name in names),
                    ROOT / "chapters" / CHAPTER / "lib/string.c"], check=True)
    return ctypes.CDLL(library)


def call(string, name, target, argument, size):
    """Calls one of them on 200 different bytes; offsets instead of pointers."""
    memory = ctypes.create_string_buffer(bytes(range(200)), 200)
    start = ctypes.addressof(memory)
    function = getattr(string, "our_" + name)
    function.restype = ctypes.c_void_p
    second = ctypes.c_int(argument) if name == "memset" else ctypes.c_void_p(start + argument)
    assert function(ctypes.c_void_p(start + target), second, ctypes.c_size_t(size)) == start + target
    return memory.raw


@pytest.mark.parametrize("source, target", [(0, 100), (100, 0), (50, 51), (51, 50), (50, 58), (50, 50), (0, 99)])
def test_memory_functions(string, source, target):
    before = bytes(range(200))
    for size in (0, 1, 7, 8, 100):
        moved = before[:target] + before[source:source + size] + before[target + size:]
        assert call(string, "memmove", target, source, size) == moved
        if abs(source - target) >= size:
            assert call(string, "memcpy", target, source, size) == moved
        filled = before[:target] + b"\xa5" * size + before[target + size:]
        assert call(string, "memset", target, 0x1A5, size) == filled


@pytest.mark.parametrize("left, right", [(b"", b""), (b"same", b"same"), (b"a", b"b"), (b"b", b"a"),
                                         (b"\x7f", b"\x80"), (b"abcx", b"abcy")])
def test_memcmp(string, left, right):
    order = string.our_memcmp(left, right, ctypes.c_size_t(len(left)))
    assert (order > 0) - (order < 0) == (left > right) - (left < right)
