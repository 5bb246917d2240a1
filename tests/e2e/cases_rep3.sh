# Engine rep3: all three parties hold shares.

# Shares of the digit data and of held-out digits for it, in $T/r3 and $T/r3t.
replicated() {
    [ -e "$T/r3.p0.share" ] && return
    "$trinn" share --engine rep3 --data "$T/data" --out "$T/r3" >"$T/out" ||
        complain "no shares"
    grep -q "r3.p0.share for party 0, .* and .*r3.p2.share for party 2" \
        "$T/out" || complain "share says $(cat "$T/out")"
    "$trinn" share --engine rep3 --data "$T/data" --part test \
        --out "$T/r3t" >/dev/null || complain "no shares"
}

rep3='--security passive --engine rep3'

# three TASK ARGS...: all three by $rep3 if they do not say; @ is the number of
# a party.
three() {
    task=$1
    shift
    new_parties
    # shellcheck disable=SC2046
    set -- $(by=$rep3 && with_by "$@") "$@"
    for i in 0 1 2; do
        # shellcheck disable=SC2046
        party $i "$task" $(echo "$@" | sed "s/@/$i/g")
    done
}

all_end() {
    for i in 0 1 2; do ends $i "$1" "$2"; done
}

# Train, count, classify, and what comes of it: bytes as planned, the model's
# logits as in the clear.
case_rep_three() {
    replicated
    same "$(stat -c %s "$T/r3.p0.share")" 192 "bytes of two seeds"
    rm -f "$T"/rm? "$T"/rc? "$T"/rs? "$T"/r.jsonl
    three train --shares "$T/r3.p@.share" --test-shares "$T/r3t.p@.share" \
        --epochs 4 --model-out "$T/rm@" --log "$T/r.jsonl.@"
    all_end 0 "training: 40 steps"
    right=$(sed -n 's/^right: \([0-9]*\) of 100.*/\1/p' "$T/2.out")
    [ "${right:-0}" -ge 60 ] || complain "only '$right' of 100 are right"
    grep -q '"engine":"rep3"' "$T/r.jsonl.0" || complain "the log has no engine"
    want 0 "" "$trinn" plot "$T/r.jsonl.0" "$T/r.jsonl.1" -o "$T/r.svg"
    rm -f "$T"/r.jsonl.? "$T/r.svg"

    three evaluate --shares "$T/r3t.p@.share" --model "$T/rm@"
    all_end 0 "right: $right of 100"
    three infer --shares "$T/r3t.p@.share" --model "$T/rm@" --out "$T/rc@"
    all_end 0 "rounds:"
    three infer --shares "$T/r3t.p@.share" --model "$T/rm@" --out "$T/rs@" \
        --scores logits
    all_end 0 "rounds:"

    # Every two shares, and all three, give the same.
    want 0 "" "$trinn" reveal "$T/rc0" "$T/rc1" "$T/rc2" --out "$T/r.all"
    for pair in "0 1" "2 1" "0 2"; do
        # shellcheck disable=SC2086
        set -- $pair
        rm -f "$T/r.two"
        want 0 "" "$trinn" reveal "$T/rc$1" "$T/rc$2" --out "$T/r.two"
        cmp -s "$T/r.two" "$T/r.all" || complain "shares $pair differ"
    done
    want 2 "belongs to another session" \
        "$trinn" reveal "$T/rc0" "$T/rs1" --out "$T/r.none"

    # The revealed model in the clear has the same logits within a hundredth.
    rm -f "$T"/r.safetensors "$T"/r.clear "$T"/r.secure
    want 0 "" "$trinn" reveal "$T/rm2" "$T/rm0" --out "$T/r.safetensors"
    want 0 "" "$trinn" clear infer --engine plain --net "$T/net" \
        --images "$T/data/t10k-images-idx3-ubyte" --model "$T/r.safetensors" \
        --scores logits --out "$T/r.clear"
    want 0 "" "$trinn" reveal "$T/rs0" "$T/rs2" --out "$T/r.secure"
    paste -d, "$T/r.clear" "$T/r.secure" | awk -F, '
        { for (i = 1; i <= 10; i++) if (($i - $(i + 10)) ^ 2 > 1e-4) bad++ }
        END { exit !(NR == 100 && !bad) }' || complain "logits differ"

    # A model from outside, and who gives another share than its own.
    want 0 "for party 2" "$trinn" share --engine rep3 --net "$T/net" \
        --model "$T/r.safetensors" --out "$T/rmo"
    three evaluate --shares "$T/r3t.p@.share" --model "$T/rmo.p@.share"
    all_end 0 "right: $right of 100"
    # For another engine and back, and it is the same model.
    want 0 "for party 1" "$trinn" share --from "$T/rmo.p2.share,$T/rmo.p0.share" \
        --engine fused --out "$T/rmf"
    want 0 "" "$trinn" reveal "$T/rmf.p0.share" "$T/rmf.p1.share" \
        --out "$T/r.f.safetensors"
    cmp -s "$T/r.safetensors" "$T/r.f.safetensors" || complain "the model differs"
    want 0 "for party 2" "$trinn" share --from "$T/rmf.p0.share,$T/rmf.p1.share" \
        --engine rep3 --out "$T/rmb"
    three evaluate --shares "$T/r3t.p@.share" --model "$T/rmb.p@.share"
    all_end 0 "right: $right of 100"
    want 2 "give two shares" "$trinn" share --from "$T/rmf.p0.share" \
        --engine rep3 --out "$T/rmn"
    want 2 "only data sets and models" "$trinn" share --from "$T/rc0,$T/rc1" \
        --engine fused --out "$T/rmn"
    rm -f "$T"/rm[ofb].* "$T"/r.*
}

