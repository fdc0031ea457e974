#!/bin/sh
# Prints the linker's options that describe the kernel's file on the disk to a loader: each
# makes a symbol whose address is the number.
#
#   kernel_symbols.sh FILE [ELF]
#
# FILE is on the disk. It says itself how much memory it needs, unless it is a flat image. Then
# ELF is what that image was made from, and common/flat_kernel.ld has left the number in it.
# NM names the tool that reads it.
set -eu

echo "--defsym=kernel_file_size=$(stat -c %s "$1")"
[ $# = 1 ] || "${NM:-nm}" "$2" | sed -n 's/^\([0-9a-f]*\) A kernel_memory_size$/--defsym=kernel_memory_size=0x\1/p'
