# The demonstration.

demo() {
    mkdir -p "$T/tmp"
    # shellcheck disable=SC2046
    TMPDIR=$T/tmp "$trinn" demo --limit 600 --test 100 $(with_by "$@") "$@"
}

case_demo() {
    demo --epochs 6 --batch 32 >"$T/out" 2>"$T/err" || complain "exit code $?"
    grep -q "as planned" "$T/out" || complain "more or less traffic than planned"
    grep -q "after epoch 6" "$T/err" || complain "no accuracy after an epoch"
    right=$(sed -n 's/^right, held-out *\([0-9]*\)\..*/\1/p' "$T/out")
    [ "${right:-0}" -ge 80 ] || complain "only '$right' % are right"
    same "$(ls -A "$T/tmp")" "" "left behind"
}

# What nobody says runs with verification, without, and in the clear.
case_demo_both() {
    mkdir -p "$T/tmp"
    TMPDIR=$T/tmp "$trinn" demo --limit 600 --test 100 --steps 6 --batch 32 \
        >"$T/out" 2>"$T/err" || complain "exit code $?: $(tail -n 1 "$T/err")"
    grep -q '^ *active  *passive  *float, clear$' "$T/out" ||
        complain "no three columns"
    grep -q '^training  *[0-9.]* s  *[0-9.]* s  *[0-9.]* s$' "$T/out" ||
        complain "no three times: $(grep training "$T/out")"
    grep -q 'as planned: .*' "$T/out" && grep -q 'products verified' "$T/out" ||
        complain "not verified as planned"
    grep -q '^passive: network A' "$T/err" || complain "no passive run"
    demo --security active --steps 1 >"$T/out" 2>&1
    grep -q 'passive' "$T/out" && complain "passive where active is asked for"
    same "$(ls -A "$T/tmp")" "" "left behind"
}

# One party cheats, and it comes off; no name of this machine is shown.
case_demo_attack() {
    for a in pixels faces kill bury; do
        demo --steps 12 --attack $a >"$T/out" 2>"$T/err" || complain "exit code $?"
        { [ $a = bury ] || grep -q "^gained: " "$T/out"; } && # of few steps
            grep -q "^engine rep3, --security active: STOPPED: " "$T/out" ||
            complain "$a: $(tail -n 3 "$T/out")"
        grep -q "$T/tmp" "$T/out" && complain "$a: $(tail -n 1 "$T/out")"
    done
    same "$(ls -A "$T/tmp")" "" "left behind"
    want 2 "give one of kill, " "$trinn" demo --attack none
    want 2 "option --net" "$trinn" demo --attack kill --net B
}

case_demo_paper() {
    demo --security passive --engine paper --steps 2 --batch 16 --net "$T/net" >"$T/out" 2>&1 ||
        complain "exit code $?: $(tail -n 1 "$T/out")"
    grep -q "as planned" "$T/out" || complain "more or less traffic than planned"
}

case_demo_plain() {
    demo --engine plain --steps 2 >"$T/out" 2>&1 || complain "exit code $?"
    grep -q "fixed point" "$T/out" || complain "no table"
}

case_demo_float() {
    demo --engine float --steps 2 --schedule cosine --warmup 1 >"$T/out" 2>&1 ||
        complain "exit code $?"
    grep -q "float, clear" "$T/out" || complain "no table"
    grep -q "fixed point" "$T/out" && complain "ran more than float"
    demo --engine float --steps 2 --warmup 2 >"$T/out" 2>&1
    same $? 2 "exit code of a warm-up without end"
    grep -q -- "--warmup: 2 steps" "$T/out" || complain "$(cat "$T/out")"
    demo --rate-end 0.01 >"$T/out" 2>&1
    same $? 2 "exit code of a constant rate with an end"
    demo --schedule step --rate-end 0.06 >"$T/out" 2>&1
    same $? 2 "exit code of a rising rate"
}

