"""Both emulators, and what is told them in different words."""

from bochs import Bochs
from qemu import Qemu


def cd(Machine, image):
    """What a machine is made with that boots a CD: a disk or none, and options."""
    if Machine is not Bochs:
        return None, "-cdrom", image
    return image, f"ata0-master: type=cdrom, path={image}, status=inserted", "boot: cdrom"


EMULATORS = [Qemu, Bochs]
