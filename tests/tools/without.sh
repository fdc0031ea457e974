#!/bin/sh
# Shows what the compiler makes of a sample with a flag of ours and without it, or with what
# some distributions' compilers do by themselves: make without FLAG=-mno-red-zone.
#
#   tests/tools/without.sh FLAG COMPILER FLAGS...
#
# The sample is tests/flags/FLAG.c; a line "// instead: -fpie" in it names what stands for the
# flag where that is left out.
set -eu

flag=$1 compiler=$2
shift 2
samples=${0%/tools/*}/flags
sample=$samples/${flag#-}.c

if [ -z "$flag" ] || ! [ -f "$sample" ]; then
    there=$(cd "$samples" && for each in *.c; do printf ' -%s' "${each%.c}"; done)
    echo "${flag:+There is nothing to show for $flag. }There is: make without FLAG=…, with one of$there" >&2
    exit 1
fi

# The compiler's assembly, without its notes for other tools. Flags that are only for a
# program's speed, for debuggers or for warnings would hide the difference.
assembly() {
    for word; do
        shift
        case $word in
            -g | -O2 | -W*) ;;
            *) set -- "$@" "$word" ;;
        esac
    done
    "$compiler" "$@" -O1 -S -o - "$sample" 2>&1 | sed '/^\t\.[^c]/d; /^[0-9]:$/d'
}

instead=$(sed -n 's|^// instead: ||p' "$sample")
grep -v '^// instead' "$sample"
printf '\nWith %s:\n\n' "$flag"
assembly "$@"
printf '\nWithout%s:\n\n' "${instead:+ it, and with $instead}"
for word; do
    shift
    [ "$word" = "$flag" ] || set -- "$@" "$word"
done
# shellcheck disable=SC2086 # may be none
assembly "$@" $instead
