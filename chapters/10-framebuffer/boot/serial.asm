; Text on the first serial port, at the speed that it has (source: see serial.c).

        bits    32

PORT            equ 0x3f8
LINE_STATUS     equ 5
CAN_TAKE_ONE    equ 1 << 5
PATIENCE        equ 1000                ; reads, each about 1 us

        section .protected_mode progbits alloc exec nowrite

; Sends a text.
;   in:       ESI  text, ended by a zero byte; DF clear
;   changes:  EAX, ECX, EDX, ESI, flags
        global  print_serial:function
print_serial:
        lodsb
        test    al, al
        jz      .done
        mov     ah, al
        mov     dx, PORT + LINE_STATUS
        mov     ecx, PATIENCE
.wait:  in      al, dx
        test    al, CAN_TAKE_ONE
        loopz   .wait                   ; there may be no port
        mov     dx, PORT
        mov     al, ah
        out     dx, al
        jmp     print_serial
.done:  ret
