; Text on the screen without the BIOS: straight into the VGA's memory.

        bits    32                      ; and 64: each instruction in here has the
                                        ; same bytes in both modes
        extern  vga_text_buffer

WHITE_ON_BLACK  equ 0x0f                ; attribute: background, foreground

; Writes a text to the top left corner of the screen, in text mode 3.
;   in:       ESI  text, ended by a zero byte, no longer than the screen;
;                  DF clear; in 64-bit mode: RSI
;   changes:  AX, ESI, EDI, flags; in 64-bit mode: RSI, RDI
        section .protected_mode progbits alloc exec nowrite
        global  print_vga:function
print_vga:
        mov     edi, vga_text_buffer
        mov     ah, WHITE_ON_BLACK      ; a cell: character, then attribute
.next:  lodsb
        test    al, al
        jz      .done
        stosw
        jmp     .next
.done:  ret
