# All chapters. Each one is complete in its folder; what it answers to, its own
# make help says.
MAKEFLAGS += --no-builtin-rules --no-print-directory

common   := common
include $(common)/toolchain.mk

chapters := $(patsubst %/Makefile,%,$(sort $(wildcard chapters/*/Makefile)))
newest   := $(lastword $(chapters))

all: $(chapters)

# A tool that is missing is missing for all: say so here, and once.
$(chapters):
	@$(if $(and $(nasm),$(cc),$(ld),$(objcopy)),)$(MAKE) -C $@

run debug gdb:
	@$(MAKE) -C $(newest) $@

# Two workers a core: a test waits as long as it works.
workers = $(shell expr 2 '*' $$(getconf _NPROCESSORS_ONLN))

test: all
	@$(python) -m pytest -n $(workers) tests

# Brings a change in one chapter's copy of a file to the other chapters' copies.
carry:
	@$(python) $(common)/carry.py

clean:
	@for chapter in $(chapters); do $(MAKE) -C $$chapter clean || exit; done

doctor:
	@CROSS_COMPILE=$(CROSS_COMPILE) $(common)/doctor.sh

help:
	@echo "make        builds all chapters"
	@echo "make run    boots the newest chapter in QEMU: $(newest)"
	@echo "make debug  boots it in Bochs, with its debugger"
	@echo "make gdb    boots it in QEMU, with gdb attached"
	@echo "make test   runs all tests"
	@echo "make carry  brings a change in one chapter to the other chapters' copies of the file"
	@echo "make clean  removes what was built"
	@echo "make doctor says which tools are here, and which are missing"
	@echo "make help   says this"
	@echo "One chapter: make -C $(newest) help"

.PHONY: all $(chapters) run debug gdb test carry clean doctor help
