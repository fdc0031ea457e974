#!/bin/sh
# Boots a machine in QEMU: in a window, or else in the terminal. Without either, it prints the
# machine's screen as soon as the machine rests.
#
#   run.sh BOOT OPTION...
#
# BOOT is the way to boot, as in make run BOOT=grub; the options are the machine's, for QEMU.
# QEMU is the command, PYTHON the Python that prints screens; DRAWN is not empty if the machine's
# screen shows pixels. The machine's disk is open already, so others may build now.
set -eu

boot=$1
shift
here=$(dirname "$0")
qemu=${QEMU:-qemu-system-x86_64}

# Whether text can be drawn on our terminal; TERM=dumb, for example, cannot place its cursor.
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

# A terminal can show text, but no pixels; the serial port has the same text.
if [ "${DRAWN:-}" ]; then
    leave='Ctrl-A, then x'
    set -- "$@" -serial mon:stdio -display none
else
    leave='Alt-2, then quit and Enter'
    set -- "$@" -monitor vc -display curses
    rows=$(stty size)
    rows=${rows%% *}
    [ "$rows" -eq 0 ] || [ "$rows" -ge 25 ] || echo "Your terminal has $rows rows, and the machine's screen has 25: until you make it larger, some of them are out of sight."
fi
"$here/turn.sh" over
echo "To leave the machine: $leave."
sleep 2
# shellcheck disable=SC2086
exec "${PYTHON:-python3}" "$here/watched.py" $qemu "$@"
