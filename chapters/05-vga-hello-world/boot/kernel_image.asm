; The kernel, as it lies on the disk: a flat image, that is the bytes from
; kernel_start on, with no header that would describe them.

        bits    64
        extern  kernel_start

        section .kernel_image progbits alloc noexec nowrite align=8
kernel_image:
        incbin  "build/kernel.bin"
        align   8, db 0
.end:

        section .long_mode progbits alloc exec nowrite

; Copies the kernel to where it is linked to run.
;   in:       that place is mapped; DF clear
;   out:      RSI, RDI  where the image ends, and where the copy does
;   changes:  RCX
        global  copy_kernel:function
copy_kernel:
        mov     esi, kernel_image
        mov     edi, kernel_start
        mov     ecx, (kernel_image.end - kernel_image) / 8
        rep     movsq
        ret
