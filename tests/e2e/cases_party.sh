# Three processes, each one party.

# train_three ARGS...: P0 and P1 with the shares of set a.
train_three() {
    party 0 train --shares "$T/a.p0.share" "$@"
    party 1 train --shares "$T/a.p1.share" "$@"
    party 2 train "$@"
}

# Train, evaluate, classify, reveal; the classes are those that were counted.
case_whole() {
    rm -f "$T"/m?
    new_parties
    party 0 train --shares "$T/a.p0.share" --test-shares "$T/test.p0.share" \
        --model-out "$T/m0" --epochs 8
    party 1 train --shares "$T/a.p1.share" --test-shares "$T/test.p1.share" \
        --model-out "$T/m1" --epochs 8
    party 2 train --epochs 8
    for i in 0 1 2; do ends $i 0 "training: 80 steps"; done
    right=$(sed -n 's/^right: \([0-9]*\) of 100.*/\1/p' "$T/0.out")
    [ "${right:-0}" -ge 60 ] || complain "only '$right' of 100 are right"

    new_parties
    for i in 0 1; do
        party $i evaluate --shares "$T/test.p$i.share" --model "$T/m$i"
    done
    party 2 evaluate
    for i in 0 1 2; do ends $i 0 "of 100"; done
    again=$(sed -n 's/^right: \([0-9]*\) of 100.*/\1/p' "$T/2.out")

    new_parties
    "$trinn" share --engine fused --images "$T/data/t10k-images-idx3-ubyte" \
        --out "$T/asked" >/dev/null
    for i in 0 1; do
        party $i infer --shares "$T/asked.p$i.share" --model "$T/m$i" \
            --out "$T/r$i"
    done
    party 2 infer
    for i in 0 1 2; do ends $i 0 "rounds:"; done
    want 0 "" "$trinn" reveal "$T/r0" "$T/r1" --out "$T/classes"
    od -An -v -tu1 -w1 -j8 "$T/data/t10k-labels-idx1-ubyte" |
        tr -d ' ' >"$T/labels"
    hits=$(paste "$T/classes" "$T/labels" | awk '$1 == $2' | wc -l)
    same "$(wc -l <"$T/classes")" 100 "classes"
    # a logit at the edge may fall to either side of the rounding
    [ $((hits - again)) -le 2 ] && [ $((again - hits)) -le 2 ] ||
        complain "evaluate counts $again, the classes give $hits"
    [ $((right - again)) -le 2 ] && [ $((again - right)) -le 2 ] ||
        complain "training counts $right, evaluate $again"
    want 0 "layer 1 weights 784 32" "$trinn" reveal "$T/m0" "$T/m1"
    want 2 "another session" "$trinn" reveal "$T/r0" "$T/m1"
}

# Two parties on one machine that are to write the same file: both shares stay.
case_one_name() {
    rm -f "$T"/one*
    new_parties
    for i in 0 1; do
        party $i train --shares "$T/a.p$i.share" --model-out "$T/one"
    done
    party 2 train
    for i in 0 1 2; do ends $i 1 "what belongs there is in"; done
    same "$(ls "$T"/one* | wc -l)" 2 "shares of the model"
    want 0 "layer 1 weights" "$trinn" reveal "$T"/one*
    rm "$T"/one*
}

# accepts ID TASK ARGS...: a party that takes the options from party 0.
accepts() {
    party_id=$1 task=$2
    shift 2
    config "$party_id"
    rm -f "$T/accepted$party_id"
    "$trinn" party "$task" --config "$T/p$party_id.conf" --accept-jobs --threads 1 \
        "$@" >"$T/$party_id.out" 2>"$T/$party_id.err" &
    eval "pid$party_id=$!"
}

