"""Images of disks, and files in them."""

import subprocess

SECTOR, CYLINDER = 512, 516096
VOLUME = 1 << 20  # where the FAT begins on a disk for UEFI


def as_floppy(disk, folder):
    """A 1.44 MB floppy with a disk image's bytes."""
    floppy = folder / "floppy.img"
    floppy.write_bytes(disk.read_bytes().ljust(1440 * 1024, b"\0"))
    return floppy


def file_of_cd(cd, path, folder):
    """A file's bytes. It is extracted to a folder."""
    subprocess.run(["xorriso", "-osirrox", "on", "-indev", cd, "-extract", path, folder / "extracted"],
                   check=True, capture_output=True)
    return (folder / "extracted").read_bytes()


def file_of_esp(disk, path):
    return subprocess.run(["mtype", "-i", f"{disk}@@{VOLUME}", f"::{path}"], capture_output=True, check=True).stdout
