#!/bin/sh
# Kill parties of a service again and again, at random moments: while clients ask,
# while one sends data, while a model is trained, and while nothing is done. The
# service heals; what it answers is right; of what is sent all three have all or
# nothing; a training goes on, and is done once.
#   sh tests/e2e/kills.sh build/trinn [COUNT [SEED]]
trinn=$(realpath "$1")
here=$(dirname "$0")
COUNT=${2:-50}
SEED=${3:-$(date +%s)}
MODELS=28 # of a client: a party keeps 32 at most, and 128 of all: a COUNT of some 180
T=$(mktemp -d) || exit 1
. "$here/lib.sh"
. "$here/cases_serve.sh"
. "$here/cases_operate.sh"
. "$here/cases_jobs.sh"
trap 'touch "$T/service/stop"; end_parties; rm -rf "$T"' EXIT
trap 'exit 1' INT TERM
name=kills
bad=0
begun=$(date +%s)

kills_lines() {
    cp "$T/digit_model.p$1.share" "$s/store$1/digits.share"
    client alice "query admin upload"
    for i in a b c d; do
        client "send$i" upload
        client "carol$i" "train query"
    done
    echo "limit store 10000000000"
}

# of KIND NUMBER: the client of that one, as options.
of() {
    by "$1$(echo abcd | cut -c $(($2 / MODELS + 1)))"
}

# Hundredths of a second that COMMAND... takes.
time_of() {
    time_begun=$(date +%s%N)
    "$@" >"$s/timed" 2>&1 || complain "$* ($(cat "$s/timed"))"
    echo $((($(date +%s%N) - time_begun) / 10000000))
}

# ---- data that are sent ------------------------------------------------------

# send NUMBER
send() {
    for i in 0 1 2; do
        [ -e "$s/sent$1.p$i.share" ] || ln "$s/many.p$i.share" "$s/sent$1.p$i.share"
    done
    "$trinn" send $(of send "$1") --name "sent$1" --files "$s/sent$1" --resume
}

begin_sending() {
    sent=$((sent + 1))
    send $sent >"$s/sending" 2>&1 &
    sending=$!
}

# The client goes on by itself, or was told that it cannot: then it comes again.
# All three have what it has sent, byte by byte, and nothing besides.
end_sending() {
    if ! wait $sending; then
        echo "sending: $(tail -n 1 "$s/sending")" >>"$s/told"
        until_true send $sent
    fi
    want 0 "" "$trinn" status $(of send $sent)
    same "$(grep -c "^data sent$sent: $MANY samples" "$T/out")" 3 \
        "parties that show sent$sent"
    for i in 0 1 2; do
        same "$(ls -A "$s/store$i" | grep -c '\.part$')" 0 "parts at party $i"
        cmp -s "$s/many.p$i.share" "$s/store$i/sent$sent.share" ||
            complain "party $i has other data than were sent ($victim)"
    done
}

# ---- models that are trained -------------------------------------------------

# train NUMBER
train() {
    "$trinn" train $(of carol "$1") --name "trained$1" --data base \
        --net "$T/net" --epochs $EPOCHS --batch 16 --loss-every 0
}

is_there() { # NUMBER
    [ "$("$trinn" status $(of carol "$1") | grep -c "^model trained$1: ")" = 3 ]
}

# Is the request taken, or was it before?
is_taken() {
    train $trained >"$s/asked" 2>&1 || grep -q "there is a data set or a model" "$s/asked"
}

# The steps that the parties have come to: the most of all three.
steps() {
    "$trinn" jobs $(of carol $trained) 2>/dev/null |
        sed -n "s/^train trained$trained .* step \([1-9][0-9]*\) of.*/\1/p" | sort -n | tail -n 1
}

begin_training() {
    trained=$((trained + 1))
    train $trained >"$s/asked" 2>&1 &
    asking=$!
    had=0
}

note_training() {
    had=$(steps)
}

goes_on() {
    has=$(steps)
    [ -n "$has" ] || is_there $trained
}

