#!/bin/sh
# Which of the tools in packages.txt are here.
#
#   doctor.sh                   a line for each; fails if one that every chapter needs is missing
#   doctor.sh missing TOOL      one sentence: what to do about a tool that is missing
#   doctor.sh packages SET ...  the packages of these sets that are missing, a line for each
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

# The table's lines for this host: tool, package, set, versions and purpose.
entries() {
    grep -v '^#' "$table" | while read -r tool package for_host rest; do
        case $for_host in
            any | "$host") ;;
            *) continue ;;
        esac
        case $tool in
            CROSS_COMPILE*) tool=$prefix${tool#CROSS_COMPILE} ;;
        esac
        echo "$tool $package $rest"
    done
}

# The command that installs a set.
setup() {
    case $1 in
        course) echo common/setup.sh ;;
        *) echo "common/setup.sh $1" ;;
    esac
}

# Where a tool is: for a pattern, the first file that matches. Fails if there is none.
place() {
    case $1 in
        *\**)
            # shellcheck disable=SC2086 # it becomes names of files
            set -- $1
            [ -e "$1" ] && echo "$1"
            ;;
        /*) [ -e "$1" ] && echo "$1" ;;
        *) command -v "$1" ;;
    esac
}

# The version that a command reports; for a file, nothing.
version() {
    case $1 in
        */* | *\**) ;;
        *) "$1" --version < /dev/null 2>&1 | grep -om 1 '[0-9][0-9]*\.[0-9.]*[0-9]' | head -n 1 ;;
    esac
}

# Whether a version is older than another one. 4.4.1 is as old as 4.4.
older() {
    case $1. in "$2".*) return 1 ;; esac
    case $2. in "$1".*) return 1 ;; esac
    [ "$(printf '%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]
}

# How a tool's version compares with the oldest and the newest one that were tried.
judged() {
    version=$1 oldest=$2 newest=$3
    if [ -z "$version" ] || [ "$oldest" = - ]; then
        return
    elif older "$version" "$oldest"; then
        echo " (older than $oldest, the first version that was tried)"
    elif older "$newest" "$version"; then
        echo " (newer than $newest, the last version that was tried)"
    fi
}

# Where to get a package that not every Debian has.
since() {
    case $1 in cbmc) echo " of Debian 13 or later" ;; esac
}

missing() {
    if [ "$prefix" != "$distribution" ] && grep -q "^CROSS_COMPILE${1#"$prefix"} " "$table"; then
        echo "$1 is missing, which CROSS_COMPILE asks for:" \
            "without CROSS_COMPILE, make takes the compiler that common/setup.sh installs"
        return
    fi
    entries | while read -r tool package set _; do
        [ "$tool" = "$1" ] || continue
        echo "$1 is missing: it comes with the package $package$(since "$package"), which $(setup "$set") installs"
        break
    done | grep . && return
    if grep -q "^$1 " "$table"; then
        echo "$1 is missing, and Debian has no package of it for this machine's CPU"
    else
        echo "$1 is missing: CC=, LD= or LLVM= asks for it; without them, make takes what common/setup.sh installs"
    fi
}

packages() {
    entries | while read -r tool package set rest; do
        case " $* " in
            *" $set "*) place "$tool" > /dev/null || echo "$package" ;;
        esac
    done | sort -u
}

report() {
    status=0
    for set in course window uefi site tests prove; do
        case $set in
            course) echo "To read the course ($(setup course)):" ;;
            window) echo "To see machines in windows ($(setup window); common/setup.sh does it by itself where it sees a display):" ;;
            uefi) echo "For UEFI, from chapter 11 on ($(setup uefi)):" ;;
            site) echo "For make site ($(setup site)):" ;;
            prove) echo "For make prove ($(setup prove)), from Debian 13 on:" ;;
            tests) echo "For the tests ($(setup tests), which installs all of the above but windows):" ;;
        esac
        while read -r tool package in_set oldest newest purpose; do
            [ "$in_set" = $set ] || continue
            if place "$tool" > /dev/null; then
                version=$(version "$tool")
                printf '  %-44s %-11s %s\n' "$tool" "$version" "$purpose$(judged "$version" "$oldest" "$newest")"
            else
                printf '  %-44s %-11s %s\n' "$tool" MISSING "$purpose: package $package"
                [ $set != course ] || status=1
            fi
        done <<LINES
$(entries)
LINES
    done
    return $status
}

case ${1-report} in
    missing) missing "$2" ;;
    packages) shift && packages "$@" ;;
    report) report ;;
    *)
        sed -n 's/^# \{0,1\}//; 2,8p' "$0" >&2
        exit 2
        ;;
esac
