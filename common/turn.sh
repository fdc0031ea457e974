#!/bin/sh
# One make at a time builds a chapter, and others wait for their turn.
#
#   turn.sh PID     waits until no other make builds here, and gives the turn to this one
#   turn.sh over    what was built is in use, and others may build: a machine has opened its disk
#
# build/turn says whose turn it is: a process, and when it has started, because the numbers of
# processes are reused; and in which folder, because a copy of a chapter has a copy of this. A make
# that has ended, in whatever way, has lost its turn. Where there is no /proc, or nothing can be
# written, nobody waits.
set -u
exec 3>&2 2> /dev/null

if [ "$1" = over ]; then
    rm -f build/turn
    exit 0
fi

# A process as build/turn names it (proc_pid_stat(5): the name, which is the second field, ends
# in the last parenthesis, and the time is the 22nd).
process() {
    read -r stat < "/proc/$1/stat" || return
    # shellcheck disable=SC2086 # numbers
    set -- "$1" ${stat##*)}
    echo "$1 ${21} $folder"
}

folder=$(ls -di .)

# The folder is locked only while a make finds out whose turn it is.
[ -d build ] || mkdir -p build
us=$(process "$1") && exec 9< . || exit 0
said=
while flock 9 && read -r whose < build/turn && [ "$whose" != "$us" ] && [ "$whose" = "$(process "${whose%% *}")" ]; do
    [ "$said" ] || echo "${PWD##*/}: another make builds here, process ${whose%% *}; this one waits until it is done." >&3
    said=yes
    flock -u 9
    sleep 0.1
done
echo "$us" > build/turn
