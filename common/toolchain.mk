# The tools, and all of their flags.
#
# CROSS_COMPILE is the prefix of compiler and binutils, as in Linux:
# make CROSS_COMPILE=/opt/cross/bin/x86_64-elf-
ifeq ($(origin CROSS_COMPILE),undefined)
CROSS_COMPILE := $(if $(shell command -v x86_64-elf-gcc 2>/dev/null),x86_64-elf-,x86_64-linux-gnu-)
endif

# The distribution's own Python, because it is the one that sees the packages
# of the distribution; a python3 found first in PATH may be somebody's own.
PYTHON := /usr/bin/python3

# A tool's name, or one sentence about its absence.
tool = $(if $(shell command -v $1 2>/dev/null),$1,$(error $(shell CROSS_COMPILE=$(CROSS_COMPILE) $(common)/doctor.sh missing $1)))

# The name of a file that is no tool, or the same sentence.
here = $(or $(wildcard $1),$(error $(shell $(common)/doctor.sh missing $1)))

nasm    = $(call tool,nasm)
cc      = $(call tool,$(CROSS_COMPILE)gcc)
ld      = $(call tool,$(CROSS_COMPILE)ld)
objcopy = $(call tool,$(CROSS_COMPILE)objcopy)
objdump = $(call tool,$(CROSS_COMPILE)objdump)
nm      = $(call tool,$(CROSS_COMPILE)nm)
qemu    = $(call tool,qemu-system-x86_64)
bochs   = $(call tool,bochs)
gdb     = $(call tool,$(if $(filter x86_64 amd64,$(shell uname -m)),gdb,gdb-multiarch))
python  = $(call tool,$(PYTHON))
uefi_cc = $(call tool,x86_64-w64-mingw32-gcc)
uefi_ld = $(call tool,x86_64-w64-mingw32-ld)
sgdisk  = $(call tool,/usr/sbin/sgdisk)
sfdisk  = $(call tool,/usr/sbin/sfdisk)
mformat = $(call tool,mformat)
grub_file = $(call tool,grub-file)

# GRUB's own tool makes the CD. It says little about what it lacks, so we look first. Only
# what our grub.cfg needs goes in: no fonts, no translations, and of the modules these; GRUB
# looks for partitions of all kinds that it knows. By itself it makes a CD for all firmware
# that it has modules for.
grub_modules   = /usr/lib/grub/i386-pc
grub_for_uefi  = /usr/lib/grub/x86_64-efi
grub_mkrescue  = $(call tool,grub-mkrescue)$(foreach part,xorriso mformat,$(if $(call tool,$(part)),))
grub_mkrescue += $(if $(uefi_loader),$(if $(call here,$(grub_for_uefi)),),--directory=$(grub_modules))
grub_mkrescue += --fonts= --locales= --themes=
grub_mkrescue += --install-modules="normal multiboot2 test all_video $$(paste -sd ' ' $(call here,$(grub_modules))/partmap.lst)"

asmflags := -f elf64                    # 16-, 32- and 64-bit code alike, in one format
asmflags += -g -F dwarf                 # line numbers for gdb
asmflags += -w+all -w+error             # warnings are errors

# C. These say what kind of machine a kernel finds:
cflags = -std=c17
cflags += -ffreestanding                # no C library: nothing is known of main or of printf
cflags += -nostdinc                     # not the host's headers, but the few that are the compiler's own
cflags += -isystem $(shell $(cc) -print-file-name=include)
cflags += -Iinclude                     # what kernel and loader share
cflags += -fno-pic                      # addresses are known at link time: no global offset table
cflags += -mcmodel=kernel               # and are 32 bits with a sign: made for the highest 2 GiB, but the lowest fit, too
cflags += -mno-red-zone                 # an interrupt pushes to below RSP, where functions would keep data
cflags += -mgeneral-regs-only           # nobody sets up the registers of SSE, MMX and x87; SSE instructions even fault
cflags += -fno-stack-protector          # its canary lies at FS:0x28 or GS:0x28, where we have nothing
cflags += -fno-asynchronous-unwind-tables # nobody unwinds the stack at run time: no .eh_frame
cflags += -fcf-protection=none          # no endbr64 before each function: nobody enables CET

# These would be the same for any program:
cflags += -O2 -g
cflags += -ffile-prefix-map='$(CURDIR)'=. # the same bits in any folder
cflags += -Wall -Wextra -Wpedantic
cflags += -Wconversion                  # no bit is lost without a cast
cflags += -Wshadow -Wundef -Wvla
cflags += -Wstrict-prototypes -Wmissing-prototypes
cflags += -Werror

ldflags := -nostdlib                    # no folder of libraries is searched but those that we name
ldflags += -static                      # no shared library is taken: nobody could load it
ldflags += -z max-page-size=4096        # else segments are aligned to 2 MiB in some linkers
ldflags += -z noexecstack               # NASM's objects do not say so themselves
ldflags += --build-id=none              # some linkers make this section by themselves, and none of ours is its place
ldflags += --orphan-handling=error      # each section is placed on purpose
ldflags += --fatal-warnings

# How full each region of memory is; chapter.mk makes it readable. It is a
# variable of its own because not every linker can tell.
ldreport := --print-memory-usage

# UEFI has Microsoft's file format and calling convention, and so has a GCC for Windows;
# the headers are those of our own, because freestanding ones are the same for both.
uefi_cflags  = $(filter-out -fno-pic -mcmodel=kernel,$(cflags)) # the image lies anywhere
uefi_cflags += -mno-stack-arg-probe     # the stack is all there: it does not grow at a touch
uefi_ldflags := -nostdlib
uefi_ldflags += --subsystem 10          # EFI application
uefi_ldflags += -e efi_main
uefi_ldflags += --no-insert-timestamp   # the same bits at any time
uefi_ldflags += --strip-all
uefi_ldflags += --orphan-handling=error
uefi_ldflags += --fatal-warnings
