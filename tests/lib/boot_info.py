"""What a loader hands over to a kernel, read from outside."""

import struct
from types import SimpleNamespace

from page_tables import PHYSICAL_MEMORY

KIB, PAGE, MIB, GIB = 1 << 10, 1 << 12, 1 << 20, 1 << 30
USABLE, LOADER, KERNEL, ACPI_TABLES, ACPI_NVS, RESERVED, BAD = TYPES = range(1, 8)
REGIONS, REGION = 383, 24  # so many, of so many bytes
# struct boot_info between size and map: a field's kind and name, and since which version.
FIELDS = [("Q", "physical_memory", 2), ("Q", "kernel_virtual", 2), ("Q", "kernel_physical", 2), ("Q", "kernel_size", 2),
          ("Q", "kernel_stack_top", 2), ("Q", "kernel_stack_size", 2), ("I", "display", 2), ("I", "columns", 2), ("I", "rows", 2),
          ("I", "pitch", 2), ("Q", "display_start", 2), ("I", "red", 4), ("I", "green", 4), ("I", "blue", 4),
          ("I", "unused", 4), ("I", "firmware", 2), ("I", "boot_drive", 2), ("Q", "acpi_rsdp", 2),
          ("Q", "command_line", 3), ("I", "count", 2), ("I", "unused_count", 2)]


def boot_info(machine):
    """What a kernel gets that has just been entered: the structure's address and size, its
    fields by name, and as memory, of each region start, end and type."""
    address = machine.registers()["RDI"] - PHYSICAL_MEMORY
    version, size = struct.unpack("<2I", machine.memory(address, 8))
    fields = [(kind, name) for kind, name, since in FIELDS if since <= version]
    layout = struct.Struct("<" + "".join(kind for kind, _ in fields))
    assert size == 8 + layout.size + REGION * REGIONS
    data = machine.memory(address, size)
    info = dict(zip([name for _, name in fields], layout.unpack_from(data, 8)))
    regions = data[8 + layout.size:][:REGION * info["count"]]
    memory = [(start, start + length, kind) for start, length, kind in struct.iter_unpack("<QQQ", regions)]
    return SimpleNamespace(address=address, size=size, memory=memory, **info)


def kernel_memory(machine):
    """Where a kernel lies in memory that has just been entered: start and end."""
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
