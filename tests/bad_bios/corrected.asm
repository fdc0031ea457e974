; A disk where each read ends in status 11h, with CF set: a sector was wrong, and
; has been corrected (ECC). The data are good (OpenBSD), but a transfer ends there
; (Microsoft's INT 13h reference): of many sectors, this one reads the first.

        %include "disk.inc"

disk:   cmp     ah, READ
        je      .read
        cmp     ah, EXTENDED_READ
        je      .extended
        jmp     far [cs:bios_disk]

.extended:
        mov     word [si + 2], 1        ; sectors
        jmp     .one
.read:  mov     al, 1
.one:   original bios_disk
        mov     ah, 0x11
        jmp     refuse
