#!/bin/sh
# Unpacks a console font, if it is one that lib/font.asm can use: a PSF file of version 1,
# with 16 bytes per glyph (Linux, "Documentation of the PC Screen Font format").
#
#   unpack_font.sh FONT.psf.gz FONT.psf
set -eu

gzip -dc "$1" > "$2"
case $(od -A n -t x1 -N 4 "$2") in                  # two bytes of magic, a mode, the size
    ' 36 04 '??' 10') ;;
    *)
        echo "$1: not a font that we know" >&2
        exit 1
        ;;
esac
