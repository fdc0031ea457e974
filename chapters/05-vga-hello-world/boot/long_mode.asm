; 64-bit long mode: what to do, in running order.
;
; enter_long_mode jumps here. The first GiB is mapped onto itself, interrupts
; are off, and the stack is the one of real mode.

        bits    64
        extern  copy_kernel, kernel_start

        section .long_mode progbits alloc exec nowrite
        global  long_mode:function
long_mode:
        xchg    bx, bx                  ; a stop for Bochs's debugger
        call    copy_kernel
        jmp     kernel_start            ; its first byte is its first instruction
