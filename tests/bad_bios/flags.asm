; An INT 13h that returns with `retf 2`, with its own flags instead of the caller's:
; interrupts off (as Bochs's BIOS once did), DF set (Linux clears it after each
; call). And it waits for the disk's interrupt: forever, if interrupts are off.

        %include "disk.inc"

IF      equ     1 << 9

disk:   push    bp
        mov     bp, sp
        test    word [bp + 6], IF       ; of the caller
        pop     bp
        jz      .wait
        original bios_disk
        cli
        std
        retf    2

.wait:  hlt
        jmp     .wait