# What the rehearsal, the plan and an emulated network say of it.
case_rep_plan() {
    want 0 "engine rep3" "$trinn" plan "$T/net" $rep3 --batch 32 \
        --samples 64 --test 32 --link wan
    bytes=$(sed -n 's/^bytes *\([0-9]*\) .*/\1/p' "$T/out")
    want 0 "as planned: $bytes" "$trinn" demo --net "$T/net" $rep3 \
        --batch 32 --limit 64 --test 32 --epochs 4 --threads 1 --link 2ms:50MB/s
    want 0 "bits to spare" "$trinn" rehearse --net "$T/net" $rep3 \
        --stop 2 --batch 32
    want 2 "these settings do not work" "$trinn" demo --net "$T/net" $rep3 \
        --batch 32 --limit 64 --test 32 --compare 12
}

# Files of the other kind are refused by name, with what to do.
case_rep_refuse() {
    replicated
    rm -f "$T"/rm?
    three train --shares "$T/a.p@.share" --model-out "$T/rm@"
    ends 0 2 "was made for engines fused and paper, this run is of engine rep3"
    ends 1 2 "trinn share --from FILE,FILE --engine rep3"
    ends 2 2 "a.p2.share"
    new_parties
    for i in 0 1; do
        party $i train --shares "$T/r3.p$i.share"
    done
    party 2 train
    ends 0 2 "r3.p0.share: was made for engine rep3"
    ends 1 2 "trinn share --from FILE,FILE --engine fused"
    ends 2 1 "was made for engine rep3"
    # Of another party, of another split, and none.
    three train --shares "$T/r3.p0.share" --model-out "$T/rm@"
    ends 1 2 "is the share of party 0"
    ends 2 2 "is the share of party 0"
    ends 0 1 ""
    new_parties
    for i in 0 1; do
        party $i train $rep3 --shares "$T/r3.p$i.share" \
            --model-out "$T/rm$i"
    done
    party 2 train $rep3 --shares "$T/r3t.p2.share" --model-out "$T/rm2"
    all_end 2 "party 0 and party 2 hold belong to different sessions"
    party 2 train $rep3
    ends 2 2 "option --shares is missing: \`party train\` of every party"
    # An owner that dealt two versions: made with the same pair and other words.
    cp "$T/r3.p2.share" "$T/r3x.p2.share"
    dd if=/dev/zero of="$T/r3x.p2.share" bs=1 seek=64 count=32 conv=notrunc \
        2>/dev/null
    new_parties
    for i in 0 1; do
        party $i train $rep3 --shares "$T/r3.p$i.share" \
            --model-out "$T/rm$i"
    done
    party 2 train $rep3 --shares "$T/r3x.p2.share" --model-out "$T/rm2"
    ends 2 2 "is damaged, its checksum (byte 64)"
    ends 0 1 "r3x.p2.share"
    ends 1 1 "r3x.p2.share"
    ls "$T"/rm? 2>/dev/null && complain "there is a model"
    rm -f "$T/r3x.p2.share"
}

