# The chapter on emulators: make run, debug and gdb.

# A PC with a screen and a disk. What the machine writes is forgotten. A machine
# that restarts or switches itself off stands still, so that one sees why.
machine := -nodefaults -vga std
machine += -drive file=build/disk.img,format=raw,if=ide,snapshot=on
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
	    exec $(python) $(common)/screen.py build/disk.img; \
	fi

# Bochs's term display draws on a terminal of its own, and says which. Without
# any, rfb is a screen that nobody need look at.
debug: all build/symbols
	@if $(has_windows); then \
	    display=x; \
	elif $(has_terminal); then \
	    display=term; \
	    echo "Bochs draws the machine's screen on a terminal of its own, and will name it: cat that in another terminal to see it."; \
	else \
	    display='rfb, options="timeout=0"'; \
	fi; \
	DISK=build/disk.img exec $(bochs) -q -f $(bochsrc) -rc $(common)/bochs.rc \
	    "display_library: $$display" 'log: -' 'info: action=ignore'

bochsrc = $(or $(wildcard $(common)/../bochsrc.txt),$(error bochsrc.txt is not here: it lies beside common/ in the course's own folder))

# Addresses and names, for Bochs. Where two names share an address it shows the
# first one; that is to be code.
build/symbols: build/boot.elf $(if $(kernel),build/kernel.elf)
	@for file in $^; do $(nm) $$file; done | LC_ALL=C sort -k2,2r -k3,3 \
	    | awk '$$2 ~ /[BbDdRrTt]/ { print $$1, $$3 }' > $@

gdb: all
	@QEMU='$(qemu) $(machine)'; \
	$(has_windows) || QEMU="$$QEMU -display none"; \
	export QEMU; \
	exec $(gdb) -q -nx -x $(common)/boot.gdb

.PHONY: run debug gdb
