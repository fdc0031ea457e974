#!/bin/sh
# Makes a disk that UEFI boots: a GPT with a single partition, the EFI system partition, and
# in it a FAT with two files. Prints how much of that they fill.
#
#   make_esp.sh DISK BOOT-SECTOR LOADER KERNEL
#
# LOADER, a UEFI application, becomes \EFI\BOOT\BOOTX64.EFI, where firmware looks for it, and
# KERNEL becomes \boot\kernel.elf (UEFI specification, "GUID Partition Table (GPT) Disk
# Layout", "File System Format", "Removable Media Boot Behavior"). The names of disk,
# partition and volume are ours, and always the same; so are all times: the same files make
# the same disk. BOOT-SECTOR is for a BIOS that tries the disk: its code goes in front of the
# table in the first sector. SGDISK and MFORMAT name two of the tools.
set -eu

disk=$1 boot_sector=$2 loader=$3 kernel=$4
mib=1048576

# The specification asks for FAT32 on a disk, which has at least 65525 clusters: at one sector
# each, that is a little more than 33 MiB, and the kernel's size comes on top.
size=$((35 + $(stat -c %s "$kernel") / mib))        # MiB
volume=$disk@@$mib                                  # as mtools name it: from the second MiB on

rm -f "$disk"
truncate --size="$((size + 2))M" "$disk"            # a table before the partition, one after
"${SGDISK:-/usr/sbin/sgdisk}" --disk-guid=636f7572-7365-4e49-8e45-000000000000 \
    --new=1:1M:+"$size"M --typecode=1:ef00 --change-name=1:course \
    --partition-guid=1:636f7572-7365-4e49-8e45-000000000001 "$disk" > /dev/null
dd if="$boot_sector" of="$disk" bs=440 count=1 conv=notrunc status=none

export SOURCE_DATE_EPOCH=315532800 TZ=UTC           # 1980 begins, and with it FAT's time
"${MFORMAT:-mformat}" -i "$volume" -F -c 1 -H 2048 -h 255 -s 63 -T $((size * 2048)) -N 636f7572 ::
mmd -i "$volume" ::EFI ::EFI/BOOT ::boot
mcopy -i "$volume" "$loader" ::EFI/BOOT/BOOTX64.EFI
mcopy -i "$volume" "$kernel" ::boot/kernel.elf

printf '%s: %-10s %-12s %7d of %7d bytes\n' "$(basename "$PWD")" "$(basename "$disk")" files \
    "$(cat "$loader" "$kernel" | wc -c)" $((size * mib))
