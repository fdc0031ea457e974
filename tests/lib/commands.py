"""The course's commands, as a reader gives them."""

import os
import signal
import subprocess

from course import ROOT

HEADLESS = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}


def says(*command, stdin="", path=None):
    """Exit status and output of a command that is run without a terminal."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, cwd=ROOT, env=HEADLESS | ({"PATH": path} if path else {}),
                          start_new_session=True) as process:
        try:
            output = process.communicate(stdin, timeout=60)[0]
            return process.returncode, output
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise AssertionError(f"{command} does not end; it says: {process.communicate()[0]}") from None