# The definition of a run is given once; what a party gives itself holds.
case_accept() {
    set -- --shares "$T/a.p1.share" --model-out "$T/accepted1" --security passive
    new_parties
    party 0 train --shares "$T/a.p0.share" --epochs 2
    accepts 1 train "$@"
    accepts 2 train --security passive --batch 32
    ends 1 2 "batches of 16; if you want that give --batch 32 beside --accept"
    for i in 0 2; do ends $i 1 "P1: party 0 proposes batches of 32 of 320"; done

    set -- "$@" --batch 32
    new_parties
    party 0 train --shares "$T/a.p0.share" --epochs 2 --rate 0.07
    accepts 1 train "$@"
    accepts 2 train --security passive --batch 32
    for i in 0 1 2; do ends $i 0 "training: 20 steps"; done
    for i in 1 2; do
        for line in "engine fused" "epochs 2" "rate 0.070000000000000007" "fc 32"; do
            grep -qx "    $line" "$T/$i.out" || complain "party $i does not show: $line"
        done
    done
    want 0 "layer 1 weights 784 32" "$trinn" reveal "$T/unasked0" "$T/accepted1"
    mv "$T/unasked0" "$T/accepted0"

    new_parties
    party 0 train --shares "$T/a.p0.share"
    accepts 1 train "$@"
    accepts 2 train
    ends 2 2 "give --security passive beside --accept-jobs"
    for i in 0 1; do ends $i 1 "P2 cannot take part: party 0 proposes"; done

    new_parties
    party 0 train --shares "$T/a.p0.share" --epochs 2
    accepts 1 train "$@" --epochs 3
    accepts 2 train --security passive --batch 32
    for i in 0 1 2; do ends $i 2 "differ in epochs. P0: 2; P1: 3; P2: 2"; done

    new_parties
    party 0 train --shares "$T/a.p0.share" --epochs 2
    accepts 1 train "$@" --accept-epochs 1
    accepts 2 train --security passive --batch 32 --accept-epochs 2
    ends 1 2 "2 epochs, and this party accepts 1; if you want that give --accept-"
    for i in 0 2; do ends $i 1 "P1: party 0 proposes 2 epochs"; done

    new_parties
    party 0 evaluate --shares "$T/a.p0.share" --model "$T/accepted0"
    accepts 1 train "$@"
    party 2 evaluate
    for i in 0 1 2; do ends $i 2 "differ in task. P0: evaluate; P1: train"; done

    new_parties
    party 0 train --shares "$T/a.p0.share"
    accepts 1 train "$@" --memory 1M
    accepts 2 train --security passive --batch 32
    for i in 0 1 2; do ends $i 2 "differ in memory. P0: 0; P1: 1000000;"; done
    [ ! -e "$T/accepted1" ] || complain "a model of a run that was refused"
    want 2 "party 0 is the one that proposes" "$trinn" party train \
        --config "$T/p0.conf" --accept-jobs
    want 2 "goes with --accept-jobs" "$trinn" party train \
        --config "$T/p1.conf" --accept-epochs 9
    want 2 "goes with --config" "$trinn" party train --accept-jobs \
        --insecure-plaintext --id 1 --parties "$parties"
}

case_mismatch() {
    new_parties
    party 0 train --shares "$T/a.p0.share" --epochs 2
    party 1 train --shares "$T/a.p1.share" --epochs 2
    party 2 train --epochs 3
    for i in 0 1 2; do ends $i 2 "epochs"; done
    new_parties
    party 0 train --shares "$T/a.p0.share"
    party 1 evaluate --shares "$T/a.p1.share" --model "$T/a.p1.share"
    party 2 train
    ends 1 2 "holds data; a model is needed"
    new_parties
    party 0 train --shares "$T/a.p0.share"
    party 1 train --shares "$T/a.p1.share"
    party 2 infer
    for i in 0 1 2; do ends $i 2 "task"; done
}

# What says much about single samples is opened only if all three want that.
case_few_samples() {
    new_parties
    batch=15
    train_three --steps 1
    for i in 0 1 2; do ends $i 2 "losses of only 15 samples"; done
    new_parties
    train_three --steps 1 --loss-every 0
    for i in 0 1 2; do ends $i 0 "training: 1 steps"; done
    new_parties
    train_three --steps 1 --reveal-small
    for i in 0 1 2; do ends $i 0 "training: 1 steps"; done
    batch=32
    new_parties
    "$trinn" share --engine fused --data "$T/data" --part test --limit 15 \
        --out "$T/few" >/dev/null
    for i in 0 1; do
        party $i train --shares "$T/a.p$i.share" --steps 1 \
            --test-shares "$T/few.p$i.share"
    done
    party 2 train --steps 1
    for i in 0 1 2; do ends $i 2 "right answers of only 15 samples"; done
    new_parties
    party 0 train --shares "$T/a.p0.share" --reveal-small
    party 1 train --shares "$T/a.p1.share"
    party 2 train
    for i in 0 1 2; do ends $i 2 "reveal-small"; done
}

case_foreign_share() {
    new_parties
    party 0 train --shares "$T/a.p0.share"
    party 1 train --shares "$T/b.p1.share"
    party 2 train
    for i in 0 1 2; do ends $i 2 "different sessions"; done
    new_parties
    party 0 train --shares "$T/a.p0.share"
    party 1 train --shares "$T/a.p1.share" --test-shares "$T/test.p1.share"
    party 2 train
    for i in 0 1 2; do ends $i 2 "give it to both"; done
}

