# What a chapter's Makefile does not say: how its files become a disk.
#
# A chapter lists the files of its programs, in running order and without an
# ending: boot, and where there is one, kernel.
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-print-directory

common := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
include $(common)/toolchain.mk

boot_objects   := $(boot:%=build/boot/%.o)
kernel_objects := $(kernel:%=build/kernel/%.o)
rules          := Makefile $(wildcard $(common)/*.mk)
scripts        := $(wildcard $(common)/*.ld)

all: build/disk.img $(if $(kernel),build/kernel.elf)

# A disk of whole cylinders (16 heads of 63 sectors): Bochs has no other.
build/disk.img: build/boot.elf
	@$(objcopy) -O binary $< $@
	@truncate --size=%516096 $@

build/boot.elf: $(boot_objects) $(scripts)
	@$(ld) $(ldflags) -L $(common) -T boot.ld --print-memory-usage -o $@ $(boot_objects)

build/kernel.elf: $(kernel_objects) $(scripts)
	@$(ld) $(ldflags) -L $(common) -T kernel.ld --print-memory-usage -o $@ $(kernel_objects)

build/kernel.bin: build/kernel.elf
	@$(objcopy) -O binary $< $@

build/boot/kernel_image.o: build/kernel.bin

build/%.o: %.asm $(rules)
	@mkdir -p $(@D)
	@$(nasm) $(asmflags) -MD $(@:.o=.d) -MP -o $@ $<

build/%.o: %.c $(rules)
	@mkdir -p $(@D)
	@$(cc) $(cflags) -MMD -MP -c -o $@ $<

-include $(boot_objects:.o=.d) $(kernel_objects:.o=.d)

clean:
	@rm -rf build

.PHONY: all clean
