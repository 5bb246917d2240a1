# Checkpoints: trainings that are killed and go on.

# resume_three ARGS...: start the three with the prefix $T/c.
resume_three() {
    case " $* " in *" --resume "*) ;; *) rm -f "$T"/m? ;; esac
    new_parties
    for i in 0 1; do
        party $i train --shares "$T/a.p$i.share" --checkpoint "$T/c" \
            --test-shares "$T/test.p$i.share" --model-out "$T/m$i" "$@"
    done
    if [ -e "$T/a.p2.share" ]; then # replicated
        party 2 train --shares "$T/a.p2.share" --checkpoint "$T/c" \
            --test-shares "$T/test.p2.share" --model-out "$T/m2" "$@"
    else
        party 2 train --checkpoint "$T/c" "$@"
    fi
}

# "session step" of every checkpoint that party $1 holds under prefix $2.
held() {
    for slot in a b; do
        [ -e "$2.p$1.$slot.ckpt" ] || continue
        printf '%s %s\n' \
            "$(od -An -tx1 -j16 -N16 "$2.p$1.$slot.ckpt" | tr -d ' \n')" \
            "$(od -An -tu4 -j32 -N4 "$2.p$1.$slot.ckpt" | tr -d ' \n')"
    done | sort -u
}

# The newest step that all three hold; nothing if there is none.
common() {
    for i in 0 1 2; do held $i "$1"; done | sort | uniq -c |
        awk '$1 == 3 && $3 + 0 >= best + 0 { best = $3 } END { print best }'
}

# Has party $1 saved step $2 or a later one (under prefix $3)?
saved() {
    held "$1" "${3:-$T/c}" | awk -v want="$2" '$2 >= want { yes = 1 }
        END { exit !yes }'
}

# Kill one, two and all of them on the way; the next session starts with the
# newest common step, and the last one ends like a run without a crash. The
# network is so slow that none ends before it is killed.
case_resume() {
    rm -f "$T"/c.p* "$T"/m?
    more=
    at=3
    six='--epochs 6 --every 3 --link 2ms:100MB/s'
    for victims in 1 "0 2" "0 1 2"; do
        resume_three $six $more
        more=--resume threads=2
        until_true saved 0 $at
        for i in $victims; do eval "kill -9 \$pid$i"; done
        for i in 0 1 2; do
            eval "wait \$pid$i 2>/dev/null; pid$i="
        done
        from=$(common "$T/c")
        [ "${from:-0}" -ge $((at - 3)) ] ||
            complain "saved $at, but only '$from' is held by all"
        at=$((${from:-0} + 6))
    done
    resume_three $six $more
    for i in 0 1 2; do
        ends $i 0 "training: $((60 - from)) steps"
        grep -q "continuing after step $from" "$T/$i.err" ||
            complain "party $i does not continue after step $from"
    done
    threads=1
    right=$(sed -n 's/^right: \([0-9]*\) of 100.*/\1/p' "$T/2.out")
    [ "${right:-0}" -ge 60 ] || complain "only '$right' of 100 are right"
    same "$(common "$T/c")" 60 "last checkpoint"

    # Nothing is left to do: the model is written once more, in the place of
    # the one of the training before, but not in that of anything else.
    rm "$T/m1"
    cp "$T/m0" "$T/m0.kept"
    resume_three $six --resume
    for i in 0 1 2; do ends $i 0 "training: 0 steps"; done
    cmp -s "$T/m0" "$T/m0.kept" && complain "the model is not written again"
    rm "$T/m0.kept" "$T/m1"
    printf 'input 28 28 1\nfc 10\n' >"$T/other"
    "$trinn" clear train --net "$T/other" --data "$T/data" --epochs 1 \
        --model-out "$T/other.safetensors" >/dev/null 2>&1
    "$trinn" share --engine fused --model "$T/other.safetensors" --net "$T/other" \
        --out "$T/other" >/dev/null
    cp "$T/other.p1.share" "$T/m1"
    resume_three $six --resume
    ends 1 2 "the model of another training"
    for i in 0 2; do ends $i 1 "P1"; done
    cmp -s "$T/m1" "$T/other.p1.share" || complain "a model is written over"
    "$trinn" clear train --net "$T/net" --data "$T/data" --epochs 1 \
        --model-out "$T/alike.safetensors" >/dev/null 2>&1
    "$trinn" share --engine fused --model "$T/alike.safetensors" --net "$T/net" \
        --out "$T/alike" >/dev/null
    cp "$T/alike.p1.share" "$T/m1"
    resume_three $six --resume
    ends 1 2 "the model of another training"
    for i in 0 2; do ends $i 1 "P1"; done
    cmp -s "$T/m1" "$T/alike.p1.share" || complain "a like model is written over"
    cp "$T/test.p1.share" "$T/m1"
    resume_three $six --resume
    ends 1 2 "a model is needed"
    for i in 0 2; do ends $i 1 "P1"; done
    cmp -s "$T/m1" "$T/test.p1.share" || complain "data is written over"
    rm "$T/m1"
    resume_three $six --resume
    for i in 0 1 2; do ends $i 0 "training: 0 steps"; done
    same "$(sed -n 's/^right: \([0-9]*\) of.*/\1/p' "$T/0.out")" "$right" \
        "right answers"
    want 0 "layer 1 weights" "$trinn" reveal "$T/m0" "$T/m1"
    ls -A "$T" | grep -q 'ckpt.new' && complain "a temporary file stays"
}

