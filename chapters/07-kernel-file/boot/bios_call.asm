; BIOS calls from 64-bit code: down to real mode, the call, and up again.
;
; The BIOS knows nothing of paging, of long mode or of our interrupt table. It
; finds the CPU as the boot sector found it. Our side, after the call, finds the
; CPU as if nothing had happened, and A20 on.

        bits    64
        extern  code_16, data_16, code_32
        extern  enable_a20, enter_protected_mode, enter_long_mode

CR0_PE          equ 1 << 0              ; protection enable
CR0_PG          equ 1 << 31             ; paging
CR4_PAE         equ 1 << 5              ; entries of 8 bytes
EFER            equ 0xc000_0080         ; a model-specific register
EFER_LME        equ 1 << 8              ; long mode enable

REGISTERS       equ 5 * 8               ; bytes of struct bios_registers

; Calls the BIOS.
;   in:       DIL  interrupt number
;             RSI  struct bios_registers: what the BIOS is to find
;             RSP  below 64 KiB, so that real mode can go on with it
;   out:      the same struct: what the BIOS has left. A20 is on (or the machine
;             ends in boot_error), interrupts are off, DF is clear
;   changes:  what a C function may change (System V ABI for AMD64, "Function
;             Calling Sequence"). A mode switch leaves the upper halves of
;             registers undefined, which is why all others are saved
        section .real_mode progbits alloc exec nowrite  ; which all modes reach
        global  bios_call:function
bios_call:
        push    rbx
        push    rbp
        push    r12
        push    r13
        push    r14
        push    r15
        push    rsi
        mov     [rel vector], dil       ; relative to here: a byte shorter
%assign offset REGISTERS
%rep    REGISTERS / 8
%assign offset offset - 8
        push    qword [rsi + offset]
%endrep
        push    code_32                 ; 64-bit code has no far jump to a constant,
        push    .32                     ; but it has the far return
        retfq

        ; Out of long mode (AMD64 APM vol. 2, "Leaving Long Mode"), and out of
        ; protected mode (Intel SDM vol. 3, "Switching Back to Real-Address Mode").
        bits    32
.32:    mov     eax, cr0
        and     eax, ~CR0_PG
        mov     cr0, eax
        mov     ecx, EFER
        rdmsr
        and     eax, ~EFER_LME
        wrmsr
        mov     eax, cr4
        and     eax, ~CR4_PAE
        mov     cr4, eax
        jmp     code_16:.16

        bits    16
.16:    mov     ax, data_16             ; real mode keeps the limits that it finds in
        mov     ds, ax                  ; the segments, and expects 64 KiB there
        mov     es, ax
        mov     fs, ax
        mov     gs, ax
        mov     ss, ax
        mov     eax, cr0
        and     al, ~CR0_PE & 0xff
        mov     cr0, eax
        jmp     0:.real
.real:  xor     ax, ax
        mov     ds, ax
        mov     fs, ax
        mov     gs, ax
        mov     ss, ax
        lidt    [bios_handlers]

        ; What an INT instruction does, for a number that is not a constant.
        mov     bx, [vector]
        shl     bx, 2
        mov     eax, [bx]
        mov     [handler], eax
        popad
        pop     es
        pop     ds
        popfd
        sti
        pushf
        cli
        call    far [cs:handler]

        pushfd
        push    ds
        push    es
        pushad
        xor     ax, ax
        mov     ds, ax
        call    enable_a20              ; some BIOSes shut it (SYSLINUX)
        mov     ebx, .protected
        jmp     enter_protected_mode
        bits    32
.protected:
        mov     ebx, .long
        jmp     enter_long_mode
        bits    64
.long:  mov     rsi, [rsp + REGISTERS]
%assign offset 0
%rep    REGISTERS / 8
        pop     qword [rsi + offset]
%assign offset offset + 8
%endrep
        pop     rsi
        pop     r15
        pop     r14
        pop     r13
        pop     r12
        pop     rbp
        pop     rbx
        ret

        align   4, db 0
bios_handlers:                          ; where the BIOS's interrupt table is:
        dw      256 * 4 - 1             ; limit
        dd      0                       ; base

vector: dw      0                       ; the interrupt's number
handler:
        dd      0                       ; the BIOS's routine for it
