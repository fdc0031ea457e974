# The tools, and all of their flags.
#
# By itself this takes GCC and GNU ld. make LLVM=1 takes clang and ld.lld, and LLVM=-19 those
# with that ending, as in Linux. CC= and LD= name a single program: make CC=gcc-14.
# CROSS_COMPILE is the prefix of compiler and binutils: CROSS_COMPILE=/opt/cross/bin/x86_64-elf-
ifneq ($(LLVM),)
$(if $(filter 1 -%,$(LLVM)),,$(error LLVM=$(LLVM): LLVM=1 takes clang and ld.lld, LLVM=-19 takes clang-19 and ld.lld-19))
CC      := clang$(filter -%,$(LLVM))
LD      := ld.lld$(filter -%,$(LLVM))
OBJCOPY := llvm-objcopy$(filter -%,$(LLVM))
NM      := llvm-nm$(filter -%,$(LLVM))
ADDR2LINE := llvm-addr2line$(filter -%,$(LLVM))
else
ifeq ($(origin CROSS_COMPILE),undefined)
CROSS_COMPILE := $(if $(shell command -v x86_64-elf-gcc 2>/dev/null),x86_64-elf-,x86_64-linux-gnu-)
endif
CC      := $(CROSS_COMPILE)gcc
LD      := $(CROSS_COMPILE)ld
OBJCOPY := $(CROSS_COMPILE)objcopy
NM      := $(CROSS_COMPILE)nm
ADDR2LINE := $(CROSS_COMPILE)addr2line
endif

# The distribution's own Python, because it is the one that sees the packages
# of the distribution; the first python3 in PATH may be another one.
PYTHON := /usr/bin/python3

# A blank that make keeps; and text that is one word for the shell, whatever is in it.
space := $(subst ,, )
quoted = '$(subst ','\'',$1)'

# Compilers, QEMU and GRUB's tools put files there; if they can't, each has an error of its own.
ifneq ($(TMPDIR),)
$(if $(shell [ -d $(call quoted,$(TMPDIR)) ] && [ -w $(call quoted,$(TMPDIR)) ] && echo yes),,$(error TMPDIR=$(TMPDIR): there is no such folder, or you may not write to it. Without TMPDIR, such files go to /tmp))
endif

# A variable's value, worked out when it is first needed, and only once.
once = $(eval $1 := $2)$($1)

# A tool's name, or one sentence that says it is missing.
tool = $(if $(shell command -v $1 2>/dev/null),$1,$(error $(shell CROSS_COMPILE=$(CROSS_COMPILE) $(common)/doctor.sh missing $1)))

# The name of a file that is no tool, or the same sentence.
here = $(or $(wildcard $1),$(error $(shell $(common)/doctor.sh missing '$1')))

nasm    = $(call once,nasm,$(call tool,nasm))
cc      = $(call once,cc,$(call tool,$(CC)))
ld      = $(call once,ld,$(call tool,$(LD)))
objcopy = $(call once,objcopy,$(call tool,$(OBJCOPY)))
nm      = $(call once,nm,$(call tool,$(NM)))
addr2line = $(call tool,$(ADDR2LINE))
qemu    = $(call tool,qemu-system-x86_64)
bochs   = $(call tool,bochs)
gdb     = $(call tool,$(if $(filter x86_64 amd64,$(shell uname -m)),gdb,gdb-multiarch))
python  = $(call once,python,$(call tool,$(PYTHON)))
pytest  = $(python) -m $(if $(shell $(python) -c 'import pytest, xdist' 2>&1),$(error $(shell $(common)/doctor.sh missing '/usr/lib/python3/dist-packages/pytest/*.py')),pytest)
sgdisk  = $(call tool,/usr/sbin/sgdisk)
sfdisk  = $(call tool,/usr/sbin/sfdisk)
mformat = $(call tool,mformat)
grub_file = $(call tool,grub-file)

# GRUB's own tool makes the CD. It says little about what is missing, so we look first. GRUB
# itself is a folder of modules for each kind of firmware.
grub_mkrescue = $(call tool,grub-mkrescue)$(foreach part,xorriso mformat,$(if $(call tool,$(part)),))
grub_modules  = /usr/lib/grub/i386-pc
grub_for_uefi = /usr/lib/grub/x86_64-efi
grub_folders  = $(call here,$(grub_modules)) $(if $(uefi),$(call here,$(grub_for_uefi)))

asmflags := -f elf64                    # 16-, 32- and 64-bit code alike, in one format
asmflags += -g -F dwarf                 # line numbers for gdb
asmflags += $(asmwarnings)

# Warnings are errors, except about relocations: NASM 2.16.03 and later warn of each address of
# 16 or 32 bits, since a 64-bit object file need not have any. Ours has them on purpose, and the
# linker checks that each one fits. NASM before 2.16.03 has no warning of that name.
asmwarnings := -w+all -w+error -w-unknown-warning -w-reloc

# clang compiles for any CPU that we name. Any other compiler is made for one, and if that is the
# wrong one, we say so before the compiler's own errors puzzle the reader.
target = $(call once,target,$(if $(findstring clang,$(shell $(cc) --version)),--target=x86_64-elf,$(call for_pcs,$(shell $(cc) -dumpmachine))))
for_pcs = $(if $(filter x86_64-%,$1),,$(error $(CC) compiles for $1. The course needs a compiler for x86_64: docs/cross-compiler.md tells how to get one))

# Where the compiler keeps the few headers that are its own.
headers = $(call once,headers,-isystem $(shell $(cc) -print-file-name=include))

# C. These say what kind of machine a kernel finds:
cflags = -std=c17
cflags += $(target)
cflags += -ffreestanding                # no C library: nothing is known of main or of printf
cflags += -nostdinc                     # not the host's headers, only the compiler's own few
cflags += $(headers)
cflags += -Iinclude -Ilib               # what kernel and loader share
cflags += -fno-pic                      # addresses are known at link time: no global offset table
cflags += -mcmodel=kernel               # and fit in 32 bits with a sign: made for the highest 2 GiB, but the lowest 2 GiB fit as well
cflags += -mno-red-zone                 # an interrupt pushes to below RSP, where functions would keep data
cflags += -mgeneral-regs-only           # we don't set up the registers of SSE, MMX and x87; SSE instructions even fault
cflags += -fno-stack-protector          # its canary lies at FS:0x28 or GS:0x28, where we have no memory for it
cflags += -fno-asynchronous-unwind-tables # nothing unwinds the stack at run time: no .eh_frame
cflags += -fcf-protection=none          # no endbr64 before each function: we don't enable CET

# These would be the same for any program:
cflags += -O2 -g
cflags += -ffile-prefix-map=$(call quoted,$(CURDIR))=. # the same bits in any folder
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

# UEFI's loader may lie anywhere, and its firmware's functions as well.
uefi_cflags  = $(filter-out -fno-pic -mcmodel=kernel,$(cflags))
uefi_cflags += -fpie                    # addresses are distances from the instruction
uefi_cflags += -include $(common)/hidden.h # to all that there is, also in other files
