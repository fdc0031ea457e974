; A disk with one sector, BAD, that cannot be read: each call that would read it
; ends in STATUS, however often it is tried. By CHS nothing can be read at all, so
; that changing to CHS does not help.

        %include "disk.inc"

disk:   cmp     ah, READ
        je      .fail
        cmp     ah, EXTENDED_READ
        je      .read
        jmp     far [cs:bios_disk]

.read:  push    ax
        mov     ax, BAD
        sub     ax, [si + 8]            ; the first sector
        cmp     ax, [si + 2]            ; how many
        pop     ax
        jb      .fail
        jmp     far [cs:bios_disk]
.fail:  mov     ah, STATUS
        jmp     refuse
