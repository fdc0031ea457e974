; Address line 20. The IBM PC had 20 address lines, 0 to 19; programs came to
; rely on address 1 MiB being address 0 again, so the PC/AT got a gate that holds
; line 20 at 0. While it is shut, every odd MiB is the even one below it.

        bits    16
        extern  boot_error

BIOS_SYSTEM     equ 0x15
ENABLE_A20      equ 0x2401

KBC_DATA        equ 0x60                ; the keyboard controller's ports:
KBC_COMMAND     equ 0x64                ; the gate is a pin of its output port
KBC_STATUS      equ 0x64
KBC_INPUT_FULL  equ 1 << 1              ; it has yet to take what we wrote
KBC_WRITE_OUTPUT_PORT equ 0xd1
KBC_A20_ON      equ 0xdf                ; bit 1: A20 on; bit 0: 1, no reset
KBC_NULL        equ 0xff

SYSTEM_CONTROL  equ 0x92                ; port A of PS/2 and later: "fast A20"
FAST_A20        equ 1 << 1
FAST_RESET      equ 1 << 0

DELAY           equ 0x80                ; a port whose use takes about 1 µs
SHORT_WAIT      equ 32                  ; in delays; both are what Linux waits
LONG_WAIT       equ 1 << 21             ; (some gates answer late)
KBC_WAIT        equ 100000

        section .real_mode progbits alloc exec nowrite

; Opens the gate: asks the BIOS, the keyboard controller and port 92h in turn,
; and trusts none of them, only the test.
;   in:       DS = 0
;   out:      A20 is on; ends in boot_error if it cannot be switched on
;   changes:  AX, ECX, SI, ES, flags; interrupts can be off now
        global  enable_a20:function
enable_a20:
        mov     ecx, SHORT_WAIT
        call    a20_is_on
        jnz     .done

        pushad                          ; INT 15h of some BIOSes destroys
        push    ds                      ; registers (Linux)
        mov     ax, ENABLE_A20
        int     BIOS_SYSTEM
        cld                             ; or sets DF
        pop     ds
        popad
        mov     ecx, SHORT_WAIT
        call    a20_is_on
        jnz     .done

        cli                             ; if a key is pressed now, the BIOS talks
        call    wait_for_kbc            ; to the controller as well (FreeBSD, Linux)
        mov     al, KBC_WRITE_OUTPUT_PORT
        out     KBC_COMMAND, al
        call    wait_for_kbc
        mov     al, KBC_A20_ON
        out     KBC_DATA, al
        call    wait_for_kbc
        mov     al, KBC_NULL            ; USB's emulation of the controller waits
        out     KBC_COMMAND, al         ; for it (Linux)
        call    wait_for_kbc
        mov     ecx, LONG_WAIT
        call    a20_is_on
        jnz     .done

        in      al, SYSTEM_CONTROL
        or      al, FAST_A20
        and     al, ~FAST_RESET & 0xff  ; 1 would restart the machine (Linux)
        out     SYSTEM_CONTROL, al
        mov     ecx, LONG_WAIT
        call    a20_is_on
        jnz     .done

        mov     si, stays_off
        jmp     boot_error
.done:  ret

; Tests whether A20 is on: writes numbers to a word of ours and looks for them
; 1 MiB higher. If the word there follows each change, it is ours: A20 is off.
;   in:       ECX  how many times to look at most, a microsecond apart; DS = 0
;   out:      ZF   clear: on; set: off
;   changes:  AX, ECX, ES, flags
a20_is_on:
        mov     ax, 0xffff              ; 0xffff0 is 1 MiB less 16
        mov     es, ax
.look:  out     DELAY, al
        mov     [probe], cx             ; a new number each time: what is there by
        mov     ax, [es:probe + 16]     ; chance does not match the next one
        cmp     ax, cx
        jne     .done
        dec     ecx
        jnz     .look
.done:  ret

; Waits until the keyboard controller takes a byte, for a fifth of a second at
; most: on a PC without one, every read gives 0xff (FreeBSD).
;   changes:  AL, ECX, flags
wait_for_kbc:
        mov     ecx, KBC_WAIT
.look:  out     DELAY, al
        in      al, KBC_STATUS
        test    al, KBC_INPUT_FULL
        jz      .done
        dec     ecx
        jnz     .look
.done:  ret

stays_off:
        db      "boot error: address line A20 stays off", 0

probe:  dw      0
