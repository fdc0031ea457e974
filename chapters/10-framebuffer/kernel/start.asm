; Where the kernel starts.
;
; The loader has done what C expects: a stack, zeros in .bss, interrupts off, DF
; clear. RDI is the address of struct boot_info.

        bits    64
        extern  kernel_main

        section .text progbits alloc exec nowrite
        global  _start:function
_start: xchg    bx, bx                  ; a stop for Bochs's debugger
        push    rbp                     ; RSP is a multiple of 16 again; RBP is 0:
                                        ; no frame before this one
        call    kernel_main

.halt:  cli
        hlt
        jmp     .halt
