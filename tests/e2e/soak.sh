#!/bin/sh
# A service that stays up: three parties, clients that ask all the time and one
# that calls anew for each question, others that may not or do not behave, and in
# every period an upload that breaks off, trainings, a model that is fetched, a
# training that is cancelled. At the end of each period memory, descriptors,
# threads and files of parts of each party are counted: in the second half of the
# time none may have more than before, but for what clients have stored.
#   sh tests/e2e/soak.sh build/trinn [SECONDS]
trinn=$(realpath "$1")
here=$(dirname "$0")
SECONDS_IN_ALL=${2:-3600}
T=$(mktemp -d) || exit 1
. "$here/lib.sh"
. "$here/cases_serve.sh"
. "$here/cases_jobs.sh"
trap 'touch "$T/service/stop"; end_parties; sleep 1; rm -rf "$T"' EXIT
trap 'exit 1' INT TERM
name=soak
bad=0

soak_lines() {
    cp "$T/digit_model.p$1.share" "$s/store$1/digits.share"
    client alice "query admin"
    client bob upload
    client carol "upload train reveal query admin"
    client dave train
    echo "limit bytes 4500000"
    echo "metrics $s/$1.sock"
}

# Three images, again and again over the same connections: about three a second.
asks_on() {
    until [ -e "$s/stop" ]; do
        while [ ! -e "$s/stop" ]; do
            echo "$images"
            sleep 0.3
        done | "$trinn" ask $(as alice) --stdin --limit 3 2>>"$s/said" |
            while read -r one && read -r two && read -r three; do
                note_answer "$one $two $three"
            done
    done
}

# The same, with a call for each question.
calls_anew() {
    until [ -e "$s/stop" ]; do
        note_answer "$("$trinn" ask $(as alice) --images "$images" --limit 3 \
            2>>"$s/said" | tr '\n' ' ' | sed 's/ $//')"
        sleep 1
    done
}

note_answer() {
    if [ "$1" = "$right" ]; then echo right; else echo "wrong: $1"; fi >>"$s/answers"
}

# A key that is unknown, no right, too much at once, a card with another key, a
# client that is killed as it asks.
does_not_behave() {
    want 2 "does not know the key" "$trinn" ask $(as eve) --images "$images"
    want 2 "no right to query" "$trinn" ask $(as bob) --images "$images"
    want 1 "party 1 (127.0.0.1" "$trinn" ask $(as alice "$s/false") \
        --images "$images"
    timeout -s KILL 0.03 "$trinn" ask $(as alice) --images "$images" \
        >/dev/null 2>&1
}

# An upload that is killed on its way and goes on.
sends() {
    "$trinn" send $(by carol) --name "d$1" --data "$s/many" --files "$s/d" \
        >"$s/out" 2>&1 &
    sending=$!
    n=0
    until ls "$s"/store1/.*.part >/dev/null 2>&1 || ! alive $sending ||
        [ $((n += 1)) -gt 500 ]; do
        sleep 0.02
    done
    kill -9 $sending 2>/dev/null && wait $sending 2>/dev/null
    if [ -e "$s/d.p2.share" ]; then
        want 0 "d$1 is stored" "$trinn" send $(by carol) --name "d$1" \
            --files "$s/d" --resume
    fi
}

# Short ones, with which a long one of another client takes turns.
trains() {
    want 0 "m$1 is to be trained" "$trinn" train $(by carol) --name "m$1" \
        --data first --net "$T/net" --batch 32 --steps 20
    until_true is_trained "m$1"
    want 0 "" "$trinn" ask $(as carol "$s/card" "m$1") --images "$images" \
        --limit 3
    want 0 "" "$trinn" fetch $(by carol) --model "m$1" --out "$s/fetched"
    want 0 "" "$trinn" reveal "$s/fetched.p0.share" "$s/fetched.p1.share" \
        "$s/fetched.p2.share" --out "$s/fetched.safetensors"
    rm -f "$s"/fetched.*
}

begins() {
    want 0 "" "$trinn" train $(by dave) --name long --data first \
        --net "$T/net" --batch 32 --epochs 10000
    until_true eval '"$trinn" jobs $(by carol) | grep -q "long  step [1-9]"'
}

cancels() {
    want 0 "long is cancelled" "$trinn" cancel $(by dave) --name long
    until_true eval '! "$trinn" jobs $(by carol) | grep -q "train long  step"'
}

