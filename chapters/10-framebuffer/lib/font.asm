; The letters for a screen of pixels: Spleen 8x16 by Frederic Cambus, from Debian's
; package fonts-spleen. Its licence (BSD, two clauses) is in font.LICENSE.
;
; A PSF file is a header, then the glyphs one after the other. We take those of ASCII,
; whose places are the characters' numbers.

PSF_HEADER      equ 4                   ; bytes of version 1, which chapter.mk makes sure of
GLYPH           equ 16                  ; bytes: a row of 8 pixels each

        section .rodata progbits alloc noexec nowrite
        global  font:data (font.end - font)
font:   incbin  "build/lib/font.psf", PSF_HEADER + ' ' * GLYPH, ('~' - ' ' + 1) * GLYPH
.end:
