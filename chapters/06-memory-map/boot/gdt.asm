; The Global Descriptor Table: in protected mode a segment register holds no
; address, but the offset of a descriptor in here (a selector).
; Most descriptors say: all 4 GiB, from 0 on (Intel SDM vol. 3, "Segment Descriptors").

PRESENT         equ 1 << 47
CODE_OR_DATA    equ 1 << 44             ; not a system segment
EXECUTABLE      equ 1 << 43             ; code; else data
READ_WRITE      equ 1 << 41             ; code can be read, data written
ACCESSED        equ 1 << 40             ; set already: the CPU need not write it
LIMIT_IN_PAGES  equ 1 << 55             ; granularity
DEFAULT_32      equ 1 << 54             ; operands and addresses are 32 bits wide
CODE_IS_64      equ 1 << 53             ; code is 64-bit (DEFAULT_32 must be 0)
WHOLE_LIMIT     equ 0x000f_0000_0000_ffff   ; 20 bits; base and the rest are 0

FLAT            equ PRESENT | CODE_OR_DATA | READ_WRITE | ACCESSED | LIMIT_IN_PAGES | WHOLE_LIMIT
AS_REAL_MODE    equ PRESENT | CODE_OR_DATA | READ_WRITE | ACCESSED | 0xffff

        section .real_mode progbits alloc exec nowrite
        global  gdt_register, code_32, data_32, code_64, code_16, data_16

        align   16, db 0                ; some machines want it (SYSLINUX, Linux)
gdt:    dq      0                       ; selector 0 is none
.code_32:
        dq      FLAT | EXECUTABLE | DEFAULT_32
.data_32:
        dq      FLAT | DEFAULT_32
.code_64:                               ; (whose limit the CPU ignores)
        dq      FLAT | EXECUTABLE | CODE_IS_64
.code_16:                               ; what real mode has: limits of 64 KiB, and
        dq      AS_REAL_MODE | EXECUTABLE       ; 16-bit code
.data_16:
        dq      AS_REAL_MODE
.end:

code_32 equ     .code_32 - gdt          ; selectors
data_32 equ     .data_32 - gdt
code_64 equ     .code_64 - gdt
code_16 equ     .code_16 - gdt
data_16 equ     .data_16 - gdt

gdt_register:                           ; what lgdt reads
        dw      gdt.end - gdt - 1       ; limit: the last byte
        dd      gdt
