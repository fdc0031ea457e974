"""How our tools end: with one sentence if they cannot do their work, by the signal that was sent
to end them, and in each case with nothing left over. Imported before what may be missing."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
MODULES = {"PIL": "/usr/lib/python3/dist-packages/PIL/Image.py"}  # as packages.txt names them


class Signalled(BaseException):
    """We are asked to end: what is open is closed, and what is temporary is removed."""


def missing(tool):
    """doctor.sh's sentence about a tool."""
    known = [line.split()[0] for line in (HERE / "packages.txt").read_text().splitlines()]
    if tool not in known:
        return f"{tool} is missing"
    said = subprocess.run([HERE / "doctor.sh", "missing", tool], capture_output=True, text=True)
    return f"{said.stdout.strip()}."


def need(*tools):
    """Ends before anything is done if one of these is not here: commands, or files with a path."""
    for tool in tools:
        if not (Path(tool).exists() if "/" in tool else shutil.which(tool)):
            sys.exit(missing(tool))


def write(files):
    """Writes texts or bytes by path, all of them or none: a disk may be full."""
    new = {path: path.with_name(f"{path.name}.new") for path in files}
    try:
        for path, data in files.items():
            new[path].write_bytes(data.encode() if isinstance(data, str) else data)
            if path.exists():
                shutil.copymode(path, new[path])
        for path in files:
            new[path].replace(path)
    finally:
        for path in new.values():
            path.unlink(missing_ok=True)


def remove(folder):
    """Removes a folder, even if a process that our tool started there has not quite ended."""
    shutil.rmtree(folder, ignore_errors=True)
    for _ in range(100):
        if not folder.exists():
            return
        time.sleep(0.05)
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def temporary_folder():
    folder = Path(tempfile.mkdtemp())
    try:
        yield folder
    finally:
        remove(folder)


def before_main(kind, error, traceback):
    """What to say about an import that failed."""
    if kind is KeyboardInterrupt:
        die_by(signal.SIGINT)
    if kind is ModuleNotFoundError and error.name in MODULES:
        print(missing(MODULES[error.name]), file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, traceback)


sys.excepthook = before_main


def die_by(number):
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def sentence(error):
    """What to say about an error that is no mistake of the tool's."""
    if isinstance(error, FileNotFoundError) and not Path(str(error.filename)).parent.name:
        return missing(error.filename)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'output'}: {error.strerror}"
    return str(error)


def run(main):
    """Runs a tool's main function."""
    def signalled(number, _):
        for each in caught:
            signal.signal(each, signal.SIG_IGN)  # nothing may interrupt the tidying up
        raise Signalled(number)

    caught = [each for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
              if signal.getsignal(each) != signal.SIG_IGN]
    for each in caught:
        signal.signal(each, signalled)
    number = None
    try:
        main()
        sys.stdout.flush()
    except Signalled as error:
        number = error.args[0]
    except BrokenPipeError:  # the reader of our output has had enough
        number = signal.SIGPIPE
    except (OSError, RuntimeError) as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the rest of what could not be written
        sys.exit(sentence(error))
    if number:
        die_by(number)
