; A BIOS that describes memory as bad ones do. It knows only what a case defines:
;
;   MAP           INT 15h AX=E820h: start, size and type of each range, with the
;                 attributes in the upper half of the type; where bit 63 is set, there
;                 are none, and it writes 20 bytes, as before ACPI 3.0
;   PIECES        this many more pages, each reserved, with a page between two of them
;   ENDLESS       after the last range comes the first one
;   STUCK         after the last range comes the last one
;   EMPTY         after the last range come others without end, and none of them is real
;   CARRY         only CF says that there is no more (Linux), not EBX
;   LOST          from this range on it forgets to say "SMAP" in EAX (Linux)
;   E801          AX=E801h: what it returns in AX, BX, CX and DX
;   E88           AH=88h: what it returns in AX
;   CONVENTIONAL  INT 12h: what it returns in AX; else it is the truth
;   SILENT        a call that it does not know changes nothing, and is not refused
;   CLOBBERS      it destroys what is no result, and sets DF and clears IF (Linux)
; To go on, EBX must be what it was, which is any number, but never a small one.

        %include "bad_bios.inc"

SMAP            equ 0x534d4150
NUMBER          equ 0x9e3779b1          ; odd: times a range's address it is never 0
RANGE           equ 24                  ; bytes
SHORT_RANGE     equ 20                  ; without attributes
FIRST_PIECE     equ 16 << 20
GARBAGE         equ 0xdead0000          ; in the upper halves of 16-bit results
DF              equ 1 << 10
%ifndef PIECES
%define PIECES  0
%endif
IF              equ 1 << 9

misbehave:
        hook    0x15, system, bios_system
        %ifdef CONVENTIONAL
        hook    0x12, conventional, bios_conventional
        %endif
        ret

%ifdef CONVENTIONAL
conventional:
        mov     ax, CONVENTIONAL
        iret
bios_conventional:
        dd      0
%endif

system: cmp     ax, 0xe820
        je      ranges
        cmp     ax, 0xe801
        je      sizes
        cmp     ah, 0x88
        je      size
        jmp     far [cs:bios_system]
bios_system:
        dd      0

unknown:
        %ifdef SILENT
        iret
        %else
        mov     ah, 0x86
        jmp     refuse
        %endif

ranges:
        %ifdef MAP
        cmp     edx, SMAP
        jne     .refuse
        cmp     ecx, SHORT_RANGE
        jb      .refuse
        push    ds
        push    esi
        push    edi
        push    cs
        pop     ds
        mov     esi, .first
        test    ebx, ebx
        jz      .tell
        mov     esi, [.next]
        imul    eax, esi, NUMBER
        cmp     eax, ebx
        jne     .end
        %ifdef EMPTY
        cmp     esi, .last
        jb      .tell
        mov     si, .nothing
        mov     cx, RANGE
        mov     eax, SMAP
        jmp     .copy
        %else
        cmp     esi, .last + PIECES * RANGE
        je      .end
        %endif
.tell:  mov     [.next], esi
        mov     eax, SMAP
        %ifdef LOST
        cmp     si, .first + RANGE * LOST
        jb      .known
        mov     eax, 0
.known:
        %endif

        cmp     esi, .last
        jb      .listed
        push    eax
        lea     eax, [esi - .last]
        push    dx
        xor     dx, dx
        mov     bx, RANGE
        div     bx
        pop     dx
        movzx   eax, ax
        shl     eax, 13                 ; two pages
        add     eax, FIRST_PIECE
        mov     [.piece], eax
        pop     eax
        mov     si, .piece
.listed:
        cmp     ecx, RANGE
        mov     cx, SHORT_RANGE
        jb      .copy                   ; asked for no more (GRUB)
        test    byte [si + RANGE - 1], 0x80
        jnz     .copy
        mov     cx, RANGE
.copy:  push    cx
        cld
        rep     movsb
        pop     cx
        add     dword [.next], RANGE
        mov     esi, [.next]
        %ifndef CARRY
        cmp     esi, .last + PIECES * RANGE
        jne     .more
        %ifdef ENDLESS
        mov     esi, .first
        mov     [.next], esi
        %elifdef STUCK
        mov     esi, .last - RANGE
        mov     [.next], esi
        %elifdef EMPTY
        %else
        xor     esi, esi
        %endif
.more:
        %endif
        imul    ebx, esi, NUMBER        ; 0 ends the list
        pop     edi
        pop     esi
        pop     ds
        jmp     answered

.end:   pop     edi
        pop     esi
        pop     ds
.refuse:
        mov     ah, 0x86
        jmp     refuse
.next:  dd      0
.piece: dq      0, 4096, 2 | 1 << 63
.nothing:
        dq      0, 4096, 1
.first: dq      MAP
.last:
        %else
        jmp     unknown
        %endif

sizes:
        %ifdef E801
        mov     eax, GARBAGE
        mov     ebx, eax
        mov     ecx, eax
        mov     edx, eax
        mov     ax, [cs:.sizes]
        mov     bx, [cs:.sizes + 2]
        mov     cx, [cs:.sizes + 4]
        mov     dx, [cs:.sizes + 6]
        jmp     answered
.sizes: dw      E801
        %else
        jmp     unknown
        %endif

size:
        %ifdef E88
        mov     eax, GARBAGE | E88
        jmp     answered
        %else
        jmp     unknown
        %endif

answered:
        %ifdef CLOBBERS
        cmp     ax, SMAP & 0xffff
        jne     .sizes
        mov     edx, GARBAGE            ; E820 returns in EAX, EBX and ECX
.sizes: mov     esi, 0xdeadbeef
        mov     edi, esi
        mov     ds, si
        mov     es, si
        mov     fs, si
        mov     gs, si
        push    bp
        mov     bp, sp
        or      byte [bp + 7], DF >> 8  ; of the caller's flags
        and     byte [bp + 7], ~IF >> 8 & 0xff
        pop     bp
        mov     ebp, esi
        %endif
        jmp     accept
