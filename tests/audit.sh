#!/bin/sh
# What an auditor would have to read and to trust, in figures: lines for each
# role, what free-standing code needs from outside, system calls of a party at
# work, its stack, files with intrinsics. A figure above its ceiling fails.
# Usage: tests/audit.sh BUILD CC NM MACHINE, after `make audit` has linked the
# roles to BUILD/audit.
set -u
build=$1 cc=$2 nm=$3 machine=$4
here=$(dirname "$0")/audit
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
trap 'exit 1' INT TERM
bad=0

fail() {
    echo "audit: $*"
    bad=1
}
# at_most CEILING FIGURE WHAT
at_most() {
    [ "${2:-0}" -gt 0 ] && [ "$2" -le "$1" ] ||
        fail "$3: ${2:-no figure}, the ceiling is $1"
}

# ---- lines -----------------------------------------------------------------
# Every line of every source file and header of which something is linked,
# comments included. Ceilings are for x86-64, with a little room above today.
# lines NAME ROLE CEILING [BUILD MAP]
lines() {
    awk -v build="${4:-$build}" -f "$here/lines.awk" "${4:-$build}/${5:-audit/$1.map}" \
        >"$T/$1.lines" || { fail "no figures of $1"; return; }
    awk -v role="$2" '
        { split($2, p, "/"); sum[p[1]] += $1; all += $1 }
        END {
            printf "%-34s %7d %7d %7d %7d %7d %7d\n", role, all, sum["arch"],
                sum["core"], sum["net"], sum["proto"], sum["boards"]
        }' "$T/$1.lines"
    [ "$machine" != x86_64 ] ||
        at_most "$3" "$(awk '{ n += $1 } END { print n + 0 }' "$T/$1.lines")" \
            "lines of $2"
}
printf '%-34s %7s %7s %7s %7s %7s %7s\n' 'lines linked' all arch core net \
    proto boards
lines full 'all commands' 87700
lines party 'a party alone' 61600
lines minimal 'minimal party (fused, TCP, one ISA)' 35400
lines reference 'the same, plain C alone' 33400
if [ -f "$build/zcu102/board.elf.map" ]; then
    lines board 'a board (zcu102, fused, no system)' 27150 "$build/zcu102" board.elf.map
else
    echo 'a board: no aarch64-linux-gnu-gcc here'
fi

# ---- what free-standing code needs from outside ------------------------------
echo
$nm -g "$build/libfree.a" 2>/dev/null | awk '
    NF == 3 { have[$3] = 1 }
    NF == 2 && $1 == "U" { need[$2] = 1 }
    END { for (s in need) if (!(s in have)) print s }' | sort >"$T/undefined"
echo "undefined in arch, core, net without a system and proto:" \
    $(cat "$T/undefined")
for s in $(cat "$T/undefined"); do
    case $s in
    memcpy | memmove | memset | memcmp | _GLOBAL_OFFSET_TABLE_) ;;
    *) fail "free-standing code needs $s from outside" ;;
    esac
done

