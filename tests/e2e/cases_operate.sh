# A service that goes on: parties that are killed or stopped, configurations that
# change, numbers for who watches.

# client_asks NAME: asks until $s/stop exists; appends "answered", or why not, to
# $s/said.NAME. An answer that is wrong is one too many.
client_asks() {
    until [ -e "$s/stop" ]; do
        if "$trinn" ask $(as alice) --images "$images" --limit 3 \
            >"$s/got.$1" 2>&1; then
            if [ "$(cat "$s/got.$1")" = "$(head -n 3 "$T/digits.classes")" ]; then
                echo answered
            else
                echo "wrong: $(cat "$s/got.$1")"
            fi
        else
            echo "no answer: $(tail -n 1 "$s/got.$1")"
            sleep 0.1
        fi >>"$s/said.$1"
    done
}

begin_idle() { :; }
end_idle() { :; }

begin_asking() {
    rm -f "$s/stop" "$s"/said.*
    clients=
    for c in 1 2; do
        client_asks $c &
        clients="$clients $!"
    done
    until_true grep -q answered "$s/said.1"
}

end_asking() {
    touch "$s/stop"
    wait $clients
    ! grep -h wrong "$s"/said.* || complain "a wrong answer"
}

# kill_parties VICTIMS...: of each "WHEN SECONDS IDS": kill -9 them that long after
# begin_WHEN (begin_asking: clients ask); start them again. The service heals each
# time, end_WHEN finds all as it should be, and every answer is right.
kill_parties() {
    images=$T/data/t10k-images-idx3-ubyte
    until_true all_joined
    for victim in "$@"; do
        set -- $victim
        when=$1 after=$2
        shift 2
        begin_$when
        sleep "$after"
        ! command -v "note_$when" >/dev/null || "note_$when"
        for i in "$@"; do
            eval "kill -9 \$pid$i; wait \$pid$i" 2>/dev/null
        done
        for i in "$@"; do
            cat "$T/$i.err" >>"$s/log$i"
            start_serve "$i"
        done
        until_true all_joined
        end_$when
        want 0 "" "$trinn" ask $(as alice) --images "$images" --limit 3
        same "$(cat "$T/out")" "$(head -n 3 "$T/digits.classes")" \
            "classes after $victim"
    done
}

case_serve_killed() {
    digit_model
    service
    kill_parties "asking 0.05 0" "idle 0 1" "asking 0.02 2" "asking 0.1 0 1"
    stop_service
}

# Rights, limits and clients change without a new start; other lines do not.
case_serve_reload() {
    digit_model
    allow_bob=
    service
    images=$T/data/t10k-images-idx3-ubyte
    until_true all_joined
    want 2 "no right to query" "$trinn" ask $(as bob) --images "$images" \
        --limit 1
    # bob is connected now and then; alice goes, eve comes.
    for i in 0 1 2; do
        sed -e "/^client alice/d" -e "/^client bob/s/ upload/ query admin/" \
            -e "s/^limit bytes.*/limit jobs 1/" "$T/p$i.conf" >"$s/new"
        echo "client eve $(cat "$s/eve.key.pub") query" >>"$s/new"
        cat "$s/new" >"$T/p$i.conf"
        eval "kill -HUP \$pid$i"
        until_true grep -q "1 clients added, 1 removed, 1 changed" "$T/$i.err"
    done
    for i in bob eve; do
        want 0 "" "$trinn" ask $(as $i) --images "$images" --limit 2
        same "$(cat "$T/out")" "$(head -n 2 "$T/digits.classes")" "for $i"
    done
    want 2 "does not know the key" "$trinn" ask $(as alice) --images "$images"
    sed -e "s/^store .*/store other/" -e "/^client eve/d" "$T/p0.conf" >"$s/new"
    cat "$s/new" >"$T/p0.conf"
    kill -HUP $pid0
    until_true grep -q 'line `store` has changed' "$T/0.err"
    echo nonsense >>"$T/p1.conf"
    kill -HUP $pid1
    until_true grep -q "stays as it was: line [0-9]*: 'nonsense'" "$T/1.err"
    want 0 "" "$trinn" ask $(as eve) --images "$images" --limit 1
    stop_service
}

# A party that is told to stop ends in order; it comes back, and what it tells
# to who watches counts from nothing.
case_serve_stopped() {
    digit_model
    service
    images=$T/data/t10k-images-idx3-ubyte
    until_true all_joined
    for i in 0 1 2; do
        eval "kill -TERM \$pid$i"
        ends $i 0 ""
        echo "metrics $s/$i.sock" >>"$T/p$i.conf"
        # A cheat that was found, and many who may have fled from being found.
        n=$([ $i = 0 ] && echo 1 || echo 128)
        while [ $n -gt 0 ]; do
            [ $i = 0 ] || printf 'in the middle of a verification: '
            echo "party 1 was not heard"
            n=$((n - 1))
        done >"$s/store$i/.aborted"
        want 2 "then give --after-abort" "$trinn" serve --config "$T/p$i.conf"
        [ $i != 2 ] || sed -i '$d' "$s/store2/.aborted"
        start_serve $i $([ $i = 2 ] || echo --after-abort)
        until_true all_joined
        [ -S "$s/$i.sock" ] || complain "no socket of party $i"
        want 0 "" "$trinn" ask $(as alice) --images "$images" --limit 2
    done
    if command -v curl >/dev/null; then
        for i in 0 1 2; do
            curl -s --unix-socket "$s/$i.sock" http://party/metrics >"$s/told"
            for line in "joined 1" "answered_total $((3 - i))" \
                "images_total $((6 - 2 * i))" "clients 0" "models 1"; do
                grep -qx "trinn_$line" "$s/told" ||
                    complain "party $i does not tell: $line"
            done
        done
    fi
    want 0 "verification: 127, at 128" "$trinn" status --service "$s/card" \
        --key "$s/alice.key"
    same "$(grep -c 'verification: 0, at 128' "$T/out")" 2 "that forget"
    stop_service
    same "$(ls "$s" | grep -c 'sock$')" 0 "sockets left"
}
