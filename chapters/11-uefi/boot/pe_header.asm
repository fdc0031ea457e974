; What UEFI reads of the loader before it runs it: the headers of a PE image (Microsoft, "PE
; Format"; UEFI specification, "UEFI Images"). Beside each number is the format's name for it.
;
; common/uefi.ld puts this at the beginning of the file, and each section as far from it in
; the file as in memory. So a distance from image is both: a place in the file, and what the
; format calls an RVA, an address counted from wherever the firmware has put the image.

        bits    64

MACHINE_AMD64           equ 0x8664
EXECUTABLE_IMAGE        equ 1 << 1      ; Characteristics: the linker has found no error,
LARGE_ADDRESS_AWARE     equ 1 << 5      ; and any address will do; RELOCS_STRIPPED, 1 << 0, would
                                        ; say that only one does
PE32_PLUS               equ 0x20b       ; a 64-bit image
EFI_APPLICATION         equ 10
DYNAMIC_BASE            equ 1 << 6      ; DllCharacteristics: can be moved,
NX_COMPAT               equ 1 << 8      ; and counts on no right that a section does not ask for

CODE                    equ 1 << 5      ; Characteristics of a section
INITIALIZED_DATA        equ 1 << 6
DISCARDABLE             equ 1 << 25
EXECUTE                 equ 1 << 29
READ                    equ 1 << 30
WRITE                   equ 1 << 31

SECTION_ALIGNMENT       equ 4096        ; of addresses: a page has one kind of rights
FILE_ALIGNMENT          equ 512         ; of sizes in the file

        extern  efi_main, image_size, initialized_file_size ; and three a section, below

        section .pe_header progbits alloc noexec nowrite align=8

image:  dw      'MZ'                    ; e_magic: it begins as a program for MS-DOS,
        times 29 dw 0                   ; where only two numbers matter
        dd      pe - image              ; e_lfanew

pe:     db      'PE', 0, 0              ; Signature
        dw      MACHINE_AMD64           ; Machine
        dw      (end - sections) / 40   ; NumberOfSections
        dd      0, 0, 0                 ; TimeDateStamp, PointerToSymbolTable, NumberOfSymbols
        dw      sections - optional     ; SizeOfOptionalHeader
        dw      EXECUTABLE_IMAGE | LARGE_ADDRESS_AWARE  ; Characteristics

optional:                               ; which is not optional for a program
        dw      PE32_PLUS               ; Magic
        db      0, 0                    ; MajorLinkerVersion, MinorLinkerVersion
        dd      text_file_size          ; SizeOfCode
        dd      initialized_file_size   ; SizeOfInitializedData
        dd      0                       ; SizeOfUninitializedData: a part of .data, below
        dd      efi_main - image        ; AddressOfEntryPoint
        dd      text_start - image      ; BaseOfCode
        dq      0                       ; ImageBase: no place is better than another
        dd      SECTION_ALIGNMENT       ; SectionAlignment
        dd      FILE_ALIGNMENT          ; FileAlignment
        times 6 dw 0                    ; versions, of the system, the image, the subsystem
        dd      0                       ; Win32VersionValue
        dd      image_size              ; SizeOfImage
        dd      FILE_ALIGNMENT          ; SizeOfHeaders
        dd      0                       ; CheckSum
        dw      EFI_APPLICATION         ; Subsystem
        dw      DYNAMIC_BASE | NX_COMPAT ; DllCharacteristics
        times 4 dq 0                    ; sizes of stack and heap, which UEFI ignores
        dd      0                       ; LoaderFlags
        dd      (sections - tables) / 8 ; NumberOfRvaAndSizes

tables: times 5 dq 0                    ; exports, imports, resources, exceptions, certificates
        dd      reloc_start - image, reloc_size ; Base Relocation Table

%macro section_header 3                 ; Name, the same in common/uefi.ld, rights
        dq      %1                      ; Name, of eight bytes
        dd      %2_size                 ; VirtualSize
        dd      %2_start - image        ; VirtualAddress
        dd      %2_file_size            ; SizeOfRawData: if it is less, zeros follow
        dd      %2_start - image        ; PointerToRawData
        times 3 dd 0                    ; relocations and line numbers, of object files only
        dd      %3                      ; Characteristics
        extern  %2_start, %2_size, %2_file_size
%endmacro

sections:
        section_header '.text',   text,   CODE | EXECUTE | READ
        section_header '.rodata', rodata, INITIALIZED_DATA | READ
        section_header '.reloc',  reloc,  INITIALIZED_DATA | DISCARDABLE | READ
        section_header '.data',   data,   INITIALIZED_DATA | READ | WRITE
end:
        times FILE_ALIGNMENT - ($ - image) db 0 ; fails if the headers have become longer

; The places in the image that hold an address: the firmware adds to each how far it has moved
; the image. We have none; but if there were no table at all, firmware could conclude that it
; was removed, and that the image cannot be moved.
        section .reloc progbits alloc noexec nowrite align=8
        dd      0, 12                   ; Page RVA, Block Size
        dw      0, 0                    ; two entries of the kind that is skipped
