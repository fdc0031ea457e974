; 64-bit long mode: what to do, in running order.
;
; enter_long_mode jumps here. The first GiB is mapped onto itself, interrupts
; are off, and the stack is the one of real mode.

        bits    64
        extern  copy_kernel, kernel_start, print_vga

        section .long_mode progbits alloc exec nowrite
        global  long_mode:function
long_mode:
        xchg    bx, bx                  ; a stop for Bochs's debugger
        call    copy_kernel
        mov     rax, [rsi - 8]          ; where there is no memory, a write is lost:
        cmp     rax, [rdi - 8]          ; the end of the copy is read back
        jne     .no_memory
        jmp     kernel_start            ; its first byte is its first instruction

.no_memory:
        mov     esi, too_little_memory
        call    print_vga
.halt:  cli
        hlt
        jmp     .halt

too_little_memory:
        db      "boot error: too little memory: the kernel does not fit at 1 MiB", 0
