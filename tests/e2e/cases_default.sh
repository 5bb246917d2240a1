# What the program does where nobody names an engine: rep3, with verification.

# Share, train with checkpoints and kills, count, classify, join.
case_default() {
    kept_by=$by kept_rep3=$rep3 by= rep3=
    rm -f "$T"/d[.mcr]*
    for part in train test; do
        "$trinn" share --data "$T/data" --part $part --out "$T/d.$part" \
            >/dev/null || complain "no shares"
    done
    set -- train --shares "$T/d.train.p@.share" --epochs 4 --model-out "$T/dm@" \
        --test-shares "$T/d.test.p@.share" --checkpoint "$T/dc" --every 3 \
        --log "$T/d.log@"
    three "$@"
    until_true saved 0 6 "$T/dc"
    kill -9 $pid1
    for i in 0 1 2; do eval "wait \$pid$i 2>/dev/null; pid$i="; done
    from=$(common "$T/dc")
    [ "${from:-0}" -ge 3 ] || complain "only '$from' is held by all"
    three "$@" --resume
    all_end 0 "training: $((40 - from)) steps"
    for i in 0 1 2; do
        grep -q "security: active, products were verified" "$T/$i.out" ||
            complain "party $i does not say that products were verified"
        grep -q "security passive" "$T/$i.err" && complain "party $i warns"
    done
    # all three took the same ledger, by memory
    cat "$T"/d.log? | sed -n 's/.*"security":"active","ledger":\([0-9]*\),.*/\1/p' |
        sort -u >"$T/d.ledger"
    [ "$(wc -l <"$T/d.ledger")" = 1 ] && [ "$(cat "$T/d.ledger")" -ge 1000000 ] ||
        complain "ledgers: $(cat "$T/d.ledger")"
    right=$(sed -n 's/^right: \([0-9]*\) of 100.*/\1/p' "$T/2.out")
    [ "${right:-0}" -ge 60 ] || complain "only '$right' of 100 are right"
    three evaluate --shares "$T/d.test.p@.share" --model "$T/dm@"
    all_end 0 "right: $right of 100"
    three infer --shares "$T/d.test.p@.share" --model "$T/dm@" --out "$T/dr@"
    all_end 0 "security: active"
    want 0 "" "$trinn" reveal "$T/dr0" "$T/dr1" "$T/dr2" --out "$T/d.classes"
    od -An -v -tu1 -w1 -j8 "$T/data/t10k-labels-idx1-ubyte" | tr -d ' ' |
        paste "$T/d.classes" - | awk -v n="$right" '
            $1 == $2 { hits++ }
            END { d = hits - n; exit NR != 100 || d * d > 4 }' ||
        complain "the classes are not those that were counted"
    want 0 "layer 1 weights 784 32" "$trinn" reveal "$T/dm0" "$T/dm1" "$T/dm2"
    rm -f "$T"/d[.mcr]*
    by=$kept_by rep3=$kept_rep3
}

# field TYPE NAME: a number of the log $T/v.jsonl.
field() {
    sed -n "s/.*\"type\":\"$1\".*\"$2\":\([0-9.]*\).*/\1/p" "$T/v.jsonl"
}

