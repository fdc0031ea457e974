; An INT 13h whose AH=42h fails without setting CF: it reads nothing, and only the
; status in AH says so (GRUB judges by AH). Old bytes stay where the image should
; be. By CHS all is well.

        %include "disk.inc"

disk:   cmp     ah, EXTENDED_READ
        je      .fails
        jmp     far [cs:bios_disk]

.fails: mov     ah, 0x04
        jmp     accept
