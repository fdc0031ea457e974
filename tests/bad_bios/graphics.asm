; Starts the boot sector in a graphics mode, 13h: 320 x 200 pixels of a byte each.
; Firmware that has shown a logo may do so. UNREADABLE: it also fails to read
; anything, so that an error has to be shown in that mode.

        %include "bad_bios.inc"

misbehave:
        mov     ax, 0x0013
        int     0x10
        %ifdef UNREADABLE
        hook    0x13, disk, bios_disk
        %endif
        ret

        %ifdef UNREADABLE
disk:   mov     ah, UNREADABLE
        jmp     refuse
bios_disk:
        dd      0
        %endif
