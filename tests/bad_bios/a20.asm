; A PC that starts with A20 off, and where not every way to switch it on works.
; The debug registers stop the CPU after each access to a port in question, and
; we undo what it did (or show in AL what is not there).

        %include "bad_bios.inc"

; A case says what works, and what does not:
;   BIOS_WORKS       INT 15h AX=2401h does; else it claims to, does nothing, destroys
;                    registers and sets DF (Linux saves all, clears DF, and tests)
;   DEAF_KEYBOARD    the keyboard controller has nothing to do with A20
;   NO_KEYBOARD      and there is none: its status reads 0xff (FreeBSD)
;   LATE             it takes effect after so many accesses to port 80h (Linux)
;   DEAF_PORT_92     there is no port 92h: it reads 0xff
;   RESET_SHOWS      port 92h reads 1 in bit 0; writing that is a reset (Linux)

KEYBOARD_DATA   equ 0x60
KEYBOARD        equ 0x64
PORT_92         equ 0x92
A20             equ 1 << 1              ; in port 92h
DELAY           equ 0x80
DF              equ 1 << 10
CR4_DE          equ 1 << 3              ; then debug registers can stop at I/O
IN_AL           equ 0xe4                ; in al, (the next byte)

%ifdef NO_KEYBOARD
%define DEAF_KEYBOARD
%elifdef LATE
%define DEAF_KEYBOARD
%endif

%assign STOPS 0                         ; DR7: two bits enable, two say: at I/O
%ifdef DEAF_KEYBOARD
%assign STOPS STOPS | 3 << 0 | 2 << 16 | 3 << 2 | 2 << 20
%endif
%ifdef DEAF_PORT_92
%assign STOPS STOPS | 3 << 4 | 2 << 24
%elifdef RESET_SHOWS
%assign STOPS STOPS | 3 << 4 | 2 << 24
%endif
%ifdef LATE
%assign STOPS STOPS | 3 << 6 | 2 << 28
%else
%define LATE 0
%endif

misbehave:
        call    shut
        %ifndef BIOS_WORKS
        hook    0x15, system, bios_system
        %endif
        hook    1, stop, bios_stop
        mov     eax, cr4
        or      al, CR4_DE
        mov     cr4, eax
        mov     eax, KEYBOARD_DATA
        mov     dr0, eax
        mov     eax, KEYBOARD
        mov     dr1, eax
        mov     eax, PORT_92
        mov     dr2, eax
        mov     eax, DELAY
        mov     dr3, eax
        mov     eax, STOPS
        mov     dr7, eax
        ret

system: cmp     ah, 0x24
        je      .a20
        jmp     far [cs:bios_system]
.a20:   mov     eax, 0xdead_00ef        ; AH: success
        mov     ebx, eax
        mov     ecx, eax
        mov     edx, eax
        mov     esi, eax
        mov     edi, eax
        mov     ebp, eax
        mov     ds, bx
        mov     es, bx
        push    bp
        mov     bp, sp
        or      byte [bp + 7], DF >> 8  ; of the caller's flags
        pop     bp
        jmp     accept

stop:   push    eax
        push    bp
        mov     bp, sp                  ; BP + 2: EAX; BP + 6: where we stopped
        push    bx
        push    ds
        push    si
        xor     eax, eax
        mov     dr7, eax                ; now the ports are ours
        mov     eax, dr6
        mov     bx, ax                  ; bits 0 to 3: at which register's port
        lds     si, [bp + 6]
        cmp     byte [si - 2], IN_AL
        je      .in

        test    bl, 1 << 3
        jnz     .delay
        %ifdef RESET_SHOWS
        test    bl, 1 << 2
        jnz     .done
        %endif
        call    shut
        mov     word [cs:.late], LATE
        jmp     .done
.delay: cmp     word [cs:.late], 0
        je      .done
        dec     word [cs:.late]
        jnz     .done
        in      al, PORT_92
        or      al, A20
        out     PORT_92, al
        jmp     .done

.in:    test    bl, 1 << 2
        jnz     .port_92
        %ifdef NO_KEYBOARD
        mov     byte [bp + 2], 0xff
        %endif
        jmp     .done
.port_92:
        %ifdef DEAF_PORT_92
        mov     byte [bp + 2], 0xff
        %else
        or      byte [bp + 2], 1
        %endif

.done:  xor     eax, eax
        mov     dr6, eax
        mov     eax, STOPS
        mov     dr7, eax
        pop     si
        pop     ds
        pop     bx
        pop     bp
        pop     eax
        iret
.late:  dw      0

shut:   in      al, PORT_92
        and     al, ~A20 & 0xfe
        out     PORT_92, al
        ret

bios_system:
        dd      0
bios_stop:
        dd      0