# A signal at one party: all three save the same step and end.
case_resume_signal() {
    rm -f "$T"/c.p* "$T"/m?
    resume_three --epochs 1000 --every 1000000
    until_true grep -q 'after epoch 1:' "$T/0.err"
    kill -TERM $pid2
    for i in 0 1 2; do ends $i 1 "because party 2 was asked to"; done
    step=$(sed -n 's/.*stopped after step \([0-9]*\) .*/\1/p' "$T/0.err")
    [ "${step:-0}" -gt 0 ] || complain "no step"
    same "$(common "$T/c")" "$step" "saved step"
    [ ! -e "$T/m0" ] || complain "a model of half a training"

    # A model by that name cannot be the one of a training that has not ended.
    "$trinn" clear train --net "$T/net" --data "$T/data" --epochs 1 \
        --model-out "$T/same.safetensors" >/dev/null 2>&1
    "$trinn" share --engine fused --model "$T/same.safetensors" --net "$T/net" \
        --out "$T/same" >/dev/null
    cp "$T/same.p0.share" "$T/m0"
    resume_three --epochs 1000 --every 1000000 --resume
    ends 0 2 "the model of another training"
    for i in 1 2; do ends $i 1 "P0"; done
    rm "$T/m0"

    # With a party that does not answer, the second signal ends it at once.
    resume_three --epochs 1000 --every 1000000 --resume
    until_true grep -q planned "$T/0.err" "$T/1.err" "$T/2.err"
    sleep 0.3
    kill -STOP $pid1
    sleep 0.3
    kill -TERM $pid0
    sleep 0.3
    kill -TERM $pid0
    ends 0 1 "stopped by a signal"
    kill -9 $pid1
    same "$(common "$T/c")" "$step" "saved step"
}

# bad_resume CODE TEXT: the other two do not get far; nothing changes.
bad_resume() {
    sum=$(cat "$T"/c.p* | cksum)
    deadline=3
    resume_three --epochs 2 --every 5 --resume
    ends 0 "$1" "$2"
    end_parties
    deadline=$usual
    same "$(cat "$T"/c.p* | cksum)" "$sum" "the checkpoints"
}

