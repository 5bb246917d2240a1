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
    want 2 "cannot be created" "$trinn" demo --log "$T/none/run.jsonl"

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
    # a second session goes on in the same log
    rm -f "$T/again.jsonl"
    for more in "" --resume; do
        new_parties
        for i in 0 1; do
            party $i train --shares "$T/a.p$i.share" --steps 4 \
                --checkpoint "$T/log" --every 2 $more
        done
        party 2 train --steps 4 --checkpoint "$T/log" --every 2 $more \
            --log "$T/again.jsonl"
        for i in 0 1 2; do ends $i 0 "training:"; done
    done
    same "$(grep -c '"type":"start"' "$T/again.jsonl")" 2 "sessions in the log"
    want 0 "" "$trinn" plot "$T/again.jsonl" -o "$T/again.svg"

    new_parties
    party 0 train --shares "$T/a.p0.share" --loss-every 7
    party 1 train --shares "$T/a.p1.share"
    party 2 train
    for i in 0 1 2; do ends $i 2 "loss-every"; done
}

# Two parties on one machine are to write the same log: the second one says so,
# and the others hear it.
case_log_twice() {
    rm -f "$T/one.jsonl"
    new_parties
    for i in 0 1; do
        party $i train --shares "$T/a.p$i.share" --log "$T/one.jsonl"
    done
    party 2 train
    for i in 0 1 2; do ends $i 1 "one.jsonl: cannot be written"; done
}

# Names of outputs are relative to the configuration's `out`, the log's, too.
case_log_place() {
    new_parties
    mkdir -p "$T/results"
    rm -rf "$T"/results/*
    for i in 0 1 2; do
        config $i
        echo "out results" >>"$T/p$i.conf"
    done
    for i in 0 1; do
        start_party $i train --config "$T/p$i.conf" --shares "$T/a.p$i.share" \
            --steps 2 --log "log$i" --model-out "m$i" --checkpoint c
    done
    start_party 2 train --config "$T/p2.conf" --steps 2 --log log2 --checkpoint c
    for i in 0 1 2; do ends $i 0 "training: 2 steps"; done
    same "$(cd "$T/results" && echo log? m?)" "log0 log1 log2 m0 m1" "results"
    rm -r "$T/results"
    want 2 "mkdir -p" "$trinn" check-config "$T/p0.conf"
    $(sed -n 's/.*make it with: \(mkdir.*\)/\1/p' "$T/out")
    want 0 "all is well" "$trinn" check-config "$T/p0.conf"
}

case_plot() {
    rm -f "$T"/plot?.jsonl "$T/curve.svg"
    for e in plain float; do
        demo --steps 25 --batch 32 --engine $e --loss-every 5 \
            --log "$T/plot-$e.jsonl" >/dev/null 2>&1 || complain "exit code $?"
    done
    want 0 "" "$trinn" plot "$T/plot-plain.jsonl" "$T/plot-float.jsonl" \
        -o "$T/curve.svg"
    grep -q '^<svg xmlns' "$T/curve.svg" || complain "no SVG"
    same "$(grep -c '<polyline' "$T/curve.svg")" 6 "curves"
    grep -q 'A, float' "$T/curve.svg" || complain "no legend"
    {
        head -n 1 "$T/plot-float.jsonl"
        echo '{"type":"point","step":9,"time":1,"loss":0.5}'
    } >"$T/plot-mse.jsonl"
    want 2 "plot them apart" "$trinn" plot "$T/plot-float.jsonl" \
        "$T/plot-mse.jsonl" -o "$T/x.svg"
    want 2 "give the name of the picture" "$trinn" plot "$T/plot-float.jsonl"
    want 2 "too few arguments" "$trinn" plot -o "$T/x.svg"
    want 2 "$T/none" "$trinn" plot "$T/none" -o "$T/x.svg"
    head -n 1 "$T/plot-float.jsonl" >"$T/bad.jsonl"
    want 2 "has no point yet" "$trinn" plot "$T/bad.jsonl" -o "$T/x.svg"
    echo '{"type":"point","step":x}' >>"$T/bad.jsonl"
    want 2 "bad.jsonl: line 2: byte 23" "$trinn" plot "$T/bad.jsonl" \
        -o "$T/x.svg"
    [ ! -e "$T/x.svg" ] || complain "a picture of nothing"
}

# within KB COMMAND...: in a control group of so much memory. 1 if there are
# none to be had.
within() {
    for g in /sys/fs/cgroup/memory /sys/fs/cgroup; do
        g=$g/trinn-$$
        mkdir "$g" 2>/dev/null || continue
        for f in memory.limit_in_bytes memory.max; do
            [ -e "$g/$f" ] && echo "${1}k" >"$g/$f" 2>/dev/null || continue
            shift
            sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$g" "$@"
            code=$?
            until_true rmdir "$g"
            return $code
        done
        rmdir "$g"
    done
    return 99
}

# More memory than there is: said before it is taken, and the plan itself
# comes first.
case_little_memory() {
    printf 'input 28 28 1\nfc 4000\nrelu\nfc 4000\nrelu\nfc 10\n' \
        >"$T/large"
    within 300000 "$trinn" plan $by "$T/large" --batch 64 >"$T/out" 2>"$T/err"
    code=$?
    if [ $code = 99 ]; then
        echo "  little_memory: skipped, no control groups" >&2
        return
    fi
    same $code 1 "exit code of plan"
    grep -q '^memory  *party 0 [0-9.]* [MG]B' "$T/out" ||
        complain "no plan: $(tail -n 1 "$T/out")"
    grep -q "needed for a trial of all three.*in the control group" "$T/err" ||
        complain "plan: $(tail -n 1 "$T/err")"
    within 300000 "$trinn" demo $by --net "$T/large" --limit 128 --test 10 \
        --batch 64 >"$T/out" 2>"$T/err"
    same $? 1 "exit code of demo"
    grep -q "needed for all three parties.*in the control group" "$T/err" ||
        complain "demo: $(tail -n 1 "$T/err")"
    # temporary files that are memory, more of it than the parties need
    if disk 200000; then
        TMPDIR=$T/small
        export TMPDIR
        within 90000 "$trinn" demo $by --net "$T/net" --limit 14000 --test 10 \
            --batch 32 --steps 1 >"$T/out" 2>"$T/err"
        same $? 1 "exit code of demo with shares in memory"
        grep -q "needed for all three parties.*in the control group" "$T/err" ||
            complain "demo, shares: $(tail -n 1 "$T/err")"
        unset TMPDIR
        umount "$T/small"
    fi
    within 300000 "$trinn" rehearse --net "$T/large" --limit 128 --batch 64 \
        --stop 1 >"$T/out" 2>"$T/err"
    same $? 1 "exit code of rehearse"
    grep -q "needed for train.*in the control group" "$T/err" ||
        complain "rehearse: $(tail -n 1 "$T/err")"
    # what fits is not refused
    within 300000 "$trinn" plan $by "$T/net" --samples 600 >"$T/out" 2>"$T/err" ||
        complain "plan that fits: $(tail -n 1 "$T/err")"
}

# number NAME FILE: the whole number in the line that starts so.
number() {
    sed -n "s/^$1 *\([0-9]*\).*/\1/p" "$2"
}

