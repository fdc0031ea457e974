; An INT 13h that destroys every register that is not a result. One PC does (builder-
; hex0 had to save all of them), and many destroy a few: Linux calls no BIOS without
; saving all.

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
