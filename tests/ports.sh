#!/bin/sh
# Three parties on three processors: the program of this machine, and those of
# others under their emulators, over TCP; by turns each of them is each party.
# Bytes on the wire and in files depend on no processor, word size, order of
# bytes or instruction set. BIG is one that is big-endian: it takes every place
# between two of this machine, and trains with them.
#   sh tests/ports.sh BUILD 'RUNNER PROGRAM' 'RUNNER PROGRAM' 'RUNNER BIG'
trinn=$(realpath "$1/trinn")
one=$2 two=$3 big=$4
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
trap 'exit 1' INT TERM
. "$(dirname "$0")/e2e/lib.sh"
name=ports
bad=0

# together ENGINE SECURITY TASK OPTIONS P0 P1 P2: a run of these programs, on
# shares $T/q.p?.share, and of OPTIONS those that name a party's own file with ID.
together() {
    engine=$1 security=$2 task=$3 options=$4
    shift 4
    rm -f "$T"/r.p?.share
    new_parties
    for i in 0 1 2; do
        config $i
        files="--shares $T/q.p$i.share $(echo "$options" | sed "s/ID/$i/g")"
        [ "$engine$i" != fused2 ] && [ "$engine$i" != paper2 ] || files=
        timeout -k 2 1000 nice $1 party "$task" --config "$T/p$i.conf" --engine "$engine" \
            --security "$security" --threads 1 $more $files >"$T/$i.out" 2>&1 &
        eval "pid$i=$!"
        shift
    done
    for i in 0 1 2; do
        eval "wait \$pid$i" || complain "party $i: $(tail -n 1 "$T/$i.out")"
    done
}

# classify ENGINE SECURITY P0 P1 P2: three images by these programs, of which the
# first makes the shares, and the last joins the results.
classify() {
    rm -f "$T"/[mq].p?.share
    $3 share --engine "$1" --model "$T/A.safetensors" --net A \
        --out "$T/m" >/dev/null 2>&1
    $3 share --engine "$1" --data "$T/data" --part test --limit 3 \
        --out "$T/q" >/dev/null
    more='--net A --batch 3'
    together "$1" "$2" infer "--model $T/m.pID.share --out $T/r.pID.share" "$3" "$4" "$5"
    same "$($5 reveal "$T"/r.p?.share 2>&1 | tr '\n' ' ')" "$plain" \
        "classes by engine $1, and in the clear"
}

# weights FILE: those of a .safetensors, one a line.
weights() {
    od -An -v -w4 -tf4 -j$(($(od -An -tu4 -N4 "$1") + 8)) "$1"
}

# train ENGINE SECURITY P0 P1 P2: three steps by these programs. Each party's
# checkpoint is then read by the program of another: the model is the same, and
# but for rounding it is that of a training in the clear.
train() {
    rm -f "$T"/q.p?.share "$T"/c.p* "$T"/[ab].safetensors
    $5 share --engine "$1" --data "$T/data" --out "$T/q" >/dev/null
    more="--net $T/net --batch 32 --steps 3 --checkpoint $T/c"
    together "$1" "$2" train "--model-out $T/r.pID.share" "$3" "$4" "$5"
    $3 reveal "$T"/r.p?.share --out "$T/a.safetensors" >/dev/null
    more="$more --resume"
    together "$1" "$2" train "--model-out $T/r.pID.share" "$4" "$5" "$3"
    grep -q 'continuing after step 3' "$T/0.out" || complain "$1: no checkpoint is read"
    $5 reveal "$T"/r.p?.share --out "$T/b.safetensors" >/dev/null
    cmp "$T/a.safetensors" "$T/b.safetensors" || complain "$1: a checkpoint has another model"
    weights "$T/a.safetensors" >"$T/a"
    weights "$T/plain.safetensors" | paste - "$T/a" | awk '
        { d = $1 - $2; if (NF != 2 || d > 0.001 || d < -0.001) off++; if ($1 != 0) some++ }
        END { exit !(NR == 12730 && some > 12000 && off == 0) }' ||
        complain "$1: the model is not that of a training in the clear"
}

"$trinn" digits --out "$T/data" --train 320 --test 100 --seed 3 >/dev/null || exit 1
printf 'input 28 28 1\nfc 16\nrelu\nfc 10\n' >"$T/net"
for i in 0 1 2; do "$trinn" keygen "$T/p$i.key" >/dev/null || exit 1; done
"$trinn" clear train --engine float --data "$T/data" --net A --epochs 1 --batch 32 \
    --model-out "$T/A.safetensors" >/dev/null 2>&1 || exit 1
"$trinn" clear train --engine plain --data "$T/data" --net "$T/net" --steps 3 --batch 32 \
    --model-out "$T/plain.safetensors" >/dev/null 2>&1 || exit 1
plain=$("$trinn" clear infer --engine plain --data "$T/data" --net A --limit 3 \
    --model "$T/A.safetensors" 2>/dev/null | tr '\n' ' ')
same "$(echo "$plain" | wc -w)" 3 'classes in the clear'
for run in $one $two $big; do [ -e "$run" ] || command -v "$run" >/dev/null || complain "no $run"; done
classify fused passive "$trinn" "$one" "$two"
classify fused passive "$two" "$trinn" "$one"
classify rep3 active "$one" "$two" "$trinn"
set -- "$big" "$trinn" "$trinn"
for turn in 0 1 2; do
    classify fused passive "$@"
    classify rep3 active "$@"
    train fused passive "$@"
    if [ $turn = 0 ]; then
        classify paper passive "$2" "$1" "$3"
        train rep3 active "$@"
    fi
    set -- "$3" "$1" "$2"
done
[ $bad = 0 ] && echo "ports: ok, $one; $two; $big"
exit $bad
