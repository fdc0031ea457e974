; A BIOS that shuts A20 after each call of INTERRUPT, 13h or 15h, as if it had
; copied memory above 1 MiB by its own means (SYSLINUX looks after A20 each time it
; comes back to protected mode). AH=24h of INT 15h still opens it.

        %include "bad_bios.inc"

PORT_92         equ 0x92
A20             equ 1 << 1
RESET           equ 1 << 0

misbehave:
        hook    INTERRUPT, service, bios
        ret

service:
        %if INTERRUPT == 0x15
        cmp     ah, 0x24
        je      .a20
        %endif
        original bios
        pushf
        push    ax
        in      al, PORT_92
        and     al, ~(A20 | RESET) & 0xff
        out     PORT_92, al
        pop     ax
        popf
        jmp     answer
.a20:   jmp     far [cs:bios]

bios:   dd      0
