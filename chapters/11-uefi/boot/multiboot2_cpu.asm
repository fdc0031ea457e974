; Is this a 64-bit CPU? GRUB starts on any with 32 bits. What cpu.asm asks in real
; mode is asked here in protected mode.

        bits    32
        extern  multiboot2_fail

EFLAGS_ID       equ 1 << 21             ; as in cpu.asm
EXTENDED_LEAVES equ 0x8000_0000
EXTENDED_FEATURES equ 0x8000_0001
LONG_MODE       equ 1 << 29             ; EDX

        section .protected_mode progbits alloc exec nowrite

; Makes sure that the CPU has long mode (AMD64 APM vol. 3, "CPUID Fn8000_0001").
;   out:      ends in multiboot2_fail if it has not
;   changes:  EAX, EBX, ECX, EDX, ESI, flags
        global  multiboot2_check_cpu:function
multiboot2_check_cpu:
        mov     esi, no_long_mode
        pushfd
        pop     eax
        mov     ecx, eax
        xor     eax, EFLAGS_ID
        push    eax
        popfd
        pushfd
        pop     eax
        xor     eax, ecx
        test    eax, EFLAGS_ID          ; has it changed? Then there is CPUID
        jz      multiboot2_fail
        mov     eax, EXTENDED_LEAVES
        cpuid
        cmp     eax, EXTENDED_FEATURES
        jb      multiboot2_fail
        mov     eax, EXTENDED_FEATURES
        cpuid
        test    edx, LONG_MODE
        jz      multiboot2_fail
        ret

no_long_mode:
        db      "boot error: no 64-bit CPU: it has no long mode", 0
