#!/bin/sh
# Makes one disk for both kinds of firmware: the BIOS's as it is, followed by UEFI's volume.
#
#   make_hybrid.sh DISK BIOS-DISK UEFI-DISK
#
# UEFI-DISK is make_esp.sh's: the volume is all of it except the first and the last MiB. It
# becomes the second partition of the BIOS's disk. UEFI also takes a partition table of that
# kind, if it says which one is the system partition (UEFI specification, "Legacy Master Boot
# Record (MBR)"). SFDISK names the tool that writes the table.
set -eu

disk=$1 bios=$2 uefi=$3
mib=1048576
size=$(($(stat -c %s "$uefi") / mib - 2))           # MiB

rm -f "$disk"                                       # a machine may have the old one open
cp "$bios" "$disk"
truncate --size=%1M "$disk"
start=$(($(stat -c %s "$disk") / mib))
truncate --size=+"$size"M "$disk"
truncate --size=%516096 "$disk"                     # to whole cylinders: Bochs has no other disks
echo "start=$((start * 2048)), size=$((size * 2048)), type=ef" | "${SFDISK:-/usr/sbin/sfdisk}" --quiet --append "$disk"
dd if="$uefi" of="$disk" bs=1M skip=1 seek="$start" count="$size" conv=notrunc status=none
