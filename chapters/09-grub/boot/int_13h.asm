; The BIOS's disk services, called so that we lose nothing that we need.

        bits    16

BIOS_DISK       equ 0x13

; Calls INT 13h, and keeps what some BIOSes destroy.
;   in:       AH and others, as the function wants them
;   out:      AX, BX, CX, DX, CF  as the function has them; DF clear, interrupts on
;   keeps:    SI, DI, BP, DS, ES
        section .boot_sector progbits alloc exec nowrite
        global  int_13h:function
int_13h:
        push    si
        push    di
        push    bp
        push    ds
        push    es
        int     BIOS_DISK               ; a BIOS may return with interrupts off (Bochs's
        sti                             ; once did): the next call would then wait
        cld                             ; forever. DF may be set as well (Linux)
        pop     es
        pop     ds
        pop     bp
        pop     di
        pop     si
        ret
