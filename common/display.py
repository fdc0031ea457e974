#!/usr/bin/env python3
"""Fails if none of the named window systems can be reached: display.py x11 wayland.
We ask the libraries with which emulators open their windows. Where a library is missing, the
emulator must have its own, and we assume that it works."""

import ctypes
import os
import sys

ANSWERS = {"x11": ("DISPLAY", "libX11.so.6", "XOpenDisplay"),
           "wayland": ("WAYLAND_DISPLAY", "libwayland-client.so.0", "wl_display_connect")}


def answers(variable, library, connect):
    if not os.environ.get(variable):
        return False
    try:
        connect = getattr(ctypes.CDLL(library), connect)
    except OSError:
        return True
    connect.restype = ctypes.c_void_p
    return bool(connect(None))


if __name__ == "__main__":
    sys.exit(not any(answers(*ANSWERS[name]) for name in sys.argv[1:]))
