; A drive that is pulled out after READS reads. From then on each call ends in STATUS,
; which for most BIOSes is 80h, time-out, or 31h, no medium (OpenBSD, FreeBSD).
; Endless tries would hang.

        %include "disk.inc"

disk:   cmp     byte [cs:.left], 0
        je      .gone
        cmp     ah, READ
        je      .read
        cmp     ah, EXTENDED_READ
        je      .read
        jmp     far [cs:bios_disk]

.read:  dec     byte [cs:.left]
        jmp     far [cs:bios_disk]

.gone:  mov     ah, STATUS
        jmp     refuse
.left:  db      READS
