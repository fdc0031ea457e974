# What a chapter's Makefile does not say: how its files become a disk.
#
# A chapter lists the files of its programs, in running order and without an
# ending: boot, and where there are such, loader and kernel. A loader in C is linked
# with boot; then kernel_file is a file of its own on the disk, behind both. Where GRUB can
# start the loader, too, multiboot2 stands for boot there, and what only one of the loaders
# needs is listed as bios_loader, grub_loader and uefi_loader.
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-print-directory

common := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))

all:
include $(common)/toolchain.mk
include $(common)/emulators.mk

# The objects of a program: where they are built, the program's folder, its files. Those of
# lib/ belong to nobody, and each program links the ones that it takes.
objects = $(patsubst $1/$2/lib/%,$1/lib/%,$(patsubst %,$1/$2/%.o,$3))

boot_objects   := $(call objects,build,boot,$(boot)) $(call objects,build,loader,$(loader) $(bios_loader))
grub_objects   := $(if $(multiboot2),$(call objects,build,boot,$(multiboot2)) $(call objects,build,loader,$(loader) $(grub_loader)))
uefi_objects   := $(if $(uefi_loader),$(call objects,build/uefi,loader,$(loader) $(uefi_loader)))
kernel_objects := $(call objects,build,kernel,$(kernel))
scripts        := $(wildcard $(common)/*.ld)
rules          := Makefile $(common)/chapter.mk $(common)/toolchain.mk build/tools
chapter        := $(notdir $(CURDIR))
images         := build/disk.img $(if $(multiboot2),build/cd.iso) $(if $(uefi_loader),build/esp.img)

all: $(images) $(booted)

# A disk of whole cylinders (16 heads of 63 sectors): Bochs has no other.
build/disk.img: build/boot.elf $(kernel_file)
	@$(objcopy) -O binary $< $@
	@$(if $(kernel_file),truncate --size=%512 $@; { cat '$(kernel_file)' && printf 'end of kernel'; } >> $@)
	@truncate --size=%516096 $@

# A CD, and the same bytes are a disk: GRUB, our loader, the kernel's file. GRUB is not given
# what does not have a header that it finds.
build/cd.iso: build/stripped/multiboot2.elf $(kernel_file) grub.cfg $(rules)
	@$(grub_file) --is-x86-multiboot2 $< || { echo '$<: GRUB would find no Multiboot2 header in it' >&2; exit 1; }
	@rm -rf build/cd && mkdir -p build/cd/boot/grub
	@cp $< build/cd/boot/loader.elf
	@cp '$(kernel_file)' build/cd/boot/kernel.elf
	@cp grub.cfg build/cd/boot/grub
	@$(grub_mkrescue) -o $@ build/cd > build/cd.log 2>&1 || { cat build/cd.log >&2; exit 1; }

build/boot.elf: $(boot_objects)
build/multiboot2.elf: $(grub_objects)
build/kernel.elf: $(kernel_objects)

# A kernel that is a file of its own on the disk. The loader must know its size; and of a
# flat one what it needs in memory, because that says nothing of itself.
ifneq ($(kernel_file),)
build/boot.elf build/cd.iso: $(kernel_file) build/kernel_file
boot_symbols = --defsym=kernel_file_size=$(shell stat -c %s '$(kernel_file)') \
	       $(if $(filter build/kernel.bin,$(kernel_file)),--defsym=kernel_memory_size=0x$(memory_size))
memory_size = $(shell $(nm) build/kernel.elf | sed -n 's/ A kernel_memory_size$$//p')

$(if $(KERNEL),$(if $(wildcard $(KERNEL)),,$(error KERNEL=$(KERNEL): there is no such file)))

endif

# These change when another kernel is named, or another tool.
build/kernel_file: named = $(kernel_file)
build/tools: named = $(CC) $(LD) $(OBJCOPY)
build/kernel_file build/tools: always
	@mkdir -p build
	@echo '$(named)' | cmp -s - $@ || echo '$(named)' > $@

build/%.elf: $(scripts) $(rules)
	@$(ld) $(ldflags) -L $(common) -T $(script) $($*_symbols) -o $@ $(filter %.o,$^)
	@$(python) $(common)/memory_usage.py '$(chapter)' $(common)/$(script) $@

script = $(or $($*_script),$*.ld)

# A disk for UEFI: a GPT with a single partition, and in it a FAT with two files (UEFI
# specification, "GUID Partition Table (GPT) Disk Layout", "File System Format"). The names
# of disk, partition and volume are ours, and always the same; so are all times. FAT32 is
# what the specification wants on a disk, and has 65525 clusters at least: of a sector
# each, that is somewhat more than 33 MiB, and the kernel's size comes on top.
mib      := 1048576
fat_mib   = $(shell expr 35 + $$(stat -c %s '$(kernel_file)') / $(mib))
in_volume = -i $@@@$(mib)

build/esp.img: build/BOOTX64.EFI $(kernel_file) build/kernel_file
	@rm -f $@
	@truncate --size=$$((($(fat_mib) + 2) * $(mib))) $@
	@$(sgdisk) --disk-guid=636f7572-7365-4e49-8e45-000000000000 --new=1:1M:+$(fat_mib)M --typecode=1:ef00 \
	    --partition-guid=1:636f7572-7365-4e49-8e45-000000000001 --change-name=1:course $@ > build/esp.report
	@export SOURCE_DATE_EPOCH=315532800 TZ=UTC; \
	$(mformat) $(in_volume) -F -c 1 -H 2048 -h 255 -s 63 -T $$(($(fat_mib) * 2048)) -N 636f7572 :: \
	    && mmd $(in_volume) ::EFI ::EFI/BOOT ::boot \
	    && mcopy $(in_volume) build/BOOTX64.EFI ::EFI/BOOT/BOOTX64.EFI \
	    && mcopy $(in_volume) '$(kernel_file)' ::boot/kernel.elf
	@printf '%s: %-10s %-12s %7d of %7d bytes\n' '$(chapter)' esp.img files \
	    $$(cat build/BOOTX64.EFI '$(kernel_file)' | wc -c) $$(($(fat_mib) * $(mib)))

# One disk for both: the BIOS's, and behind it UEFI's volume, as the second partition. UEFI
# takes a partition table of this kind, too, if it says which one is the system partition.
build/hybrid.img: build/disk.img build/esp.img
	@cp $< $@
	@truncate --size=%$(mib) $@
	@start=$$(($$(stat -c %s $@) / $(mib))); \
	truncate --size=+$(fat_mib)M $@ && truncate --size=%516096 $@ \
	    && echo "start=$$((start * 2048)), size=$$(($(fat_mib) * 2048)), type=ef" | $(sfdisk) --quiet --append $@ \
	    && dd if=build/esp.img of=$@ bs=1M skip=1 seek=$$start count=$(fat_mib) conv=notrunc status=none

build/BOOTX64.EFI: $(uefi_objects) $(common)/uefi.ld $(rules)
	@$(uefi_ld) $(uefi_ldflags) -T $(common)/uefi.ld -o $@ $(uefi_objects)

build/uefi/%.o: %.c $(rules)
	@mkdir -p $(@D)
	@$(uefi_cc) $(uefi_cflags) -MMD -MP -c -o $@ $<

build/uefi/%.o: %.asm $(rules)
	@mkdir -p $(@D)
	@$(nasm) $(asmflags) -MD $(@:.o=.d) -MP -o $@ $<

build/kernel.bin: build/kernel.elf
	@$(objcopy) -O binary $< $@

# What the machine has no use for stays here: names and line numbers.
build/stripped/%.elf: build/%.elf
	@mkdir -p $(@D)
	@$(objcopy) --strip-all $< $@

build/boot/kernel_image.o: build/kernel.bin
build/lib/font.o build/uefi/lib/font.o: build/lib/font.psf

# The letters for a screen of pixels. lib/font.asm counts on a PSF file of version 1,
# with 16 bytes to a glyph.
font = /usr/share/consolefonts/spleen-8x16.psfu.gz

build/lib/font.psf: $(rules)
	@mkdir -p $(@D)
	@gzip -dc $(call here,$(font)) > $@
	@case "$$(od -A n -t x1 -N 4 $@)" in ' 36 04 '??' 10') ;; *) echo '$(font): not a font that we know' >&2; exit 1 ;; esac

build/%.o: %.asm $(rules)
	@mkdir -p $(@D)
	@$(nasm) $(asmflags) -MD $(@:.o=.d) -MP -o $@ $<

build/%.o: %.c $(rules)
	@mkdir -p $(@D)
	@$(cc) $(cflags) -MMD -MP -c -o $@ $<

-include $(patsubst %.o,%.d,$(sort $(boot_objects) $(grub_objects) $(uefi_objects) $(kernel_objects)))

clean:
	@rm -rf build

# What lies where in memory.
map: all
	@$(python) $(common)/memory_map.py $(loaded)

# This chapter's tests are those that bear its number.
test: all
	@$(pytest) $(or $(tests),$(error No tests are here: they lie beside common/ in the course's own folder))

number := $(firstword $(subst -, ,$(chapter)))
tests   = $(wildcard $(common)/../tests/test_$(number)_*.py)

# What this chapter changes in the one before it.
diff:
	@$(call tool,diff) -ruN --exclude=build $(or $(previous),$(error There is no chapter before this one here)) . || test $$? = 1

neighbours := $(sort $(patsubst %/Makefile,%,$(wildcard ../*/Makefile)))
previous    = $(lastword $(filter-out ../$(chapter),$(call up_to,../$(chapter),$(neighbours))))
up_to       = $(if $2,$(firstword $2) $(if $(filter $1,$(firstword $2)),,$(call up_to,$1,$(wordlist 2,$(words $2),$2))))

doctor:
	@CROSS_COMPILE=$(CROSS_COMPILE) $(common)/doctor.sh

help:
	@echo "make        builds $(strip $(images) $(if $(kernel),build/kernel.elf))"
	@$(if $(filter %.elf,$(kernel_file)),echo "make KERNEL=/path/to/any.elf  puts another kernel on the disk")
	@echo "make run    boots it in QEMU: in a window, in the terminal, or printing the screen"
	@$(if $(multiboot2),echo "            BOOT=$(subst $(space),|,$(ways)) says how; so it does for debug and gdb")
	@$(if $(uefi_loader),echo "make BOOT=hybrid  builds build/hybrid.img besides: one disk for BIOS and UEFI")
	@echo "make debug  boots it in Bochs, whose debugger stops at each xchg bx, bx"
	@echo "make gdb    boots it in QEMU, with gdb attached"
	@echo "make test   runs this chapter's tests"
	@echo "make map    draws what lies where in memory"
	@echo "make diff   shows what is new since the chapter before"
	@echo "make clean  removes build/"
	@echo "make doctor says which tools are here, and which are missing"
	@echo "make help   says this"

.PHONY: all always clean map test diff doctor help
