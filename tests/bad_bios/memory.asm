; Leaves 0xcc in all memory that is not in use: conventional memory from 0x600 up to
; us, except the boot sector; and what lies from 1 to 4 MiB. Memory is not zero at
; boot (Linux and FreeBSD clear their .bss for that reason).

        %include "bad_bios.inc"

DIRT    equ     0xcccc_cccc

; Fills memory through a segment without limit.
;   %1  first byte
;   %2  the byte after the last one
%macro  fill 2
        mov     edi, %1
        mov     ecx, ((%2) - (%1)) / 4
        mov     eax, DIRT
        a32 rep stosd
%endmacro

misbehave:
        cli
        in      al, 0x92
        or      al, 1 << 1              ; A20
        out     0x92, al
        lgdt    [gdt_register]
        mov     eax, cr0
        or      al, 1
        mov     cr0, eax
        mov     bx, 8
        mov     es, bx
        and     al, ~1 & 0xff
        mov     cr0, eax                ; "unreal" mode: ES keeps its limit
        xor     ax, ax
        mov     es, ax

        fill    0x600, SYSTEM
        fill    SYSTEM + 512, HOME * 16
        fill    0x100000, 0x400000
        ret

        align   8
gdt:    dq      0
        dq      0x00cf92000000ffff      ; flat data
gdt_register:
        dw      gdt_register - gdt - 1
        dd      HOME * 16 + gdt
