#!/bin/sh
# Boots a machine in QEMU: in a window; without one in the terminal; and without either it
# prints the machine's screen as soon as that rests.
#
#   run.sh BOOT OPTION...
#
# BOOT is the way to boot, as in make run BOOT=grub; the options are the machine's, for QEMU.
# QEMU is how it is called, PYTHON the Python that prints screens; DRAWN is not empty if the
# machine's screen shows pixels.
set -eu

boot=$1
shift
here=$(dirname "$0")
qemu=${QEMU:-qemu-system-x86_64}

# shellcheck disable=SC2086 # QEMU may be a command with options
if "$here/window.sh" qemu $qemu; then
    exec $qemu "$@"
elif ! [ -t 0 ] || ! [ -t 1 ]; then
    exec "${PYTHON:-python3}" "$here/screen.py" "$boot" build $qemu
fi

# A terminal can show text, and so no pixels; the serial port has the same text.
if [ "${DRAWN:-}" ]; then
    leave='Ctrl-A, then x'
    set -- "$@" -serial mon:stdio -display none
else
    leave='Alt-2, then quit and Enter'
    set -- "$@" -monitor vc -display curses
fi
echo "To leave the machine: $leave."
sleep 2
# shellcheck disable=SC2086
exec $qemu "$@"
