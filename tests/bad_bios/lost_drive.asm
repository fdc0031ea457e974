; An INT 13h whose AH=41h loses DL, the drive's number, as AST's BIOS 1.04 does
; (GRUB saves DX because of it). A caller that then reads from "drive 55h" gets an
; error from the BIOS.

        %include "disk.inc"

disk:   cmp     ah, HAS_EXTENSIONS
        je      .has
        jmp     far [cs:bios_disk]

.has:   original bios_disk
        mov     dl, 0x55
        jmp     answer
