#!/bin/sh
# Boards as parties, in their emulators: machines on virtual cables, mixed with
# the program on this machine and on an emulated ARM processor; and what is to
# go wrong.
#   sh tests/boards/run.sh BUILD BOARD_BUILD BOARD ARM_TRINN [CASE...]
# Every case is a function case_<name>; without names all of them run.
trinn=$(realpath "$1/trinn") image=$(realpath "$2/board.elf") board=$3
arm=$(realpath "$4")
here=$(dirname "$0")
shift 4
T=$(mktemp -d) || exit 1
# The memory of a machine: not a disk, which a board would wait for.
R=$(mktemp -d -p /dev/shm 2>/dev/null) || R=$T
trap 'rm -rf "$T" "$R"' EXIT
trap 'exit 1' INT TERM
. "$here/../e2e/lib.sh"
. "$here/../e2e/cases_ether.sh"
. "$here/lib.sh"
. "$here/machine_$board.sh"
. "$here/cases.sh"

start_data
[ $# -gt 0 ] || set -- $(sed -n 's/^case_\([a-z0-9_]*\)().*/\1/p' "$here/cases.sh")
for name in "$@"; do
    command -v "case_$name" >/dev/null || { echo "there is no case $name"; exit 2; }
    bad=0
    begun=$(date +%s)
    case_$name
    [ $bad = 0 ] && echo "ok   boards: $board $name, $(($(date +%s) - begun)) s" || {
        echo "FAIL boards: $board $name"
        failed=1
    }
done
exit $failed
