; A CPU without CPUID, as those before the 486DX4 and the Pentium: bit 21 of
; EFLAGS cannot be changed. We single-step the boot sector (TF), and clear the
; bit after each instruction. INT clears TF, so the BIOS runs at full speed.

        %define FLAGS 0x0302            ; TF, interrupts on
        %include "bad_bios.inc"

ID      equ     1 << 21

misbehave:
        hook    1, step, bios_step
        ret

step:   push    eax
        pushfd
        pop     eax
        and     eax, ~ID
        push    eax
        popfd                           ; the iret restores the lower half only
        pop     eax
        iret

bios_step:
        dd      0
