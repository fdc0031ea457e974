"""What each chapter's screen shows."""

GREY, WHITE, LIGHT_CYAN = 0x07, 0x0F, 0x0B  # attributes, on black

MEMORY_MAP = r"""
Memory map
(?:[0-9a-f]{16}-[0-9a-f]{16}  [\w ]{13}\d+ KiB
)+(?:and \d+ more
)?
Usable memory: \d+ KiB"""

HAND_OVER = r"""
Kernel       [0-9a-f]{16}, \d+ KiB, in memory at [0-9a-f]{16}
Stack        [0-9a-f]{16}, \d+ KiB below it
Memory       [0-9a-f]{16} and up
BIOS drive   [0-9a-f]{16}
ACPI's RSDP  [0-9a-f]{16}
(?:Command line .+
)?"""

GREETINGS = {  # text, attribute, the row if it has a fixed one, and what stands below
    "01-boot-sector": ("Hello from the boot sector", GREY, None),
    "02-second-stage": ("Hello from the second stage", GREY, None),
    "03-protected-mode": ("Hello from protected mode", WHITE, 0),
    "04-long-mode": ("Hello from long mode", WHITE, 0),
    "05-vga-hello-world": ("Hello World!", LIGHT_CYAN, 0),
    "06-memory-map": ("Hello World!", LIGHT_CYAN, 0, MEMORY_MAP),
    "07-kernel-file": ("Hello World!", LIGHT_CYAN, 0, MEMORY_MAP),
    "08-elf-loader": ("Hello World!", LIGHT_CYAN, 0, HAND_OVER + MEMORY_MAP),
    "09-grub": ("Hello World!", LIGHT_CYAN, 0, HAND_OVER + MEMORY_MAP),
    "10-framebuffer": ("Hello World!", LIGHT_CYAN, 0, HAND_OVER + MEMORY_MAP),
    "11-uefi": ("Hello World!", LIGHT_CYAN, 0, HAND_OVER + MEMORY_MAP)}

SERIAL_TEXT = rf"(?m)^Hello World!\n{HAND_OVER}{MEMORY_MAP}$"  # as it comes by the serial port
