#!/bin/sh
# Runs a debugger: attended.sh COMMAND...
#
# A machine that runs on stops when somebody presses Ctrl-C. Where nobody is there to do it,
# this does, once that has taken long enough; and if the debugger goes on, it is ended.
set -eu

{ : <&0; } 2> /dev/null || exec < /dev/null      # debuggers wait without end for input that is closed
[ -t 0 ] || set -- timeout --foreground --preserve-status --signal=INT --kill-after=10 "${TIMEOUT:-100}" "$@"
exec "$@"
