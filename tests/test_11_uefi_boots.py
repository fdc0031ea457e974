"""UEFI starts the kernel, which finds all that it was promised."""

import os
import re
import shutil
import subprocess

import pytest

import checks
import pixels
from boot_info import ACPI_TABLES, KERNEL, LOADER, MIB, PAGE, RESERVED, USABLE, boot_info, joined, kernel_memory
from course import KERNELS, ROOT, change, chapter_of, image, make, named
from elf_files import CODE, LOWEST, elf, pattern
from greetings import LIGHT_CYAN, SERIAL_TEXT
from images import VOLUME
from page_tables import PHYSICAL_MEMORY, pages
from qemu import BUSES, EXIT_CODE, Qemu, Uefi, checks_failed

CHAPTER = chapter_of(__file__)
BUILD = ROOT / "chapters" / CHAPTER / "build"
ESP = BUILD / "esp.img"


@pytest.mark.parametrize("bus", BUSES)
def test_says_hello(bus, tmp_path):
    """From a disk that is larger than the image, as sticks are: the second copy of the
    partition table is not at its end."""
    disk = tmp_path / "disk.img"
    shutil.copy(ESP, disk)
    os.truncate(disk, 8 << 30)
    with Uefi(None, *BUSES[bus](disk)) as machine:
        said = checks.greets(machine)
        seen = pixels.screen(machine, CHAPTER)
        assert str(seen) == said
        assert seen.attributes(0, len("Hello World!")) == {LIGHT_CYAN}


# Of ramfb, QEMU takes the picture from the machine's own memory.
DISPLAYS = ["cirrus-vga", "virtio-vga", "ramfb"]


@pytest.mark.parametrize("display", DISPLAYS)
def test_other_displays(display):
    with Uefi(ESP, "-vga", "none", "-device", display) as machine:
        machine.wait_for_rest()
        assert str(pixels.screen(machine, CHAPTER)).startswith("Hello World!\n\nKernel")


def test_display_that_firmware_can_only_draw_on_is_passed_over():
    with Uefi(ESP, "-vga", "none", "-device", "virtio-gpu-pci", "-device", "secondary-vga") as machine:
        checks.greets(machine)


MACHINES = [
    *((kernel, "-m", "64M") for kernel in KERNELS),
    ("state", "-machine", "q35", "-smp", "4"),
    ("memory", "-machine", "q35", "-smp", "4"),
    ("rights", "-cpu", "qemu64,-nx"),
    ("state", "-cpu", "max", "-m", "5G"),
    ("rights", "-cpu", "max", "-m", "5G"),
]


@pytest.mark.parametrize("kernel, options", [(kernel, options) for kernel, *options in MACHINES])
def test_kernel_finds_what_it_was_promised(images, kernel, options):
    with Uefi(images[kernel, "esp.img"], *EXIT_CODE, *options) as machine:
        assert checks_failed(machine) == 0


@pytest.mark.parametrize("options", [(), ("-machine", "q35", "-m", "5G", "-cpu", "max")], ids=["128M", "5G"])
def test_window_holds_all_ram_and_the_display(options):
    with Uefi(ESP, *options, stopped=True) as machine:
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


@pytest.mark.parametrize("mib, at_least", [(128, 118), (4096, 4070)])
def test_firmware_leaves_its_memory_to_the_kernel(mib, at_least):
    with Uefi(ESP, "-m", f"{mib}M", stopped=True) as machine:
        machine.run_to(LOWEST)
        memory = boot_info(machine).memory
    assert at_least <= sum(end - start for start, end, kind in memory if kind in (USABLE, LOADER, KERNEL)) // MIB < mib


def test_loads_what_a_bios_loads():
    loaded = []
    for Machine, disk in ((Qemu, image(CHAPTER)), (Uefi, ESP)):
        with Machine(disk, stopped=True) as machine:
            machine.run_to(LOWEST)
            start, end = kernel_memory(machine)
            loaded.append(machine.memory(start, end - start))
    assert loaded[0] == loaded[1]


def test_large_kernel(pack):
    """Of 40 MiB: the volume grows with it."""
    content = pattern(40 * MIB + 5)
    disk = pack(elf(CODE, (LOWEST + PAGE, 0x1000, content, len(content), 4)), "esp.img")
    with Uefi(disk, "-m", "256M", stopped=True) as machine:
        machine.run_to(LOWEST)
        start, _ = kernel_memory(machine)
        assert machine.memory(start + PAGE, len(content)) == content


def says(machine, error):
    machine.wait_for_rest()
    assert re.findall(r"(?m)^boot error: .*", machine.screen()) == [f"boot error: {error}"]


def test_says_what_is_wrong_with_the_kernels_file(pack):
    with Uefi(pack(b"MZ, or anything else", "esp.img")) as machine:
        says(machine, "the kernel is not an ELF file")


def test_too_little_memory_is_drawn(pack):
    """The firmware has been left by then."""
    error = "too little memory for the kernel's segments"
    with Uefi(pack(elf(CODE, (LOWEST + PAGE, 0, b"", 128 * MIB, 6)), "esp.img")) as machine:
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


