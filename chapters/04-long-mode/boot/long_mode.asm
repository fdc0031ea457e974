; 64-bit long mode: what to do, in running order.
;
; enter_long_mode jumps here. The first GiB is mapped onto itself, interrupts
; are off, and the stack is the one of real mode.

        bits    64
        extern  print_vga

        section .long_mode progbits alloc exec nowrite
        global  long_mode:function
long_mode:
        xchg    bx, bx                  ; a stop for Bochs's debugger
        mov     esi, greeting           ; also clears the upper half of RSI
        call    print_vga

.halt:  cli
        hlt
        jmp     .halt

greeting:
        db      "Hello from long mode", 0
