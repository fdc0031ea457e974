; Is this a 64-bit CPU? Asked in real mode, where the BIOS can print the answer.

        bits    16
        extern  boot_error

EFLAGS_ID       equ 1 << 21             ; can be changed: there is CPUID

EXTENDED_LEAVES equ 0x8000_0000         ; EAX: the highest of them
EXTENDED_FEATURES equ 0x8000_0001
LONG_MODE       equ 1 << 29             ; EDX

BIOS_SYSTEM     equ 0x15
TARGET_MODE     equ 0xec00              ; AX
ONLY_LONG_MODE  equ 2                   ; BL

        section .real_mode progbits alloc exec nowrite

; Makes sure that the CPU has long mode (AMD64 APM vol. 3, "CPUID Fn8000_0001"),
; and tells the BIOS that it will be used: some prepare for it (AMD BIOS and Kernel
; Developer's Guide, "Detect Target Operating Mode Callback"), others do not know
; the call and change nothing.
;   in:       DS = 0
;   out:      ends in boot_error if it has not
;   changes:  all general registers, as a BIOS may; flags
        global  check_cpu:function
check_cpu:
        pushfd
        pop     eax
        mov     ecx, eax
        xor     eax, EFLAGS_ID
        push    eax
        popfd
        pushfd
        pop     eax
        push    ecx                     ; as it was
        popfd
        xor     eax, ecx
        test    eax, EFLAGS_ID          ; has it changed?
        mov     si, no_cpuid
        jz      boot_error

        mov     eax, EXTENDED_LEAVES
        cpuid
        cmp     eax, EXTENDED_FEATURES  ; an Intel CPU that has none answers with its
        mov     si, no_extended_leaves  ; last basic leaf, where EAX is less
        jb      boot_error

        mov     eax, EXTENDED_FEATURES
        cpuid
        test    edx, LONG_MODE
        mov     si, no_long_mode
        jz      boot_error

        mov     ax, TARGET_MODE
        mov     bl, ONLY_LONG_MODE
        push    ds                      ; INT 15h of some BIOSes destroys
        int     BIOS_SYSTEM             ; registers, or sets DF (Linux)
        cld
        pop     ds
        ret

no_cpuid:
        db      "boot error: no 64-bit CPU: it has no CPUID instruction", 0
no_extended_leaves:
        db      "boot error: no 64-bit CPU: its CPUID has no extended leaves", 0
no_long_mode:
        db      "boot error: no 64-bit CPU: it has no long mode", 0
