; What GRUB looks for in the first 32 KiB of the file, at each multiple of 8: this makes
; the file a kernel (Multiboot2 specification, "OS image format").

MAGIC           equ 0xe852_50d6
I386            equ 0                   ; the architecture: 32-bit protected mode

INFORMATION     equ 1                   ; types of tags
CONSOLE         equ 4
END             equ 0
MODULES         equ 3                   ; types of tags that are asked for
BASIC_MEMORY    equ 4
MEMORY_MAP      equ 6
FRAMEBUFFER     equ 8
TEXT_REQUIRED   equ 1 << 0              ; there must be a screen,
TEXT_SUPPORTED  equ 1 << 1              ; and the VGA's text mode will do

        section .multiboot2 progbits alloc noexec nowrite align=8
header: dd      MAGIC
        dd      I386
        dd      .end - header
        dd      -(MAGIC + I386 + (.end - header)) & 0xffff_ffff ; all four add up to 0
.information:
        dw      INFORMATION, 0          ; flags 0: what GRUB does not know is an error
        dd      .console - .information
        dd      MODULES, BASIC_MEMORY, MEMORY_MAP, FRAMEBUFFER
.console:
        dw      CONSOLE, 0
        dd      .console_end - .console
        dd      TEXT_REQUIRED | TEXT_SUPPORTED
.console_end:
        align   8, db 0                 ; tags begin at multiples of 8; no size counts this
.last:  dw      END, 0
        dd      .end - .last
.end:
