; The page tables: long mode has no memory without them. Four levels, each with
; 512 entries of 8 bytes, lead from a virtual address to a physical one:
;
;   bits 47-39        38-30         29-21         20-12         11-0
;   PML4 entry ->  PDPT entry ->  PD entry ->  PT entry ->  byte in the page
;
; Ours map the first GiB onto itself. Its first 2 MiB are 4 KiB pages, because
; RAM, video memory and ROM lie side by side there, and they are not cached in
; the same way; a large page must not mix them (Intel SDM vol. 3, 11.11.9). From
; there on a PD entry is a page of 2 MiB.

        bits    32

PRESENT         equ 1 << 0
WRITABLE        equ 1 << 1
LARGE           equ 1 << 7              ; PD entry: a page, no table
TABLE           equ 4096                ; bytes in a table, and in a page
LARGE_PAGE      equ 512 * 4096

        section .page_tables nobits alloc noexec write align=4096
        global  pml4
pml4:   resb    TABLE                   ; page map level 4
pdpt:   resb    TABLE                   ; page directory pointer table
pd:     resb    TABLE                   ; page directory
pt:     resb    TABLE                   ; page table

        section .protected_mode progbits alloc exec nowrite

; Fills the page tables (Intel SDM vol. 3, 4.5.4).
;   in:       flat segments; DF clear
;   changes:  EAX, ECX, EDX, EDI, flags
        global  fill_page_tables:function
fill_page_tables:
        mov     edi, pml4               ; two tables with a single entry each
        mov     ecx, 2 * TABLE / 4
        xor     eax, eax
        rep     stosd
        mov     dword [pml4], pdpt + PRESENT + WRITABLE
        mov     dword [pdpt], pd + PRESENT + WRITABLE

        mov     eax, PRESENT | WRITABLE | LARGE     ; EDI is at pd
        mov     edx, LARGE_PAGE
        call    fill_table
        mov     dword [pd], pt + PRESENT + WRITABLE

        mov     eax, PRESENT | WRITABLE             ; EDI is at pt
        mov     edx, TABLE
        ; runs on into fill_table

; Fills a table with pages that follow each other.
;   in:       EDI  the table
;             EAX  its first entry
;             EDX  bytes in a page
;   out:      EDI  behind the table
;   changes:  EAX, ECX, flags
fill_table:
        mov     ecx, TABLE / 8
.next:  mov     [edi], eax
        mov     dword [edi + 4], 0      ; no address above 4 GiB
        add     edi, 8
        add     eax, edx
        dec     ecx
        jnz     .next
        ret
