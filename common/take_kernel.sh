#!/bin/sh
# A kernel of the reader's own, as KERNEL= names it. That file can have any name; make works
# with a copy, whose name it understands.
#
#   take_kernel.sh looks FOLDER COPY IMAGE...   says in a sentence why it cannot be the kernel
#   take_kernel.sh copies FOLDER COPY           makes or refreshes the copy
#
# KERNEL names the file, as seen from FOLDER. The IMAGEs are what the kernel will be put on.
set -eu

does=$1 folder=$2 copy=$3
shift 3
case $KERNEL in
    /*) file=$KERNEL where= ;;
    *) file=$folder/$KERNEL where=" in $folder" ;;
esac

identity() {
    stat -L -c %d:%i "$1" 2> /dev/null
}

why_not() {
    [ -e "$file" ] || { echo "there is no such file$where"; return; }
    [ ! -d "$file" ] || { echo "this is a folder, and not a kernel's file"; return; }
    [ -f "$file" ] || { echo "this is a device or a pipe, and not a kernel's file"; return; }
    [ -r "$file" ] || { echo "you may not read this file"; return; }
    for made; do
        [ "$(identity "$file")" != "$(identity "$made")" ] || echo "make writes this file, and would put it into itself"
    done
    # The loader's code takes the size as a signed number of 32 bits.
    [ "$(stat -L -c %s "$file")" -lt 2147483648 ] || echo "a kernel's file has to be smaller than 2 GiB"
}

case $does in
    looks)
        reason=$(why_not "$copy" "$@")
        [ -z "$reason" ] || echo "KERNEL=$KERNEL: $reason"
        ;;
    copies) cmp -s "$file" "$copy" || { cp "$file" "$copy.new" && mv "$copy.new" "$copy"; } ;;
esac
