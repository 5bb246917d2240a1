#!/bin/sh
# Two builds of the last commit, in directories of different names and under
# different locales, give the same bytes: program, library, board image.
# Usage: tests/reproducible.sh [ARGUMENTS FOR MAKE]
set -u
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
made='build/trinn build/libtrinn.a'
command -v aarch64-linux-gnu-gcc >/dev/null && made="$made build-qemu_virt/board.elf"

# build DIRECTORY LOCALE [ARGUMENTS FOR MAKE]
build() {
    dir=$tmp/$1 locale=$2
    shift 2
    mkdir -p "$dir" && git archive HEAD | tar -x -C "$dir" || return 1
    (
        unset MAKEFLAGS MAKELEVEL CC AR B CROSS BOARD
        cd "$dir" && export LC_ALL="$locale" &&
            make -j2 "$@" all >make.log 2>&1 &&
            case $made in
            *board*) make -j2 board >>make.log 2>&1 ;;
            esac
    ) || { tail -n 20 "$dir/make.log"; return 1; }
}

build one C "$@" && build a/longer/path C.UTF-8 "$@" ||
    { echo 'reproducible: a build failed'; exit 1; }
bad=0
for f in $made; do
    if cmp "$tmp/one/$f" "$tmp/a/longer/path/$f"; then
        echo "same bytes: $f $(sha256sum <"$tmp/one/$f" | cut -c 1-16)"
    else
        echo "reproducible: two builds of $f differ"
        bad=1
    fi
done
[ $bad = 0 ] && echo "reproducible: ok ($(git log -1 --format=%h))"
exit $bad
