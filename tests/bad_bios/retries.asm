; An INT 13h where each read fails FAILURES times with STATUS, and where after a
; failure nothing is read until a call of AH=00h, reset: a floppy drive that
; spins up, a disk that needs a second try, AH=42h that is stuck (SYSLINUX).

        %include "disk.inc"

disk:   cmp     ah, RESET
        je      .reset
        cmp     ah, READ
        je      .read
        cmp     ah, EXTENDED_READ
        je      .read
        jmp     far [cs:bios_disk]

.reset: mov     byte [cs:.stuck], 0
        jmp     far [cs:bios_disk]

.read:  cmp     byte [cs:.stuck], 1
        je      .fail
        dec     byte [cs:.left]
        js      .succeed
        mov     byte [cs:.stuck], 1
.fail:  mov     ah, STATUS
        jmp     refuse

.succeed:
        mov     byte [cs:.left], FAILURES
        jmp     far [cs:bios_disk]

.left:  db      FAILURES
.stuck: db      0
