"""What a tool is doing while it seems to do nothing."""

import sys


def at(work):
    """Prints a line if we are on a terminal, but not into a file or a pipe."""
    if sys.stdout.isatty():
        print(f"{work} …", flush=True)
