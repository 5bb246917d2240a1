#!/bin/sh
# Checks on the source tree itself: layout, include direction, free-standing
# parts, headers that stand alone, formatting.
# Usage: tests/lint.sh BUILD CC NM 'FREE-STANDING SOURCES OF net'
set -u
build=${1:-build}
cc=${2:-cc}
nm=${3:-nm}
bare=${4:-}
bad=0

fail() {
    echo "lint: $1"
    shift
    for line; do printf '%s\n' "$line" | sed 's/^/    /'; done
    bad=1
}
# none TEXT OUTPUT: fail with TEXT if OUTPUT is not empty.
none() {
    [ -z "$2" ] || fail "$1" "$2"
}

allowed='Makefile README.md LICENSE arch core proto net boards tests bench linker'
for f in *; do
    case " $allowed " in
    *" $f "*) ;;
    *) [ -d "$f" ] && case $f in build*) continue ;; esac
       [ "$f" = bench.json ] || fail "not part of the layout: $f" ;;
    esac
done

# arch <- core <- net <- proto <- boards
inc() { grep -rnE "#include \"($2)/" $1 --include='*.[ch]'; }
none 'arch includes a higher layer' "$(inc arch 'core|net|proto|boards|tests')"
none 'core includes a higher layer' "$(inc core 'net|proto|boards|tests')"
none 'net includes a higher layer' "$(inc net 'proto|boards|tests')"
none 'proto includes a higher layer' "$(inc proto 'boards|tests')"
none 'boards include tests' "$(inc boards 'tests')"
none 'proto needs more of net than its interface' \
    "$(inc proto net | grep -v '"net/link.h"')"

# Free-standing: the compiler's own headers only.
none 'a header of the platform in arch, core or proto' "$(
    grep -rnE '#include <' arch core proto --include='*.[ch]' |
        grep -vE '<(stdarg|stddef|stdint|stdbool|stdalign|limits|float|immintrin|arm_neon|arm_acle|cpuid)\.h>'
)"
none 'a header of the platform in a part of net that boards have' "$(
    for src in $bare; do
        $cc -std=c11 -ffreestanding -I. -M "$src" | tr ' ' '\n' | grep '^/usr/include' |
            grep -v '/stdc-predef.h$' | sed "s|^|$src: |"
    done
)"
none 'intrinsics outside arch' "$(
    grep -rnE '#include <(immintrin|arm_neon)\.h>' core net proto boards bench tests \
        --include='*.[ch]'
)"

# What is an engine's own: components, caches, states. In and out by its doors.
none 'boards or bench look into what only an engine knows' "$(
    grep -rnE '(->|\.)(v\[|cache\b|cached\b|valid\b)|\b(bits|max|st)(->|\.)own\b|ops->(import|export|open|verify)\b|"proto/(additive|beaver|open)\.h"' \
        boards bench --include='*.[ch]'
)"
none 'boards ask for a number and not for who holds what' "$(
    grep -rnE '\bs(->|\.)id (<|>|==|<=|>=) ?[0-9]' boards --include='*.[ch]'
)"

# Undefined symbols of what has no operating system: its own only.
if [ -f "$build/libtrinn.a" ]; then
    # Of sources that are there: a build directory keeps what has moved.
    free=$(for src in $(find arch core proto -name '*.c') $bare; do
        obj=$build/${src%.c}.o
        [ ! -f "$obj" ] || echo "$obj"
    done)
    defined=$($nm -g --defined-only $free 2>/dev/null |
        awk 'NF == 3 { print $3 }' | sort -u)
    undefined=$($nm -u $free 2>/dev/null | awk 'NF == 2 { print $2 }' |
        sort -u | grep -vxE 'memcpy|memmove|memset|memcmp|_GLOBAL_OFFSET_TABLE_')
    for sym in $undefined; do
        printf '%s\n' "$defined" | grep -qx "$sym" ||
            fail "a part without operating system needs $sym from outside"
    done
else
    fail "no $build/libtrinn.a: build first"
fi

# Every header compiles alone.
for h in $(find arch core net proto boards tests bench -name '*.h'); do
    out=$($cc -std=c11 -Wall -Wextra -D_GNU_SOURCE -I. -fsyntax-only -x c "$h" 2>&1) ||
        fail "$h does not stand alone" "$out"
done

none 'a table of checks that tests/checks.h does not list' "$(
    for f in tests/*/check_*.c; do
        stem=${f##*/check_}
        grep -q "TABLE(${stem%.c}, " tests/checks.h || echo "$f"
    done
)"
none 'blanks at the end of a line, or a tab' "$(
    grep -rnE "[[:blank:]]$|	" arch core net proto boards tests bench \
        --include='*.[ch]' | head -n 5
)"
none 'unfinished work' "$(
    grep -rnwE 'TODO|FIXME|XXX|HACK' arch core net proto boards tests bench linker Makefile |
        grep -v '^tests/lint.sh'
)"
if command -v clang-format >/dev/null 2>&1 &&
    clang-format --version | grep -q 'version 14\.'; then
    for f in $(find arch core net proto boards tests bench -name '*.[ch]'); do
        clang-format --dry-run -Werror "$f" >/dev/null 2>&1 ||
            fail "$f: run clang-format -i"
    done
fi

[ $bad = 0 ] && echo "lint: ok"
exit $bad
