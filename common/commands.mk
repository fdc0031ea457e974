# The commands of a chapter, besides building and booting.

clean:
	@rm -rf build

# What lies where in memory.
map: all
	@$(python) $(common)/memory_map.py $(loaded)

# This chapter's tests are those that bear its number.
test: all
	@$(common)/turn.sh over
	@$(pytest) $(or $(tests),$(error No tests are here: they lie beside common/ in the course's own folder))

number := $(firstword $(subst -, ,$(chapter)))
tests   = $(wildcard $(common)/../tests/test_$(number)_*.py)

# What this chapter changes in the one before it.
diff:
	@$(call tool,diff) -ruN --exclude=build $(or $(previous),$(error There is no chapter before this one here)) . || test $$? = 1

# Each chapter of this folder with the one that follows: ../01-one:../02-two ../02-two:…
# (To make, a folder with a blank in its name is two: so we leave it out.)
chapters := $(sort $(patsubst %/Makefile,%,$(filter ../%/Makefile,$(wildcard ../*/Makefile))))
pairs    := $(join $(chapters:%=%:),$(wordlist 2,$(words $(chapters)),$(chapters)))
previous  = $(patsubst %:../$(chapter),%,$(filter %:../$(chapter),$(pairs)))

doctor:
	@CROSS_COMPILE=$(CROSS_COMPILE) $(common)/doctor.sh

help:
	@echo "make        builds $(strip $(images) $(if $(kernel),build/kernel.elf))"
	@$(if $(filter %.elf,$(kernel_file)),echo "make KERNEL=/path/to/any.elf  puts another kernel on the disk")
	@echo "make run    boots it in QEMU: in a window, in the terminal, or printing the screen"
	@$(if $(multiboot2),echo "            BOOT=$(subst $(space),|,$(ways)) says how; so it does for explain and debug and gdb")
	@$(if $(uefi),echo "make BOOT=hybrid  builds build/hybrid.img besides: one disk for BIOS and UEFI")
	@echo "make explain  boots it unseen, and says what happened, where, and why"
	@echo "make explain IMAGE=any.img PROGRAMS='a.elf b.elf'  the same for your own disk or CD; PROGRAMS gives names and lines"
	@echo "make debug  boots it in Bochs, whose debugger stops at each xchg bx, bx"
	@echo "make gdb    boots it in QEMU, with gdb attached, which goes back as well"
	@echo "make replay records a boot into build/replay.html, which steps through it in both directions"
	@echo "make test   runs this chapter's tests"
	@echo "make map    draws what lies where in memory"
	@echo "make diff   shows what is new since the chapter before"
	@echo "make clean  removes build/"
	@echo "make doctor says which tools are here, and which are missing"
	@echo "make help   says this"

.PHONY: clean map test diff doctor help