# Killed on the way, the three go on and end where an undisturbed run does not
# look different; a checkpoint of another engine is refused.
case_rep_resume() {
    replicated
    rm -f "$T"/c.p* "$T"/rm?
    set -- train --shares "$T/r3.p@.share" --test-shares "$T/r3t.p@.share" \
        --checkpoint "$T/c" --every 3 --epochs 4 --model-out "$T/rm@"
    three "$@"
    until_true saved 0 6
    for i in 0 2; do eval "kill -9 \$pid$i"; done
    for i in 0 1 2; do eval "wait \$pid$i 2>/dev/null; pid$i="; done
    from=$(common "$T/c")
    [ "${from:-0}" -ge 3 ] || complain "only '$from' is held by all"
    new_parties
    for i in 0 1; do
        party $i train --shares "$T/a.p$i.share" --checkpoint "$T/c" \
            --every 3 --epochs 4 --resume --model-out "$T/rm$i"
    done
    party 2 train --checkpoint "$T/c" --every 3 --epochs 4 --resume
    for i in 0 1; do ends $i 2 "a training goes on with its engine"; done
    ends 2 2 "give all parties --engine rep3"
    three "$@" --resume
    all_end 0 "training: $((40 - from)) steps"
    right=$(sed -n 's/^right: \([0-9]*\) of 100.*/\1/p' "$T/2.out")
    [ "${right:-0}" -ge 60 ] || complain "only '$right' of 100 are right"
    rm -f "$T"/c.p* "$T"/rm?
}

# Over raw Ethernet.
case_rep_ether() {
    replicated
    if ! segment; then
        echo "  rep_ether: skipped, no network namespace or virtual cables" >&2
        leave_segment
        return
    fi
    new_parties
    rm -f "$T"/rm?
    parties=ether:02:00:00:00:00:00,ether,ether:02:00:00:00:00:02
    for i in 0 1 2; do ether_config $i; done
    for i in 0 1 2; do
        start_party $i train --security active --config "$T/p$i.conf" --steps 2 \
            --shares "$T/r3.p$i.share" --model-out "$T/rm$i"
    done
    all_end 0 "connections: sealed"
    leave_segment
    rm -f "$T"/rm?
}

# With verified products: as planned, more memory for what waits, and the same
# results.
case_rep_active() {
    replicated
    rm -f "$T"/rm? "$T"/c.p*
    want 0 "engine rep3" "$trinn" plan "$T/net" --engine rep3 --batch 32 \
        --samples 64 --test 32 --security active --ledger 2
    bytes=$(sed -n 's/^bytes *\([0-9]*\) .*/\1/p' "$T/out")
    want 0 "as planned: $bytes" "$trinn" demo --net "$T/net" --engine rep3 \
        --batch 32 --limit 64 --test 32 --epochs 4 --threads 1 \
        --security active --ledger 2
    grep -q "products verified" "$T/out" || complain "demo does not say so"
    three train --shares "$T/r3.p@.share" --test-shares "$T/r3t.p@.share" \
        --epochs 4 --security active --checkpoint "$T/c" --every 20 \
        --model-out "$T/rm@"
    all_end 0 "security: active"
    right=$(sed -n 's/^right: \([0-9]*\) of 100.*/\1/p' "$T/2.out")
    [ "${right:-0}" -ge 60 ] || complain "only '$right' of 100 are right"
    three evaluate --shares "$T/r3t.p@.share" --model "$T/rm@" --security active
    all_end 0 "right: $right of 100"
    # All three or none.
    new_parties
    for i in 0 1 2; do
        party $i evaluate --engine rep3 --shares "$T/r3t.p$i.share" \
            --model "$T/rm$i" --security "$([ $i = 1 ] && echo passive || echo active)"
    done
    all_end 2 "security"
    rm -f "$T"/rm? "$T"/c.p*
    # Nothing is opened before the end: batches end elsewhere in every step.
    mv "$T/net" "$T/net.kept"
    printf "input 28 28 1\nconv 2 5 stride 2\nmaxpool 2\nrelu\nfc 10\n" >"$T/net"
    batch=100
    three train --shares "$T/r3t.p@.share" --epochs 12 --loss-every 0 --force \
        --security active --ledger 16 --model-out "$T/rm@"
    all_end 0 "training: 12 steps"
    batch=32
    mv "$T/net.kept" "$T/net"
    rm -f "$T"/rm?
}
