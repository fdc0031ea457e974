; A video BIOS whose INT 10h loses SI, DI and BP, as those of some clones do
; (Ralf Brown's interrupt list, AH=0Eh; Novell's DOS saves all three). Who prints a
; text at SI then prints the first character of it.

        %include "firmware.inc"

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
.done:  iret
.depth: db      0

bios_video:
        dd      0
