import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

pytest.register_assert_rewrite("checks")  # so that its failures show what they compared
sys.path.append(str(Path(__file__).parent / "tools"))

import find_lib  # noqa: E402,F401
from course import KERNELS, ROOT, copy_chapter, make  # noqa: E402
from emulators import EMULATORS  # noqa: E402
from snapshots import FOLDER  # noqa: E402


def pytest_configure(config):
    """All workers share the snapshots, and so do the runs of pytest that tests start."""
    if FOLDER not in os.environ:
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="uefi-snapshots-")
        config.add_cleanup(lambda: shutil.rmtree(os.environ.pop(FOLDER)))


@pytest.fixture(params=EMULATORS, ids=lambda emulator: emulator.__name__)
def Machine(request):
    """Each test that asks for it runs on both emulators."""
    return request.param


@pytest.fixture
def workshop(tmp_path):
    return lambda chapter: copy_chapter(chapter, tmp_path)


@pytest.fixture
def path_without(tmp_path):
    """Makes a PATH with all tools of this machine, except some."""
    def path(*missing):
        folder = tmp_path / "bin"
        folder.mkdir()
        for place in reversed(os.environ["PATH"].split(":")):
            for tool in Path(place).iterdir() if Path(place).is_dir() else []:
                if tool.name not in missing and os.access(tool, os.X_OK):
                    (folder / tool.name).unlink(missing_ok=True)
                    (folder / tool.name).symlink_to(tool)
        return str(folder)
    return path


@pytest.fixture(scope="module")
def folder(request, tmp_path_factory):
    """A copy of the chapter that a file tests, used again for builds that take no time;
    with the test kernels' files."""
    folder = copy_chapter(request.module.CHAPTER, tmp_path_factory.mktemp("again"))
    shutil.copytree(ROOT / "tests/kernels", folder / "kernel", dirs_exist_ok=True)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def images(folder, tmp_path_factory):
    """Each test kernel on each image that the chapter makes, by the names of both."""
    place, images = tmp_path_factory.mktemp("images"), {}
    for kernel in KERNELS:
        make(folder, f"kernel=entry support {kernel}")
        for image in [*folder.glob("build/*.img"), *folder.glob("build/*.iso")]:
            images[kernel, image.name] = place / f"{kernel}-{image.name}"
            shutil.copy(image, images[kernel, image.name])
    yield images
    shutil.rmtree(place)


@pytest.fixture
def pack(folder):
    """Packs a kernel, and returns the image that it is on."""
    def packed(kernel, name="disk.img"):
        (folder / "any.elf").write_bytes(kernel)
        make(folder, f"KERNEL={folder / 'any.elf'}", f"build/{name}")
        return folder / "build" / name
    return packed
