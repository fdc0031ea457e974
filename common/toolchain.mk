# The tools, and all of their flags.
#
# CROSS_COMPILE is the prefix of compiler and binutils, as in Linux:
# make CROSS_COMPILE=/opt/cross/bin/x86_64-elf-
ifeq ($(origin CROSS_COMPILE),undefined)
CROSS_COMPILE := $(if $(shell command -v x86_64-elf-gcc),x86_64-elf-,x86_64-linux-gnu-)
endif

cc      = $(call tool,$(CROSS_COMPILE)gcc)
ld      = $(call tool,$(CROSS_COMPILE)ld)
objcopy = $(call tool,$(CROSS_COMPILE)objcopy)
nm      = $(call tool,$(CROSS_COMPILE)nm)
nasm    = $(call tool,nasm)

asmflags := -f elf64                    # 16-, 32- and 64-bit code alike, in one format
asmflags += -g -F dwarf                 # line numbers for gdb
asmflags += -w+all -w+error             # warnings are errors

cflags := -std=c17
cflags += -ffreestanding                # no C library: main is nothing special, and memcpy is ours
cflags += -nostdinc -isystem $(shell $(CROSS_COMPILE)gcc -print-file-name=include)
cflags += -fno-pic                      # we know our addresses: no global offset table
cflags += -mcmodel=kernel               # addresses lie within 2 GiB of 0, or of 2^64 downwards
cflags += -mno-red-zone                 # an interrupt pushes below RSP, where the red zone would be
cflags += -mgeneral-regs-only           # SSE, MMX and x87 registers would fault: nobody enabled them
cflags += -fno-stack-protector          # its canary lies at FS:0x28, which is nothing here
cflags += -fno-asynchronous-unwind-tables # nobody unwinds our stack, so no .eh_frame
cflags += -fcf-protection=none          # no endbr64: nobody enabled CET
cflags += -O2 -g
cflags += -ffile-prefix-map=$(CURDIR)=. # the same bits in any folder
cflags += -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wundef
cflags += -Wstrict-prototypes -Wmissing-prototypes -Wvla
cflags += -Werror

ldflags := -nostdlib -static
ldflags += -z max-page-size=4096        # else ld aligns segments to 2 MiB
ldflags += -z noexecstack               # NASM's objects do not say so themselves
ldflags += --build-id=none              # no note section
ldflags += --orphan-handling=error      # every section is placed on purpose
ldflags += --fatal-warnings

# A tool's name, or one sentence about its absence.
tool = $(if $(shell command -v $1),$1,$(error $1 is missing))
