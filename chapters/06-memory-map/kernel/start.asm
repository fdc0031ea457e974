; Where the kernel starts: what C expects to find, and then C.
;
; The loader calls us in 64-bit mode, with memory mapped onto itself, interrupts off,
; DF clear, and with struct boot_info in RDI. C needs a stack, and zeros in .bss: a
; flat image has no bytes for it.

        bits    64
        extern  kernel_main, bss_start, bss_size

STACK_SIZE      equ 16 * 1024

        section .stack nobits alloc noexec write align=16
        resb    STACK_SIZE
kernel_stack_top:

        section .text.start progbits alloc exec nowrite
        global  _start:function
_start: xchg    bx, bx                  ; a stop for Bochs's debugger
        mov     rsp, kernel_stack_top   ; a multiple of 16 before each call
                                        ; (System V ABI for AMD64, "The Stack Frame")
        mov     rbx, rdi
        mov     rdi, bss_start
        mov     rcx, bss_size
        xor     eax, eax
        rep     stosb

        xor     ebp, ebp                ; no frame before this one (same ABI, "Initial
                                        ; Stack and Register State")
        mov     rdi, rbx
        call    kernel_main

.halt:  cli
        hlt
        jmp     .halt
