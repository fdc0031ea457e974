; The switch from 16-bit real mode to 32-bit protected mode.

        bits    16
        extern  gdt_register, code_32, data_32

CR0_PE          equ 1 << 0              ; protection enable

        section .real_mode progbits alloc exec nowrite

; Leaves real mode (Intel SDM vol. 3, "Switching to Protected Mode"); from here on
; no BIOS call works.
;   in:       A20 on; DS = SS = 0
;             EBX  where to go on
;   out:      jumps there, with flat 4 GiB segments in all segment registers,
;             interrupts off, DF clear, ESP = SP
;   changes:  EAX, flags
        global  enter_protected_mode:function
enter_protected_mode:
        cli                             ; the BIOS's handlers are real-mode code
        cld                             ; a BIOS may have set DF (Linux)
        lidt    [no_handlers]           ; a fault restarts the machine at once, and so
                                        ; does an NMI, instead of running wild
        lgdt    [gdt_register]
        mov     eax, cr0
        or      al, CR0_PE
        mov     cr0, eax
        jmp     code_32:.flat           ; loads CS, and drops what was decoded as
                                        ; 16-bit code
        bits    32
.flat:  mov     eax, data_32
        mov     ds, eax
        mov     es, eax
        mov     fs, eax
        mov     gs, eax
        mov     ss, eax
        movzx   esp, sp                 ; the upper half could be anything
        jmp     ebx

no_handlers:
        dw      0                       ; limit
        dd      0
