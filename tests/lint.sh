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
# Only who plays a corrupt party breaks in.
none 'boards or bench look into what only an engine knows' "$(
    grep -rnE '(->|\.)(v\[|cache\b([^[]|$)|cached\b|valid\b)|\b(bits|max|st)(->|\.)own\b|ops->(import|export|open|verify)\b|"proto/(additive|beaver|open)\.h"' \
        boards bench --include='*.[ch]' | grep -v '^boards/host/attack/'
)"
none 'boards ask for a number and not for who holds what' "$(
    grep -rnE '\bs(->|\.)id (<|>|==|<=|>=) ?[0-9]' boards --include='*.[ch]'
)"

# Undefined symbols of what has no operating system: its own only.
if [ -f "$build/libfree.a" ]; then
    defined=$($nm -g --defined-only "$build/libfree.a" 2>/dev/null |
        awk 'NF == 3 { print $3 }' | sort -u)
    undefined=$($nm -u "$build/libfree.a" 2>/dev/null | awk 'NF == 2 { print $2 }' |
        sort -u | grep -vxE 'memcpy|memmove|memset|memcmp|_GLOBAL_OFFSET_TABLE_')
    for sym in $undefined; do
        printf '%s\n' "$defined" | grep -qx "$sym" ||
            fail "a part without operating system needs $sym from outside"
    done
else
    fail "no $build/libfree.a: build first"
fi

# The header of a source file has its name; the few that share one are here.
header_of() {
    case $1 in
    arch/ref/fill.c) echo arch/fill.h ;;
    arch/kernels.c | arch/*/*_*.c | arch/*/cpu.c | arch/*/all.c | arch/ref/*.c)
        echo arch/kernels.h ;;
    arch/*) echo arch/fill.h ;; # a filler: it takes slots of the table
    boards/host/cmd/*) echo boards/host/cmd/cmd.h ;;
    boards/host/profile_*) echo boards/host/profile.h ;;
    boards/common/mem.c) echo core/mem.h ;;
    boards/*/console.c | boards/*/devices.c | boards/common/onecore.c) echo boards/common/board.h ;;
    boards/common/profile.c) echo boards/common/party.h ;;
    net/tcp/lookup*.c) echo net/tcp/names.h ;;
    net/host/hello.c) echo net/hello.h ;;
    bench/bench_net.c | bench/bench_proto.c) echo bench/parties.h ;;
    bench/bench_*.c) echo bench/bench.h ;;
    bench/peak_*.c) echo bench/peak.h ;;
    boards/common/main.c | boards/host/main.c | boards/host/examples/*) ;; # main()
    *) echo "${1%.c}.h" ;;
    esac
}
# Kernels may include theirs by way of the text of a family.
none 'a source file without its header' "$(
    for f in $(find arch core net proto boards bench -name '*.c'); do
        h=$(header_of "$f")
        [ -z "$h" ] || grep -q "#include \"$h\"" "$f" ||
            grep -hq "#include \"$h\"" $(sed -n 's/^#include "\(.*\.inc\)"$/\1/p' "$f") \
                /dev/null || echo "$f: $h"
    done
)"
none 'a guard that is not called by the path of its header' "$(
    for h in $(find arch core net proto boards tests bench -name '*.h'); do
        guard=TRI_$(echo "$h" | tr 'a-z/.' 'A-Z__')
        [ "$(grep -c "^#ifndef $guard\$\|^#define $guard\$" "$h")" = 2 ] ||
            echo "$h: $guard"
    done
)"

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
