; An INT 13h whose AH=42h fails without setting CF: it reads nothing, and only the
; status in AH says so (GRUB judges by AH).

        %include "disk.inc"

disk:   cmp     ah, EXTENDED_READ
        je      .fails
        jmp     far [cs:bios_disk]

.fails: mov     ah, 0x04
        jmp     accept
