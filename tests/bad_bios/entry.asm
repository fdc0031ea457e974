; Enters the boot sector in ways that are legal, since no BIOS promises others: at
; ENTRY 0x7c0:0 (GRUB, Limine, SYSLINUX and OpenBSD jump away from there), with
; other FLAGS (all of them clear DF), or on another STACK (all of them leave it).

        %include "bad_bios.inc"

misbehave:
        ret