# ---- a party at work ---------------------------------------------------------
# Three processes of the minimal program train a small network. From the moment
# its memory is there until its last step a party only waits, reads and writes.
steady='read|readv|pread64|recvfrom|recvmsg|write|writev|sendto|sendmsg'
steady="$steady|poll|ppoll|sched_yield|futex|clock_nanosleep|restart_syscall"
trace() {
    full=$build/audit/full
    "$full" digits --out "$T/data" --train 320 --test 100 --seed 3 &&
        "$full" share --engine fused --data "$T/data" --out "$T/a" || return 1
    printf 'input 28 28 1\nfc 32\nrelu\nfc 10\n' >"$T/net"
    for i in 0 1 2; do "$full" keygen "$T/p$i.key" || return 1; done
    base=$((12000 + $$ % 15000))
    for i in 0 1 2; do
        {
            printf 'id %s\nkey p%s.key\n' $i $i
            for j in 0 1 2; do
                echo "party $j 127.0.0.1:$((base + j)) $(cat "$T/p$j.key.pub")"
            done
        } >"$T/p$i.conf"
    done
    for i in 0 1 2; do
        set -- party train --config "$T/p$i.conf" --net "$T/net" --batch 32 \
            --threads 1 --force --security passive --engine fused
        [ $i = 2 ] ||
            set -- "$@" --shares "$T/a.p$i.share" --model-out "$T/model$i"
        timeout -k 5 1200 strace -f -qq -s 300 -o "$T/$i.trace" "$build/audit/minimal" \
            "$@" >"$T/$i.out" 2>&1 &
        eval "pid$i=$!"
    done
    for i in 0 1 2; do
        eval "wait \$pid$i" || { cat "$T/$i.out"; return 1; }
        grep -q '^training: 40 steps' "$T/$i.out" || return 1
    done
}
# Each call with its phase: the plan and the last step are lines of progress.
phases() {
    awk '
        { sub(/^[0-9]+ +/, "") }
        /^<\.\.\./ || /^[-+]/ { next }
        { call = $0; sub(/\(.*/, "", call) }
        call == "ioctl" { call = /FIONREAD/ ? "ioctl(FIONREAD)" : "ioctl" }
        phase == "" { phase = "join" }
        phase == "memory" && call == "sendto" { phase = "steady" }
        { print phase, call }
        /write\(2, "network .*planned/ { phase = "memory" }
        /step 40 of 40/ { phase = "end" }' "$1"
}
echo
if ! command -v strace >/dev/null; then
    fail 'no strace: apt-get install strace'
elif ! trace >"$T/trace.log" 2>&1; then
    tail -n 5 "$T/trace.log"
    fail 'three parties under strace did not train'
else
    for i in 0 1 2; do
        phases "$T/$i.trace" >"$T/$i.calls"
        for phase in join memory steady end; do
            printf 'P%d %-7s' $i "$phase:"
            sed -n "s/^$phase //p" "$T/$i.calls" | sort | uniq -c |
                sort -rn | awk '{ printf " %s %d", $2, $1 }'
            echo
        done
        grep -q '^steady sendto' "$T/$i.calls" || fail "P$i: no steady state"
        other=$(sed -n 's/^steady //p' "$T/$i.calls" | sort -u |
            grep -vxE "$steady|ioctl\\(FIONREAD\\)")
        [ -z "$other" ] || fail "P$i calls while it trains:" $other
    done
fi

# ---- stack -------------------------------------------------------------------
# Chains of direct calls in what the minimal party links. A call through a
# pointer (command, engine, kernel, thread) begins a chain of its own, and a
# recursive function is counted once: the figures bound no whole stack, but show
# what grows. No frame may have a size that depends on input. libc is not seen.
echo
if $cc -fcallgraph-info=su -c -x c -o "$T/try.o" /dev/null 2>/dev/null; then
    sed -n "s|^[0-9]* \(.*\)\.c\$|$build/stack/\1.ci|p" "$T/minimal.lines" |
        grep -v profile_minimal >"$T/ci"
    LC_ALL=C xargs awk -f "$here/stack.awk" <"$T/ci" >"$T/stack"
    grep -v '^audit:' "$T/stack"
    ! grep '^audit:' "$T/stack" || bad=1
    for w in 'largest frame' 'from main' 'behind a pointer'; do
        at_most 81920 "$(sed -n "s/^$w *\([0-9]*\) .*/\1/p" "$T/stack")" \
            "stack, $w"
    done
else
    echo 'stack: this compiler writes no call graphs'
fi

# ---- intrinsics --------------------------------------------------------------
echo
echo 'files with intrinsics, and the reference they equal:'
for f in $(grep -rlE '#include <(immintrin|arm_neon|arm_acle)\.h>' arch |
    sort); do
    family=$(basename "$f" | sed 's/_.*//')
    case $family in
    chachapoly) family='chacha20 poly1305' ;;
    a64.h) # AArch64's intrinsics, one by one, for an older processor
        printf '  %-34s %s\n' "$f" arch/aarch64
        continue
        ;;
    esac
    refs=
    for r in $family; do
        [ -f "arch/ref/$r.c" ] || fail "$f: no reference arch/ref/$r.c"
        refs="$refs arch/ref/$r.c"
    done
    printf '  %-34s%s\n' "$f" "$refs"
done

echo
[ $bad = 0 ] && echo 'audit: ok'
exit $bad
