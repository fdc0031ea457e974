; The screen that the rest of the course writes to: 80 columns, 25 rows, colour.

        bits    16

BIOS_VIDEO      equ 0x10
TEXT_80_25      equ 0x0003              ; AH=00h: set mode; AL=03h: this one

; Sets the text mode, which clears the screen (BIOS INT 10h, AH=00h). Firmware
; may start us in a graphics mode, where what we write to VGA memory is no text.
;   in:       -
;   out:      the cursor stands at row 0, column 0
;   changes:  AX, flags (and BP, SI, DI on some old BIOSes: nobody keeps any there)
        section .real_mode progbits alloc exec nowrite
        global  set_text_mode:function
set_text_mode:
        mov     ax, TEXT_80_25
        int     BIOS_VIDEO
        cld                             ; whatever the BIOS left
        ret
