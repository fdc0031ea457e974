#!/bin/sh
# Builds binutils and GCC for x86_64-elf, a target without an operating system, from the
# sources that Debian and Ubuntu have as packages:
#
#   common/cross_compiler.sh FOLDER     installs to FOLDER; then CROSS_COMPILE=FOLDER/bin/x86_64-elf-
#
# FOLDER/build holds sources and objects meanwhile, some 3 GB, and is removed at the end.
# After an interruption, call it again: what was finished is not built again.
set -eu

target=x86_64-elf
packages='g++ make bison flex texinfo xz-utils libgmp-dev libmpfr-dev libmpc-dev binutils-source'
started=$(date +%s)

die() {
    echo "cross_compiler.sh: $*" >&2
    exit 1
}

say() {
    echo "$(($(date +%s) - started)) s: $*"
}

# Runs a command whose output only matters when it fails.
quietly() {
    "$@" > "$build/log" 2>&1 || die "'$*' has failed in $PWD; $build/log ends in:
$(tail -n 15 "$build/log")"
}

[ $# = 1 ] || die "usage: common/cross_compiler.sh FOLDER"
mkdir -p "$1" || die "$1 cannot be made: name a folder that you may write to"
prefix=$(cd "$1" && pwd)
build=$prefix/build

# The version of GCC that the distribution itself compiles with.
command -v dpkg > /dev/null || die "the sources are packages of Debian and Ubuntu; docs/cross-compiler.md names other ways"
version=$(gcc -dumpversion | cut -d. -f1) || die "gcc is missing, which has to compile the new one: apt-get install gcc"
packages="$packages gcc-$version-source"
missing=
for package in $packages; do
    dpkg -s "$package" > /dev/null 2>&1 || missing="$missing $package"
done
[ -z "$missing" ] || die "these packages are missing; as root: apt-get install --no-install-recommends$missing"

free=$(df -Pk "$prefix" | awk 'NR == 2 { print int($4 / 1024) }')
[ "$free" -ge 4000 ] || die "$prefix has $free MB left on its disk; 4000 are needed"

# Unpacks a source package to $build/NAME and goes to an empty folder beside it. Fails if
# this part was built before.
begin() {
    [ ! -e "$build/$1.done" ] || return 1
    say "$1: unpacking"
    rm -rf "${build:?}/$1" "$build/$1-objects"
    mkdir -p "$build/$1" "$build/$1-objects"
    tar -xf "$2" -C "$build/$1" --strip-components=1
    cd "$build/$1-objects"
}

jobs=-j$(getconf _NPROCESSORS_ONLN)
mkdir -p "$build"
PATH=$prefix/bin:$PATH

# No messages in other languages, no library for threads, no second set for 32-bit programs;
# -O1 and no debugging information, because the compiler's own speed does not matter here.
if begin binutils /usr/src/binutils/binutils-*.tar.xz; then
    say "binutils: building"
    quietly ../binutils/configure --target=$target --prefix="$prefix" --disable-nls --disable-werror \
        --disable-gdb --disable-gprofng --disable-gprof CFLAGS=-O1 CXXFLAGS=-O1
    quietly make "$jobs" MAKEINFO=true
    quietly make MAKEINFO=true install-strip
    touch "$build/binutils.done"
fi

# Debian leaves out GCC's documentation, which is under another licence, but GCC's makefile
# tries to build it all the same: so we ask for the rest only. Kernels will call libgcc's
# functions: these keep nothing below the stack pointer, and where there are no floating-point
# numbers they use no SSE register.
if begin gcc /usr/src/gcc-"$version"/gcc-*.tar.xz; then
    say "gcc: building, which takes the most time"
    sed -i 's/ doc selftest/ selftest/' ../gcc/gcc/Makefile.in
    quietly ../gcc/configure --target=$target --prefix="$prefix" --enable-languages=c --without-headers \
        --disable-nls --disable-multilib --disable-shared --disable-threads --disable-plugin --disable-lto \
        --disable-libssp --disable-libquadmath --disable-libcc1 CFLAGS=-O1 CXXFLAGS=-O1 \
        CFLAGS_FOR_TARGET='-O2 -mno-red-zone -fno-tree-vectorize'
    quietly make "$jobs" all-gcc
    say "gcc: building libgcc"
    quietly make "$jobs" all-target-libgcc
    quietly make -C gcc install-common install-headers install-cpp install-driver
    quietly make install-target-libgcc
    touch "$build/gcc.done"
fi

say "done: $(du -sm --exclude=build "$prefix" | cut -f1) MB in $prefix, $(du -sm "$build" | cut -f1) MB of work removed"
rm -rf "$build"
echo "make CROSS_COMPILE=$prefix/bin/$target- builds with it."
