"""UEFI starts the kernel, which finds all that it was promised."""

import os
import re
import shutil
import subprocess

import pytest

import checks
import pixels
from boot_info import ACPI_TABLES, KERNEL, LOADER, MIB, PAGE, RESERVED, USABLE, boot_info, joined, kernel_memory
from course import QUICK, ROOT, THOROUGH, change, chapter_of, image, make, named
from elf_files import CODE, LOWEST, elf, pattern
from greetings import LIGHT_CYAN, SERIAL_TEXT
from images import VOLUME
from page_tables import PHYSICAL_MEMORY, pages
from qemu import BUSES, EXIT_CODE, Qemu, Uefi, checks_failed
from snapshots import LARGE, SMALL, START, WarmUefi

CHAPTER = chapter_of(__file__)
BUILD = ROOT / "chapters" / CHAPTER / "build"
ESP = BUILD / "esp.img"


# Each bus once, and each display once. Of ramfb, QEMU takes the picture from the machine's own memory; on
# virtio-gpu-pci the firmware can draw, but we cannot: it is passed over.
MACHINES = {
    "IDE": ["VGA"],
    "AHCI": ["cirrus-vga"],
    "USB": ["virtio-vga"],
    "NVMe": ["ramfb"],
    "SCSI": ["virtio-gpu-pci", "secondary-vga"]}


@pytest.mark.parametrize("bus", MACHINES)
def test_says_hello(bus, tmp_path):
    """From cold, by the firmware's own way, and from a disk that is larger than the image, as sticks
    are: the second copy of the partition table is not at its end. The last display is the one
    that we draw on."""
    disk = tmp_path / "disk.img"
    shutil.copy(ESP, disk)
    os.truncate(disk, 8 << 30)
    *passed_over, display = MACHINES[bus]
    devices = [word for device in passed_over for word in ("-device", device)]
    with Uefi(None, *BUSES[bus](disk), "-vga", "none", *devices, "-device", f"{display},id=ours") as machine:
        said = checks.greets(machine)
        seen = pixels.screen(machine, CHAPTER, device="ours")
        assert str(seen) == said
        assert seen.attributes(0, len("Hello World!")) == {LIGHT_CYAN}


@pytest.mark.parametrize("kernel, kind", [(THOROUGH, SMALL), (QUICK, LARGE)])
def test_kernel_finds_what_it_was_promised(images, kernel, kind):
    with WarmUefi(images[kernel, "esp.img"], *EXIT_CODE, kind=kind) as machine:
        assert checks_failed(machine) == 0


def test_kernel_finds_rights_without_nx_in_little_memory(images):
    with Uefi(images["rights", "esp.img"], *EXIT_CODE, "-cpu", "qemu64,-nx", "-m", "64M") as machine:
        assert checks_failed(machine) == 0


@pytest.mark.parametrize("kind", [SMALL, LARGE], ids=["128M", "5G"])
def test_window_holds_all_ram_and_the_display(kind):
    with WarmUefi(ESP, kind=kind, stopped=True) as machine:
        machine.run_to(LOWEST)
        info = boot_info(machine)
        mapped, _ = pages(machine)
    display = info.display_start, info.display_start + info.rows * info.pitch
    assert all(virtual >= PHYSICAL_MEMORY for virtual, *_ in mapped), "the lower half is empty"
    window = [(physical, physical + size) for virtual, physical, size, *_ in mapped
              if virtual == PHYSICAL_MEMORY + physical]
    ram = [(start & -PAGE, (end + PAGE - 1) & -PAGE) for start, end, kind in info.memory if kind < RESERVED]
    assert joined(window) == joined([(0, MIB), *ram, display])
    assert any(start <= display[0] and display[1] <= end and kind == RESERVED for start, end, kind in info.memory)


@pytest.mark.parametrize("kind, mib, at_least", [(SMALL, 128, 118), (LARGE, 5120, 5094)], ids=["128M", "5G"])
def test_firmware_leaves_its_memory_to_the_kernel(kind, mib, at_least):
    with WarmUefi(ESP, kind=kind, stopped=True) as machine:
        machine.run_to(LOWEST)
        memory = boot_info(machine).memory
    assert at_least <= sum(end - start for start, end, kind in memory if kind in (USABLE, LOADER, KERNEL)) // MIB < mib


def test_loads_what_a_bios_loads():
    loaded = []
    for Machine, disk in ((Qemu, image(CHAPTER)), (WarmUefi, ESP)):
        with Machine(disk, stopped=True) as machine:
            machine.run_to(LOWEST)
            start, end = kernel_memory(machine)
            loaded.append(machine.memory(start, end - start))
    assert loaded[0] == loaded[1]


def test_large_kernel(pack):
    """Of 40 MiB: the volume grows with it."""
    content = pattern(40 * MIB + 5)
    disk = pack(elf(CODE, (LOWEST + PAGE, 0x1000, content, len(content), 4)), "esp.img")
    with WarmUefi(disk, kind=LARGE, stopped=True) as machine:
        machine.run_to(LOWEST)
        start, _ = kernel_memory(machine)
        assert machine.memory(start + PAGE, len(content)) == content


def says(machine, error):
    machine.wait_for_rest()
    assert re.findall(r"(?m)^boot error: .*", machine.screen()) == [f"boot error: {error}"]


def test_says_what_is_wrong_with_the_kernels_file(pack):
    with WarmUefi(pack(b"MZ, or anything else", "esp.img")) as machine:
        says(machine, "the kernel is not an ELF file")


