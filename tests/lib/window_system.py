"""A window system that nobody sees: Bochs has pixels to draw only where there is one."""

import os
import struct
import subprocess
import tempfile
from pathlib import Path

from PIL import Image


class Xvfb:
    """An X server; while it runs, DISPLAY names it."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        ours, its = os.pipe()
        self.process = subprocess.Popen(["Xvfb", "-displayfd", str(its), "-screen", "0", "1280x1024x24",
                                         "-fbdir", self.folder.name], pass_fds=[its], stderr=subprocess.DEVNULL)
        os.close(its)
        with open(ours) as number:
            self.before = os.environ.get("DISPLAY")
            os.environ["DISPLAY"] = f":{number.readline().strip()}"
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()
        del os.environ["DISPLAY"]
        if self.before is not None:
            os.environ["DISPLAY"] = self.before

    def picture(self):
        """What is drawn there now. The file has the format of xwd (X11/XWDFile.h)."""
        data = (Path(self.folder.name) / "Xvfb_screen0").read_bytes()
        header = struct.unpack_from(">25I", data)
        size, width, height, row, colours = header[0], header[4], header[5], header[12], header[19]
        return Image.frombytes("RGB", (width, height), data[size + 12 * colours:], "raw", "BGRX", row)
