#!/bin/sh
# Starts Bochs at the prompt of its debugger, with the flags that each version needs for it.
# The arguments are Bochs's own.
set -eu
program=${BOCHS:-bochs}

# Bochs 3 starts its debugger only if asked to. 2.7 always starts in it, and knows no such flag.
# Asking Bochs takes as long as starting it, so the answer can be given as BOCHS_DEBUGGER.
debugger=${BOCHS_DEBUGGER-$("$program" --help 2>&1 | grep -o -m 1 -e '-debugger ' || true)}
# shellcheck disable=SC2086 # may be none
set -- $debugger "$@"

# Debian and Fedora name the VGA BIOS as bochsrc.txt does. In Bochs's own releases since 3.0
# its name has an ending.
share=${BXSHARE:-$(dirname "$(dirname "$(command -v "$program")")")/share/bochs}
if [ -e "$share/VGABIOS-lgpl-latest.bin" ] && ! [ -e "$share/VGABIOS-lgpl-latest" ]; then
    set -- "$@" "vgaromimage: file=$share/VGABIOS-lgpl-latest.bin"
fi

exec "$program" "$@"
