; What the boot sector calls on UEFI's disk. UEFI runs no sector, but a BIOS may
; try this disk: then nothing is read, and a line says what is wrong.

        bits    16
        extern  boot_error

        section .boot_sector progbits alloc exec nowrite
        global  read_second_stage:function, real_mode
read_second_stage:
        mov     si, for_uefi
        jmp     boot_error
real_mode:                              ; there is none: this is never reached

for_uefi:
        db      "boot error: this disk is for UEFI, not for a BIOS", 0
