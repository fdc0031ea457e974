; A disk without extensions whose AH=08h has no geometry: CF set and STATUS, or,
; where that is 0, no sectors on a track (GRUB and OpenBSD: no such disk; dividing
; by them ends in the handler of INT 0). Before that, GOOD calls of it go well.

        %define WITHOUT_EXTENSIONS
        %include "disk.inc"

        %ifndef GOOD
        %define GOOD 0
        %endif

disk:   cmp     ah, GET_GEOMETRY
        je      .geometry
.bios:  jmp     far [cs:bios_disk]

.geometry:
        dec     byte [cs:.good]
        jns     .bios
        mov     byte [cs:.good], 0
        mov     ah, STATUS
        mov     cx, 0xff00              ; no sectors
        mov     dx, 0x0001
        %if STATUS
        mov     cx, 0xff01              ; nothing that is true
        jmp     refuse
        %else
        jmp     accept
        %endif
.good:  db      GOOD
