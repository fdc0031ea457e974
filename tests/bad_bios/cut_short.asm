; A disk of which only a part was copied, or whose BIOS calls every read a success:
; from sector LEFT on, reads leave in memory what was there. ZEROS: or they give
; zeros.

        %include "disk.inc"

disk:   cmp     ah, EXTENDED_READ
        je      .read
        jmp     far [cs:bios_disk]

.read:  pushad
        push    es
        mov     cx, LEFT
        sub     cx, [si + 8]            ; sectors that are there, from this one on
        jae     .some
        xor     cx, cx
.some:  mov     bx, [si + 2]
        cmp     cx, bx
        jbe     .part
        mov     cx, bx
.part:  sub     bx, cx                  ; and sectors that are not
        mov     ax, cx
        shl     ax, 5
        add     ax, [si + 6]
        mov     es, ax                  ; where they would go
        mov     [si + 2], cx
        jcxz    .zeros
        mov     ah, EXTENDED_READ
        original bios_disk
.zeros:
        %ifdef ZEROS
        mov     cx, bx
        shl     cx, 9
        mov     di, [si + 4]
        xor     ax, ax
        cld
        rep     stosb
        %endif
        pop     es
        popad
        mov     ah, 0
        jmp     accept
