# What a chapter's Makefile does not say: how its files become a disk.
#
# A chapter lists the files of its programs, in running order and without an
# ending: boot, and where there are such, loader and kernel. A loader in C is linked
# with boot; then kernel_file is a file of its own on the disk, behind both. Where GRUB can
# start the loader, too, multiboot2 stands for boot there, and what only one of the two
# loaders needs is listed as bios_loader and grub_loader.
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-print-directory

common := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))

all:
include $(common)/toolchain.mk
include $(common)/emulators.mk

boot_objects   := $(boot:%=build/boot/%.o) $(patsubst %,build/loader/%.o,$(loader) $(bios_loader))
grub_objects   := $(multiboot2:%=build/boot/%.o) $(patsubst %,build/loader/%.o,$(loader) $(grub_loader))
kernel_objects := $(kernel:%=build/kernel/%.o)
images         := build/disk.img $(if $(multiboot2),build/cd.iso)
scripts        := $(wildcard $(common)/*.ld)
rules          := Makefile $(common)/chapter.mk $(common)/toolchain.mk
chapter        := $(notdir $(CURDIR))

all: $(images) $(if $(kernel),build/kernel.elf)

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

# Changes when another kernel is named.
build/kernel_file: always
	@mkdir -p build
	@echo '$(kernel_file)' | cmp -s - $@ || echo '$(kernel_file)' > $@

endif

build/%.elf: $(scripts) $(rules)
	@$(ld) $(ldflags) $(ldreport) -L $(common) -T $(or $($*_script),$*.ld) $($*_symbols) -o $@ $(filter %.o,$^) > build/$*.report
	@awk '$(report)' build/$*.report

# ld's report, less the regions that nothing lies in: a line for each region,
# with the bytes used and those that are there.
report = function bytes(number, unit) { \
	    return number * (unit == "KB" ? 1024 : unit == "MB" ? 1048576 : unit == "GB" ? 1073741824 : 1) } \
	 NR > 1 && $$2 > 0 { \
	    printf "%s: %-10s %-12s %7d of %7d bytes\n", "$(chapter)", "$*.elf", substr($$1, 1, length($$1) - 1), bytes($$2, $$3), bytes($$4, $$5) }

build/kernel.bin: build/kernel.elf
	@$(objcopy) -O binary $< $@

# What the machine has no use for stays here: names and line numbers.
build/stripped/%.elf: build/%.elf
	@mkdir -p $(@D)
	@$(objcopy) --strip-all $< $@

build/boot/kernel_image.o: build/kernel.bin

build/%.o: %.asm $(rules)
	@mkdir -p $(@D)
	@$(nasm) $(asmflags) -MD $(@:.o=.d) -MP -o $@ $<

build/%.o: %.c $(rules)
	@mkdir -p $(@D)
	@$(cc) $(cflags) -MMD -MP -c -o $@ $<

-include $(patsubst %.o,%.d,$(sort $(boot_objects) $(grub_objects) $(kernel_objects)))

clean:
	@rm -rf build

# What lies where in memory.
map: all
	@$(python) $(common)/memory_map.py $(objdump) $(loaded)

# This chapter's tests are those that bear its number.
test: all
	@$(python) -m pytest $(or $(tests),$(error No tests are here: they lie beside common/ in the course's own folder))

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
	@$(if $(grub),echo "make run FIRMWARE=grub  boots the CD with GRUB on it; so do debug and gdb")
	@echo "make debug  boots it in Bochs, whose debugger stops at each xchg bx, bx"
	@echo "make gdb    boots it in QEMU, with gdb attached"
	@echo "make test   runs this chapter's tests"
	@echo "make map    draws what lies where in memory"
	@echo "make diff   shows what is new since the chapter before"
	@echo "make clean  removes build/"
	@echo "make doctor says which tools are here, and which are missing"
	@echo "make help   says this"

.PHONY: all always clean map test diff doctor help
