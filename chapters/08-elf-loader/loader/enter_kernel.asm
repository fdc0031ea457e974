; The last step of the loader: from its page tables to the kernel's.
;
; The kernel's tables have nothing in the lower half, where the loader runs. So this
; page has a second address in the upper half, the bridge: we jump there, and are
; still there when the tables change.

        bits    64

CR0_WP          equ 1 << 16             ; write protection holds for the kernel as well
ENTRY_511       equ 511 * 8             ; of a PML4: the highest 512 GiB

PRESENT         equ 1 << 47             ; as in gdt.asm
CODE_OR_DATA    equ 1 << 44
EXECUTABLE      equ 1 << 43
READ_WRITE      equ 1 << 41
ACCESSED        equ 1 << 40
CODE_IS_64      equ 1 << 53

%define SIZE    256                     ; aligned to this, it lies in a single page

        section .text.enter_kernel progbits alloc exec nowrite align=SIZE

; Enters the kernel.
;   in:       RDI  struct boot_info, virtual address
;             RSI  the kernel's stack: the first byte above it
;             RDX  the kernel's PML4, which has no global pages
;             RCX  the kernel's entry
;             R8   the bridge: enter_kernel's address in the kernel's tables, in the
;                  highest 512 GiB; nothing is mapped there yet
;   out:      as docs/boot-info.md says; does not return
        global  enter_kernel:function
enter_kernel:
        mov     rax, cr3
        and     rax, ~0xfff
        mov     rbx, [rdx + ENTRY_511]  ; what was not present is in no cache: the
        mov     [rax + ENTRY_511], rbx  ; new entry counts at once
        add     r8, .bridge - enter_kernel
        jmp     r8

.bridge:
        mov     cr3, rdx
        mov     rax, cr0
        or      eax, CR0_WP
        mov     cr0, rax
        mov     rsp, rsi

        lea     rax, [rel .gdt]         ; the loader's is out of reach
        push    rax
        sub     rsp, 2
        mov     word [rsp], .end - .gdt - 1
        lgdt    [rsp]
        mov     eax, .data - .gdt
        mov     ds, eax
        mov     es, eax
        mov     fs, eax
        mov     gs, eax
        mov     ss, eax

        lea     rsp, [rsi - 8]
        mov     qword [rsp], 0          ; as if called: the entry can be a C function,
        push    .code - .gdt            ; which must not return
        push    rcx
        xor     eax, eax
        xor     ebx, ebx
        xor     ecx, ecx
        xor     edx, edx
        xor     esi, esi
        xor     ebp, ebp
        push    rax
        popfq
        retfq

        align   8
.gdt:   dq      0
.code:  dq      PRESENT | CODE_OR_DATA | EXECUTABLE | READ_WRITE | ACCESSED | CODE_IS_64
.data:  dq      PRESENT | CODE_OR_DATA | READ_WRITE | ACCESSED
.end:
        times   SIZE - ($ - $$) db 0    ; fails if it has become longer
