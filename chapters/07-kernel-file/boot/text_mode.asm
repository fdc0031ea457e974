; The screen that the rest of the course writes to: 80 columns, 25 rows, colour.

        bits    16

BIOS_VIDEO      equ 0x10
SET_MODE        equ 0x00                ; AH
TEXT_80_25      equ 0x03                ; AL
SET_CURSOR      equ 0x01                ; AH
NO_CURSOR       equ 1 << 13             ; CX: bit 5 of the cursor's first line

        section .real_mode progbits alloc exec nowrite

; Sets the text mode, which clears the screen; firmware may start us in a graphics
; mode, where what we write to VGA memory is no text. Then hides the cursor: it
; would blink in the corner, because what we write does not move it.
;   changes:  AX, CX, flags (with some old BIOSes also SI, DI and BP)
        global  set_text_mode:function
set_text_mode:
        mov     ax, SET_MODE << 8 | TEXT_80_25
        int     BIOS_VIDEO
        mov     ax, SET_CURSOR << 8 | TEXT_80_25    ; AMI's and AST's 386 BIOSes hang
        mov     cx, NO_CURSOR                       ; if AL is not the mode (Ralf Brown)
        int     BIOS_VIDEO
        cld                             ; a BIOS may set DF (Linux)
        ret
