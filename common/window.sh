#!/bin/sh
# Whether a machine can have a window: there is a window system, and the emulator can draw on
# it, for which Debian has a package of its own. Says so if that is all that is missing.
#
#   window.sh qemu COMMAND      COMMAND is how QEMU is called
#   window.sh bochs
set -u

# Debian has each display of Bochs in a file of its own; elsewhere they are all there.
bochs_draws() {
    for plugins in /usr/lib/*/bochs/plugins; do
        [ ! -d "$plugins" ] || [ -e "$plugins/libbx_x_gui.so" ] || return 1
    done
}

case $1 in
    qemu)
        shift
        [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || [ "$(uname)" = Darwin ] || exit 1
        "$@" -display help | grep -qxE 'gtk|sdl|cocoa' && exit
        ;;
    bochs)
        [ -n "${DISPLAY:-}" ] || exit 1
        bochs_draws && exit
        ;;
esac
echo 'There is a display, but no window for it: common/setup.sh window installs one.'
exit 1
