# What a chapter's Makefile does not say: how its files become a disk.
#
# A chapter lists the files of its programs, in running order and without an
# ending: boot, and where it has them, loader and kernel. A loader in C is linked
# with boot; then kernel_file is a file of its own on the disk, after both. Where GRUB can
# start the loader as well, multiboot2 takes the place of boot, and where UEFI can, uefi; what
# only one of the loaders needs is listed as bios_loader, grub_loader and uefi_loader. esp is
# what a BIOS finds on UEFI's disk.
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-print-directory

common := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))

all:
include $(common)/toolchain.mk

# Two builds at once would each read what the other has half written.
$(if $(filter-out help doctor diff,$(or $(MAKECMDGOALS),all)),$(shell $(common)/turn.sh $$PPID))

include $(common)/emulators.mk

# The kernel that KERNEL= names, where a chapter takes one: its file can have any name, so we
# work with a copy of it. We look for it from where the command was typed, which make -C leaves
# in PWD.
ifneq ($(KERNEL),)
ifneq ($(kernel_file),$(KERNEL))
$(error KERNEL=$(KERNEL): this chapter boots no other kernel than its own)
endif
kernel_file := build/other.elf
typed_in    := $(or $(PWD),$(CURDIR))
take_kernel  = KERNEL=$(call quoted,$(value KERNEL)) $(common)/take_kernel.sh
wrong_kernel := $(shell $(take_kernel) looks $(call quoted,$(typed_in)) $(kernel_file) build/*.img build/*.iso)
$(if $(wrong_kernel),$(error $(wrong_kernel)))

build/other.elf: always
	@mkdir -p build
	@$(take_kernel) copies $(call quoted,$(typed_in)) $@
endif

# The objects of a program: where they are built, the program's folder, its files. Those of
# lib/ belong to no program, and each program links those that it uses.
objects = $(patsubst $1/$2/lib/%,$1/lib/%,$(patsubst %,$1/$2/%.o,$3))

boot_objects   := $(call objects,build,boot,$(boot)) $(call objects,build,loader,$(loader) $(bios_loader))
grub_objects   := $(if $(multiboot2),$(call objects,build,boot,$(multiboot2)) $(call objects,build,loader,$(loader) $(grub_loader)))
uefi_objects   := $(if $(uefi),$(call objects,build/uefi,boot,$(uefi)) $(call objects,build/uefi,loader,$(loader) $(uefi_loader)))
esp_objects    := $(call objects,build,boot,$(esp))
kernel_objects := $(call objects,build,kernel,$(kernel))
scripts        := $(wildcard $(common)/*.ld)
rules          := Makefile $(common)/chapter.mk $(common)/toolchain.mk build/tools
chapter        := $(notdir $(subst $(space),?,$(CURDIR)))
images         := build/disk.img $(if $(multiboot2),build/cd.iso) $(if $(uefi),build/esp.img)

all: $(images) $(booted)

# A disk of whole cylinders (16 heads of 63 sectors): Bochs has no other.
build/disk.img: build/boot.elf $(kernel_file)
	@$(objcopy) -O binary $< $@
	@$(if $(kernel_file),truncate --size=%512 $@; { cat $(kernel_file) && printf 'end of kernel'; } >> $@)
	@truncate --size=%516096 $@

# A CD, and the same bytes are a disk: GRUB, our loader, the kernel's file.
build/cd.iso: build/stripped/multiboot2.elf $(kernel_file) grub.cfg $(common)/make_cd.sh $(rules)
	@GRUB_FILE=$(grub_file) GRUB_MKRESCUE=$(grub_mkrescue) \
	$(common)/make_cd.sh $@ $< $(kernel_file) grub.cfg $(grub_folders)

build/boot.elf: $(boot_objects)
build/multiboot2.elf: $(grub_objects)
build/uefi.elf build/uefi_moved.elf: $(uefi_objects)
build/esp.elf: $(esp_objects)
build/kernel.elf: $(kernel_objects)

# A kernel that is a file of its own on the disk. The loader must know its size; and for a
# flat one also what it needs in memory, because a flat file doesn't say so.
ifneq ($(kernel_file),)
build/boot.elf build/cd.iso: $(kernel_file) build/kernel_file
boot_symbols = $(shell NM=$(nm) $(common)/kernel_symbols.sh $(kernel_file) $(if $(filter %.bin,$(kernel_file)),build/kernel.elf))
endif

# These change when another kernel is named, or another tool.
build/kernel_file: named = $(kernel_file)
build/tools: named = $(CC) $(LD) $(OBJCOPY)
build/kernel_file build/tools: always
	@mkdir -p build
	@echo '$(named)' | cmp -s - $@ || echo '$(named)' > $@

# (Python's -S looks for no packages, and takes half the time.)
build/%.elf: $(scripts) $(rules)
	@$(ld) $(ldflags) -L $(common) -T $(script) $($*_symbols) -o $@ $(filter %.o,$^)
	@$(python) -S $(common)/memory_usage.py $(call quoted,$(chapter)) $(common)/$(script) $@

script = $(or $($*_script),$*.ld)

# A disk for UEFI, and one for both kinds of firmware.
build/esp.img: build/esp.bin build/BOOTX64.EFI $(kernel_file) build/kernel_file $(common)/make_esp.sh
	@SGDISK=$(sgdisk) MFORMAT=$(mformat) $(common)/make_esp.sh $@ build/esp.bin build/BOOTX64.EFI $(kernel_file)

build/hybrid.img: build/disk.img build/esp.img $(common)/make_hybrid.sh
	@SFDISK=$(sfdisk) $(common)/make_hybrid.sh $@ $< build/esp.img

# UEFI's loader, which the firmware puts anywhere: so it is linked for two addresses, and must
# come out the same. The first one is 0, so that uefi.elf's symbols are distances in the image.
build/BOOTX64.EFI: build/uefi.elf build/uefi_moved.elf $(common)/make_efi.sh
	@OBJCOPY=$(objcopy) $(common)/make_efi.sh $@ $< build/uefi_moved.elf

uefi_symbols       := --defsym=image_base=0
uefi_moved_symbols := --defsym=image_base=0x1000000
uefi_moved_script  := uefi.ld
esp_script         := boot.ld

build/uefi/%.o: %.c $(common)/hidden.h $(rules)
	@mkdir -p $(@D)
	@$(cc) $(uefi_cflags) -MMD -MP -c -o $@ $<

build/uefi/%.o: %.asm $(rules)
	@mkdir -p $(@D)
	@$(nasm) $(asmflags) -MD $(@:.o=.d) -MP -o $@ $<

build/%.bin: build/%.elf
	@$(objcopy) -O binary $< $@

# Leaves out what the machine has no use for: names and line numbers.
build/stripped/%.elf: build/%.elf
	@mkdir -p $(@D)
	@$(objcopy) --strip-all $< $@

build/boot/kernel_image.o: build/kernel.bin
build/lib/font.o build/uefi/lib/font.o: build/lib/font.psf

# The letters for a screen of pixels.
font = /usr/share/consolefonts/spleen-8x16.psfu.gz

build/lib/font.psf: $(common)/unpack_font.sh $(rules)
	@mkdir -p $(@D)
	@$(common)/unpack_font.sh $(call here,$(font)) $@

build/%.o: %.asm $(rules)
	@mkdir -p $(@D)
	@$(nasm) $(asmflags) -MD $(@:.o=.d) -MP -o $@ $<

build/%.o: %.c $(rules)
	@mkdir -p $(@D)
	@$(cc) $(cflags) -MMD -MP -c -o $@ $<

-include $(patsubst %.o,%.d,$(sort $(boot_objects) $(grub_objects) $(uefi_objects) $(esp_objects) $(kernel_objects)))

.PHONY: all always

include $(common)/commands.mk
