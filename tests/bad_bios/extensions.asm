; An INT 13h whose extensions are not what they seem. ANSWER, to AH=41h:
;   0  CF set: there are none           1  BX is not 0xaa55: there are none
;   2  bit 0 of CX is clear: they have no AH=42h     3  all is well
; AH=42h reads nothing: with answer 3 it says so (some BIOSes do: SYSLINUX and
; GRUB change to CHS), else it reports success, as a BIOS may do whose AH=42h is
; something else.

        %include "disk.inc"

disk:   cmp     ah, HAS_EXTENSIONS
        je      .has
        cmp     ah, EXTENDED_READ
        je      .read
        jmp     far [cs:bios_disk]

.has:   mov     ah, 0x01
        mov     bx, 0xaa55 ^ (ANSWER == 1)
        mov     cx, 0x0007 ^ (ANSWER == 2)
        %if ANSWER == 0
        jmp     refuse
        %else
        jmp     accept
        %endif

.read:
        %if ANSWER == 3
        mov     ah, 0x01                ; no such function
        jmp     refuse
        %else
        mov     ah, 0
        jmp     accept
        %endif
