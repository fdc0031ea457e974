; Writes over the bytes of the boot sector in memory where the parameters of a
; FAT file system lie, 3 to 0x59: BIOSes that boot from USB sticks do so, and so do
; IBM's (FreeBSD's boot1.S marks the bytes; Limine leaves them free).

        %include "bad_bios.inc"

misbehave:
        xor     ax, ax
        mov     es, ax
        mov     di, SYSTEM + 3
        mov     cx, 90 - 3
        mov     al, 0xff
        rep     stosb
        ret
