"""What make explain says of a chapter that was built, in the test's own process."""

import os
import re

import copies
import explain
from bochs import Bochs, bochs_floppy, debugger
from course import ROOT
from elf_file import ElfFile
from emulators import cd
from explain_qemu import explain_qemu
from images import as_floppy
from recorder import bochs
from recorder.programs import Programs


class Recorded(bochs.Bochs):
    """Explain's own Bochs, which need not start from cold."""

    def __init__(self, bochsrc, *lines):
        self.process = copies.copy(bochsrc, (*bochs.LINES, *lines), bochs.LARGE_PAGES)
        self.at_boot_sector = bool(self.process)
        if self.at_boot_sector:
            self.pipe, self.silent, self.patience = self.process.stdout.fileno(), False, bochs.SILENCE
            self._said()
        else:
            super().__init__(bochsrc, *lines)

    def run_to(self, address, *more):
        if not self.at_boot_sector or address != bochs.BOOT_SECTOR:
            super().run_to(address, *more)


explain.Bochs = Recorded

def explained(chapter, header, whole=True, qemu="qemu-system-x86_64"):
    """What explain prints about a chapter in a folder, which is booted as a patch's header says; qemu
    is called where Bochs cannot do it."""
    way = header.get("Boot", "bios")
    build = chapter / "build"
    os.environ |= {"BOCHS": "bochs", "BOCHS_DEBUGGER": debugger(), "DISK": f"{build}/disk.img"}
    paths = [path for path in (build / {"grub": "multiboot2.elf", "uefi": "uefi.elf"}.get(way, "boot.elf"), build / "kernel.elf")
             if path.exists()]
    if way == "uefi" or way == "grub" and "Bochs" in header:  # Bochs has no such display
        return "\n".join(explain_qemu(way, build, paths, "addr2line", [qemu], explain.Report))
    image, *more = build / "disk.img", f"ata0-master: type=disk, path={build}/disk.img, mode=volatile, journal={build}/written"
    start = explain.BOOT_SECTOR, ""
    if way == "grub":
        image, *more = cd(Bochs, build / "cd.iso")
        start = ElfFile(paths[0]).entry(), explain.MULTIBOOT
    elif way == "floppy":
        image = as_floppy(image, build)
        more = bochs_floppy(image)
    if "On Bochs" in header:
        more = *more, header["On Bochs"]
    boot = explain.Boot(ROOT / "bochsrc.txt", more, *start, image)
    entries = [ElfFile(path).entry() for path in paths[1:]]
    return "\n".join(explain.explain(boot, Programs(paths, "addr2line"), entries, whole=whole))


def flowing(text):
    """A text without its line breaks."""
    return re.sub(r"\s+", " ", text)
