#!/bin/sh
# Kill a training again and again, and compare its end with that of a training
# that nobody disturbs.
#   sh tests/e2e/crash.sh build/trinn [COUNT [SEED [KIND]]]
#
# KIND: fused; active, engine rep3 that verifies; ether, the same over raw
# Ethernet on virtual cables, where a dead party is one that is silent.
#
# Three parties train network A, or a smaller one with an engine that verifies,
# on generated digits and save every $EVERY steps. COUNT times one, two or all three of them get a kill -9: at a random
# moment of the training, of the start, or while a checkpoint is being written;
# then all three start again with --resume. Checked each time:
#
#   - the step from which they go on is the newest that all three hold by the
#     headers of their files, at most $EVERY behind the newest step that
#     anybody holds or has done, and never before one that all three held
#     earlier; that they go on at all says that both files of each party pass
#     their checksum, as --resume refuses a damaged one;
#   - survivors end with an error that tells how to go on; if that was in the
#     middle of a verification they note it, and ask for --after-abort after too
#     many of them.
#
# At the end: as many right answers as without a crash, up to 4 points of
# 1000 held-out digits; both generations intact, no temporary file left.

trinn=$(realpath "$1")
here=$(dirname "$0")
COUNT=${2:-20}
SEED=${3:-1}
KIND=${4:-fused}
EVERY=5
STEPS=400
[ "$KIND" = fused ] || STEPS=120
T=$(mktemp -d) || exit 1
. "$here/lib.sh"
. "$here/cases_resume.sh"
. "$here/cases_ether.sh"
outside= holder=
trap 'end_parties; leave_segment; rm -rf "$T"' EXIT
trap 'exit 1' INT TERM
name=crash
bad=0
deadline=10

case "$KIND" in
fused) engine='--engine fused --security passive' kind=fused ;;
*) engine='--engine rep3 --security active --ledger 1' kind=rep3 ;;
esac
"$trinn" digits --out "$T/data" --train $((STEPS * batch / 4)) --test 1000 \
    --seed 3 >/dev/null || exit 1
"$trinn" share --engine $kind --data "$T/data" --out "$T/a" >/dev/null || exit 1
"$trinn" share --engine $kind --data "$T/data" --part test --out "$T/test" \
    >/dev/null || exit 1
if [ $kind = fused ]; then # A
    printf 'input 28 28 1\nfc 128\nrelu\nfc 128\nrelu\nfc 10\n' >"$T/net"
else
    printf 'input 28 28 1\nfc 32\nrelu\nfc 10\n' >"$T/net"
fi
for i in 0 1 2; do "$trinn" keygen "$T/p$i.key" >/dev/null || exit 1; done

if [ "$KIND" = ether ]; then
    if ! segment 1800; then
        leave_segment
        echo "crash: skipped, no network namespace or virtual cables here"
        exit 0
    fi
    deadline=3
    new_parties() {
        rm -f "$T"/?.err "$T"/?.out
        parties=ether:02:00:00:00:00:00,ether:02:00:00:00:00:01
        parties=$parties,ether:02:00:00:00:00:02
        pid0= pid1= pid2=
    }
    party() {
        ether_config "$1"
        start_party "$@" --config "$T/p$1.conf"
    }
fi

train() {
    # shellcheck disable=SC2086
    resume_three $engine --epochs 4 --every $EVERY "$@"
}

# The end of a training; the right answers are in $right.
finish() {
    for i in 0 1 2; do ends $i 0 "training: $1 steps"; done
    right=$(sed -n 's/^right: \([0-9]*\) of 1000.*/\1/p' "$T/2.out")
}

# The newest step that anybody holds.
newest() {
    for i in 0 1 2; do held $i "$T/c"; done | awk '
        $2 >= best { best = $2 } END { print best + 0 }'
}

# Is a checkpoint being written? Spins: saving takes milliseconds.
writing() {
    set -- "$T"/c.p?.?.ckpt.new-*
    [ -e "$1" ]
}

running() {
    alive $pid0 && alive $pid1 && alive $pid2
}

begun=$(date +%s)
train
finish $STEPS
plain=$right
took=$(($(date +%s) - begun))
rm -f "$T"/c.p* "$T"/m?
printf '%s steps, every %s saved; not disturbed: %s of 1000 right (%s s)\n' \
    $STEPS $EVERY "$plain" $took
printf '%4s  %-8s %-7s %9s %9s %9s %5s\n' \
    kill moment parties newest-saved last-done resumed lost

# When, whom and after how long: WHEN VICTIMS SECONDS GAP STEP LATEST
awk -v n="$COUNT" -v seed="$SEED" -v steps=$STEPS -v took=$took 'BEGIN {
    srand(seed)
    split("0,1,2,0 1,0 2,1 2,2 1 0", v, ",")
    for (i = 1; i <= n; i++) {
        u = rand()
        when = u < 0.15 ? "start" : u < 0.55 ? "saving" : "training"
        if (n < 7 && i <= 3) # a short run has one of each
            when = i == 1 ? "saving" : i == 2 ? "training" : "start"
        gap = steps / (n + 1)
        wait = when == "start" ? 0.5 * rand() : rand() * gap / 2 * took / steps
        printf "%s|%s|%.3f|%.3f|%d|%d\n", when, v[1 + int(7 * rand())],
            (wait > 1 ? 1 : wait), (rand() < 0.5 ? 0 : 0.03 * rand()),
            i * gap - rand() * gap / 2, i * gap + gap / 2
    }
}' >"$T/plan"

