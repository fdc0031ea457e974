; The page tables: long mode reaches no memory without them. Four levels of them,
; each with 512 entries of 8 bytes, lead from a virtual address to a physical one.
; An entry is the physical address of the next table or, at the end, of the page;
; the low 12 bits of such an address are 0, so flags are kept there.
;
;   bits 47-39        38-30         29-21         20-12         11-0
;   PML4 entry ->  PDPT entry ->  PD entry ->  PT entry ->  byte in the page
;
; Ours map the first GiB onto itself. Its first 2 MiB are 4 KiB pages, because
; RAM, video memory and ROM lie side by side there, and they are not cached in
; the same way; a large page should not mix them (Intel SDM vol. 3, "Large Page
; Size Considerations"). From there on a PD entry is a page of 2 MiB.

        bits    32

PRESENT         equ 1 << 0
WRITABLE        equ 1 << 1
LARGE           equ 1 << 7              ; PD entry: a page, not a table
TABLE           equ 512 * 8             ; bytes
PAGE            equ 4096
LARGE_PAGE      equ 512 * PAGE

        section .page_tables nobits alloc noexec write align=4096
        global  pml4, pdpt
pml4:   resb    TABLE                   ; page map level 4
pdpt:   resb    TABLE                   ; page directory pointer table
pd:     resb    TABLE                   ; page directory
pt:     resb    TABLE                   ; page table

        section .protected_mode progbits alloc exec nowrite

; Fills the page tables (Intel SDM vol. 3, "Linear-Address Translation with
; 4-Level Paging and 5-Level Paging").
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

        mov     edi, pd
        mov     edx, LARGE_PAGE
        mov     eax, 511 * LARGE_PAGE + PRESENT + WRITABLE + LARGE
        call    fill_table
        mov     dword [pd], pt + PRESENT + WRITABLE

        mov     edi, pt
        mov     edx, PAGE
        mov     eax, 511 * PAGE + PRESENT + WRITABLE
        ; runs on into fill_table

; Fills a table with pages that follow each other, the last one first.
;   in:       EDI  the table
;             EDX  bytes in a page
;             EAX  its last entry
;   changes:  EAX, ECX, flags
fill_table:
        mov     ecx, 512
.next:  mov     [edi + 8 * ecx - 8], eax
        mov     dword [edi + 8 * ecx - 4], 0    ; no address above 4 GiB
        sub     eax, edx
        loop    .next
        ret