# refused ID CODE TEXT: party ID cannot take part because of TEXT. All three end
# at once, although they would wait for long, and the others know why.
refused() {
    begun=$(date +%s)
    for i in 0 1 2; do
        [ $i = "$1" ] || ends $i 1 "P$1 cannot take part: $3"
    done
    ends "$1" "$2" "$3"
    at_once
}

# few LIMIT ID ARGS...: a party with so few descriptors.
few() {
    printf '#!/bin/sh\nulimit -n %s\nexec "%s" "$@"\n' "$1" "$trinn" >"$T/few"
    chmod +x "$T/few"
    shift
    program=$trinn trinn=$T/few
    party "$@"
    trinn=$program
}

case_cannot_take_part() {
    new_parties
    rm -f "$T"/r?
    touch "$T/r1"
    party 0 train --shares "$T/a.p0.share" --model-out "$T/r0"
    party 1 train --shares "$T/a.p1.share" --model-out "$T/r1"
    party 2 train
    refused 1 2 "r1: exists already"
    grep -qF "$T" "$T/0.err" && complain "P0 knows where P1 has its files"
    rm "$T/r1"
    for i in 0 1; do
        new_parties
        party $i train --shares "$T/a.p$((1 - i)).share" --model-out "$T/r0"
        party $((1 - i)) train --shares "$T/a.p$((1 - i)).share" \
            --model-out "$T/r1"
        party 2 train
        refused $i 2 "a.p$((1 - i)).share: is the share of party $((1 - i))"
    done
    new_parties
    party 0 train --shares "$T/a.p0.share" --model-out "$T/r0"
    party 1 train --shares "$T/a.p1.share" --model-out "$T/r1" --frac 13
    party 2 train
    refused 1 2 "a.p1.share: has 16 fraction bits"
    new_parties
    party 0 train --shares "$T/a.p0.share" --model-out "$T/r0"
    party 1 train --shares "$T/a.p1.share" --model-out "$T/r1"
    party 2 train --shares "$T/a.p0.share"
    refused 2 2 "option --shares: party 2 holds no shares"
    for i in 0 1 2; do
        new_parties
        for j in 0 1 2; do
            how=party
            [ $i = $j ] && how="few 7"
            if [ $j = 2 ]; then
                $how 2 train
            else
                $how $j train --shares "$T/a.p$j.share" --model-out "$T/r$j"
            fi
        done
        refused $i 1 "of 6 descriptors for connections and results"
    done
    [ ! -e "$T/r0" ] && [ ! -e "$T/r1" ] || complain "a model was written"
}

# Too few processes for its threads; the system counts those of ordinary users
# only.
case_no_process() {
    [ "$(id -u)" = 0 ] && command -v prlimit setpriv >/dev/null || return
    mkdir -m 711 "$T/user"
    cp "$trinn" "$T/p1.key" "$T/a.p1.share" "$T/user"
    chown -R 65432 "$T/user"
    chmod 711 "$all" "$T"
    chmod 644 "$T/net"
    {
        echo '#!/bin/sh'
        echo 'exec prlimit --nproc=1 setpriv --reuid 65432 --clear-groups \'
        echo "    '$T/user/trinn' \"\$@\""
    } >"$T/one"
    chmod +x "$T/one"
    # One thread for the run needs another for the connections, which are there
    # by then; with two the party finds out before.
    for threads in 1 2; do
        new_parties
        party 0 train --shares "$T/a.p0.share" --model-out "$T/r0"
        party 2 train
        config 1
        sed -i "s|^key .*|key $T/user/p1.key|" "$T/p1.conf"
        chmod 644 "$T/p1.conf"
        program=$trinn trinn=$T/one
        start_party 1 train --config "$T/p1.conf" \
            --shares "$T/user/a.p1.share" --model-out "$T/user/r1"
        trinn=$program
        begun=$(date +%s)
        reason="could not start a thread"
        [ $threads = 1 ] || reason="cannot take part: cannot start 2 threads"
        for i in 0 2; do ends $i 1 "P1 $reason"; done
        ends 1 1 " start "
        at_once
    done
    rm -rf "$T/user"
    threads=1
}

case_missing_party() {
    new_parties
    deadline=4
    party 0 train --shares "$T/a.p0.share"
    party 2 train
    begun=$(date +%s)
    ends 0 1 "P1"
    ends 2 1 "P1"
    deadline=$usual
    at_once
}

case_wrong_port() {
    new_parties
    deadline=4
    party 0 train --shares "$T/a.p0.share"
    party 1 train --shares "$T/a.p1.share"
    parties="127.0.0.1:$port2,127.0.0.1:$port1,127.0.0.1:$port0"
    party 2 train
    ends 2 1 "P0"
    ends 0 1 "P2"
    ends 1 1 "P"
    deadline=$usual
}

# Kill each of them once in the middle of the training. A survivor that was in
# the middle of a record cannot say goodbye: the other one may then name it,
# and its own text names the victim.
case_killed() {
    for victim in 0 1 2; do
        new_parties
        party 0 train --shares "$T/a.p0.share" --epochs 1000 \
            --model-out "$T/k0"
        party 1 train --shares "$T/a.p1.share" --epochs 1000 \
            --model-out "$T/k1"
        party 2 train --epochs 1000
        until_true grep -q planned "$T/0.err" "$T/1.err" "$T/2.err"
        sleep 0.7
        eval "kill -9 \$pid$victim"
        begun=$(date +%s)
        for i in 0 1 2; do
            [ $i = $victim ] || ends $i 1 "P$victim"
        done
        at_once
        [ ! -e "$T/k0" ] && [ ! -e "$T/k1" ] ||
            complain "a model of a broken run was written"
        # the victim's own is removed when it starts again
        ls -A "$T" | grep -v "k$victim" | grep -q 'k[01]\.new' &&
            complain "a temporary file stays"
        end_parties
    done
}

# A party that is frozen gives no sign of life, and is named at the deadline.
case_frozen() {
    new_parties
    deadline=2
    train_three --epochs 1000
    until_true grep -q planned "$T/0.err" "$T/1.err" "$T/2.err"
    kill -STOP $pid1
    begun=$(date +%s)
    ends 0 1 "P1"
    ends 2 1 "P1"
    grep -q "P1 sent nothing for 2.0 s" "$T/0.err" "$T/2.err" ||
        complain "nobody waited: $(tail -qn 1 "$T/0.err" "$T/2.err")"
    at_once
    deadline=$usual
}

# SIGTERM stops one at once; the others notice.
case_stopped() {
    new_parties
    train_three --epochs 1000
    until_true grep -q planned "$T/1.err"
    kill -TERM $pid1
    ends 1 1 "stopped by a signal"
    ends 0 1 "P1"
    ends 2 1 "P1"
}

# disk KB: $T/small, so large; 1 if this system lets nobody mount.
disk() {
    mkdir -p "$T/small"
    mount -t tmpfs -o "size=${1}k" tmpfs "$T/small" 2>/dev/null && return
    echo "  $name: skipped in part, nothing can be mounted here" >&2
    return 1
}

# The room for the model (200 kB) is held from the start on: a disk that fills
# during the training does not cost it.
case_output_room() {
    rm -f "$T"/m?
    if disk 300; then
        new_parties
        party 0 train --shares "$T/a.p0.share" --model-out "$T/small/m0" \
            --epochs 8
        party 1 train --shares "$T/a.p1.share" --model-out "$T/m1" --epochs 8
        party 2 train --epochs 8
        until_true grep -q planned "$T/0.err"
        head -c 1000000 /dev/zero >"$T/small/junk" 2>/dev/null
        for i in 0 1 2; do ends $i 0 "training: 80 steps"; done
        want 0 "layer 1" "$trinn" reveal "$T/small/m0" "$T/m1"
        rm "$T/m1" "$T/small/m0"
        head -c 1000000 /dev/zero >"$T/small/more" 2>/dev/null

        # without that room nothing starts, and all three say why
        new_parties
        party 0 train --shares "$T/a.p0.share" --model-out "$T/small/m0"
        party 1 train --shares "$T/a.p1.share" --model-out "$T/m1"
        party 2 train
        ends 0 1 "small/m0: no room for its"
        for i in 1 2; do ends $i 1 "P0"; done
        same "$(ls "$T/small" | tr "\n" " ")" "junk more " "on the small disk"
        umount "$T/small"
    fi
    # blocks of 512 bytes
    (
        ulimit -f 64
        new_parties
        train_three
        ends 0 1 ""
        ends 1 1 ""
        ends 2 1 "P"
        cat "$T/0.err" "$T/1.err" | grep -q "unasked[01]: no room for its" ||
            complain "no clear text: $(tail -n 1 "$T/0.err")"
        exit $bad
    ) || bad=1
    [ ! -e "$T/m1" ] || complain "a model of nothing"
}

# Its name is taken meanwhile: the model is kept under another one, and all
# three say that the training has failed.
case_output_taken() {
    rm -f "$T"/t[01]*
    new_parties
    party 0 train --shares "$T/a.p0.share" --model-out "$T/t0" --epochs 6
    party 1 train --shares "$T/a.p1.share" --model-out "$T/t1" --epochs 6
    party 2 train --epochs 6
    until_true grep -q planned "$T/0.err"
    echo mine >"$T/t0"
    ends 0 1 "t0: has come to exist meanwhile and is not written over; what belongs there is in"
    for i in 1 2; do ends $i 1 "P0"; done
    same "$(cat "$T/t0")" mine "the file that was there"
    mv "$T"/t0.new-* "$T/t0"
    # the other share is in place, or its text says where it is
    [ -e "$T/t1" ] || mv "$T"/t1.new-* "$T/t1"
    want 0 "layer 1" "$trinn" reveal "$T/t0" "$T/t1"
    rm -f "$T"/t[01]*
}

# A share that is cut off while it is read: its party ends, and the others hear
# why at once, but not where that party keeps its files.
case_share_cut() {
    new_parties
    mkdir -p "$T/place"
    cp "$T/a.p1.share" "$T/place"
    party 0 train --shares "$T/a.p0.share" --epochs 1000
    party 1 train --shares "$T/place/a.p1.share" --epochs 1000
    party 2 train --epochs 1000
    until_true grep -q planned "$T/0.err" "$T/1.err" "$T/2.err"
    begun=$(date +%s)
    : >"$T/place/a.p1.share"
    ends 1 1 "$T/place/a.p1.share: ends at byte"
    for i in 0 2; do
        ends $i 1 "P1: a.p1.share: ends at byte"
        grep -qF "$T/place" "$T/$i.err" && complain "P$i knows where it is"
    done
    at_once
    rm -r "$T/place"
}

# bytes_of PID: what it can write to in its memory, as hexadecimal digits.
bytes_of() {
    sed -n 's/^\([0-9a-f]*\)-\([0-9a-f]*\) rw.*/\1 \2/p' "/proc/$1/maps" |
        while read -r from to; do
            dd if="/proc/$1/mem" bs=4096 skip=$((0x$from / 4096)) \
                count=$(((0x$to - 0x$from) / 4096)) 2>/dev/null
        done | od -An -v -tx1 | tr -d ' \n'
}

# The private key is gone once the connections stand, in bytes and in digits;
# the public key, which is known to be there, shows that the search finds.
case_secrets() {
    new_parties
    train_three --epochs 1000
    until_true grep -q planned "$T/0.err" "$T/1.err" "$T/2.err"
    for i in 0 1 2; do
        eval "pid=\$pid$i"
        if ! head -c 1 "/proc/$pid/maps" >/dev/null 2>&1; then
            echo "  secrets: skipped in part, its memory cannot be read" >&2
            break
        fi
        bytes_of $pid >"$T/mem"
        grep -qF "$(cat "$T/p$i.key.pub")" "$T/mem" ||
            complain "the public key of party $i is not found"
        private=$(sed -n 2p "$T/p$i.key")
        grep -qF "$private" "$T/mem" &&
            complain "party $i still has its private key"
        digits=$(printf %s "$private" | od -An -v -tx1 | tr -d ' \n')
        grep -qF "$digits" "$T/mem" &&
            complain "party $i still has the digits of its private key"
        # the arena, if anything may be locked
        [ "$(ulimit -l)" != unlimited ] && [ "$(id -u)" != 0 ] ||
            grep -q '^VmLck:[[:space:]]*[1-9]' "/proc/$pid/status" ||
            complain "nothing of party $i is locked"
    done
    rm "$T/mem"
}

case_output() {
    deadline=1 # for telling others, which are not there
    new_parties
    config 0
    want 2 "option --model-out is missing" "$trinn" party train \
        --config "$T/p0.conf" --shares "$T/a.p0.share"
    want 2 "option --model-out is missing" "$trinn" clear train --data "$T/data"

    new_parties
    party 0 train --shares "$T/a.p0.share" --model-out "$T/nowhere/m"
    ends 0 2 "cannot be created"
    echo mine >"$T/mine"
    party 0 train --shares "$T/a.p0.share" --model-out "$T/mine"
    ends 0 2 "mine: exists already"
    deadline=$usual
    same "$(cat "$T/mine")" mine "the file that was there"
}