# What is planned is what happens: bytes and rounds to the last one. Where an
# emulated network makes the time, that is right within 30 %.
case_plan() {
    rm -f "$T/run.jsonl"
    set -- --steps 6 --batch 16 --epochs 1 --link 60ms:100MB/s
    "$trinn" plan $by "$T/net" --samples 600 --test 100 "$@" >"$T/plan" 2>&1 ||
        complain "exit code $?: $(tail -n 1 "$T/plan")"
    demo --net "$T/net" "$@" --deadline 20 --log "$T/run.jsonl" >"$T/out" 2>&1 ||
        complain "exit code $?: $(tail -n 1 "$T/out")"
    same "$(number bytes "$T/plan")" "$(number payload "$T/out")" "bytes"
    grep -q "in $(number rounds "$T/plan") rounds" "$T/out" ||
        complain "not $(number rounds "$T/plan") rounds: $(grep rounds "$T/out")"
    same "$(sed -n 's/^memory *//p' "$T/plan")" \
        "$(sed -n 's/^memory *//p' "$T/out")" "memory"
    took=$(tail -n 1 "$T/run.jsonl" |
        sed 's/.*"train_s":\([0-9.]*\),"test_s":\([0-9.]*\),.*/\1 \2/')
    echo "$took $(sed -n 's/^time *\([0-9.]*\) s.*/\1/p' "$T/plan")" |
        awk '{ r = $3 / ($1 + $2); exit !(r > 0.7 && r < 1.3) }' ||
        complain "planned $(grep ^time "$T/plan"), took $took s"
    # hours are not left to be counted in seconds
    want 0 " s (" "$trinn" plan $by "$T/net" --epochs 20 --link wan
    grep -q '^time *[0-9.]* s ([0-9]* [hm]' "$T/out" || complain "no hours"
    # steps that are alike are counted once: as exact, and at once
    for n in 10 15 60; do # 5 epochs of 4 steps are alike
        "$trinn" plan $by "$T/net" --samples 128 --batch 32 --epochs $n \
            --test 100 --loss-every 10 |
            awk '/^(bytes|rounds)/ { print $2 }' >"$T/plan.$n"
    done
    paste "$T/plan.10" "$T/plan.15" "$T/plan.60" |
        awk '$3 - $2 != 9 * ($2 - $1) || $2 <= $1 { exit 1 }' ||
        complain "60 epochs are not 15 and 9 times 5: $(cat "$T"/plan.?0)"
    want 0 "h " "$trinn" plan $by "$T/net" --epochs 10000
    want 2 "fewer epochs" "$trinn" plan $by "$T/net" --epochs 10000 --batch 1 \
        --samples 100000000
    # too little memory for the threads of the trial: no waiting for them
    (ulimit -v 20000 && exec timeout -k 1 $long "$trinn" plan $by C --threads 1) \
        >"$T/out" 2>&1
    same $? 1 "exit code of a plan without memory"
    # an inference: the layers' rounds add up
    want 0 "1 of 3 images" "$trinn" plan $by D --task infer --samples 3
    want 0 "classes" "$trinn" plan $by D --task infer --samples 10 --batch 2
    "$trinn" plan $by D --task infer --samples 10 --batch 2 | awk '
        /^batches/ { n = $2 }
        /^rounds/ { all = $2 }
        /^one batch/ { rows = 1; next }
        NF == 0 { rows = 0 }
        rows { sum += $NF }
        END { exit sum == 0 || n != 5 || sum * n != all }' ||
        complain "rounds of an inference"
    want 2 "nonet" "$trinn" plan $by "$T/nonet"
    want 2 "option --link" "$trinn" plan $by A --link 5
    want 2 "smaller batch" "$trinn" plan $by A --samples 10
}
