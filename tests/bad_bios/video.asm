; A video BIOS whose INT 10h loses SI, DI and BP, as those of some clones do
; (Ralf Brown's interrupt list, AH=0Eh; Novell's DOS saves all three), and sets DF
; (Linux clears it after each call). A caller that prints a text at SI then prints only
; its first character, or goes backwards.

        %include "bad_bios.inc"

DF      equ     1 << 10

misbehave:
        hook    0x10, video, bios_video
        ret

video:  inc     byte [cs:.depth]
        original bios_video
        dec     byte [cs:.depth]
        jnz     .done                   ; the BIOS has called itself
        mov     si, 0xdead
        mov     di, si
        mov     bp, si
.done:  push    bp
        mov     bp, sp
        or      byte [bp + 7], DF >> 8  ; of the caller's flags
        pop     bp
        iret
.depth: db      0

bios_video:
        dd      0
