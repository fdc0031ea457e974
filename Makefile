# All chapters. Each one is complete in its folder; what it answers to, its own
# make help says.
MAKEFLAGS += --no-builtin-rules --no-print-directory

common   := common
include $(common)/toolchain.mk

# (To make, a folder with a blank in its name is two: so we leave it out.)
chapters := $(patsubst %/Makefile,%,$(sort $(filter chapters/%/Makefile,$(wildcard chapters/*/Makefile))))
newest   := $(lastword $(chapters))

# As many chapters at a time as there are cores, each with its lines together. A tool that is
# missing is missing for all: this says so once.
all:
	@$(if $(KERNEL),$(error KERNEL=$(KERNEL): a single chapter can take it, as in make -C $(newest) KERNEL=$(KERNEL)))
	@$(if $(and $(nasm),$(cc),$(ld),$(objcopy)),)$(MAKE) $(jobs) --output-sync=recurse $(chapters)

cores = $(shell getconf _NPROCESSORS_ONLN)
jobs  = $(if $(filter -j%,$(MAKEFLAGS)),,--jobs=$(cores))

$(chapters):
	@$(MAKE) -C $@

run explain debug gdb replay:
	@$(MAKE) -C $(newest) $@

# A worker per core: on two cores, two per core take a seventh more CPU time, and no less by the clock.
workers = $(cores)

test: all
	@$(pytest) -n $(workers) --dist loadgroup tests

# CASE=03-2 is one of them; without it both list what there is.
break:
	@$(python) tests/tools/break.py "$$CASE"

exercise:
	@$(python) tests/tools/exercise.py "$$CASE"

# PROOF=map_pages is one of them; with FAULTS=1, each is shown a mistake that it has to find.
prove:
	@$(if $(call tool,cbmc),)$(python) tests/tools/prove.py $(if $(FAULTS),--faults,$(PROOF))

# What a compiler flag is for.
without:
	@tests/tools/without.sh "$$FLAG" $(cc) $(cflags)

# With every compiler and linker that is here; WITH="LLVM=-19" tries that alone.
matrix:
	@$(python) tests/tools/matrix.py $(if $(WITH),"$$WITH")

# Brings a change in one chapter's copy of a file to the other chapters' copies.
carry:
	@$(python) $(common)/carry.py

# Refreshes what the pages show: listings, outputs, tables, pictures.
docs: all
	@$(python) $(common)/pages.py

# The course in a browser. REPOSITORY=https://… links sources there, instead of showing them.
site: all
	@REPOSITORY=$(REPOSITORY) $(python) $(common)/site/build.py $(notdir $(chapters))

clean:
	@for chapter in $(chapters); do $(MAKE) -C $$chapter clean || exit; done
	@rm -rf build

doctor:
	@CROSS_COMPILE=$(CROSS_COMPILE) $(common)/doctor.sh

help:
	@echo "make          builds all chapters"
	@echo "make run      boots the newest chapter in QEMU: $(newest)"
	@echo "make explain  boots it unseen, and says what happened, where, and why"
	@echo "make debug    boots it in Bochs, with its debugger"
	@echo "make gdb      boots it in QEMU, with gdb attached, which goes back as well"
	@echo "make replay   records a boot of it into a page that steps through it in both directions"
	@echo "make test     runs all tests"
	@echo "make break    lists what can be broken on purpose; CASE=03-2 breaks it, in a copy"
	@echo "make exercise lists the exercises; CASE=03-1 judges yours, with HINT=1 it helps"
	@echo "make prove    proves what the loader promises, with CBMC; PROOF=map_pages is one, FAULTS=1 shows that they can fail"
	@echo "make without FLAG=-mno-red-zone  shows what a compiler flag is for"
	@echo "make matrix   builds and boots with every compiler and linker that is installed; WITH=LLVM=1 with that"
	@echo "make carry    brings a change in one chapter to the other chapters' copies of the file"
	@echo "make site     makes the course into a site: build/site"
	@echo "make docs     refreshes what the pages show"
	@echo "make LLVM=1   builds with clang and lld; CC= and LD= name a single tool: docs/cross-compiler.md"
	@echo "make clean    removes what was built"
	@echo "make doctor   says which tools are here, and which are missing"
	@echo "make help     says this"
	@echo "One chapter: make -C $(newest) help"

.PHONY: all $(chapters) run explain debug gdb replay test break exercise prove without matrix carry docs site clean doctor help
