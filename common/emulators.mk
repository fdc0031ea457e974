# The chapter on emulators: make run, debug and gdb.

# The way to boot, where the chapter has the choice: make run BOOT=grub.
BOOT  := bios
space := $(subst ,, )
ways  := $(strip bios $(if $(multiboot2),grub) $(if $(uefi_loader),grub-uefi uefi hybrid hybrid-uefi))
$(if $(filter $(BOOT),$(ways)),,$(error BOOT=$(BOOT): this chapter has $(ways)))

# What the machine starts from.
image_bios        := build/disk.img
image_grub        := build/cd.iso
image_grub-uefi   := build/cd.iso
image_uefi        := build/esp.img
image_hybrid      := build/hybrid.img
image_hybrid-uefi := build/hybrid.img
image  = $(image_$(BOOT))
booted = $(image) $(if $(kernel),build/kernel.elf)

# A PC with a screen and a disk. What the machine writes is forgotten. A machine
# that restarts or switches itself off stands still, so that one sees why.
machine  = -nodefaults -vga std $(drive) $(if $(filter %uefi,$(BOOT)),$(firmware))
machine += -action reboot=shutdown,shutdown=pause
drive    = $(if $(filter %.iso,$(image)),-cdrom $(image),-drive file=$(image),format=raw,if=ide,snapshot=on)

# UEFI's firmware is two files: code, and what it remembers.
firmware  = -drive file=$(ovmf),format=raw,if=pflash,readonly=on
firmware += -drive file=$(ovmf_vars),format=raw,if=pflash,snapshot=on
ovmf      = $(call here,/usr/share/OVMF/OVMF_CODE_4M.fd)
ovmf_vars = $(ovmf:CODE_4M.fd=VARS_4M.fd)

# Bochs has a BIOS only; bochsrc.txt says that it boots the disk DISK.
bochs_grub        = 'ata0-master: type=cdrom, path=$(image), status=inserted' 'boot: cdrom'
bochs_uefi        = $(error Bochs has no UEFI: make debug with BOOT=bios, grub or hybrid)
bochs_grub-uefi   = $(bochs_uefi)
bochs_hybrid-uefi = $(bochs_uefi)

# What debuggers know by name. UEFI puts the loader where it likes.
loaded = $(loaded_$(BOOT)) $(if $(kernel),build/kernel.elf)
loaded_bios      := build/boot.elf
loaded_hybrid    := build/boot.elf
loaded_grub      := build/multiboot2.elf
loaded_grub-uefi := build/multiboot2.elf

# Shell conditions: there is a window system; QEMU and Bochs can draw on it, which are packages
# of their own; somebody sits at a terminal.
has_windows  := test -n "$$DISPLAY$$WAYLAND_DISPLAY" -o "$$(uname)" = Darwin
has_terminal := test -t 0 -a -t 1
no_window    := ! echo 'There is a display, but no window for it: common/setup.sh window installs one.'
qemu_draws   := $(has_windows) && { $$qemu -display help | grep -qxE 'gtk|sdl|cocoa' || $(no_window); }
bochs_draws   = test -n "$$DISPLAY" && { test -n '$(bochs_window)' || $(no_window); }

# Debian has each display of Bochs in a file of its own; elsewhere they are all there.
bochs_plugins := $(wildcard /usr/lib/*/bochs/plugins)
bochs_window   = $(if $(bochs_plugins),$(wildcard $(bochs_plugins)/libbx_x_gui.so),yes)

# A terminal can show text, and so not the pixels of UEFI's screen; the serial port has
# the same text.
run: $(booted)
	@qemu='$(qemu)'; \
	if $(qemu_draws); then \
	    exec $$qemu $(machine); \
	elif ! $(has_terminal); then \
	    exec $(python) $(common)/screen.py $(BOOT) build $$qemu; \
	elif [ $(patsubst %uefi,uefi,$(BOOT)) = uefi ]; then \
	    echo "To leave the machine: Ctrl-A, then x."; \
	    sleep 2; \
	    exec $$qemu $(machine) -serial mon:stdio -display none; \
	else \
	    echo "To leave the machine: Alt-2, then quit and Enter."; \
	    sleep 2; \
	    exec $$qemu $(machine) -monitor vc -display curses; \
	fi

# Bochs's term display draws on a terminal of its own, and says which. Without
# any, rfb is a screen that nobody need look at.
debug: $(booted) symbols
	@if $(bochs_draws); then \
	    display=x; \
	elif $(has_terminal); then \
	    display=term; \
	    echo "Bochs draws the machine's screen on a terminal of its own, and will name it: cat that in another terminal to see it."; \
	else \
	    display='rfb, options="timeout=0"'; \
	fi; \
	DISK=$(image) BOCHS=$(bochs) exec $(common)/bochs.sh -q -f $(bochsrc) -rc $(common)/bochs.rc \
	    "display_library: $$display" 'log: -' 'info: action=ignore' $(bochs_$(BOOT))

bochsrc = $(or $(wildcard $(common)/../bochsrc.txt),$(error bochsrc.txt is not here: it lies beside common/ in the course's own folder))

# Addresses and names, for Bochs. Where two names share an address it shows the
# first one; that is to be code.
symbols: $(booted)
	@for file in $(loaded); do $(nm) $$file; done | LC_ALL=C sort -k2,2r -k3,3 \
	    | awk '$$2 ~ /[BbDdRrTt]/ { print $$1, $$3 }' > build/symbols

gdb: $(booted)
	@qemu='$(qemu)'; \
	QEMU="$$qemu $(machine)"; \
	$(qemu_draws) || QEMU="$$QEMU -display none"; \
	export QEMU PROGRAMS='$(loaded)'; \
	exec $(gdb) -q -nx -x $(common)/boot.gdb

.PHONY: run debug symbols gdb
