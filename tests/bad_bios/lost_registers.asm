; An INT 13h that destroys each register that is no result. On one PC (builder-
; hex0 had to save all of them), or a few at a time on many: Linux calls no BIOS
; without saving all.

        %include "disk.inc"

disk:   mov     [cs:.function], ah
        original bios_disk
        pushf
        push    ax
        mov     eax, 0xdeadbeef
        mov     esi, eax
        mov     edi, eax
        mov     ebp, eax
        mov     ds, ax
        mov     es, ax
        mov     fs, ax
        mov     gs, ax
        cmp     byte [cs:.function], HAS_EXTENSIONS
        je      .results                ; in BX, CX
        cmp     byte [cs:.function], GET_GEOMETRY
        je      .results                ; in BL, CX, DX
        mov     ebx, eax
        mov     ecx, eax
        mov     edx, eax
.results:
        pop     ax
        popf
        jmp     answer
.function:
        db      0
