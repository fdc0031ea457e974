; Reads the second stage, which follows the boot sector on the disk, to the place
; after the boot sector in memory: with the BIOS's extensions, and where these are
; missing or fail, by cylinder, head and sector (CHS).
; The boot sector has little room, so registers hold everything we keep track of:
;   DL  the BIOS's number of the drive
;   DH  tries left: 7 to 4 with extensions (bit 2 is set), 3 to 1 by CHS
;   DI  the next sector's number (LBA; the boot sector is 0)
;   ES  the segment where that sector belongs, at offset 0
;   BP  how many sectors to read at once

        bits    16
        extern  int_13h, boot_error
        extern  sectors_below, second_stage_sectors
        extern  end_mark_segment, end_mark_offset

RESET           equ 0x00                ; functions of INT 13h, in AH
READ            equ 0x02
GET_GEOMETRY    equ 0x08
HAS_EXTENSIONS  equ 0x41
EXTENDED_READ   equ 0x42

NO_GEOMETRY     equ 0x07                ; statuses, in AH
ECC_CORRECTED   equ 0x11

MOST_SECTORS    equ 64                  ; at once: Phoenix's BIOS takes up to 127
CHS_TRIES       equ 3
EXTENDED_TRIES  equ 4                   ; a bit of its own: DH also says how to read
END_MARK        equ 0xe7d1

        section .boot_sector progbits alloc exec nowrite

; Reads the second stage, and makes sure that its end is there.
;   in:       DL  BIOS drive number; DS = SS = 0
;   out:      DL  as before; does not return if a sector cannot be read, or if
;                 the disk holds only a part of the image
;   changes:  AX, BX, CX, DH, SI, DI, BP, ES, flags
        global  read_second_stage:function
read_second_stage:
        mov     di, 1

        mov     dh, CHS_TRIES
        test    dl, dl                  ; below 0x80 it is a floppy, which has no
        jns     .piece                  ; extensions; asking hangs some old machines
        push    dx                      ; AST's BIOS 1.04 loses DL here (GRUB)
        mov     ah, HAS_EXTENSIONS
        mov     bx, 0x55aa
        call    int_13h
        pop     dx
        jc      .piece
        cmp     bx, 0xaa55
        jne     .piece
        shr     cl, 1                   ; bit 0: AH=42h is there as well
        jnc     .piece
        mov     dh, EXTENDED_TRIES + CHS_TRIES

        ; A piece ends where the image does, or at the next 32 KiB line; these lines
        ; are MOST_SECTORS apart. So no piece crosses a 64 KiB line, which the DMA
        ; of a floppy controller cannot do.
.piece: lea     bp, [di + sectors_below]        ; the place in memory, in sectors
        imul    ax, bp, 32              ; of 32 paragraphs of 16 bytes
        mov     es, ax
        mov     ax, second_stage_sectors + 1
        sub     ax, di
        jz      .all
        or      bp, -MOST_SECTORS
        neg     bp                      ; how many up to that line
        cmp     bp, ax
        jbe     .try
        xchg    bp, ax

.try:   push    dx                      ; each call may destroy it
        test    dh, EXTENDED_TRIES
        jz      .chs
        xor     ax, ax                  ; the packet of AH=42h, from its end:
        push    ax
        push    ax
        push    ax
        push    di                      ; 64 bits of LBA
        push    es                      ; segment
        push    ax                      ; and offset to read to
        push    bp                      ; sectors
        push    16                      ; bytes in this packet
        mov     si, sp
        mov     ah, EXTENDED_READ
        call    int_13h
        lea     sp, [si + 16]           ; an add would change CF
        jmp     .result

.all:   push    end_mark_segment        ; A copy of the disk that was cut short
        pop     es                      ; reads well, but has other bytes there.
        cmp     word [es:end_mark_offset], END_MARK
        jne     .stop
        ret

        ; A BIOS may give a floppy the drive's geometry: a smaller disk may fail.
.chs:   mov     ah, GET_GEOMETRY
        call    int_13h
        jnc     .geometry
        test    ah, ah                  ; some BIOSes set CF for no reason (GRUB)
        jnz     .result
.geometry:
        mov     ah, NO_GEOMETRY
        and     cx, 63                  ; CX: sectors per track
        jz      .result                 ; none: there is no such disk
        movzx   si, dh
        inc     si                      ; SI: heads
        mov     ax, di
        cwd                             ; DX = 0, because AX is small
        div     cx                      ; AX: track; DX: sector in it, from 0
        sub     cx, dx                  ; CX: sectors to the end of the track,
        cmp     bp, cx                  ; where a read by CHS must end
        jbe     .inside
        mov     bp, cx
.inside:
        mov     cx, dx
        inc     cx                      ; CL: sector, from 1
        cwd
        div     si                      ; AX: cylinder, below 256; DX: head
        mov     ch, al
        pop     ax
        push    ax
        mov     ah, dl
        xchg    dx, ax                  ; DH: head; DL: drive
        mov     ax, bp                  ; AL: sectors
        mov     ah, READ
        xor     bx, bx                  ; ES:BX: where to
        call    int_13h

.result:
        pop     dx
        jc      .again
        test    ah, ah                  ; some BIOSes fail without CF (GRUB)
        jz      .good
.again: cmp     ah, ECC_CORRECTED
        je      .corrected
        pusha
        mov     ah, RESET
        call    int_13h
        popa
        dec     dh                      ; the last tries are by CHS
        jnz     .try

.failed:
        mov     al, ah                  ; the status that the BIOS gave
        aam     16                      ; AH: its high digit; AL: its low one
        call    .digit
        xchg    al, ah
        call    .digit
        mov     [status], ax
        mov     [status.end], dh        ; 0: the text ends before the question
.stop:  mov     si, unreadable
        jmp     boot_error

.digit: cmp     al, 10                  ; AL from 0 to 15 becomes '0' to 'F': the
        sbb     al, 0x69                ; decimal adjustment steps over the seven
        das                             ; characters between '9' and 'A'
        ret

.corrected:                             ; The BIOS corrected a sector, and read none
        mov     bp, 1                   ; after it: only the first is sure to be here.
.good:  or      dh, CHS_TRIES           ; a success gives back all tries, but no
        add     di, bp                  ; extensions that have failed
        jmp     .piece

unreadable:
        db      "boot error: cannot read the image, BIOS status "
status: db      "00"
.end:   db      ": wrong disk?", 0

; The last bytes of the image: they come along in its last sector.
        section .end_mark progbits alloc noexec nowrite
        dw      END_MARK
