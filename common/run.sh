#!/bin/sh
# Boots a machine in QEMU: in a window; without one in the terminal; and without either it
# prints the machine's screen as soon as that rests.
#
#   run.sh BOOT OPTION...
#
# BOOT is the way to boot, as in make run BOOT=grub; the options are the machine's, for QEMU.
# QEMU is how it is called, PYTHON the Python that prints screens; DRAWN is not empty if the
# machine's screen shows pixels. The machine's disk is open already, and build/ is left to others.
set -eu

boot=$1
shift
here=$(dirname "$0")
qemu=${QEMU:-qemu-system-x86_64}

# Whether text can be drawn on our terminal; TERM=dumb, for one, cannot place its cursor.
can_draw() {
    [ -t 0 ] && [ -t 1 ] || return
    [ "${DRAWN:-}" ] || tput cup 0 0 > /dev/null 2>&1 && return
    echo "No machine can be drawn on this terminal (TERM=${TERM:-}); its screen is printed." >&2
    return 1
}

# shellcheck disable=SC2086 # QEMU may be a command with options
if "$here/window.sh" qemu $qemu; then
    "$here/turn.sh" over
    exec "${PYTHON:-python3}" "$here/watched.py" $qemu "$@"
elif ! can_draw; then
    exec "${PYTHON:-python3}" "$here/screen.py" "$boot" build "$qemu"
fi

# A terminal can show text, and so no pixels; the serial port has the same text.
if [ "${DRAWN:-}" ]; then
    leave='Ctrl-A, then x'
    set -- "$@" -serial mon:stdio -display none
else
    leave='Alt-2, then quit and Enter'
    set -- "$@" -monitor vc -display curses
fi
"$here/turn.sh" over
echo "To leave the machine: $leave."
sleep 2
# shellcheck disable=SC2086
exec "${PYTHON:-python3}" "$here/watched.py" $qemu "$@"
