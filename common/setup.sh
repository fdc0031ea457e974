#!/bin/sh
# Installs what the course needs, from the packages of Debian or Ubuntu and from
# nowhere else. May be run again at any time: what is there is left alone.
set -eu

doctor=$(dirname "$0")/doctor.sh
unset CROSS_COMPILE                     # the packages' own compiler is wanted

packages=$("$doctor" packages)
[ -n "$packages" ] || exit 0

if ! command -v apt-get > /dev/null; then
    echo "setup.sh can install packages only on Debian, Ubuntu and their kin;" \
        "common/packages.txt tells what is needed." >&2
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

# Where nobody sits, nobody is asked.
options=--no-install-recommends
if ! [ -t 0 ] || ! [ -t 1 ]; then
    options="$options --yes"
    as_root="$as_root env DEBIAN_FRONTEND=noninteractive"
fi

# shellcheck disable=SC2086 # these are lists of words
{
    $as_root apt-get -o DPkg::Lock::Timeout=300 update
    $as_root apt-get -o DPkg::Lock::Timeout=300 install $options $packages
}

packages=$("$doctor" packages)
if [ -n "$packages" ]; then
    # shellcheck disable=SC2086 # a list, to be printed on one line
    echo "Still missing, although installed:" $packages >&2
    exit 1
fi
