; 64-bit long mode: what to do, in running order.
;
; enter_long_mode jumps here. The first GiB is mapped onto itself, interrupts
; are off, and the stack is the one of real mode. C also needs zeros in .bss,
; which has no bytes on the disk.

        bits    64
        extern  map_first_4_gib, loader_main, loader_bss, loader_bss_size, stack_top

        section .long_mode progbits alloc exec nowrite
        global  long_mode:function
long_mode:
        xchg    bx, bx                  ; a stop for Bochs's debugger
        mov     edi, loader_bss
        mov     ecx, loader_bss_size
        shr     ecx, 3
        xor     eax, eax
        rep     stosq

        mov     esp, stack_top          ; a multiple of 16 before each call
        call    map_first_4_gib         ; (System V ABI for AMD64, "The Stack Frame")
        call    loader_main
