; A disk without extensions, of HEADS heads (up to 256) and TRACK sectors a track,
; where no read may run past the end of its track (SYSLINUX, GRUB and OpenBSD
; obey that). It has 1024 cylinders. The sector BAD, if any, cannot be read.

        %define WITHOUT_EXTENSIONS
        %include "disk.inc"

        %ifndef BAD
        %define BAD 0xffff
        %endif
        %ifndef STATUS
        %define STATUS 0x04             ; sector not found
        %endif

disk:   cmp     ah, READ
        je      .read
        cmp     ah, GET_GEOMETRY
        je      .geometry
        jmp     far [cs:bios_disk]

.geometry:
        mov     ah, 0
        mov     bl, 0
        mov     cx, 0xffc0 | TRACK      ; the last cylinder, and sector
        mov     dx, (HEADS - 1) << 8 | 1    ; the last head, and one disk
        jmp     accept

        ; Beyond its track, or on the bad sector, a read fails.
.read:  pusha
        mov     ah, 0
        mov     [cs:.sectors], ax
        mov     [cs:.to], bx
        mov     [cs:.to + 2], es
        mov     bx, cx
        and     bx, 63                  ; BX: sector, from 1
        add     ax, bx
        cmp     ax, TRACK + 1
        ja      .fail
        mov     si, dx
        shr     si, 8                   ; SI: head
        cmp     si, HEADS
        jae     .fail
        mov     al, ch
        mov     ah, cl
        shr     ah, 6                   ; AX: cylinder
        mov     dx, HEADS
        mul     dx
        add     ax, si                  ; the track
        mov     dx, TRACK
        mul     dx
        dec     bx
        add     ax, bx                  ; LBA
        mov     [cs:.sector], ax
        mov     bx, BAD
        sub     bx, ax
        jb      .well
        cmp     bx, [cs:.sectors]
        jae     .well
.fail:  popa
        mov     ah, STATUS
        jmp     refuse

.well:  push    ds
        push    cs
        pop     ds
        mov     si, .packet
        mov     dl, DISK
        mov     ah, EXTENDED_READ
        original bios_disk
        pop     ds
        popa
        mov     ah, 0
        jmp     accept

.packet:
        dw      16
.sectors:
        dw      0
.to:    dw      0, 0
.sector:
        dq      0
