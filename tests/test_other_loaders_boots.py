"""The BIOS's disks where it isn't the BIOS that finds them: GRUB starts one from its menu, and
iPXE one that lies on a web server."""

import re
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import checks
from course import CHAPTERS, image, toolchain
from greetings import GREETINGS, GREY
from qemu import Qemu

SECOND, LAST = CHAPTERS[1], CHAPTERS[-1]


@pytest.mark.parametrize("root, text", [
    ("set root=(hd0)", GREETINGS[SECOND]),
    ("", ("boot error: cannot read the image, BIOS status 00: wrong disk?", GREY)),
])
def test_grub_starts_the_disk(tmp_path, root, text):
    """GRUB hands over the drive that root names, which is its own CD unless somebody says so."""
    (tmp_path / "cd/boot/grub").mkdir(parents=True)
    (tmp_path / "cd/boot/grub/grub.cfg").write_text(f"{root}\nchainloader (hd0)+1\nboot\n")
    subprocess.run([*toolchain("grub_mkrescue"), f"--directory={toolchain('grub_modules')[0]}",
                    "--fonts=", "--locales=", "--themes=", "--install-modules=normal chain",
                    "-o", tmp_path / "cd.iso", tmp_path / "cd"], check=True, capture_output=True)
    with Qemu(image(SECOND), "-cdrom", tmp_path / "cd.iso", "-boot", "d") as machine:
        checks.says(machine, *text)


class WebServer(BaseHTTPRequestHandler):
    """Serves a script and a disk, or a part of it: iPXE asks for each sector by itself."""

    protocol_version = "HTTP/1.1"
    files = {"/boot.ipxe": b"#!ipxe\nsanboot disk.img\n", "/disk.img": image(LAST).read_bytes()}

    def do_GET(self):
        content = self.files[self.path]
        part = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        first, last = map(int, part.groups()) if part else (0, len(content) - 1)
        self.send_response(206 if part else 200)
        self.send_header("Content-Range", f"bytes {first}-{last}/{len(content)}")
        self.send_header("Content-Length", last + 1 - first)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content[first:last + 1])

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


def test_ipxe_starts_a_disk_from_a_web_server():
    with ThreadingHTTPServer(("127.0.0.1", 0), WebServer) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            script = f"http://10.0.2.2:{server.server_port}/boot.ipxe"  # to the machine, that is our address
            with Qemu(None, "-netdev", f"user,id=network,bootfile={script}", "-device", "e1000,netdev=network") as machine:
                checks.says(machine, *GREETINGS[LAST])
        finally:
            server.shutdown()
