; An INT 13h whose AH=08h returns the right geometry, but with a status and a
; carry flag that do not agree: only both together are an error (GRUB).
;   STATUS, CARRY  what it returns in AH and in CF

        %define WITHOUT_EXTENSIONS
        %include "disk.inc"

disk:   cmp     ah, GET_GEOMETRY
        je      .geometry
        jmp     far [cs:bios_disk]

.geometry:
        original bios_disk
        mov     ah, STATUS
        %if CARRY
        jmp     refuse
        %else
        jmp     accept
        %endif
