; Where GRUB enters: in 32-bit protected mode, with paging off (Multiboot2 specification,
; "I386 machine state"). Here it finds that it may; from here the way leads to protected_mode,
; where the way from the boot sector comes by, too.

        bits    32
        extern  print_vga, vga_text_buffer, gdt_register, code_32, data_32, protected_mode

MAGIC           equ 0xe852_50d6         ; of the header
I386            equ 0                   ; the architecture: 32-bit protected mode
LOADED          equ 0x36d7_6289         ; in EAX, says who enters

INFORMATION     equ 1                   ; types of tags in the header
CONSOLE         equ 4
END             equ 0
MODULES         equ 3                   ; types of tags that are asked for
BASIC_MEMORY    equ 4
MEMORY_MAP      equ 6
SCREEN          equ 8
TEXT_REQUIRED   equ 1 << 0              ; a screen that is there,
TEXT_SUPPORTED  equ 1 << 1              ; and the VGA's text mode will do

        ; What GRUB looks for in the first 32 KiB of the file, at each multiple of 8.
        section .multiboot2 progbits alloc noexec nowrite align=8
header: dd      MAGIC
        dd      I386
        dd      .end - header
        dd      -(MAGIC + I386 + (.end - header)) & 0xffff_ffff ; all four add up to 0
.information:
        dw      INFORMATION, 0          ; flags 0: what GRUB does not know is an error
        dd      .console - .information
        dd      MODULES, BASIC_MEMORY, MEMORY_MAP, SCREEN
.console:
        dw      CONSOLE, 0
        dd      .console_end - .console
        dd      TEXT_REQUIRED | TEXT_SUPPORTED
.console_end:
        align   8, db 0                 ; where a tag begins; no tag's size counts this
.last:  dw      END, 0
        dd      .end - .last
.end:

        section .protected_mode progbits alloc exec nowrite

; The entry.
;   in:       EAX  LOADED
;             EBX  what GRUB tells, at a physical address
;             flat segments in some descriptor table, A20 on, interrupts off; the stack,
;             the flags and the control registers' other bits are anything
        global  multiboot2_start:function
multiboot2_start:
        xchg    bx, bx                  ; a stop for Bochs's debugger
        cld
        mov     esp, stack_top
        cmp     eax, LOADED
        mov     esi, not_multiboot2
        jne     fail
        mov     [multiboot2_information], ebx
        call    check_cpu
        xor     eax, eax                ; what UEFI or GRUB had on is off: 5-level paging
        mov     cr4, eax                ; above all, which cannot be left in long mode

        lidt    [no_handlers]           ; as in enter_protected_mode.asm
        lgdt    [gdt_register]          ; GRUB's table may be gone already
        mov     eax, data_32
        mov     ds, eax
        mov     es, eax
        mov     fs, eax
        mov     gs, eax
        mov     ss, eax
        jmp     code_32:protected_mode

EFLAGS_ID       equ 1 << 21             ; as in cpu.asm, which is 16-bit code
EXTENDED_LEAVES equ 0x8000_0000
EXTENDED_FEATURES equ 0x8000_0001
LONG_MODE       equ 1 << 29             ; EDX

; Makes sure that the CPU has long mode (AMD64 APM vol. 3, "CPUID Fn8000_0001"):
; GRUB starts any.
;   out:      ends in fail if it has not
;   changes:  EAX, EBX, ECX, EDX, ESI, flags
check_cpu:
        mov     esi, no_long_mode
        pushfd
        pop     eax
        mov     ecx, eax
        xor     eax, EFLAGS_ID
        push    eax
        popfd
        pushfd
        pop     eax
        xor     eax, ecx
        test    eax, EFLAGS_ID          ; has it changed? Then there is CPUID
        jz      fail
        mov     eax, EXTENDED_LEAVES
        cpuid
        cmp     eax, EXTENDED_FEATURES
        jb      fail
        mov     eax, EXTENDED_FEATURES
        cpuid
        test    edx, LONG_MODE
        jz      fail
        ret

; Says why the machine cannot go on, on an empty screen, and halts for good.
;   in:       ESI  text, ended by a zero byte; DF clear
fail:   mov     edi, vga_text_buffer
        mov     ecx, COLUMNS * ROWS
        mov     ax, BLANK
        rep     stosw
        call    print_vga
.halt:  cli
        hlt
        jmp     .halt

COLUMNS         equ 80
ROWS            equ 25
BLANK           equ 0x0720              ; grey on black

no_handlers:
        times 6 db 0
not_multiboot2:
        db      "boot error: started by something that does not speak Multiboot2", 0
no_long_mode:
        db      "boot error: no 64-bit CPU: it has no long mode", 0

        section .data progbits alloc noexec write
        global  multiboot2_information
        align   4, db 0
multiboot2_information:                 ; not in .bss, which is cleared only after this
        dd      0

        section .room nobits alloc noexec write align=16
        global  stack_top
        resb    16 * 1024
stack_top:
