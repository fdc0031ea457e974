#!/usr/bin/env python3
"""Runs a QEMU that has a window, or draws on our terminal, and says at once if its machine restarts:
watched.py COMMAND...

QEMU reports a restart as an event of its machine protocol (QMP), on a socket of its own. The
machine stands still then, so that what it shows can be read."""

import json
import os
import signal
import socket
import subprocess
import sys

import endings

RESTARTED = "The machine has restarted, and stands still now. make explain says why."
AT_THE_BOTTOM = "\0337\033[999;1H\033[K\033[7m{}\033[m\0338"  # and the cursor goes back to where it was


def say(draws_here):
    """Says it, on a terminal that QEMU draws on in the lowest row."""
    print(AT_THE_BOTTOM.format(RESTARTED) if draws_here else RESTARTED, end="" if draws_here else "\n", file=sys.stderr, flush=True)


def watch(events, draws_here):
    """Reads events to QEMU's end; whether the machine has restarted."""
    restarted = False
    for line in events.makefile("rb"):
        message = json.loads(line)
        if "QMP" in message:
            events.sendall(b'{"execute": "qmp_capabilities"}')
        elif message.get("event") == "SHUTDOWN" and message["data"]["reason"] == "guest-reset":
            restarted = True
            say(draws_here)
    return restarted


def main():
    events, qemus = socket.socketpair()
    command = [*sys.argv[1:], "-chardev", f"socket,id=watched,fd={qemus.fileno()}", "-mon", "chardev=watched,mode=control"]
    process = subprocess.Popen(command, pass_fds=[number for number in (8, qemus.fileno()) if os.path.exists(f"/proc/self/fd/{number}")])
    qemus.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # QEMU gets it as well, and ends
    for number in signal.SIGTERM, signal.SIGHUP:
        signal.signal(number, lambda number, _: process.send_signal(number))
    draws_here = "curses" in command
    if watch(events, draws_here) and draws_here:
        process.wait()
        print(RESTARTED, file=sys.stderr)
    sys.exit(process.wait())


if __name__ == "__main__":
    endings.run(main)
