#!/bin/sh
# Boots a machine in Bochs, whose debugger stops at each magic breakpoint and knows the names
# of build/symbols, which is the open file 7.
#
#   debug.sh BOCHSRC LINE...
#
# BOCHSRC describes the machine, and each LINE is one more line of it; DISK is its disk. BOCHS is
# the command. Disk and symbols are open files already, so others may build now.
set -eu

bochsrc=$1
shift
here=$(dirname "$0")

# Bochs's term display draws on a terminal of its own, and says which. Where there
# is none, rfb is a screen that nobody has to look at.
if "$here/window.sh" bochs; then
    display=x
elif [ -t 0 ] && [ -t 1 ] && tput cup 0 0 > /dev/null 2>&1; then
    display=term
    echo "Bochs draws the machine's screen on a terminal of its own, and will name it: cat that in another terminal to see it."
else
    display='rfb, options="timeout=0"'
fi
"$here/turn.sh" over
exec "$here/attended.sh" "$here/bochs.sh" -q -f "$bochsrc" -rc "$here/bochs.rc" "display_library: $display" \
    'log: -' 'info: action=ignore' "$@"
