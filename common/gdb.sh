#!/bin/sh
# Boots a machine in QEMU, with gdb attached: boot.gdb says what happens then.
#
#   gdb.sh OPTION...
#
# The options are the machine's, for QEMU. QEMU and GDB are how the two are called; PROGRAMS
# are the files, in running order, whose names gdb is to know.
set -eu

here=$(dirname "$0")
qemu=${QEMU:-qemu-system-x86_64}
# shellcheck disable=SC2086 # QEMU may be a command with options
"$here/window.sh" qemu $qemu || set -- "$@" -display none

# gdb gives the machine a session of its own, where no signal reaches it that ends gdb. Linux
# can end it with gdb, whatever gdb died of.
! command -v setpriv > /dev/null || qemu="setpriv --pdeathsig KILL $qemu"
export QEMU="$qemu $*"
exec "$here/attended.sh" "${GDB:-gdb}" -q -nx -x "$here/boot.gdb"
