; The boot sector of a disk that is taken out when the BIOS has started it (tests/lib/qemu.py):
; waits for another disk in its place, and starts that one with the same registers.
;   in:       DL  BIOS drive
        org     0x600                   ; where nobody else is; it leaves 0x7c00 to the other one
        bits    16
        cpu     386

start:  pushf
        push    ds
        push    es
        pusha
        xor     ax, ax
        mov     ds, ax
        mov     es, ax
        cld
        mov     si, 0x7c00
        mov     di, start
        mov     cx, 512 / 2
        rep     movsw
        mov     [drive], dl
        jmp     0:.wait

.wait:  mov     ax, 0x0201              ; read, one sector
        mov     bx, 0x7c00
        mov     cx, 1                   ; cylinder 0, sector 1
        mov     dh, 0                   ; head 0
        mov     dl, [drive]
        int     0x13
        jc      .wait
        cmp     dword [0x7c00 + mark - start], MARK
        je      .wait
        popa
        pop     es
        pop     ds
        popf
        jmp     0:0x7c00

MARK    equ     "next"
drive:  db      0
mark:   dd      MARK
