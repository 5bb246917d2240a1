#!/bin/sh
# Three parties on three processors: the program of this machine, and those of
# others under their emulators, over TCP; by turns each of them is each party.
# Bytes on the wire depend on no processor, word size or instruction set.
#   sh tests/ports.sh BUILD 'RUNNER PROGRAM' 'RUNNER PROGRAM'
trinn=$(realpath "$1/trinn")
one=$2 two=$3
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
trap 'exit 1' INT TERM
. "$(dirname "$0")/e2e/lib.sh"
deadline=30
name=ports
bad=0

# classify ENGINE SECURITY P0 P1 P2: three images by these programs.
classify() {
    engine=$1 security=$2
    shift 2
    rm -f "$T"/?.p?.share "$T"/?.err "$T"/?.out
    "$trinn" share --engine "$engine" --model "$T/A.safetensors" --net A \
        --out "$T/m" >/dev/null 2>&1
    "$trinn" share --engine "$engine" --data "$T/data" --part test --limit 3 \
        --out "$T/q" >/dev/null
    new_parties
    for i in 0 1 2; do
        config $i
        files="--shares $T/q.p$i.share --model $T/m.p$i.share --out $T/r.p$i.share"
        [ "$engine$i" != fused2 ] || files=
        timeout -k 2 100 nice $1 party infer --config "$T/p$i.conf" --engine "$engine" \
            --security "$security" --net A --batch 3 --threads 1 $files \
            >"$T/$i.out" 2>&1 &
        eval "pid$i=$!"
        shift
    done
    for i in 0 1 2; do
        eval "wait \$pid$i" || complain "party $i: $(tail -n 1 "$T/$i.out")"
    done
    same "$("$trinn" reveal "$T"/r.p?.share 2>&1 | tr '\n' ' ')" "$plain" \
        "classes by engine $engine, and in the clear"
}

"$trinn" digits --out "$T/data" --train 320 --test 100 --seed 3 >/dev/null || exit 1
for i in 0 1 2; do "$trinn" keygen "$T/p$i.key" >/dev/null || exit 1; done
"$trinn" clear train --engine float --data "$T/data" --net A --epochs 1 --batch 32 \
    --model-out "$T/A.safetensors" >/dev/null 2>&1 || exit 1
plain=$("$trinn" clear infer --engine plain --data "$T/data" --net A --limit 3 \
    --model "$T/A.safetensors" 2>/dev/null | tr '\n' ' ')
same "$(echo "$plain" | wc -w)" 3 'classes in the clear'
for run in $one $two; do [ -e "$run" ] || command -v "$run" >/dev/null || complain "no $run"; done
classify fused passive "$trinn" "$one" "$two"
classify fused passive "$two" "$trinn" "$one"
classify rep3 active "$one" "$two" "$trinn"
[ $bad = 0 ] && echo "ports: ok, $one; $two"
exit $bad
