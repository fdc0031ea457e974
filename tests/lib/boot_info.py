"""What a loader hands over to a kernel, read from outside."""

import struct
from types import SimpleNamespace

from page_tables import PHYSICAL_MEMORY

KIB, PAGE, MIB, GIB = 1 << 10, 1 << 12, 1 << 20, 1 << 30
USABLE, LOADER, KERNEL, ACPI_TABLES, ACPI_NVS, RESERVED, BAD = TYPES = range(1, 8)
NONE = 0  # of displays
REGION = 24  # bytes
# struct boot_info after its size: a field's kind and name, and since which version.
FIELDS = [("Q", "physical_memory", 3), ("Q", "kernel_virtual", 3), ("Q", "kernel_physical", 3), ("Q", "kernel_size", 3),
          ("Q", "kernel_stack_top", 3), ("Q", "kernel_stack_size", 3), ("I", "display", 3), ("I", "columns", 3), ("I", "rows", 3),
          ("I", "pitch", 3), ("Q", "display_start", 3), ("I", "red", 5), ("I", "green", 5), ("I", "blue", 5),
          ("I", "unused", 5), ("I", "firmware", 3), ("I", "boot_drive", 3), ("Q", "acpi_rsdp", 3),
          ("Q", "command_line", 4), ("Q", "regions", 3), ("I", "count", 3), ("I", "unused_count", 3)]


def boot_info(machine):
    """What a kernel that has just been entered gets: the structure's address and size, its
    fields by name, and as memory, each region's start, end and type."""
    address = machine.registers()["RDI"] - PHYSICAL_MEMORY
    version, size = struct.unpack("<2I", machine.memory(address, 8))
    fields = [(kind, name) for kind, name, since in FIELDS if since <= version]
    layout = struct.Struct("<" + "".join(kind for kind, _ in fields))
    assert size == 8 + layout.size
    data = machine.memory(address, size)
    info = dict(zip([name for _, name in fields], layout.unpack_from(data, 8)))
    regions = machine.memory(info["regions"] - PHYSICAL_MEMORY, REGION * info["count"])
    memory = [(start, start + length, kind) for start, length, kind in struct.iter_unpack("<QQQ", regions)]
    return SimpleNamespace(address=address, size=size, memory=memory, **info)


def kernel_memory(machine):
    """Where a kernel that has just been entered lies in memory: start and end."""
    [place] = [(start, end) for start, end, kind in boot_info(machine).memory if kind == KERNEL]
    return place


def joined(pieces):
    """The same memory in as few pieces as there can be."""
    result = []
    for start, end in sorted(pieces):
        if result and start <= result[-1][1]:
            result[-1][1] = max(end, result[-1][1])
        else:
            result.append([start, end])
    return result
