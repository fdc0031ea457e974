; The end of every boot that cannot go on: one line that says why, and a halt.

        bits    16
        extern  print

; Prints a text at the cursor, and halts for good.
;   in:       SI  what is wrong: "boot error: …", ended by a zero byte
;             DS = SS = 0; DF clear
;   out:      does not return
        section .boot_sector progbits alloc exec nowrite
        global  boot_error:function
boot_error:
        call    print
.halt:  cli                             ; a halt that no interrupt ends
        hlt
        jmp     .halt
