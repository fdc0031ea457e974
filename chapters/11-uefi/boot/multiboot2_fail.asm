; The end of a start by GRUB that cannot go on.

        bits    32
        extern  print_vga, print_serial, vga_text_buffer

COLUMNS         equ 80
ROWS            equ 25
BLANK           equ 0x0720              ; grey on black

        section .protected_mode progbits alloc exec nowrite

; Says why the machine cannot go on, on an empty screen and on the first serial port, and
; halts for good.
;   in:       ESI  text, ended by a zero byte; DF clear
        global  multiboot2_fail:function
multiboot2_fail:
        mov     edi, vga_text_buffer
        mov     ecx, COLUMNS * ROWS
        mov     ax, BLANK
        rep     stosw
        push    esi
        call    print_vga
        pop     esi
        call    print_serial
.halt:  cli
        hlt
        jmp     .halt
