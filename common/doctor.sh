#!/bin/sh
# Which of the tools in packages.txt are here.
#
#   doctor.sh               a line for each; fails if one is missing
#   doctor.sh missing TOOL  one sentence: what to do about a tool that is missing
#   doctor.sh packages      the packages that are missing, a line for each
#
# CROSS_COMPILE is the prefix of compiler and binutils.
set -u

table=$(dirname "$0")/packages.txt
distribution=x86_64-linux-gnu-          # the prefix in the distribution's packages
prefix=${CROSS_COMPILE-$distribution}
case $(uname -m) in
    x86_64 | amd64) host=amd64 ;;
    *) host=other ;;
esac

# The table's lines for this host: tool, package and purpose.
entries() {
    grep -v '^#' "$table" | while read -r tool package for_host purpose; do
        case $for_host in
            any | "$host") ;;
            *) continue ;;
        esac
        case $tool in
            CROSS_COMPILE*) tool=$prefix${tool#CROSS_COMPILE} ;;
        esac
        echo "$tool $package $purpose"
    done
}

# Where a tool is: of a pattern, the first file that matches. Fails if nowhere.
place() {
    case $1 in
        *\**)
            # shellcheck disable=SC2086 # it is to become names of files
            set -- $1
            [ -e "$1" ] && echo "$1"
            ;;
        /*) [ -e "$1" ] && echo "$1" ;;
        *) command -v "$1" ;;
    esac
}

# The version that a command tells about itself; of a file, nothing.
version() {
    case $1 in
        */* | *\**) ;;
        *) "$1" --version < /dev/null 2>&1 | grep -om 1 '[0-9][0-9]*\.[0-9.]*[0-9]' | head -n 1 ;;
    esac
}

missing() {
    entries | grep -q "^$1 " || echo "$1 is missing, and Debian has no package of it for this machine's CPU"
    entries | while read -r tool package purpose; do
        [ "$tool" = "$1" ] || continue
        case $tool in
            "$distribution"*) ;;
            "$prefix"*)
                echo "$tool is missing, which CROSS_COMPILE asks for:" \
                    "without CROSS_COMPILE, make takes the compiler that common/setup.sh installs (package $package)"
                break
                ;;
        esac
        echo "$tool is missing: it comes with the package $package, which common/setup.sh installs"
        break
    done
}

packages() {
    entries | while read -r tool package purpose; do
        place "$tool" > /dev/null || echo "$package"
    done | sort -u
}

report() {
    entries | {
        status=0
        while read -r tool package purpose; do
            if place "$tool" > /dev/null; then
                printf '%-46s %-12s %s\n' "$tool" "$(version "$tool")" "$purpose"
            else
                printf '%-46s %-12s %s\n' "$tool" MISSING "$purpose: package $package"
                status=1
            fi
        done
        [ $status = 0 ] || echo "What is missing comes by common/setup.sh."
        exit $status
    }
}

case ${1-report} in
    missing) missing "$2" ;;
    packages | report) "${1-report}" ;;
    *)
        sed -n 's/^# \{0,1\}//; 2,7p' "$0" >&2
        exit 2
        ;;
esac
