; The second stage, in real mode: what to do, in running order.
;
; The boot sector has read us to memory and jumps here. DS and SS are 0, DL is the
; drive, DF is clear, interrupts are on, and the stack grows down from the boot
; sector.

        bits    16
        extern  set_text_mode, check_cpu, enable_a20, enter_protected_mode, protected_mode

        section .real_mode progbits alloc exec nowrite
        global  real_mode:function
real_mode:
        xchg    bx, bx                  ; a stop for Bochs's debugger
        mov     [boot_drive], dl        ; for the loader, which reads the kernel from it
        call    set_text_mode
        call    check_cpu
        call    enable_a20
        mov     ebx, protected_mode
        jmp     enter_protected_mode

        global  boot_drive:data
boot_drive:
        db      0
