# The chapter on emulators: make run, debug and gdb.

# Who starts the loader, where the chapter has the choice: make run FIRMWARE=grub.
FIRMWARE  := bios
space     := $(subst ,, )
firmwares := $(strip bios $(if $(multiboot2),grub) $(if $(uefi_loader),grub-uefi uefi))
$(if $(filter $(FIRMWARE),$(firmwares)),,$(error FIRMWARE=$(FIRMWARE): this chapter has $(firmwares)))

# A PC with a screen and a disk. What the machine writes is forgotten. A machine
# that restarts or switches itself off stands still, so that one sees why.
machine  = -nodefaults -vga std $(machine_$(FIRMWARE))
machine += -action reboot=shutdown,shutdown=pause

# What it starts from. UEFI's firmware is two files: code, and what it remembers.
machine_bios  = -drive file=build/disk.img,format=raw,if=ide,snapshot=on
machine_grub  = -cdrom build/cd.iso
machine_uefi  = -drive file=build/esp.img,format=raw,if=ide,snapshot=on $(firmware_uefi)
machine_grub-uefi = $(machine_grub) $(firmware_uefi)
firmware_uefi  = -drive file=$(ovmf),format=raw,if=pflash,readonly=on
firmware_uefi += -drive file=$(ovmf:CODE_4M.fd=VARS_4M.fd),format=raw,if=pflash,snapshot=on
ovmf = $(call here,/usr/share/OVMF/OVMF_CODE_4M.fd)

# Bochs has a BIOS only; bochsrc.txt says from which disk it boots.
bochs_grub = 'ata0-master: type=cdrom, path=build/cd.iso, status=inserted' 'boot: cdrom'
bochs_uefi = $(error Bochs has no UEFI: make debug with FIRMWARE=bios or grub)
bochs_grub-uefi = $(bochs_uefi)

# What debuggers know by name. UEFI puts the loader where it likes.
loaded = $(loaded_$(FIRMWARE)) $(if $(kernel),build/kernel.elf)
loaded_bios := build/boot.elf
loaded_grub := build/multiboot2.elf
loaded_grub-uefi := $(loaded_grub)

# Shell conditions: there is a window system; somebody sits at a terminal.
has_windows  := test -n "$$DISPLAY$$WAYLAND_DISPLAY" -o "$$(uname)" = Darwin
has_terminal := test -t 0 -a -t 1

# A terminal can show text, and so not the pixels of UEFI's screen; the serial port has
# the same text.
run: all
	@if $(has_windows); then \
	    exec $(qemu) $(machine); \
	elif ! $(has_terminal); then \
	    exec $(python) $(common)/screen.py $(FIRMWARE) build; \
	elif [ $(patsubst %uefi,uefi,$(FIRMWARE)) = uefi ]; then \
	    echo "To leave the machine: Ctrl-A, then x."; \
	    sleep 2; \
	    exec $(qemu) $(machine) -serial mon:stdio -display none; \
	else \
	    echo "To leave the machine: Alt-2, then quit and Enter."; \
	    sleep 2; \
	    exec $(qemu) $(machine) -monitor vc -display curses; \
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
	DISK=build/disk.img exec $(bochs) -q -f $(bochsrc) -rc $(common)/bochs.rc \
	    "display_library: $$display" 'log: -' 'info: action=ignore' $(bochs_$(FIRMWARE))

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
