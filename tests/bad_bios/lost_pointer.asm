; An INT 13h whose AH=08h answers with a pointer in ES:DI for hard disks, too,
; where only floppies have parameters to point at (SYSLINUX saves both). Who keeps
; in there where to read to, or what, reads something else then, or into the ROM.

        %include "disk.inc"

disk:   cmp     ah, GET_GEOMETRY
        je      .geometry
        jmp     far [cs:bios_disk]

.geometry:
        original bios_disk
        mov     di, 0xf000
        mov     es, di
        jmp     answer
