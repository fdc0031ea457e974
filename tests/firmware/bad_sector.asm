; A disk with one sector, BAD, that cannot be read, by CHS neither: STATUS.

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
