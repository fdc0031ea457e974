; The first 512 bytes that a PC runs.
;
; The BIOS has read them from the disk to boot_sector, and jumps here in 16-bit
; real mode, with the disk's number in DL. Nothing else is certain: not the
; segment registers, not the stack, not the flags.

        bits    16
        extern  read_second_stage, real_mode, stack_top

        section .boot_sector progbits alloc exec nowrite
        global  boot_sector:function
boot_sector:
        jmp     short start             ; some BIOSes boot a sector only if it begins
        nop                             ; like this (Limine)
        times   90 - ($ - boot_sector) db 0     ; a FAT file system's parameters lie
                                        ; here, and BIOSes that boot from USB write
                                        ; to them even if there is no FAT

start:  xchg    bx, bx                  ; a stop for Bochs's debugger
        xor     ax, ax
        mov     ds, ax
        mov     ss, ax                  ; no interrupt comes between this and the next
        mov     sp, stack_top           ; (Intel SDM vol. 2, "MOV")
        cld                             ; string instructions go upwards, ours and
        sti                             ; the BIOS's

        call    read_second_stage
        jmp     0:real_mode             ; sets CS: some BIOSes enter at 0x07c0:0 (GRUB)

; The end of the sector belongs to the disk: a partition table with exactly one
; active entry, because some BIOSes boot no disk without one.
        section .partitions progbits alloc noexec nowrite
        dd      0x1b00710c              ; disk signature: any number but 0
        dw      0
        db      0x80                    ; active
        db      0x00, 0x02, 0x00        ; from head 0, sector 2, cylinder 0
        db      0xda                    ; type: data without a file system
        db      0x0f, 0x3f, 0x00        ; to head 15, sector 63, cylinder 0
        dd      1                       ; first sector by number (LBA)
        dd      16 * 63 - 1             ; sectors: the rest of this cylinder, which
                                        ; disk.img always fills
        times   3 * 16 db 0             ; no other partitions
        dw      0xaa55                  ; in memory: 55 aa
