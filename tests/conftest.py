import atexit
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import pytest

pytest.register_assert_rewrite("checks")  # so that its failures show what they compared
sys.path.append(str(Path(__file__).parent / "tools"))

import find_lib  # noqa: E402,F401
import shared  # noqa: E402
from bochs import debugger  # noqa: E402
from course import ROOT, copy_chapter, copy_sources, make  # noqa: E402
from emulators import EMULATORS  # noqa: E402
from endings import remove  # noqa: E402


MEMORY = "/dev/shm"  # what is written there goes to no disk
IN_A_WORKER = "PYTEST_XDIST_WORKER" in os.environ


def roomy(folder):
    """Whether all tests find room there for what they write, and may execute it."""
    if not os.access(folder, os.W_OK):
        return False
    about = os.statvfs(folder)
    return about.f_bavail * about.f_frsize >= 4 << 30 and not about.f_flag & os.ST_NOEXEC


def stay_on_a_core(worker):
    """For a worker and all that it starts. A test and its machine wait for each other most of the time: so one
    core does for both, and while there is a core for each worker, none disturbs another one."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[worker % len(cores)]})


def pytest_configure(config):
    """The places of what all workers share, and what common/bochs.sh need not ask again. A test that runs
    pytest on a broken copy of the course shares its machines with it, but nothing that was built."""
    def share(place):
        folder = os.environ[place] = tempfile.mkdtemp()
        config.add_cleanup(lambda: shutil.rmtree(folder))

    if getattr(config.option, "numprocesses", None) and roomy(MEMORY):
        tempfile.tempdir = os.environ["TMPDIR"] = tempfile.mkdtemp(dir=MEMORY)
        atexit.register(remove, Path(tempfile.tempdir))  # after pytest's own
        for ends_us in signal.SIGTERM, signal.SIGHUP:
            if signal.getsignal(ends_us) != signal.SIG_IGN:
                signal.signal(ends_us, signal.default_int_handler)
    if IN_A_WORKER:
        stay_on_a_core(int(os.environ["PYTEST_XDIST_WORKER"].removeprefix("gw")))
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # a copy of the course takes along what Python has compiled
    if not hasattr(config, "workerinput"):
        share(shared.BUILT)
    if shared.MACHINES not in os.environ:
        share(shared.MACHINES)
        session = Path(os.environ[shared.MACHINES]) / "session"  # while this is open, the machines in it wait
        os.mkfifo(session)
        os.open(session, os.O_RDWR)
        os.environ["BOCHS_DEBUGGER"] = debugger()


def pytest_collection_modifyitems(items):
    """What one worker does alone, because it needs a browser, begins first."""
    items.sort(key=lambda item: not item.get_closest_marker("xdist_group"))


@pytest.fixture(params=EMULATORS, ids=lambda emulator: emulator.__name__)
def Machine(request):
    """Each test that asks for it runs on both emulators."""
    return request.param


@pytest.fixture
def tmp_path(tmp_path):
    """Among all tests, one that is over leaves nothing in memory. Alone, its folder can be looked at."""
    yield tmp_path
    if IN_A_WORKER:
        shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.fixture
def workshop(tmp_path):
    """Copies chapters to be changed."""
    return lambda chapter: copy_chapter(chapter, tmp_path)


@pytest.fixture
def sources(tmp_path):
    """The same, with nothing built yet."""
    return lambda chapter: copy_sources(chapter, tmp_path)


def link_tools(folder, wanted):
    places = [place for place in os.environ["PATH"].split(":") if os.path.isdir(place)]
    tools = {tool.name: tool.path for place in reversed(places) for tool in os.scandir(place)}
    for name, tool in tools.items():
        if wanted(name) and os.access(tool, os.X_OK):
            os.symlink(tool, folder / name)


@pytest.fixture
def path_without(tmp_path):
    """Makes a PATH with all tools of this machine, except some of those that the course needs: these
    are in a folder of the test's own, and the thousands of others in one that all tests share."""
    needed = {line.split()[0] for line in (ROOT / "common/packages.txt").read_text().splitlines()}

    def path(*missing):
        assert needed.issuperset(missing)
        folder = tmp_path / "bin"
        folder.mkdir()
        link_tools(folder, needed.difference(missing).__contains__)
        others = shared.once("tools", lambda place: link_tools(place, lambda name: name not in needed))
        return f"{folder}:{others}"
    return path


def with_test_kernels(folder):
    shutil.copytree(ROOT / "tests/kernels", folder / "kernel", dirs_exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def folder(request, tmp_path_factory):
    """A copy of the chapter that a file tests, used again for builds that take no time;
    with the test kernels' files."""
    folder = with_test_kernels(copy_chapter(request.module.CHAPTER, tmp_path_factory.mktemp("again")))
    yield folder
    shutil.rmtree(folder)


class Images(dict):
    """Test kernels on the images that a chapter makes, by the names of both; a kernel is named
    after its files of tests/kernels. Each is built when it is first asked for."""

    def __init__(self, chapter):
        self.chapter = chapter

    def __missing__(self, key):
        kernel, name = key
        with shared.turn(f"images/{self.chapter}") as place:
            image, folder = place / f"{kernel}-{name}", place / "chapters" / self.chapter
            if not folder.exists():
                with_test_kernels(copy_chapter(self.chapter, place))
            if not image.exists():
                (folder / "build/kernel.elf").unlink(missing_ok=True)  # it has no file but the last one's
                make(folder, f"kernel=entry support {kernel.replace('-', ' ')}", f"build/{name}")
                (folder / "build" / name).rename(image)
        self[key] = image
        return image


@pytest.fixture(scope="module")
def images(request):
    return Images(request.module.CHAPTER)


@pytest.fixture
def pack(folder):
    """Packs a kernel, and returns the image that it is on."""
    def packed(kernel, name="disk.img"):
        (folder / "any.elf").write_bytes(kernel)
        make(folder, f"KERNEL={folder / 'any.elf'}", f"build/{name}")
        return folder / "build" / name
    return packed
