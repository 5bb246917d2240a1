# Cases of run.sh. Each sets $command, which runs in an empty directory with
# $in beside it and calls $inject, and $outs, the files it makes. right_CASE
# looks at what a run with exit code 0 left; its standard output is $T/out.
cases='keygen digits share share_rep3 share_model reveal reveal_model reveal_onnx
    import clear_infer clear_train plan rehearse plot check_config demo train train_helper infer
    train_rep3 train_ether'

# What the cases need, made without a fault.
prepare_inject() {
    in=$T/in
    mkdir "$in" "$T/want"
    (
        set -e
        cd "$in"
        printf 'input 28 28 1\nfc 10\n' >net
        "$trinn" digits --out data --train 32 --test 16 --seed 3
        "$trinn" share --engine fused --data data --out train
        "$trinn" share --engine rep3 --data data --out r3
        "$trinn" share --engine fused --data data --part test --limit 8 --out ask
        for i in 0 1 2; do "$trinn" keygen p$i.key; done
        "$trinn" clear train --net net --data data --epochs 1 --batch 16 \
            --model-out m.safetensors
        "$trinn" demo --engine float --net net --data data --epochs 1 \
            --batch 16 --log run.jsonl
        "$trinn" share --engine fused --model m.safetensors --net net --out m
        "$trinn" reveal m.p0.share m.p1.share --out m.onnx
        "$trinn" clear infer --net net --data data --limit 8 \
            --model m.safetensors >"$T/want/classes"
    ) >/dev/null 2>"$T/err" || { cat "$T/err"; exit 1; }
    parties=127.0.0.1:7000,127.0.0.1:7001,127.0.0.1:7002
    cp "$in"/p?.key* "$T"
    config 0
    cp "$T/p0.conf" "$in"
}

# The same bytes as in $T/want, made by the same command without a fault.
as_wanted() {
    for f; do cmp -s "$f" "$T/want/$f" || return 1; done
}

printed_as_wanted() {
    cmp -s "$T/out" "$T/want/$case.out"
}

# want_now: run $command without a fault, for comparison.
want_now() {
    mkdir -p "$T/work" && cd "$T/want" || exit 1
    sh -c "$command" >"$T/want/$case.out" 2>"$T/err" || { cat "$T/err"; exit 1; }
}

case_keygen() {
    command="$inject keygen k" outs='k k.pub'
}
right_keygen() {
    [ "$("$trinn" keygen --public k)" = "$(cat k.pub)" ] &&
        [ "$(cat k.pub)" = "$(cat "$T/out")" ]
}

case_digits() {
    command="$inject digits --out d --train 8 --test 4"
    outs='d/train-images-idx3-ubyte d/train-labels-idx1-ubyte
        d/t10k-images-idx3-ubyte d/t10k-labels-idx1-ubyte'
    want_now
}
right_digits() { as_wanted $outs; }

# Shares are random: the same sizes.
case_share() {
    command="$inject share --engine fused --data $in/data --out s" outs='s.p0.share s.p1.share'
}
right_share() {
    [ "$(stat -c %s s.p0.share s.p1.share)" = \
        "$(stat -c %s "$in/train.p0.share" "$in/train.p1.share")" ]
}

case_share_rep3() {
    command="$inject share --engine rep3 --data $in/data --out s"
    outs='s.p0.share s.p1.share s.p2.share'
}
right_share_rep3() {
    [ "$(stat -c %s $outs)" = "$(stat -c %s "$in"/r3.p?.share)" ]
}

case_share_model() {
    command="$inject share --engine fused --model $in/m.safetensors \
        --net $in/net --out s"
    outs='s.p0.share s.p1.share'
    "$trinn" reveal "$in/m.p0.share" "$in/m.p1.share" >"$T/want/model"
}
right_share_model() {
    "$trinn" reveal s.p0.share s.p1.share | cmp -s - "$T/want/model"
}

case_reveal() {
    command="$inject reveal $in/m.p0.share $in/m.p1.share"
    want_now
}
right_reveal() { printed_as_wanted; }

case_reveal_model() {
    command="$inject reveal $in/m.p0.share $in/m.p1.share --out r.safetensors"
    outs=r.safetensors
    want_now
}
right_reveal_model() { as_wanted $outs; }

case_reveal_onnx() {
    command="$inject reveal $in/m.p0.share $in/m.p1.share --out r.onnx"
    outs=r.onnx
    want_now
}
right_reveal_onnx() { as_wanted $outs; }

case_import() {
    command="$inject import $in/m.onnx --out i.net,i.safetensors"
    outs='i.net i.safetensors'
    want_now
}
right_import() { as_wanted $outs; }

case_clear_infer() {
    command="$inject clear infer --net $in/net --data $in/data \
        --model $in/m.safetensors --scores logits --out s.csv"
    outs=s.csv
    want_now
}
right_clear_infer() { as_wanted $outs; }

case_clear_train() {
    command="$inject clear train --net $in/net --data $in/data --epochs 1 \
        --batch 16 --threads 2 --model-out t.safetensors"
    outs=t.safetensors
    want_now
}
right_clear_train() { as_wanted $outs; }