more=
confirmed=0 kills=0 torn=0 most=0 proofs=0
while IFS='|' read -r when victims wait gap at latest <&3; do
    kills=$((kills + 1))
    train $more
    if [ "$when" != start ]; then
        # up to the step of the plan, then some time, but not to the next one
        until [ "$(newest)" -ge "$at" ] || ! running; do sleep 0.02; done
        sleep "$wait" &
        until ! alive $! || [ "$(newest)" -ge "$latest" ] || ! running; do
            sleep 0.02
        done
    else
        sleep "$wait"
    fi
    [ $when != saving ] || while ! writing && running; do :; done
    for i in $victims; do
        # later ones may have ended by themselves, for lack of the first
        eval "kill -9 \$pid$i 2>/dev/null" || [ $i != "${victims%% *}" ] ||
            complain "party $i has ended before kill $kills"
        [ "$gap" = 0.000 ] || sleep "$gap"
    done
    last=0
    for i in 0 1 2; do
        eval "wait \$pid$i 2>/dev/null"
        code=$?
        eval "pid$i="
        case " $victims " in
        *" $i "*)
            [ $code != 137 ] || continue # killed
            [ $i != "${victims%% *}" ] || complain "party $i ends with $code"
            ;;
        esac
        [ $code = 1 ] || complain "party $i ends with $code, not 1"
        did=$(sed -n 's/.* step \([0-9]*\) was the last, step [0-9]* is saved: start all three with --resume to go on\(;.*\)\{0,1\}$/\1/p' "$T/$i.err")
        [ -n "$did" ] || [ $when = start ] ||
            complain "party $i does not tell how to go on: $(tail -n 1 "$T/$i.err")"
        [ "${did:-0}" -le $last ] || last=$did
    done
    if [ -n "$more" ] && grep -q "continuing after" "$T"/?.err; then
        grep "continuing after" "$T"/?.err | grep -qv "after step $from\$" &&
            complain "not from step $from: $(grep -h "continuing" "$T"/?.err)"
    fi
    left=$(ls -A "$T" | grep -c 'ckpt.new')
    # at a start it may be an earlier kill's: only a session that joined sweeps
    [ "$left" = 0 ] || [ $when = start ] || torn=$((torn + 1))
    best=$(newest)
    from=$(common "$T/c")
    noted=$(grep -c "that was in the middle of a verification" "$T"/?.err |
        awk -F: '{ n += $2 } END { print n }')
    proofs=$((proofs + (noted > 0)))
    if [ -n "$from" ]; then
        more=--resume
        # so many ends of this kind are not forgiven without a word
        for i in 0 1 2; do
            [ ! -e "$T/c.p$i.aborted" ] ||
                [ "$(grep -c . "$T/c.p$i.aborted")" -lt 16 ] ||
                more='--resume --after-abort'
        done
        lost=$(((last > best ? last : best) - from))
        [ $lost -le $EVERY ] || complain "$lost steps are lost"
        [ $lost -le $most ] || most=$lost
        [ "$from" -ge $confirmed ] ||
            complain "back to $from, but all had $confirmed"
        confirmed=$from
    elif [ -n "$more" ]; then
        complain "no common checkpoint is left"
    else # killed before anything was saved: start again from nothing
        lost=0
        rm -f "$T"/c.p*
    fi
    printf '%4s  %-8s %-7s %9s %9s %9s %5s%s\n' $kills $when \
        "$(echo $victims)" "$best" $last "${from:-none}" $lost \
        "$([ "$left" = 0 ] || echo "  $left unfinished")"
done 3<"$T/plan"

train $more
finish $((STEPS - ${from:-0}))
[ -z "$more" ] || grep -q "continuing after step $from\$" "$T/2.err" ||
    complain "not from step $from"
same "$(common "$T/c")" $STEPS "last checkpoint"
same "$(held 0 "$T/c" | awk '{ print $2 }' | sort -n | head -n 1)" \
    $((STEPS - EVERY)) "the one before"
ls -A "$T" | grep -q 'ckpt.new' && complain "a temporary file stays"
crashed=$right
diff=$((crashed - plain))
[ ${diff#-} -le 40 ] || complain "$crashed right, $plain without a crash"
rm -f "$T"/m?
train --resume
finish 0 # both files of all three are intact
same "$right" "$crashed" "right answers of the last checkpoint"
ls "$T" | grep -q 'aborted$' && complain "a crash is remembered after the end"
printf '%s kills, %s with an unfinished file, %s in a verification; ' \
    $kills $torn $proofs
printf 'at most %s steps lost; ' $most
printf '%s of 1000 right, %s undisturbed (%s s)\n' "$crashed" "$plain" \
    $(($(date +%s) - begun))
[ $bad = 0 ] && echo "crash: ok" || echo "crash: FAILED"
exit $bad
