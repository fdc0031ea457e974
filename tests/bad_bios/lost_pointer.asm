; An INT 13h whose AH=08h returns a pointer in ES:DI for hard disks as well, though
; only floppies have parameters to point at (SYSLINUX saves both). A caller that keeps
; there where to read to, or what, then reads something else, or into the ROM.

        %include "disk.inc"

disk:   cmp     ah, GET_GEOMETRY
        je      .geometry
        jmp     far [cs:bios_disk]

.geometry:
        original bios_disk
        mov     di, 0xf000
        mov     es, di
        jmp     answer
