#!/bin/sh
# Makes a UEFI application from a program that has a PE image's headers in it.
#
#   make_efi.sh IMAGE PROGRAM MOVED
#
# PROGRAM and MOVED are ELF files, the same program linked for two addresses. IMAGE is what
# PROGRAM has in memory, filled to a multiple of 512 bytes (Microsoft, "PE Format",
# FileAlignment). The firmware loads it to wherever it likes and corrects no address in it; so
# there must be none, and then both programs have the same bytes. OBJCOPY names the tool.
set -eu

image=$1 program=$2 moved=$3

"${OBJCOPY:-objcopy}" -O binary "$program" "$image"
"${OBJCOPY:-objcopy}" -O binary "$moved" "$moved.bin"
if ! different=$(cmp "$image" "$moved.bin"); then
    echo "$program holds an address of its own, which is wrong wherever else the firmware puts it:" \
        "a constant or a variable that is a pointer? ($different)" >&2
    exit 1
fi
truncate --size=%512 "$image"