def in_shell(disk, tmp_path, *lines):
    """Makes a disk start the firmware's shell, which finds these lines to carry out; and the
    loader under another name, so that the firmware finds nothing else to start."""
    script, volume = tmp_path / "startup.nsh", ("-i", f"{disk}@@{VOLUME}")
    script.write_text("fs0:\r\n" + "".join(f"{line}\r\n" for line in lines))
    for command in (["mdel", *volume, "::EFI/BOOT/BOOTX64.EFI"], ["mcopy", *volume, script, "::startup.nsh"],
                    ["mcopy", *volume, BUILD / "BOOTX64.EFI", "::loader.efi"]):
        subprocess.run(command, check=True)
    return disk


def test_leaves_nothing_behind_in_the_firmware(pack, tmp_path):
    """The shell counts the memory that is taken for a loader's data, before and after an error.
    The kernel's file, which is none, has 4096 pages."""
    disk = in_shell(pack(bytes(4096 * PAGE), "esp.img"), tmp_path, "memmap", "loader.efi", "memmap", "echo done")
    with Uefi(disk) as machine:
        says(machine, "the kernel is not an ELF file")
        machine.press("ret")
        machine.wait_for("(?m)^done")
        counts = re.findall(r"LoaderData *: *([\d,]+) Pages", machine.screen())
        before, after = (int(count.replace(",", "")) for count in counts)
        assert after - before < 100


def test_shell_starts_it_with_a_command_line(tmp_path):
    disk = in_shell(shutil.copy(ESP, tmp_path / "shell.img"), tmp_path, "loader.efi quiet debug=1")
    with Uefi(disk) as machine:
        machine.wait_for_rest()
        assert "\nCommand line loader.efi quiet debug=1\n" in machine.screen()


def allocates(folder, pieces, then):
    """Builds a copy of the chapter whose loader first takes pieces of memory for good: of each, C
    for its type, the pages, and where the one with number i begins."""
    count, kind, pages, start = pieces
    change(folder / "loader/efi_main.c", r"    loader_main\(\);", f"""
    for (uint64_t i = 0; i < {count}; i++) {{
        uint64_t start = {start};
        uefi_services->allocate_pages(2 /* AllocateAddress */, {kind}, {pages}, &start);
    }}
    {then};""")
    make(folder, "build/esp.img")
    return folder / "build/esp.img"


def test_map_of_2000_pieces(workshop):
    """Pages by turns of ACPI's tables, and of the loader's."""
    pieces = 2000, "i % 2 ? UEFI_ACPI_RECLAIM : UEFI_LOADER_DATA", 1, f"{32 * MIB} + i * {2 * PAGE}"
    with Uefi(allocates(workshop(CHAPTER), pieces, "loader_main()"), stopped=True) as machine:
        machine.run_to(LOWEST)
        memory = set(boot_info(machine).memory)
    assert memory.issuperset((start, start + PAGE, (LOADER, ACPI_TABLES)[i % 2])
                             for i, start in enumerate(range(32 * MIB, 32 * MIB + 4000 * PAGE, 2 * PAGE)))


def test_grub_where_runtime_data_is_from_1_to_2_mib(images, workshop):
    """A first disk takes that memory, and fails, so that the firmware starts the second one, which has
    GRUB. The test kernel finds all that is handed over in memory that it can reach."""
    disk = allocates(workshop(CHAPTER), (1, 6, 256, MIB), "return UEFI_LOAD_ERROR")
    with Uefi(images["state", "cd.iso"], "-drive", f"file={disk},format=raw,if=ide,snapshot=on", *EXIT_CODE) as machine:
        assert checks_failed(machine) == 0


def test_line_is_drawn_when_the_firmware_is_half_gone(workshop):
    """It refuses to be left for good, and nothing else of it may be used any more."""
    folder = workshop(CHAPTER)
    change(folder / "loader/uefi_memory.c", r"map_key\);", "map_key + 1);")
    make(folder, "build/esp.img")
    with Uefi(folder / "build/esp.img") as machine:
        says(machine, "the firmware does not let the loader go")
        assert str(pixels.screen(machine, CHAPTER)) == "boot error: the firmware does not let the loader go"


def test_secure_boot_refuses_the_loader():
    """It has no signature."""
    with Uefi(ESP, "-machine", "q35,smm=on", "-global", "driver=cfi.pflash01,property=secure,value=on",
              code="/usr/share/OVMF/OVMF_CODE_4M.ms.fd", variables="/usr/share/OVMF/OVMF_VARS_4M.ms.fd") as machine:
        machine.wait_for("BdsDxe: failed to load .*: Access Denied")


@pytest.mark.parametrize("way", ["uefi", "hybrid-uefi"])
def test_make_run(workshop, way):
    said = make(workshop(CHAPTER), "run", f"BOOT={way}")
    assert re.search(SERIAL_TEXT, said)


def test_gdb_stops_in_the_kernel():
    result = subprocess.run(["make", "-C", BUILD.parent, "gdb", "BOOT=uefi"], input="print/x $rip\nkill\n",
                            capture_output=True, text=True, timeout=Uefi.patience)
    assert f"= {LOWEST:#x}" in result.stdout, result.stdout


@pytest.mark.parametrize("name", ["elf-loader", CHAPTER[3:]])
def test_way_that_the_chapter_has_not(name):
    result = subprocess.run(["make", "-C", ROOT / "chapters" / named(name), "BOOT=other"], capture_output=True, text=True)
    assert result.returncode and "BOOT=other: this chapter has bios" in result.stderr
