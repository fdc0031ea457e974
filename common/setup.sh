#!/bin/sh
# shellcheck disable=SC2086 # several variables are lists of words
#
# Installs what the course needs, from the packages of Debian or Ubuntu and from
# nowhere else. You can run it again at any time: what is there is left alone.
#
#   common/setup.sh          what reading needs: to build and run every chapter that starts
#                            by a BIOS or by GRUB, with Bochs and gdb
#   common/setup.sh uefi     this, and what chapter 11 needs in addition
#   common/setup.sh window   this, and the programs that open windows; without being asked,
#                            where there is a display
#   common/setup.sh tests    everything that the tests need
#   common/setup.sh site     the first, and what makes the site
#   common/setup.sh prove    the first, and what proves the loader, which Debian has since 13
set -eu

doctor=$(dirname "$0")/doctor.sh
unset CROSS_COMPILE                     # the packages' own compiler is wanted

sets=course
for word; do
    case $word in
        window | uefi | site | prove) sets="$sets $word" ;;
        tests) sets="$sets uefi site tests" ;;
        *)
            echo "setup.sh: there is no '$word'. Without a word it installs what reading needs;" \
                "the words are: uefi, window, site, tests, prove" >&2
            exit 2
            ;;
    esac
done
[ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || sets="$sets window"

packages=$("$doctor" packages $sets)
[ -n "$packages" ] || exit 0

if ! command -v apt-get > /dev/null; then
    echo "setup.sh can install packages only on Debian, Ubuntu and their kin." \
        "docs/install.md tells what to do elsewhere. Debian calls what is missing:" $packages >&2
    exit 1
fi

as_root=
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo > /dev/null; then
        echo "setup.sh installs packages: run it as root, or install sudo." >&2
        exit 1
    fi
    as_root=sudo
fi

# Asks questions only where somebody can answer.
options=--no-install-recommends
if ! [ -t 0 ] || ! [ -t 1 ]; then
    options="$options --yes"
    as_root="$as_root env DEBIAN_FRONTEND=noninteractive"
fi

# How much that is: the line "Need to get 129 MB of archives.", and the one below it.
how_much() {
    LC_ALL=C $as_root apt-get install --no-install-recommends --assume-no $packages 2> /dev/null \
        | sed -n 's/^Need to get \(.*\) of archives.*/\1 to fetch/p; s/^After this operation, \(.*B\) of.*/\1 on disk/p' \
        | paste -sd , - | sed 's/,/, /'
}

failed() {
    echo "setup.sh: not everything is installed; the lines above say why." \
        "Once that is put right, call it again: it goes on where it stopped." >&2
    exit 1
}

$as_root dpkg --configure -a || failed  # finishes what an interrupted call began
$as_root apt-get -o DPkg::Lock::Timeout=300 update || failed
echo "setup.sh installs $(echo "$packages" | wc -l) packages and what they need: $(how_much)."
$as_root apt-get -o DPkg::Lock::Timeout=300 install $options $packages || failed

packages=$("$doctor" packages $sets)
if [ -n "$packages" ]; then
    echo "Still missing, although installed:" $packages >&2
    exit 1
fi
