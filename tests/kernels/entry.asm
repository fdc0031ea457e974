; Where each test kernel starts: keeps the CPU as the loader has left it, for C to look
; at, and catches exceptions.

        bits    64
        extern  run, report_exception

HAVE_ERRORS     equ 0x60227d00          ; exceptions with an error code, by their bits

        section .bss nobits alloc noexec write align=8
        global  entered, entered_rip, entered_gdt, entered_idt
        global  fault_vector, fault_error, fault_rip, fault_address
entered:                                ; RAX RBX RCX RDX RSI RDI RBP RSP RFLAGS
        resq    9
entered_rip:
        resq    1
fault_vector:
        resq    1
fault_error:
        resq    1
fault_rip:
        resq    1
fault_address:
        resq    1
saved_rsp:                              ; 0: no exception is expected
        resq    1
entered_gdt:                            ; limit, base
        resb    10
entered_idt:
        resb    10

        section .text progbits alloc exec nowrite
        global  _start:function
_start: xchg    bx, bx                  ; a stop for Bochs's debugger, as in every kernel
%assign place 0
%rep    8
%substr letters "axbxcxdxsidibpsp" 2 * place + 1, 2
%deftok name letters
        mov     [rel entered + 8 * place], r %+ name
%assign place place + 1
%endrep
        pushfq
        pop     qword [rel entered + 8 * 8]
        lea     rax, [rel _start]
        mov     [rel entered_rip], rax
        sgdt    [rel entered_gdt]
        sidt    [rel entered_idt]
        push    rbp                     ; a multiple of 16 before the call
        call    run
.halt:  cli
        hlt
        jmp     .halt

; Calls a function, and reports whether it ended in an exception.
;   in:       RDI  the function
;             RSI  its argument
;   out:      EAX  1 if it did; then fault_vector and its neighbours say more
        global  faults:function
faults: push    rbx
        push    rbp
        push    r12
        push    r13
        push    r14
        push    r15
        push    rax                     ; a multiple of 16 before the call
        mov     [rel saved_rsp], rsp
        mov     rax, rdi
        mov     rdi, rsi
        call    rax
        xor     eax, eax
.out:   mov     qword [rel saved_rsp], 0
        pop     rcx
        pop     r15
        pop     r14
        pop     r13
        pop     r12
        pop     rbp
        pop     rbx
        ret

; The handlers, 16 bytes each: each reports its vector.
        align   16
        global  handlers
handlers:
%assign vector 0
%rep    32
        align   16
    %if (HAVE_ERRORS >> vector & 1) == 0
        push    0
    %endif
        push    vector
        jmp     handle
%assign vector vector + 1
%endrep

; Goes on after the call in faults; or else reports what no test expected.
handle: pop     qword [rel fault_vector]
        pop     qword [rel fault_error]
        pop     qword [rel fault_rip]
        mov     rax, cr2
        mov     [rel fault_address], rax
        cld
        mov     rax, [rel saved_rsp]
        test    rax, rax
        jz      .report
        mov     rsp, rax
        mov     eax, 1
        jmp     faults.out

.report:
        and     rsp, -16
        call    report_exception
        jmp     _start.halt
