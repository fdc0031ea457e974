; An INT 13h that refuses what some can't do: more than 127 sectors at once
; (Phoenix's AH=42h; GRUB, OpenBSD and SYSLINUX ask for no more), and transfers
; over a 64 KiB line of memory, which the PC's DMA controller cannot do (SYSLINUX
; and OpenBSD avoid it).

        %include "disk.inc"

disk:   pusha
        push    ds
        mov     cl, al                  ; AH=02h: AL sectors to ES:BX
        mov     ch, 0
        mov     dx, es
        cmp     ah, READ
        je      .read
        mov     cx, [si + 2]            ; AH=42h: a packet at DS:SI says it
        mov     bx, [si + 4]
        mov     dx, [si + 6]
        cmp     ah, EXTENDED_READ
        je      .read
.bios:  pop     ds
        popa
        jmp     far [cs:bios_disk]

.read:  cmp     cx, 127
        mov     ah, 0x01                ; a wrong parameter
        ja      .refuse
        shl     dx, 4
        add     dx, bx                  ; the offset in 64 KiB
        shl     cx, 9
        dec     cx
        add     dx, cx
        mov     ah, 0x09                ; DMA over a 64 KiB line
        jc      .refuse
        jmp     .bios
.refuse:
        mov     [cs:.status], ah
        pop     ds
        popa
        mov     ah, [cs:.status]
        jmp     refuse
.status:
        db      0
