#!/bin/sh
# Boots a machine in QEMU, with gdb attached: boot.gdb says what happens then.
#
#   gdb.sh OPTION...
#
# The options are the machine's, for QEMU. QEMU, GDB and PYTHON are these commands; PROGRAMS are
# the files, in running order, whose names gdb should know. If RECORD is not empty, the boot is
# recorded first, and gdb gets a QEMU that repeats it, forwards and backwards. The machine's disk
# is the open file 8.
set -eu

here=$(dirname "$0")
qemu=${QEMU:-qemu-system-x86_64}
# shellcheck disable=SC2086 # QEMU may be a command with options
"$here/window.sh" qemu $qemu && display='' || display='-display none'

# gdb gives the machine a session of its own, where a signal that ends gdb does not reach it.
# So we have Linux end the machine with gdb, whatever gdb died of.
! command -v setpriv > /dev/null || qemu="setpriv --pdeathsig KILL $qemu"

# The record is the open file 7. It has no name, and is gone with the last process that has it
# open. An instruction takes 64 ns of the machine's time (shift=6).
if [ "${RECORD:-}" ]; then
    record=$(mktemp)
    exec 7<> "$record"
    rm "$record"
    RECORDED=$("${PYTHON:-python3}" "$here/gdb_record.py" "$qemu" "$@" -icount shift=6,rr=record,rrfile=/dev/fd/7)
    export RECORDED
    set -- "$@" -icount shift=6,rr=replay,rrfile=/dev/fd/7
fi
export QEMU="$qemu $* $display"
exec "$here/attended.sh" "${GDB:-gdb}" -q -nx -x "$here/backwards.gdb" -x "$here/boot.gdb"
