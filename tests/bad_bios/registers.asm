; Starts the boot sector with garbage in all registers except DL, upper halves of
; the 32-bit ones included: a BIOS promises only DL. (Linux, which many
; loaders start in real mode, clears the upper half of ESP for that reason.)

        %include "bad_bios.inc"

misbehave:
        push    0xdead
        pop     ds
        push    0xbeef
        pop     es
        push    0xcafe
        pop     fs
        push    0xf00d
        pop     gs
        mov     eax, 0xdeadbeef
        mov     ebx, 0xc0decafe
        mov     ecx, 0xbadc0de5
        mov     edx, 0xfeed_0000 + 0xad00 + DISK
        mov     esi, 0xdecafbad
        mov     edi, 0xfacef00d
        mov     ebp, 0xbaadf00d
        lss     esp, [cs:.stack]
        jmp     ENTRY
.stack: dd      0xabba_0000 + STACK
        dw      STACK_SEGMENT
