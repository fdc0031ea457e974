#!/usr/bin/env python3
"""Boots a machine in QEMU, unseen, and records what it is given from outside: the time, and
what its disk answers. From that, QEMU repeats the boot to the instruction, and goes back in it.

    gdb_record.py QEMU OPTION...

QEMU is the command; the options are the machine's, with the record's file as the open file 7, and
the disk as 8. The record ends where the machine rests or restarts; if it does neither, soon after
the last time that something new appeared on its screen or came from its disk. Prints how many
instructions that is, and why the record ends there."""

import os
import signal
import sys

import endings
import screen

LOOK = 0.25  # seconds
QUIET = 8  # looks that show nothing new
MOST = 80  # looks
RECORD, DISK = 7, 8  # open files


class Machine(screen.Qemu):

    def progress(self):
        return str(self.screen()), [disk["stats"]["rd_bytes"] for disk in self.command("query-blockstats")]

    def instructions(self):
        """How many it has carried out."""
        return self.command("query-replay")["icount"]

    def run_on(self):
        """Runs until nothing new happens, and returns how far to record, and why no further."""
        seen, end, quiet = None, 0, 0
        for look in range(MOST):
            if look == QUIET:
                print("Recording the boot, until it rests or nothing new is seen ...", file=sys.stderr)
            try:
                self.wait_for_rest(LOOK)
                return self.instructions() - 1, "the machine is at rest"  # up to the halt
            except screen.Restarted:
                return self.instructions(), "what comes next restarts the machine"
            except TimeoutError:
                new = self.progress()
                quiet = quiet + 1 if new == seen else 0
                if quiet == QUIET:
                    break
                if quiet == 0:
                    seen, end = new, self.instructions()
        return end, "the machine does not rest, and goes on without anything new"


def main():
    qemu, *options = sys.argv[1:]
    with Machine(*options, program=qemu, files=(RECORD, DISK)) as machine:
        print(*machine.run_on())
        machine.process.send_signal(signal.SIGTERM)  # by which it completes the record
        machine.process.wait()
    os.lseek(RECORD, 0, os.SEEK_SET)  # macOS opens /dev/fd/7 where it is


if __name__ == "__main__":
    endings.run(main)