case_rehearse() {
    "$trinn" rehearse --limit 300 --stop 3 --net C --batch 32 >"$T/out" 2>&1 ||
        complain "exit code $?: $(tail -n 1 "$T/out")"
    grep -q "^2 maxpool, forward *compared .* 32768 " "$T/out" ||
        complain "no row for the comparisons of layer 2"
    grep -q "out of range" "$T/out" && complain "out of range"
    "$trinn" rehearse --limit 300 --stop 3 --compare 24 >"$T/out" 2>&1
    same $? 2 "exit code of a narrow comparison"
    grep -q "^loss *divisor.*out of range" "$T/out" || complain "no bad row"
    grep -q "settings do not work" "$T/out" || complain "no verdict"
    # fused divides without comparisons: the loss that is opened takes the most
    set -- rehearse --limit 300 --stop 3 --security passive --engine fused
    want 0 "" "$trinn" "$@" --compare 24
    want 2 "classes meets a value to compare" "$trinn" "$@" --compare 22
    # the paper's truncation: too long a training for so many bits
    set -- rehearse --limit 300 --stop 2 --security passive --engine paper --epochs 10000
    want 0 "" "$trinn" "$@" --frac 10
    want 2 "engine paper truncates locally" "$trinn" "$@" --frac 16
}

# Settings that cannot work: refused before anything starts, or forced.
case_demo_refused() {
    demo --compare 22 --steps 1 >"$T/out" 2>"$T/err"
    same $? 2 "exit code"
    grep -q "meets a value to compare" "$T/err" ||
        complain "$(tail -n 1 "$T/err")"
    grep -q planned "$T/err" && complain "it started"
    demo --compare 22 --steps 1 --force >"$T/out" 2>"$T/err" ||
        complain "forced: exit code $?"
    "$trinn" party train $by --insecure-plaintext --id 2 --compare 22 \
        --deadline 1 --parties 127.0.0.1:1,127.0.0.1:2,127.0.0.1:3 >"$T/out" 2>"$T/err"
    same $? 2 "exit code of a party"
    grep -q "(generated digits), .* meets a value to compare" "$T/err" ||
        complain "$(tail -n 1 "$T/err")"
}

# Start a long demo; $pid is its own, $child one of its parties'.
long_demo() {
    mkdir -p "$T/tmp"
    : >"$T/err"
    TMPDIR=$T/tmp "$trinn" demo $by --limit 600 --test 100 --epochs 1000 \
        --deadline 5 >"$T/out" 2>"$T/err" &
    pid=$!
    until_true grep -q planned "$T/err"
    child=$(awk '{ print $2 }' /proc/$pid/task/$pid/children)
}

case_demo_killed() {
    long_demo
    kill -9 "$child"
    wait $pid
    same $? 1 "exit code"
    grep -q "party 1 died (signal 9)" "$T/err" ||
        complain "the cause is not named: $(tail -n 1 "$T/err")"
    same "$(ls -A "$T/tmp")" "" "left behind"
}

# A signal that the caller told us to ignore is ignored, as nohup means it.
case_demo_ignored() {
    mkdir -p "$T/tmp"
    : >"$T/err"
    (
        trap '' HUP TERM
        TMPDIR=$T/tmp exec "$trinn" demo $by --limit 960 --test 100 --steps 60 \
            --batch 16 >"$T/out" 2>"$T/err"
    ) &
    pid=$!
    until_true grep -q planned "$T/err"
    for sig in HUP TERM; do
        kill -$sig $pid $(cat /proc/$pid/task/$pid/children)
    done
    wait $pid
    same $? 0 "exit code: $(tail -n 1 "$T/err")"
}

# However the demonstration ends, no share is left: it has no name.
case_demo_shares() {
    for sig in KILL ABRT; do # a shell lets its children ignore QUIT
        long_demo
        same "$(ls -A "$T/tmp")" "" "names while it runs"
        kill -$sig $pid
        wait $pid 2>/dev/null
        until_true not alive "$child"
        same "$(ls -A "$T/tmp")" "" "left behind by $sig"
    done
    (TMPDIR=$T/none exec "$trinn" demo $by --limit 64 --test 16 --steps 1 \
        --batch 16) >"$T/out" 2>&1
    same $? 1 "exit code without a temporary directory"
    grep -q "none/trinn: cannot be created" "$T/out" ||
        complain "$(tail -n 1 "$T/out")"
}

case_demo_stopped() {
    for sig in TERM HUP; do
        long_demo
        kill -$sig $pid
        wait $pid
        same $? 1 "exit code"
        same "$(ls -A "$T/tmp")" "" "left behind"
        alive "$child" && complain "a party survives"
    done
}
