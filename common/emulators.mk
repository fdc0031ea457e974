# The chapter on emulators: make run, debug and gdb.

# The way to boot, where the chapter has the choice: make run BOOT=grub.
BOOT  := bios
ways  := $(strip bios $(if $(multiboot2),grub) $(if $(uefi),grub-uefi uefi hybrid hybrid-uefi))
$(if $(and $(filter 1,$(words $(BOOT))),$(filter $(subst %,\%,$(BOOT)),$(ways))),,$(error BOOT=$(BOOT): this chapter has $(ways)))

# What the machine starts from.
image_bios        := build/disk.img
image_grub        := build/cd.iso
image_grub-uefi   := build/cd.iso
image_uefi        := build/esp.img
image_hybrid      := build/hybrid.img
image_hybrid-uefi := build/hybrid.img
image  = $(image_$(BOOT))
booted = $(image) $(if $(kernel),$(if $(KERNEL),,build/kernel.elf))

# The image is opened as the file 8 while nobody else builds here: so the machine keeps it,
# even if another build puts a new one in its place.
opened = 8< $(image)
disk   = /dev/fd/8

# A PC with a screen and a disk. What the machine writes is forgotten. A machine
# that restarts or switches itself off stands still, so that you can see why.
machine  = -nodefaults -vga std $(drive) $(if $(filter %uefi,$(BOOT)),$(firmware))
machine += -action reboot=shutdown,shutdown=pause
drive    = $(if $(filter %.iso,$(image)),-cdrom $(disk),-drive file=$(disk),format=raw,if=ide,snapshot=on)

# The drive of a boot that make gdb records: what it answers is part of the record. vapic helps
# Windows only, and its reset is where QEMU 7.2 hangs now and then when it goes back: it waits
# for a CPU that waits for it.
recorded  = -drive file=$(disk),format=raw,if=none,id=image,snapshot=on
recorded += -drive driver=blkreplay,if=none,image=image,id=disk
recorded += -device ide-$(if $(filter %.iso,$(image)),cd,hd),drive=disk -global apic.vapic=off

# UEFI's firmware is two files: its code, and what it remembers.
firmware  = -drive file=$(ovmf),format=raw,if=pflash,readonly=on
firmware += -drive file=$(ovmf_vars),format=raw,if=pflash,snapshot=on
ovmf      = $(call here,/usr/share/OVMF/OVMF_CODE_4M.fd)
ovmf_vars = $(ovmf:CODE_4M.fd=VARS_4M.fd)

# Bochs has a BIOS only; bochsrc.txt says that it boots the disk DISK.
bochs_bios        = 'ata0-master: type=disk, path=$(disk), mode=volatile, journal=build/written'
bochs_grub        = 'ata0-master: type=cdrom, path=$(disk), status=inserted' 'boot: cdrom'
bochs_hybrid      = $(bochs_bios)
bochs_uefi        = $(error Bochs has no UEFI: make $(firstword $(MAKECMDGOALS)) with BOOT=bios, grub or hybrid)
bochs_grub-uefi   = $(bochs_uefi)
bochs_hybrid-uefi = $(bochs_uefi)

# What debuggers and the map know by name: the loader, except UEFI's, which lies wherever the
# firmware likes; and the kernel, or the one that KERNEL= names.
loaded = $(loaded_$(BOOT)) $(if $(KERNEL),$(kernel_file),$(if $(kernel),build/kernel.elf))
loaded_bios      := build/boot.elf
loaded_hybrid    := build/boot.elf
loaded_grub      := build/multiboot2.elf
loaded_grub-uefi := build/multiboot2.elf

# A terminal can show text, and so no screen of pixels; the serial port has the same text.
drawn = $(if $(filter lib/framebuffer,$(kernel)),$(filter-out bios hybrid,$(BOOT)))

run: $(booted)
	@QEMU='$(qemu)' PYTHON=$(python) DRAWN=$(drawn) exec $(common)/run.sh $(BOOT) $(machine) $(opened)

debug: $(booted) symbols
	@DISK=$(disk) BOCHS=$(bochs) PYTHON=$(python) exec $(common)/debug.sh $(bochsrc) $(bochs_$(BOOT)) $(opened) 7< build/symbols

# Boots unseen, and says what has happened. Bochs knows most; for UEFI, which it lacks, QEMU knows some.
# IMAGE= is any disk or CD (.iso), and PROGRAMS= what is known of it by name; both are looked for
# from where the command was typed.
explain: $(if $(IMAGE),,$(booted))
	@$(explain_env) $(python) $(common)/explain.py $(BOOT) $(if $(IMAGE),$(bochsrc),$(if $(filter %uefi,$(BOOT)),build,$(bochsrc) $(bochs_$(BOOT)) $(opened)))

explain_env  = DISK=$(disk) ADDR2LINE=$(addr2line) TYPED_IN=$(call quoted,$(or $(PWD),$(CURDIR)))
explain_env += IMAGE=$(call quoted,$(value IMAGE)) PROGRAMS=$(if $(IMAGE),$(call quoted,$(value PROGRAMS)),'$(loaded_uefi_$(BOOT)) $(loaded)')
explain_env += DRAWN=$(drawn) $(if $(filter %uefi,$(BOOT))$(drawn),QEMU='$(qemu)') $(if $(filter %uefi,$(BOOT)),,BOCHS=$(bochs))
loaded_uefi_uefi        := build/uefi.elf
loaded_uefi_hybrid-uefi := build/uefi.elf

# The same as a page that steps through it, forwards and backwards.
replay: $(if $(IMAGE),,$(booted))
	@$(explain_env) $(python) $(common)/replay.py $(BOOT) $(bochsrc) $(if $(IMAGE),,$(bochs_$(BOOT)) $(opened))

bochsrc = $(or $(wildcard $(common)/../bochsrc.txt),$(error bochsrc.txt is not here: it lies beside common/ in the course's own folder))

symbols: $(booted)
	@NM=$(nm) $(common)/bochs_symbols.sh $(loaded) > build/symbols

gdb: record = $(filter-out %uefi,$(BOOT))
gdb: drive := $(if $(record),$(recorded),$(drive))
gdb: $(booted)
	@RECORD=$(record) QEMU='$(qemu)' GDB=$(gdb) PYTHON=$(python) PROGRAMS='$(loaded)' exec $(common)/gdb.sh $(machine) $(opened)

.PHONY: run debug explain replay symbols gdb
