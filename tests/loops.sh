#!/bin/sh
# Instructions in the inner loop of the NEON product, beside those it needs.
# Usage: tests/loops.sh BUILD OBJDUMP
build=${1:-build-aarch64-linux-gnu}
objdump=${2:-aarch64-linux-gnu-objdump}

$objdump -d --no-show-raw-insn "$build/arch/aarch64/gemm_neon.o" | awk '
    /^[0-9a-f]+ <tri_gemm_neon>:/ { in_it = 1; next }
    /^[0-9a-f]+ </ { in_it = 0 }
    in_it && NF > 1 {
        at = $1; sub(":", "", at)
        n++; line[at] = n; mul[n] = mul[n - 1] + ($2 ~ /^(umlal|mla|mul)/)
        # the first branch back over products closes the loop
        if ($2 ~ /^(b|cb|tb)/ && !loop) {
            to = $2 ~ /^b/ ? $3 : $4
            if (to in line && mul[n] - mul[line[to]] >= 15) {
                loop = n - line[to] + 1
                products = mul[n] - mul[line[to] - 1]
            }
        }
    }
    END {
        printf "gemm_neon: %d instructions, %d of them products; 22 needed\n",
            loop, products
        exit !(products == 16 && loop <= 1.2 * 22)
    }'