case_plan() {
    command="$inject plan $by --net $in/net --link lan"
}
right_plan() { grep -q 'fc 10' "$T/out"; }

case_plot() {
    command="$inject plot $in/run.jsonl -o c.svg" outs=c.svg
    want_now
}
right_plot() { as_wanted $outs; }

case_check_config() {
    command="$inject check-config $in/p0.conf"
    want_now
}
right_check_config() { printed_as_wanted; }

case_rehearse() {
    command="$inject rehearse --net $in/net --data $in/data --batch 16 --stop 2"
}
right_rehearse() { [ "$(wc -l <"$T/out")" -gt 5 ]; }

# Three parties in three processes of one parent; nothing stays behind.
case_demo() {
    command="mkdir tmp && TMPDIR=\$PWD/tmp $inject demo $by --net $in/net \
        --data $in/data --steps 2 --batch 16 --deadline 3 --threads 1"
    stride=4 net=1
}
right_demo() {
    grep -q '^right, held-out' "$T/out" && [ -z "$(ls -A tmp)" ]
}

# three VICTIM TASK ARGS...: the calls of one party fail. \$I is a party.
three() {
    victim=$1 task=$2
    shift 2
    stride=4 net=1
    command=run_three
    three_args="--net $in/net --threads 1 $(with_by "$@") $*"
}

run_three() {
    new_parties
    deadline=3
    [ -z "$ether" ] || parties=ether,ether,ether
    for i in 0 1 2; do
        config $i
        [ -z "$ether" ] || echo "interface p$i" >>"$T/p$i.conf"
    done
    eval 'args0='"'$three_args $args_0'"' args1='"'$three_args $args_1'"' args2='"'$three_args $args_2'"
    for i in 0 1 2; do
        program=$trinn
        [ $i != "$victim" ] || program=$inject
        eval "set -- \$args$i"
        timeout -k 1 $long "$program" party "$task" --config "$T/p$i.conf" "$@" \
            >"$T/$i.out" 2>"$T/$i.err" &
        eval "pid$i=$!"
    done
    codes=
    for i in 0 1 2; do
        eval "wait \$pid$i"
        eval "code$i=$?"
        eval "codes=\"\$codes \$code$i\""
    done
    pid0= pid1= pid2=
    eval "code=\$code$victim"
    cp "$T/$victim.err" "$T/err"
    case $codes in
    ' 0 0 0') ;;
    *' 0'*) complain "$what: parties end with$codes" ;;
    esac
    for i in 0 1 2; do
        eval "c=\$code$i"
        case $c in
        0) ;;
        1 | 2) grep -q '^trinn: ' "$T/$i.err" ||
            complain "$what: party $i ends with $c without a word" ;;
        *) complain "$what: party $i ends with $c: $(tail -n 1 "$T/$i.err")" ;;
        esac
    done
    return "$code"
}

train_args() {
    args_0="--shares $in/train.p0.share --model-out m0"
    args_1="--shares $in/train.p1.share --model-out m1"
    args_2=
    outs='m0 m1'
}
case_train() {
    train_args
    three 0 train --steps 4 --batch 16 --checkpoint c --every 2
}
right_train() {
    "$trinn" reveal m0 m1 >"$T/model" && [ -s "$T/model" ] &&
        [ "$(there c.p?.?.ckpt)" = 6 ]
}
case_train_helper() {
    train_args
    three 2 train --steps 4 --batch 16 --checkpoint c --every 2
}
right_train_helper() { right_train; }

# All three hold shares and write.
case_train_rep3() {
    args_0="--shares $in/r3.p0.share --model-out m0"
    args_1="--shares $in/r3.p1.share --model-out m1"
    args_2="--shares $in/r3.p2.share --model-out m2"
    outs='m0 m1 m2'
    three 2 train --security passive --engine rep3 --steps 2 --batch 16
}
right_train_rep3() {
    "$trinn" reveal m0 m1 m2 >"$T/model" && [ -s "$T/model" ]
}

# The same over raw Ethernet, where there are virtual cables.
case_train_ether() {
    if ! segment 3000; then
        leave_segment
        skip='no network namespace or virtual cables here'
        return
    fi
    printf '#!/bin/sh\nexec %s %s "$@"\n' "$there" "$inject" >"$T/injected"
    chmod +x "$T/injected"
    inject=$T/injected
    train_args
    three 1 train --steps 2 --batch 16
    ether=1
}
right_train_ether() {
    "$trinn" reveal m0 m1 >"$T/model" && [ -s "$T/model" ]
}

case_infer() {
    args_0="--shares $in/ask.p0.share --model $in/m.p0.share --out s0"
    args_1="--shares $in/ask.p1.share --model $in/m.p1.share --out s1"
    args_2=
    outs='s0 s1'
    three 1 infer
}
right_infer() {
    "$trinn" reveal s0 s1 | cmp -s - "$T/want/classes"
}
