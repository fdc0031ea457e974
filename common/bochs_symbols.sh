#!/bin/sh
# Prints the addresses and names of programs as Bochs's debugger reads them, a line for each.
# Where two names share an address, it shows the first one, which should be code.
#
#   bochs_symbols.sh PROGRAM...
#
# NM names the tool that reads the programs.
set -eu

for program; do
    "${NM:-nm}" "$program"
done | LC_ALL=C sort -k2,2r -k3,3 | awk '$2 ~ /[BbDdRrTt]/ { print $1, $3 }'