def test_too_little_memory_is_drawn(pack):
    """The firmware has been left by then."""
    error = "too little memory for the kernel's segments"
    with WarmUefi(pack(elf(CODE, (LOWEST + PAGE, 0, b"", 128 * MIB, 6)), "esp.img")) as machine:
        says(machine, error)
        assert str(pixels.screen(machine, CHAPTER)) == f"boot error: {error}"


def without_kernel(tmp_path):
    disk = tmp_path / "none.img"
    shutil.copy(ESP, disk)
    subprocess.run(["mdel", "-i", f"{disk}@@{VOLUME}", "::boot/kernel.elf"], check=True)
    return disk


def test_goes_back_to_the_firmware_which_starts_the_next_disk(tmp_path):
    with Uefi(ESP, "-drive", f"file={without_kernel(tmp_path)},format=raw,if=ide,snapshot=on") as machine:
        says(machine, r"the kernel is missing: \boot\kernel.elf cannot be opened")
        machine.press("ret")
        machine.wait_for(SERIAL_TEXT)
        assert "Load Error" in machine.screen()


def test_leaves_nothing_behind_in_the_firmware(pack):
    """The shell counts the memory that is taken for a loader's data, before and after an error.
    The kernel's file, which is none, has 4096 pages."""
    *finds, loader = START
    disk = pack(bytes(4096 * PAGE), "esp.img")
    with WarmUefi(disk, lines=[*finds, "memmap", loader]) as machine:
        says(machine, "the kernel is not an ELF file")
        machine.press("ret")
        machine.wait_for("the firmware goes on.(?s:.*)Shell>")
        machine.type("memmap", "echo done")
        machine.wait_for("(?m)^done")
        counts = re.findall(r"LoaderData *: *([\d,]+) Pages", machine.screen())
        before, after = (int(count.replace(",", "")) for count in counts)
        assert after - before < 100


def test_shell_starts_it_with_a_command_line():
    *finds, loader = START
    with WarmUefi(ESP, lines=[*finds, f"{loader} quiet debug=1"]) as machine:
        checks.greets(machine)
        assert f"\nCommand line {loader} quiet debug=1\n" in machine.screen()


def allocates(folder, pieces, then):
    """Builds a copy of the chapter whose loader first takes pieces of memory for good: of each, C
    for its type, the pages, and where the one with number i begins. It goes on when it has all."""
    count, kind, pages, start = pieces
    change(folder / "loader/efi_main.c", r"    loader_main\(\);", f"""
    for (uint64_t i = 0; i < {count}; i++) {{
        uint64_t start = {start};
        while (uefi_services->allocate_pages(2 /* AllocateAddress */, {kind}, {pages}, &start) != 0)
            ;
    }}
    {then};""")
    make(folder, "build/esp.img")
    return folder / "build/esp.img"


def test_map_of_2000_pieces(workshop):
    """Pages by turns of ACPI's tables, and of the loader's."""
    pieces = 2000, "i % 2 ? UEFI_ACPI_RECLAIM : UEFI_LOADER_DATA", 1, f"{32 * MIB} + i * {2 * PAGE}"
    with WarmUefi(allocates(workshop(CHAPTER), pieces, "loader_main()"), stopped=True) as machine:
        machine.run_to(LOWEST)
        memory = set(boot_info(machine).memory)
    assert memory.issuperset((start, start + PAGE, (LOADER, ACPI_TABLES)[i % 2])
                             for i, start in enumerate(range(32 * MIB, 32 * MIB + 4000 * PAGE, 2 * PAGE)))


def test_grub_where_runtime_data_is_from_1_to_2_mib(images, workshop):
    """The program on a first disk takes that memory, and fails; the second disk has GRUB. The test
    kernel finds all that is handed over in memory that it can reach."""
    *finds, first = START
    second = first.replace("fs0", "fs1")
    disk = allocates(workshop(CHAPTER), (1, 6, 256, MIB), "return UEFI_LOAD_ERROR")
    with WarmUefi(disk, "-cdrom", images["state", "cd.iso"], *EXIT_CODE, lines=[*finds, first, second]) as machine:
        assert checks_failed(machine) == 0
        assert re.search(f"{re.escape(second)}\n.*Booting `", machine.screen(), re.DOTALL)


def test_line_is_drawn_when_the_firmware_is_half_gone(workshop):
    """It refuses to be left for good, and nothing else of it may be used any more."""
    folder = workshop(CHAPTER)
    change(folder / "loader/uefi_memory.c", r"map_key\);", "map_key + 1);")
    make(folder, "build/esp.img")
    with WarmUefi(folder / "build/esp.img") as machine:
        says(machine, "the firmware does not let the loader go")
        assert str(pixels.screen(machine, CHAPTER)) == "boot error: the firmware does not let the loader go"


def test_secure_boot_refuses_the_loader():
    """It has no signature."""
    with Uefi(ESP, "-machine", "q35,smm=on", "-global", "driver=cfi.pflash01,property=secure,value=on",
              code="/usr/share/OVMF/OVMF_CODE_4M.ms.fd", variables="/usr/share/OVMF/OVMF_VARS_4M.ms.fd") as machine:
        machine.wait_for("BdsDxe: failed to load .*: Access Denied")


def test_make_run_of_the_hybrid_disk(folder):
    assert re.search(SERIAL_TEXT, make(folder, "run", "BOOT=hybrid-uefi"))


@pytest.mark.parametrize("name", ["elf-loader", CHAPTER[3:]])
def test_way_that_the_chapter_has_not(name):
    result = subprocess.run(["make", "-C", ROOT / "chapters" / named(name), "BOOT=other"], capture_output=True, text=True)
    assert result.returncode and "BOOT=other: this chapter has bios" in result.stderr
