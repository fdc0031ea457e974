; Text on the screen by BIOS calls, in real mode.

        bits    16

BIOS_VIDEO      equ 0x10
TELETYPE        equ 0x0e                ; AH: write the character in AL, go on

; Prints a text at the cursor (BIOS INT 10h, AH=0Eh).
;   in:       DS:SI  text, ended by a zero byte; DF clear
;   out:      SI     the byte after the zero
;   changes:  AL, all flags but DF (some old BIOSes lose BP, SI or DI, mostly when
;             the screen scrolls: all are saved)
        section .boot_sector progbits alloc exec nowrite
        global  print:function
print:  lodsb
        test    al, al
        jz      .done
        pusha
        mov     ah, TELETYPE
        mov     bx, 0x0007              ; page 0; in graphics modes light grey
        int     BIOS_VIDEO
        cld                             ; a BIOS may set DF (Linux)
        popa
        jmp     print
.done:  ret