# It goes on where it was, ends with a model as good as that of a training that
# nobody has disturbed, and is done once.
end_training() {
    if ! wait $asking; then
        echo "training: $(tail -n 1 "$s/asked")" >>"$s/told"
        until_true is_taken
    fi
    until_true goes_on
    # What one has saved two steps ago all have.
    [ -z "$has" ] || [ "$has" -ge $(((${had:-0} - 2) / 100 * 100)) ] ||
        complain "step $has comes after step $had ($victim)"
    until_true is_there $trained
    "$trinn" ask $(of carol $trained) --model trained$trained \
        --images "$images" --out "$s/classes$trained" >"$s/asked" 2>&1 ||
        complain "no answer: $(cat "$s/asked")"
    differ=$(paste -d ' ' "$s/classes0" "$s/classes$trained" |
        awk '$1 != $2' | wc -l)
    [ "$differ" -le 3 ] ||
        complain "$differ classes of 100 are others than undisturbed ($victim)"
    for i in 0 1 2; do
        [ "$(cat "$s/log$i" "$T/$i.err" 2>/dev/null |
            grep -c "model trained$trained is trained")" -le 1 ] ||
            complain "trained$trained is trained twice at party $i ($victim)"
        same "$(ls -A "$s/store$i" | grep -c ckpt)" 0 "checkpoints at party $i"
    done
}

# ---- all of it -----------------------------------------------------------------

MANY=1500 EPOCHS=12 sent=0 trained=0
echo "kills: seed $SEED"
prepare
digit_model
service_of "alice senda sendb sendc sendd carola carolb carolc carold" kills_lines
images=$T/data/t10k-images-idx3-ubyte
"$trinn" digits --out "$s/large" --train $MANY --test 10 >/dev/null &&
    "$trinn" share --data "$s/large" --out "$s/many" >/dev/null || exit 1
until_true all_joined
want 0 "" "$trinn" send $(by alice) --name base --data "$T/data" \
    --files "$s/base" --allow carola,carolb,carolc,carold
sending_takes=$(time_of send 0)
training_takes=$(time_of eval 'train 0; until_true is_there 0')
want 0 "" "$trinn" ask $(of carol 0) --model trained0 --images "$images" \
    --out "$s/classes0"
awk -v n="$COUNT" -v seed="$SEED" -v s="$sending_takes" -v t="$training_takes" 'BEGIN {
    srand(seed)
    split("0,1,2,0 1,0 2,1 2,2 1 0", v, ",")
    split("idle,asking,sending,training", w, ",")
    for (i = 1; i <= n; i++) {
        u = rand()
        what = u < 0.15 ? 1 : u < 0.35 ? 2 : u < 0.65 ? 3 : 4
        all = what < 3 ? 0.3 : (what == 3 ? s : t) / 100
        # A third of them about the end, and as many about the beginning.
        u = rand()
        after = u < 0.33 ? (0.85 + 0.3 * rand()) * all : u > 0.67 && all > 0.4 ? \
            0.4 * rand() : rand() * all
        printf "%s %.3f %s\n", w[what], after, \
            v[rand() < 0.6 ? 1 + int(3 * rand()) : 1 + int(7 * rand())]
    }
}' >"$T/plan"
set --
while IFS= read -r line; do
    set -- "$@" "$line"
done <"$T/plan"
kill_parties "$@"
stop_service
# Some of them were in the middle of a verification, and are counted as such.
noted=$(cat "$s"/store?/.aborted 2>/dev/null | grep -c 'middle of a verification')
[ "$COUNT" -lt 20 ] || [ "$noted" -gt 0 ] || complain "no end was noted"
printf 'kills: %s, noted %s, %s while data were sent (%s.%02d s undisturbed), %s in a training (%s.%02d s), %s clients were told and came again: %s (seed %s, %s s)\n' \
    "$COUNT" "$noted" $sent $((sending_takes / 100)) $((sending_takes % 100)) \
    $trained $((training_takes / 100)) $((training_takes % 100)) \
    "$(cat "$s/told" 2>/dev/null | wc -l)" \
    "$([ $bad = 0 ] && echo ok || echo FAILED)" "$SEED" \
    $(($(date +%s) - begun))
exit $bad
