; 32-bit protected mode, as GRUB leaves it: what to do, in running order.
;
; GRUB enters here, with paging off (Multiboot2 specification, "I386 machine state"). Once
; our own tables are loaded, we go on to protected_mode, where the way from the boot
; sector leads as well.

        bits    32
        extern  multiboot2_check_cpu, multiboot2_fail
        extern  gdt_register, code_32, data_32, protected_mode

LOADED          equ 0x36d7_6289         ; in EAX, says who enters

        section .protected_mode progbits alloc exec nowrite

; The entry.
;   in:       EAX  LOADED
;             EBX  GRUB's list of tags, physical address
;             flat segments in some descriptor table, A20 on, interrupts off; the stack,
;             the flags and the control registers' other bits can be anything
        global  multiboot2_start:function
multiboot2_start:
        xchg    bx, bx                  ; a stop for Bochs's debugger
        cld
        mov     esp, stack_top
        cmp     eax, LOADED
        mov     esi, not_multiboot2
        jne     multiboot2_fail
        mov     [multiboot2_information], ebx
        call    multiboot2_check_cpu
        xor     eax, eax                ; switch off what UEFI or GRUB left on. 5-level paging
        mov     cr4, eax                ; matters most: it cannot be switched off in long mode

        lidt    [no_handlers]           ; as in enter_protected_mode.asm
        lgdt    [gdt_register]          ; GRUB's table may be gone already
        mov     eax, data_32
        mov     ds, eax
        mov     es, eax
        mov     fs, eax
        mov     gs, eax
        mov     ss, eax
        jmp     code_32:protected_mode

no_handlers:
        times 6 db 0
not_multiboot2:
        db      "boot error: started by something that does not speak Multiboot2", 0

        section .data progbits alloc noexec write
        global  multiboot2_information
        align   4, db 0
multiboot2_information:                 ; not in .bss, which is cleared only after this
        dd      0

        section .work nobits alloc noexec write align=16
        global  stack_top
        resb    16 * 1024
stack_top:

        section .claims nobits alloc noexec write align=16
        resb    768 * 1024              ; GRUB puts nothing here: room for the memory map