case_resume_bad() {
    rm -f "$T"/c.p* "$T"/m?
    resume_three --epochs 2 --every 5 --resume
    for i in 0 1 2; do ends $i 2 "no checkpoint that all three"; done
    ls "$T" | grep -q '^c\.p[0-9]\.[ab]\.ckpt' && complain "files appear"
    resume_three --epochs 2 --every 5
    for i in 0 1 2; do ends $i 0 "training: 20 steps"; done
    resume_three --epochs 2 --every 5
    for i in 0 1 2; do ends $i 2 "is there already, with step"; done
    end_parties
    cp "$T/c.p0.a.ckpt" "$T/keep"

    printf 'x' | dd of="$T/c.p0.a.ckpt" bs=1 seek=3000 conv=notrunc 2>/dev/null
    bad_resume 2 "is damaged"
    head -c 3000 "$T/keep" >"$T/c.p0.a.ckpt"
    bad_resume 2 "bytes"
    : >"$T/c.p0.a.ckpt"
    bad_resume 2 "is not a share file"
    cp "$T/c.p1.a.ckpt" "$T/c.p0.a.ckpt"
    bad_resume 2 "is the share of party 1"
    cp "$T/a.p0.share" "$T/c.p0.a.ckpt"
    bad_resume 2 "holds data; a checkpoint is needed"
    cp "$T/keep" "$T/c.p0.a.ckpt"

    # Other options, other data, one party without its files.
    for change in "--rate 0.1" "--momentum 0" "--seed 2" "--steps 7" \
        "--security passive --engine paper"; do
        resume_three --epochs 2 --every 5 $change --resume
        for i in 0 1 2; do ends $i 2 "is of another training"; done
    done
    new_parties
    for i in 0 1; do
        party $i train --shares "$T/b.p$i.share" --epochs 2 --every 5 \
            --test-shares "$T/test.p$i.share" --checkpoint "$T/c" --resume
    done
    party 2 train --epochs 2 --every 5 --checkpoint "$T/c" --resume
    for i in 0 1 2; do ends $i 2 "with other data"; done
    mkdir "$T/away"
    mv "$T"/c.p1.* "$T/away"
    resume_three --epochs 2 --every 5 --resume
    for i in 0 1 2; do ends $i 2 "party 1: nothing"; done
    mv "$T"/away/* "$T"
    rmdir "$T/away"
    want 2 "goes with --checkpoint" "$trinn" party train $by \
        --insecure-plaintext --id 2 --parties a:1,b:2,c:3 --resume \
        --deadline 1
    want 2 "holds a checkpoint" "$trinn" reveal "$T/c.p0.a.ckpt" \
        "$T/c.p1.a.ckpt"

    # Without the newest file of one party, all go back to the one before.
    newest=a
    [ "$(od -An -tu4 -j32 -N4 "$T/c.p1.a.ckpt")" -eq 20 ] || newest=b
    mv "$T/c.p1.$newest.ckpt" "$T/keep"
    resume_three --epochs 2 --every 5 --resume
    for i in 0 1 2; do ends $i 0 "training: 5 steps"; done
}

# The place for the files vanishes before and during the training; what was
# saved stays as it is.
# Stop party 0 and 1 while neither has a file of $T/disk in the making.
between_checkpoints() {
    kill -STOP $pid0 $pid1
    ls "$T/disk" | grep -q 'ckpt.new' || return 0
    kill -CONT $pid0 $pid1
    return 1
}

case_resume_disk() {
    rm -f "$T"/c.p* "$T"/m?
    new_parties
    party 2 train --checkpoint "$T/nowhere/c"
    ends 2 1 "cannot be created"
    mkdir "$T/disk"
    for i in 0 1; do
        party $i train --shares "$T/a.p$i.share" --epochs 1000 --every 5 \
            --checkpoint "$T/disk/c"
    done
    party 2 train --epochs 1000 --every 5 --checkpoint "$T/c"
    until_true saved 2 5
    # between two checkpoints, so that none is half written
    until_true between_checkpoints
    mv "$T/disk" "$T/gone"
    kill -CONT $pid0 $pid1
    ends 2 1 "--resume to go on"
    mv "$T"/c.p2* "$T/gone"
    # or after its rename, before its directory is made permanent
    cat "$T/0.err" "$T/1.err" |
        grep -q "disk/c.p[01].*cannot be \(created\|made permanent\)" ||
        complain "no clear text: $(tail -n 1 "$T/0.err")"
    end_parties
    [ "$(common "$T/gone/c")" -ge 5 ] || complain "the older one is lost"
    ls -A "$T/gone" | grep -q 'ckpt.new' && complain "a temporary file stays"
    new_parties
    for i in 0 1; do
        party $i train --shares "$T/a.p$i.share" --epochs 1000 --every 5 \
            --checkpoint "$T/gone/c" --resume
    done
    party 2 train --epochs 1000 --every 5 --checkpoint "$T/gone/c" --resume
    until_true grep -q "continuing after step [1-9]" "$T/2.err"
    end_parties
    rm -r "$T/gone"

    # Files may not be as large as a checkpoint: said before the first step.
    rm -f "$T"/c.p*
    ( # blocks of 512 bytes: the model fits, weights with momentum do not
        ulimit -f 600
        resume_three --epochs 2 --every 5
        ends 0 1 "" # either is the first, and the other hears of it
        ends 1 1 ""
        cat "$T/0.err" "$T/1.err" | grep -q "c.p[01].a.ckpt: no room for its" ||
            complain "no clear text: $(tail -n 1 "$T/0.err")"
        end_parties
        exit $bad
    ) || bad=1
    ls "$T" | grep -q 'c.p[01].*ckpt' && complain "a checkpoint without room"
}

# adam_three PREFIX ENGINE EPOCHS ARGS...: three parties train by Adam.
adam_three() {
    adam_to=$1 adam_by="--engine ${2% *} --security ${2#* } --epochs $3"
    shift 3
    new_parties
    for i in 0 1 2; do
        files=
        [ ! -e "$T/adam/o.p$i.share" ] ||
            files="--shares $T/adam/o.p$i.share --model-out $adam_to.p$i"
        party $i train $adam_by $files --checkpoint "$adam_to.c" --every 10 \
            --optimizer adam --rate 0.02 "$@"
    done
}

# The 18 weights of the model PREFIX, one a line.
adam_weights() {
    "$trinn" reveal "$1".p? --out "$1.m/" >/dev/null || complain "no weights"
    for f in "$1".m/*.npy; do od -An -v -w4 -tf4 -j128 "$f"; done
}

# Adam's moments are part of a checkpoint: a training that is killed and goes on
# ends with the weights of one that nobody kills. Not to the last bit, since the
# rounding is fresh in every run; two that nobody kills differ by as much, some
# 2^-12. Without the moments it is 0.1. A network without ReLUs, as their kinks
# may part two runs for good. (In one process, where nothing is random, resumed
# weights are the same bits: "nn: resumed training".)
case_resume_adam() {
    mkdir "$T/adam"
    rows 400 5 3 2 41 >"$T/adam/o.csv"
    cp "$T/net" "$T/net.kept"
    printf 'input 5\nfc 3\n' >"$T/net"
    # so slow that it does not end before it is killed
    slow='--link 0.2ms:100MB/s'
    for e in "fused passive:20" "rep3 active:4"; do
        epochs=${e#*:} e=${e%:*}
        "$trinn" share --engine ${e% *} --table "$T/adam/o.csv" --label 6 \
            --standardise --statistics-out "$T/adam/stat" --out "$T/adam/o" \
            >/dev/null || complain "no shares"
        adam_three "$T/adam/a" "$e" $epochs
        for i in 0 1 2; do ends $i 0 "training: $((12 * epochs)) steps"; done
        adam_three "$T/adam/r" "$e" $epochs $slow
        until_true saved 0 10 "$T/adam/r.c"
        kill -9 $pid0 $pid1 $pid2
        end_parties
        from=$(common "$T/adam/r.c")
        adam_three "$T/adam/r" "$e" $epochs $slow --resume
        for i in 0 1 2; do
            ends $i 0 "training: $((12 * epochs - from)) steps"
        done
        [ "$from" -gt 0 ] && [ "$from" -lt $((12 * epochs)) ] ||
            complain "continues after step $from"
        adam_weights "$T/adam/a" >"$T/adam/a.txt"
        adam_weights "$T/adam/r" >"$T/adam/r.txt"
        paste "$T/adam/a.txt" "$T/adam/r.txt" | awk -v e="$e" -v from="$from" '
            { d = $1 - $2; d = d < 0 ? -d : d; most = d > most ? d : most }
            END {
                printf "  %s, killed after step %d: weights differ by %.6f at most\n", e, from, most
                exit !(NR == 18 && most < 0.01)
            }' || complain "not the weights of a training that nobody kills"
        rm -r "$T"/adam/[!o]* "$T"/adam/o.p?.share
    done
    rm -r "$T/adam"
    mv "$T/net.kept" "$T/net"
}
