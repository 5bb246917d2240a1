# What a run shows: the log, its plot, the plan.

case_log() {
    rm -f "$T/run.jsonl"
    demo --epochs 2 --batch 32 --loss-every 5 --log "$T/run.jsonl" \
        >"$T/out" 2>"$T/err" || complain "exit code $?: $(tail -n 1 "$T/err")"
    grep -q ' left, loss [0-9.]*, [0-9.]* % right' "$T/err" ||
        complain "no loss while it runs"
    same "$(grep -c '"type":"start"' "$T/run.jsonl")" 1 "first line"
    # steps 5 10 15 18 20 25 30 35 36
    same "$(sed -n 's/.*"step":\([0-9]*\),.*"loss":[0-9.].*/\1/p' \
        "$T/run.jsonl" | tr '\n' ' ')" "5 10 15 18 20 25 30 35 36 " "losses"
    same "$(grep -c '"test_of":100' "$T/run.jsonl")" 2 "evaluations"
    same "$(grep -c '"type":"layer"' "$T/run.jsonl")" 7 "layers"
    tail -n 1 "$T/run.jsonl" | grep -q '"type":"end"' || complain "no end"
    planned=$(sed -n 's/.*"planned_bytes":\([0-9]*\).*/\1/p' "$T/run.jsonl")
    grep -q "payload *$planned bytes, as planned" "$T/out" ||
        complain "planned $planned, $(grep payload "$T/out")"
    cp "$T/run.jsonl" "$T/copy"
    want 2 "exists; remove it" "$trinn" demo --limit 200 --test 10 --steps 1 \
        --log "$T/run.jsonl"
    cmp -s "$T/copy" "$T/run.jsonl" || complain "the log was changed"
    want 2 "cannot be written" "$trinn" demo --log "$T/none/run.jsonl"

    # nothing is opened, nothing is logged of it
    rm -f "$T/run.jsonl"
    demo --steps 2 --batch 32 --loss-every 0 --engine float \
        --log "$T/run.jsonl" >/dev/null 2>&1 || complain "exit code $?"
    grep -q '"loss":' "$T/run.jsonl" && complain "a loss in spite of 0"
    grep -q '"type":"point"' "$T/run.jsonl" || complain "no point at the end"
}

case_log_party() {
    rm -f "$T/p2.jsonl"
    new_parties
    party 0 train --shares "$T/a.p0.share" --steps 2
    party 1 train --shares "$T/a.p1.share" --steps 2
    party 2 train --steps 2 --log "$T/p2.jsonl"
    for i in 0 1 2; do ends $i 0 "training: 2 steps"; done
    grep -q '"party":2' "$T/p2.jsonl" || complain "no log of party 2"
    grep -q '"step":2,.*"loss":' "$T/p2.jsonl" || complain "no loss at the end"
    new_parties
    party 0 train --shares "$T/a.p0.share" --loss-every 7
    party 1 train --shares "$T/a.p1.share"
    party 2 train
    for i in 0 1 2; do ends $i 2 "loss-every"; done
}
