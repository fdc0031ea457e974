; An INT 13h that returns by `retf 2`, with its own flags instead of the caller's:
; interrupts off (as Bochs's BIOS once did), DF set (Linux clears it after each
; call).

        %include "disk.inc"

disk:   original bios_disk
        cli
        std
        retf    2
