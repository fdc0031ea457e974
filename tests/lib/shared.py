"""What takes long to make and is only read: all workers share it, and the first one that asks
makes it."""

import contextlib
import fcntl
import os
import shutil
from pathlib import Path


# Variables of the environment that name a folder: one for what is built of the course, and one for
# saved machines, which know nothing of it.
BUILT, MACHINES = "SHARED_BUILDS", "SHARED_MACHINES"


@contextlib.contextmanager
def turn(name, place=BUILT):
    """A folder that all workers know by this name, for one of them at a time."""
    folder = Path(os.environ[place]) / name
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "turn", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield folder


def once(name, make, place=BUILT):
    """A folder of this name, which make has filled; it was empty before. If that fails, it
    fails in each worker that asks."""
    with turn(name, place) as folder:
        made, new = folder / "made", folder / "new"
        if not made.exists():
            shutil.rmtree(new, ignore_errors=True)
            new.mkdir()
            make(new)
            new.rename(made)
    return made