# What verification costs has a row of its own in plan, log and picture, as
# planned to the last batch; the layers cost what they do without it.
case_verification() {
    rm -f "$T"/v.*
    set -- --net "$T/net" --batch 32 --epochs 2 --threads 1
    want 0 "verification " "$trinn" plan "$@" --ledger 2 --samples 320 --test 100
    cp "$T/out" "$T/v.plan"
    want 0 "one step" "$trinn" plan "$@" --samples 320 --test 100 $rep3
    grep -q verification "$T/out" && complain "passive, but with verification"
    for f in "$T/v.plan" "$T/out"; do
        awk '$1 == "fc" || $1 == "relu" || $1 == "loss" || $1 == "update" {
            sub(/.*(fc [0-9]*|relu|softmax|update)/, ""); print $2, $3, $6, $7 }' \
            "$f" >"$f.layers"
    done
    same "$(wc -l <"$T/v.plan.layers")" 5 "layers"
    cmp -s "$T/v.plan.layers" "$T/out.layers" ||
        complain "layers cost: $(cat "$T/v.plan.layers" "$T/out.layers")"
    "$trinn" demo "$@" --security active --ledger 2 --limit 320 --test 100 \
        --log "$T/v.jsonl" >"$T/out" 2>&1 || complain "$(tail -n 1 "$T/out")"
    planned=$(sed -n 's/^verification *\([0-9]*\) batches, .* in \([0-9]*\) rounds.*/\1 \2/p' \
        "$T/v.plan")
    batches=${planned% *} rounds=${planned#* }
    [ "${batches:-0}" -gt 20 ] && [ "${rounds:-0}" -gt $((8 * batches)) ] ||
        complain "plan: '$batches' batches in '$rounds' rounds"
    grep -q '"security":"active","ledger":2000000' "$T/v.jsonl" ||
        complain "the log does not say how"
    same "$(field start planned_batches)" "$batches" "planned batches"
    same "$(field end batches)" "$batches" "batches"
    same "$(field end verify_rounds)" "$(field start planned_verify_rounds)" \
        "rounds of verification"
    field point verify_s | awk -v end="$(field end verify_s)" '
        { n++; if ($1 < last) exit 1; last = $1 }
        END { exit !(n > 1 && last > 0 && last <= end) }' ||
        complain "times of verification: $(field point verify_s | tr '\n' ' ')"
    same "$(grep -c '"name":"verification"' "$T/v.jsonl")" 1 "rows in the log"
    want 0 "" "$trinn" plot "$T/v.jsonl" -o "$T/v.svg"
    grep -q '<polygon' "$T/v.svg" && grep -q '>verification<' "$T/v.svg" ||
        complain "the picture does not show it"
    rm -f "$T"/v.* "$T/out.layers"
}

# Passive security is had by asking for it, and by an engine's name.
case_security() {
    task="party train --insecure-plaintext --id 2 --parties a:1,b:2,c:3
        --deadline 1 --shares x --model-out y"
    for c in "$task" "demo" "plan A" "rehearse"; do
        for e in fused paper; do
            want 2 "--security passive --engine $e" "$trinn" $c --engine $e
            want 2 "--security passive --engine $e" "$trinn" $c --engine $e \
                --security active
        done
        want 2 "add --engine with one of rep3, fused" "$trinn" $c --security passive
        want 2 "give passive or active" "$trinn" $c --security some
    done
    want 2 "computes in the clear" "$trinn" demo --engine float \
        --security active
    want 2 "computes in the clear" "$trinn" clear train --data "$T/data" \
        --model-out "$T/s.safetensors" --security passive
    want 2 "option --security: with --attack" "$trinn" demo --attack kill \
        --security active
    set -- --net "$T/net" --limit 64 --test 32 --batch 32 --steps 1 --threads 1
    want 0 "products verified" "$trinn" demo "$@"
    grep -q "nobody sees it" "$T/out" && complain "warns without need"
    want 0 "nobody sees it" "$trinn" demo "$@" $by
    want 0 "security active, engine rep3" "$trinn" plan "$T/net"
    want 0 "security passive, engine fused" "$trinn" plan "$T/net" $by
    # All three or none, and shares for the engine.
    new_parties
    for i in 0 1 2; do
        party $i train --security "$([ $i = 1 ] && echo passive || echo active)" \
            --engine rep3 --shares "$T/a.p$i.share"
    done
    ends 0 2 "was made for engines fused and paper, this run is of engine rep3"
    grep -q -- "--security passive --engine fused" "$T/0.err" ||
        complain "no word of what to type: $(tail -n 1 "$T/0.err")"
}
