; The switch from 32-bit protected mode to 64-bit long mode.

        bits    32
        extern  pml4, code_64

CR4_PAE         equ 1 << 5              ; entries of 8 bytes
EFER            equ 0xc000_0080         ; a model-specific register
EFER_LME        equ 1 << 8              ; long mode enable
CR0_PG          equ 1 << 31             ; paging

        section .protected_mode progbits alloc exec nowrite

; Enters long mode (Intel SDM vol. 3, "Initializing IA-32e Mode"; AMD64 APM vol.
; 2, "Enabling and Activating Long Mode").
;   in:       page tables filled, this code mapped onto itself; interrupts off
;             EBX  where to go on
;   out:      jumps there; RSP = ESP
;   changes:  RAX, RCX, RDX, flags; upper halves of all registers are undefined
        global  enter_long_mode:function
enter_long_mode:
        mov     eax, cr4
        or      eax, CR4_PAE
        mov     cr4, eax

        mov     eax, pml4
        mov     cr3, eax

        mov     ecx, EFER
        rdmsr
        or      eax, EFER_LME
        wrmsr

        mov     eax, cr0
        or      eax, CR0_PG             ; now the CPU sets EFER.LMA: long mode is
        mov     cr0, eax                ; active, but our code is still 32-bit
        jmp     code_64:.long

        bits    64
.long:  mov     esp, esp                ; clears the upper half
        mov     ebx, ebx
        jmp     rbx
