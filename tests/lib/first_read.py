"""A QEMU whose UEFI firmware continues from its first read of the disk. Up to there it takes most
of its time, and all that it has seen of the disk is the size. So one machine goes that far with
a disk that cannot be read, where QEMU stops it, and we save it; each further machine continues
as a copy of it, and reads its own disk as if it had been started with that disk."""

import shlex
import shutil

import shared
from qemu import Uefi
from resumed import moves
from screen import Deadline, Uefi as ReadersUefi


def save(size, folder):
    """Saves a machine with a disk of this size, and makes the command that continues it."""
    disk = (f"file.driver=blkdebug,file.inject-error.0.event=read_aio,file.image.driver=null-co,file.image.size={size},"
            "driver=raw,if=ide,rerror=stop")
    with ReadersUefi("-drive", disk) as machine:  # which has no device but those of make run
        deadline = Deadline(machine.process, Uefi.patience)
        while "STOP" not in machine.events:
            assert deadline.left() > 0, f"the firmware reads no disk:\n{machine.screen()}"
            machine.wait(machine.look_again)
        moves(machine, "migrate", f"exec:cat > '{folder}/stopped'")
    state = (folder / "stopped").read_bytes()
    assert state.count(b"io-error") == 1
    (folder / "state").write_bytes(state.replace(b"io-error", b"running\0"))
    (folder / "stopped").unlink()
    command = folder / "qemu-system-x86_64"
    command.write_text(f"""#!/bin/sh
case "$* " in
*" -S "*) ;;  # who wants to see the first instruction starts from cold
*if=pflash*) set -- "$@" -incoming "exec:cat '${{0%/*}}/state'" ;;
esac
exec {shlex.quote(shutil.which(command.name))} "$@"
""")
    command.chmod(0o755)


def path(size):
    """A folder for PATH, in front of the others, with a qemu-system-x86_64 that continues such a machine."""
    return shared.once(f"first-read-{size}", lambda folder: save(size, folder), shared.MACHINES)
