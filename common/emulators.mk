# The chapter on emulators: make run, debug and gdb.

# Who starts the loader, where the chapter has the choice: make run FIRMWARE=grub. Of
# each: what it starts from, and the loader as a program.
FIRMWARE := bios
bios := build/disk.img build/boot.elf
grub := $(if $(multiboot2),build/cd.iso build/multiboot2.elf)
chosen = $(or $($(filter bios grub,$(FIRMWARE))),$(error FIRMWARE=$(FIRMWARE): this chapter has $(if $(grub),bios and grub,bios only)))
image  = $(word 1,$(chosen))
loaded = $(word 2,$(chosen)) $(if $(kernel),build/kernel.elf)

# A PC with a screen and a disk, or a CD. What the machine writes is forgotten. A machine
# that restarts or switches itself off stands still, so that one sees why.
drive    = -drive file=$(image),format=raw,if=ide,$(if $(filter %.iso,$(image)),media=cdrom,snapshot=on)
machine  = -nodefaults -vga std $(drive)
machine += -action reboot=shutdown,shutdown=pause

# Shell conditions: there is a window system; somebody sits at a terminal.
has_windows  := test -n "$$DISPLAY$$WAYLAND_DISPLAY" -o "$$(uname)" = Darwin
has_terminal := test -t 0 -a -t 1

run: all
	@if $(has_windows); then \
	    exec $(qemu) $(machine); \
	elif $(has_terminal); then \
	    echo "To leave the machine: Alt-2, then quit and Enter."; \
	    sleep 2; \
	    exec $(qemu) $(machine) -monitor vc -display curses; \
	else \
	    exec $(python) $(common)/screen.py $(drive); \
	fi

# Bochs's term display draws on a terminal of its own, and says which. Without
# any, rfb is a screen that nobody need look at.
debug: all symbols
	@if $(has_windows); then \
	    display=x; \
	elif $(has_terminal); then \
	    display=term; \
	    echo "Bochs draws the machine's screen on a terminal of its own, and will name it: cat that in another terminal to see it."; \
	else \
	    display='rfb, options="timeout=0"'; \
	fi; \
	DISK=$(image) exec $(bochs) -q -f $(bochsrc) -rc $(common)/bochs.rc \
	    "display_library: $$display" 'log: -' 'info: action=ignore' \
	    $(if $(filter %.iso,$(image)),'ata0-master: type=cdrom$(comma) path=$(image)$(comma) status=inserted' 'boot: cdrom')
comma := ,

bochsrc = $(or $(wildcard $(common)/../bochsrc.txt),$(error bochsrc.txt is not here: it lies beside common/ in the course's own folder))

# Addresses and names, for Bochs. Where two names share an address it shows the
# first one; that is to be code.
symbols: all
	@for file in $(loaded); do $(nm) $$file; done | LC_ALL=C sort -k2,2r -k3,3 \
	    | awk '$$2 ~ /[BbDdRrTt]/ { print $$1, $$3 }' > build/symbols

gdb: all
	@QEMU='$(qemu) $(machine)'; \
	$(has_windows) || QEMU="$$QEMU -display none"; \
	export QEMU PROGRAMS='$(loaded)'; \
	exec $(gdb) -q -nx -x $(common)/boot.gdb

.PHONY: run debug symbols gdb
