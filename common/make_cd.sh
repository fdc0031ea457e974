#!/bin/sh
# Makes a CD that starts a kernel by GRUB. The same bytes are a disk as well.
#
#   make_cd.sh CD LOADER KERNEL CONFIGURATION GRUB [GRUB-FOR-UEFI]
#
# LOADER is a program with a Multiboot2 header, KERNEL the file that it loads, CONFIGURATION
# a grub.cfg; they become /boot/loader.elf, /boot/kernel.elf and /boot/grub/grub.cfg. GRUB is
# the folder of its modules for a BIOS; with a second folder the CD boots by UEFI as well.
# The file system is ISO 9660, and firmware finds GRUB in it by the "El Torito" Bootable
# CD-ROM Format Specification. GRUB_FILE and GRUB_MKRESCUE name GRUB's two tools.
set -eu

cd=$1 loader=$2 kernel=$3 configuration=$4 grub=$5 grub_for_uefi=${6-}
folder=${cd%.iso}

# GRUB itself only says "no multiboot header found", and only on the booted machine.
if ! "${GRUB_FILE:-grub-file}" --is-x86-multiboot2 "$loader"; then
    echo "$loader: GRUB would find no Multiboot2 header in it" >&2
    exit 1
fi

rm -rf "$folder" "$cd"                          # a machine may have the old one open
mkdir -p "$folder/boot/grub"
cp "$loader" "$folder/boot/loader.elf"
cp "$kernel" "$folder/boot/kernel.elf"
cp "$configuration" "$folder/boot/grub/grub.cfg"

# Only what our grub.cfg needs goes in: no fonts, no translations, and only these modules.
# (GRUB looks for partitions of all kinds that it knows.) By default the tool makes a CD for
# all firmware that it has modules for, and with --directory for one kind.
modules="normal multiboot2 test all_video $(paste -sd ' ' "$grub/partmap.lst")"
set --
[ -n "$grub_for_uefi" ] || set -- --directory="$grub"
"${GRUB_MKRESCUE:-grub-mkrescue}" "$@" --fonts= --locales= --themes= --install-modules="$modules" \
    -o "$cd" "$folder" > "$folder.log" 2>&1 || { cat "$folder.log" >&2; exit 1; }
