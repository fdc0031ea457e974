#!/bin/sh
# Runs a debugger: attended.sh COMMAND...
#
# A machine that keeps running stops when you press Ctrl-C. Where nobody is there to do it, we
# do, once it has taken long enough; and if the debugger still goes on, we end it.
set -eu

{ : <&0; } 2> /dev/null || exec < /dev/null      # debuggers wait endlessly for input that is closed
[ -t 0 ] || set -- timeout --foreground --preserve-status --signal=INT --kill-after=10 "${TIMEOUT:-100}" "$@"
exec "$@"
