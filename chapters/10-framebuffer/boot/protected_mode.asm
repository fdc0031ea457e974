; 32-bit protected mode: what to do, in running order.
;
; enter_protected_mode jumps here. Segments are flat, interrupts are off, and
; the stack is the one of real mode.

        bits    32
        extern  fill_page_tables, enter_long_mode, long_mode

        section .protected_mode progbits alloc exec nowrite
        global  protected_mode:function
protected_mode:
        xchg    bx, bx                  ; a stop for Bochs's debugger
        call    fill_page_tables
        mov     ebx, long_mode
        jmp     enter_long_mode
