#!/bin/sh
# Makes a bare Debian in a folder, clones the course into it, and runs commands in the
# clone, as you would on a machine that is new today:
#
#   tests/tools/bare.sh 12|13|sid 'COMMANDS'
#   tests/tools/bare.sh container 'COMMANDS'    after the steps of the Containerfile
#
# The system has Debian's smallest set of packages, git and the certificates, and nothing
# of ours. It is made once and kept without the course; each call works in a copy, and
# removes it at the end. KEEP=NAME keeps the copy, and the next call with that name goes on
# in it. BARE says in which folder all this lies. What is committed is what is cloned, to
# the folder /course.
#
# Needs root, debootstrap, and the network. Fails if the commands do.
set -eu

die() {
    echo "bare.sh: $*" >&2
    exit 1
}

[ $# = 2 ] || die "usage: $0 12|13|sid|container 'COMMANDS'"
course=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)
commands=$2
system=$1

# What the Containerfile does, in its own words; a line that ends in a backslash goes on.
if [ "$system" = container ]; then
    file=$course/Containerfile
    system=$(sed -n 's/^FROM debian:\([0-9]*\).*/\1/p' "$file")
    steps=$(sed -e ':more' -e '/\\$/ { N; s/\\\n//; b more' -e '}' "$file" | sed -n 's/^RUN //p' | sed 's/.*/{ &; } \&\&/')
    commands="$steps { $commands; }"
fi
case $system in
    12) suite=bookworm ;;
    13) suite=trixie ;;
    sid) suite=sid ;;
    *) die "'$system' is none of the systems that I can make: 12, 13, sid" ;;
esac
[ "$(id -u)" = 0 ] || die "only root can make a system in a folder: try sudo $0 ..."
command -v debootstrap > /dev/null || die "debootstrap is missing: common/setup.sh tests installs it"

BARE=${BARE:-/var/tmp/bare-debian}
base=$BARE/$suite
copy=$BARE/$suite-${KEEP:-$$}
mkdir -p "$BARE"

# A system that was not finished is not the one we want.
if ! [ -d "$base" ]; then
    echo "Making a bare Debian $system in $base, which takes about a minute ..."
    rm -rf "$base.new"
    debootstrap --variant=minbase --include=ca-certificates,git "$suite" "$base.new" > "$BARE/$suite.log" 2>&1 \
        || die "debootstrap has failed; $BARE/$suite.log ends in: $(tail -n 1 "$BARE/$suite.log")"
    # A mirror of unstable that lags behind is still one.
    [ "$suite" != sid ] || echo 'Acquire::Check-Valid-Until "false";' > "$base.new/etc/apt/apt.conf.d/mirror"
    mv "$base.new" "$base"
fi

[ -d "$copy" ] || cp -a --reflink=auto "$base" "$copy"
rm -rf "$copy/course"
git clone --quiet --no-hardlinks "$course" "$copy/course"

# In namespaces of its own: what it mounts is gone, and what it started ends, when it ends.
status=0
# shellcheck disable=SC2016 # the inner shell replaces what begins with a dollar
unshare --mount --pid --fork --kill-child sh -euc '
    mount -t proc proc "$1/proc"
    mount -t sysfs -o ro sysfs "$1/sys"
    mount -t tmpfs -o mode=755 tmpfs "$1/dev"
    mkdir "$1/dev/pts" "$1/dev/shm"
    mount -t devpts -o newinstance,ptmxmode=666 devpts "$1/dev/pts"
    mount -t tmpfs tmpfs "$1/dev/shm"
    for device in null zero full random urandom tty; do
        touch "$1/dev/$device"
        mount --bind "/dev/$device" "$1/dev/$device"
    done
    ln -s pts/ptmx "$1/dev/ptmx"
    ln -s /proc/self/fd "$1/dev/fd"
    cp /etc/resolv.conf "$1/etc"
    exec chroot "$1" env -i HOME=/root TERM=dumb LANG=C.UTF-8 \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        sh -c "cd /course && $2"
' sh "$copy" "$commands" || status=$?

[ -n "${KEEP:-}" ] || rm -rf "$copy"
exit $status
