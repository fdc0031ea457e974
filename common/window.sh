#!/bin/sh
# Whether a machine can have a window: there is a window system, and the emulator can draw on
# it (in Debian, with a package of its own). If only that package is missing, says so.
#
#   window.sh qemu COMMAND      COMMAND is how QEMU is called
#   window.sh bochs
#
# PYTHON is the Python that asks whether the window system answers.
set -u

# Debian has each display of Bochs in a file of its own; elsewhere they are all there.
bochs_draws() {
    for plugins in /usr/lib/*/bochs/plugins; do
        [ ! -d "$plugins" ] || [ -e "$plugins/libbx_x_gui.so" ] || return 1
    done
}

# Whether one of these window systems lets us in.
answers() {
    [ "$(uname)" != Darwin ] || return 0
    "${PYTHON:-python3}" "$(dirname "$0")/display.py" "$@" 2> /dev/null && return
    echo "The display ${DISPLAY:-$WAYLAND_DISPLAY} cannot be reached, so there is no window. To do without one: unset DISPLAY WAYLAND_DISPLAY" >&2
    return 1
}

case $1 in
    qemu)
        shift
        [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || [ "$(uname)" = Darwin ] || exit 1
        "$@" -display help 2> /dev/null | grep -qxE 'gtk|sdl|cocoa' && { answers x11 wayland; exit; }
        ;;
    bochs)
        [ -n "${DISPLAY:-}" ] || exit 1
        bochs_draws && { answers x11; exit; }
        ;;
esac
echo 'There is a display, but no window for it: common/setup.sh window installs one.'
exit 1
