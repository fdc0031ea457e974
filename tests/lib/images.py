"""Images of disks."""

def as_floppy(disk, folder):
    """A 1.44 MB floppy with a disk image's bytes."""
    floppy = folder / "floppy.img"
    floppy.write_bytes(disk.read_bytes().ljust(1440 * 1024, b"\0"))
    return floppy