# count ID: kB, descriptors, threads, files of parts, what is stored.
count() {
    eval "pid=\$pid$1"
    echo "$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$pid/status")" \
        "$(ls "/proc/$pid/fd" | wc -l)" \
        "$(sed -n 's/^Threads:[^0-9]*//p' "/proc/$pid/status")" \
        "$(ls -A "$s/store$1" | grep -c 'part$')" \
        "$(ls "$s/store$1" | grep -c 'share$')"
}

# After a quarter of the time all has been taken that stays. What the second one
# then has at most, the second half may have: with 150 kB and a descriptor for
# each data set and model stored since, some memory that is free again or was
# needed twice at once for the first time, and the connections of clients that
# are there just then.
judge() {
    awk '
        function raise(what, v) { if (v > most[what]) most[what] = v }
        function over(what, now, allowed) {
            if (now <= allowed) return
            printf "party %d after %d s: %s: %d, and %d are allowed\n",
                p, at[p, i], what, now, allowed
            failed = 1
        }
        {
            n = ++rows[$2]
            at[$2, n] = $1
            kB[$2, n] = $3 - 150 * $7
            fds[$2, n] = $4 - $7
            threads[$2, n] = $5
            parts[$2, n] = $6
        }
        END {
            for (p = 0; p < 3; p++) {
                delete most
                for (i = int(rows[p] / 4) + 1; i <= rows[p]; i++)
                    if (i <= rows[p] / 2) {
                        raise("kB", kB[p, i])
                        raise("fds", fds[p, i])
                        raise("threads", threads[p, i])
                        raise("parts", parts[p, i])
                    } else {
                        over("kB of memory", kB[p, i], most["kB"] * 1.03 + 2048)
                        over("descriptors", fds[p, i], most["fds"] + 3)
                        over("threads", threads[p, i], most["threads"])
                        over("files of parts", parts[p, i], most["parts"])
                    }
            }
            exit failed || rows[2] < 6
        }' "$T/counts" || bad=1
}

prepare
digit_model
images=$T/data/t10k-images-idx3-ubyte
right=$(head -n 3 "$T/digits.classes" | tr '\n' ' ' | sed 's/ $//')
service_of "alice bob carol dave eve" soak_lines
until_true all_joined
sed "s/^\(party 1 [^ ]*\) .*/\1 $(cat "$s/eve.key.pub")/" "$s/card" >"$s/false"
"$trinn" digits --out "$s/many" --train 1200 --test 10 >/dev/null
want 0 "" "$trinn" send $(by carol) --name first --allow dave --data "$T/data" \
    --files "$s/d"
# Four models stay in place: from here on all places are taken.
for n in 1 3 20 100; do
    want 0 "" "$trinn" ask $(as alice) --images "$images" --limit $n
done
# Sixty periods, six at least; in the first ones something is stored.
period=$((SECONDS_IN_ALL / 60))
[ $period -ge 10 ] || period=10
begun=$(date +%s)
asks_on &
clients=$!
calls_anew &
clients="$clients $!"
printf '%s\n' "seconds, answers; of each party: kB fd threads parts stored"
i=0
while [ $bad = 0 ] &&
    { [ $i -lt 6 ] || [ $(($(date +%s) - begun)) -lt "$SECONDS_IN_ALL" ]; }; do
    i=$((i + 1))
    does_not_behave
    begins
    if [ $((i % 4)) = 1 ] && [ $i -lt 60 ]; then
        sends $i
        trains $i
    fi
    cancels
    while [ $(($(date +%s) - begun)) -lt $((i * period)) ]; do
        sleep 0.5
    done
    at=$(($(date +%s) - begun))
    line=
    for p in 0 1 2; do
        counted=$(count $p)
        echo "$at $p $counted" >>"$T/counts"
        line="$line  $counted"
        alive "$(eval echo \$pid$p)" || complain "party $p has ended"
    done
    echo "$at $(grep -c right "$s/answers") $line"
    ! grep wrong "$s/answers" || bad=1
done
touch "$s/stop"
judge
all_joined || complain "they are not joined"
same "$("$trinn" status --service "$s/card" --key "$s/alice.key" |
    grep -c 'joined 1 times')" 3 "parties that have joined once"
wait $clients
stop_service
echo "soak: $(($(date +%s) - begun)) s, $(grep -c right "$s/answers") answers:" \
    "$([ $bad = 0 ] && echo ok || echo FAILED)"
exit $bad
