#!/bin/sh
# Instructions that the NEON kernels execute, counted one by one in an emulator,
# beside those that they cannot do without. A figure too far above fails.
# Usage: tests/loops.sh, with aarch64-linux-gnu-gcc and qemu-aarch64
cd "$(dirname "$0")/.." || exit 1
build=build-aarch64-linux-gnu
${MAKE:-make} --no-print-directory CROSS=aarch64-linux-gnu- B=$build $build/loops >/dev/null || exit 1
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
trap 'exit 1' INT TERM
bad=0

# executed SYMBOL KERNEL TIMES: instructions of that function.
executed() {
    range=$(aarch64-linux-gnu-nm -S $build/loops | awk -v f="$1" '$4 == f { print "0x" $1 "+0x" $2 }')
    qemu-aarch64 -singlestep -d exec,nochain -dfilter "$range" -D "$T/log" $build/loops "$2" "$3" &&
        grep -c '^Trace' "$T/log"
}

# row TEXT SYMBOL KERNEL NEEDED: of one unit of work; the rest of a call does not
# count. At most two fifths more than is needed.
row() {
    once=$(executed "$2" "$3" 2) twice=$(executed "$2" "$3" 4)
    each=$(((twice - once) / 2))
    printf '%-46s %6d instructions, %6d needed, %3d %% more\n' "$1" $each "$4" \
        $(((each - $4) * 100 / $4))
    [ $each -ge "$4" ] && [ $((5 * each)) -le $((7 * $4)) ] || bad=1
}

# 64 inner elements of a tile of 4 x 4: see arch/aarch64/gemm_neon.c.
row 'gemm, 1024 multiply-adds' tri_gemm_neon gemm $((64 * 22))
# 80 quarter rounds of 14, 16 additions, 32 to transpose, 16 to store.
row 'chacha20, 256 bytes' tri_chacha20_neon chacha20 $((80 * 14 + 16 + 32 + 16))
# Of a comparison's kernels: what their definition loads, stores and combines.
for step in 'deal, P2:deal:deal' 'answer, P0:answer:answer_p0' \
    'answer, P1:answer:answer_p1' 'open, P2:open:open'; do
    kernel=${step##*:} symbol=${step#*:}
    row "512 comparisons of 31 bits, ${step%%:*}" "tri_chain_${symbol%:*}_neon" "$kernel" \
        "$(qemu-aarch64 $build/loops "$kernel")"
done
exit $bad
