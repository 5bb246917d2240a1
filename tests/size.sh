#!/bin/sh
# What a board's image takes: code and constants, memory, stack.
# Usage: tests/size.sh BUILD CROSS- [CEILING]: fails if code, constants and data
# of the image, in bytes, are above the ceiling.
set -u
build=$1 cross=$2 ceiling=${3:-}
here=$(dirname "$0")/audit
image=$build/board.elf
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT

"${cross}size" -A "$image" >"$T/sections" && "${cross}nm" "$image" >"$T/symbols" || exit 1
section() { awk -v s=".$1" '$1 == s { print $2 }' "$T/sections"; }
symbol() { echo $((0x$(awk -v s="$1" '$3 == s { print $1 }' "$T/symbols"))); }
row() { printf '%-22s %9d bytes%s\n' "$1" "$2" "${3:-}"; }

code=$(section text) constants=$(section rodata) data=$(section data)
all=$((code + constants + data))
row code "$code"
row constants "$constants"
row data "$data"
row 'the image' $all ", $(((all + 1023) / 1024)) KiB"
row 'other variables' "$(section bss)"
row 'arena, up to' $(($(symbol tri_arena_end) - $(symbol tri_arena_start)))
row 'room for the stack' "$(section stack)"

# Chains of direct calls, as `make audit` shows them for a program.
awk -v build="$build" -f "$here/lines.awk" "$image.map" |
    sed -n "s|^[0-9]* \(.*\)\.c\$|$build/\1.ci|p" | sort >"$T/ci"
for f in $(cat "$T/ci"); do
    [ -f "$f" ] || { echo "size: no $f: a compiler behind a cache makes none"; exit 1; }
done
LC_ALL=C xargs awk -v root=tri_board_main -f "$here/stack.awk" <"$T/ci" >"$T/stack"
cat "$T/stack"
! grep -q '^audit:' "$T/stack" || exit 1
deepest=$(sed -n 's/^\(from\|behind\)[a-z ]*\([0-9]*\) bytes:.*/\2/p' "$T/stack" | awk '{ n += $1 } END { print n + 0 }')
[ "$deepest" -gt 0 ] && [ "$deepest" -lt "$(section stack)" ] ||
    { echo 'size: the stack is too small'; exit 1; }
[ -z "$ceiling" ] || [ "$all" -gt 0 ] && [ "$all" -le "${ceiling:-$all}" ] ||
    { echo "size: the image has $all bytes, the ceiling is $ceiling"; exit 1; }
