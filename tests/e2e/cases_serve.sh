# A service: three parties that stay up, and clients that ask.

allow_bob= # parties that let bob query
serving=   # options of all three
bytes=100000000

# service_of CLIENTS ADD: three parties with stores, and keys of the clients;
# `ADD ID` prints further lines of a party's configuration, and may put something
# into its store.
service_of() {
    new_parties
    seed=$((seed + 1))
    client_ports=$(ports)
    s=$T/service
    rm -rf "$s"
    mkdir "$s"
    for i in $1; do
        "$trinn" keygen "$s/$i.key" >/dev/null || complain "no key"
    done
    for i in 0 1 2; do
        mkdir "$s/store$i"
        service_config $i $client_ports "$2"
    done
    for i in 0 1 2; do
        start_serve $i
    done
    "$trinn" service-card --config "$T/p0.conf" >"$s/card" ||
        complain "no card"
}

# service_config ID PORT0 PORT1 PORT2 ADD
service_config() {
    config "$1"
    {
        echo "service 0 127.0.0.1:$2"
        echo "service 1 127.0.0.1:$3"
        echo "service 2 127.0.0.1:$4"
        echo "store $s/store$1"
        "$5" "$1"
    } >>"$T/p$1.conf"
}

# client NAME RIGHTS: its line.
client() {
    echo "client $1 $(cat "$s/$1.key.pub") $2"
}

# service: with a store of one model, and the clients alice, who may query, and
# bob, who may not; eve is known to nobody.
service() {
    service_of "alice bob eve" service_lines
}

service_lines() {
    cp "$T/digit_model.p$1.share" "$s/store$1/digits.share"
    client alice "query admin"
    case " $allow_bob " in
        *" $1 "*) client bob query ;;
        *) client bob upload ;;
    esac
    echo "limit bytes $bytes"
}

# start_serve ID [OPTION]
start_serve() {
    "$trinn" serve --config "$T/p$1.conf" --threads 1 $serving $2 >"$T/$1.out" \
        2>"$T/$1.err" &
    eval "pid$1=$!"
}

# as CLIENT [CARD [MODEL]]: the options of a client that asks.
as() {
    echo "--service ${2:-$s/card} --key $s/$1.key --model ${3:-digits} \
        --timeout $long"
}

# All three parties say that they are connected.
all_joined() {
    [ "$("$trinn" status --service "$s/card" --key "$s/alice.key" |
        grep -c '^party .: joined')" = 3 ]
}

stop_service() {
    kill $pid0 $pid1 $pid2
    for i in 0 1 2; do
        ends $i 0 ""
    done
}

# A model of the cases' network, and what it says in the clear.
digit_model() {
    [ ! -e "$T/digit_model.p0.share" ] || return
    "$trinn" clear train --net "$T/net" --data "$T/data" --epochs 2 \
        --model-out "$T/digits.safetensors" >"$T/out" 2>&1 ||
        complain "no model: $(cat "$T/out")"
    "$trinn" share --model "$T/digits.safetensors" --net "$T/net" \
        --out "$T/digit_model" >"$T/out" 2>&1 || complain "$(cat "$T/out")"
    "$trinn" clear infer --net "$T/net" --model "$T/digits.safetensors" \
        --images "$T/data/t10k-images-idx3-ubyte" --engine plain \
        --out "$T/digits.classes" >"$T/out" 2>&1 ||
        complain "$(cat "$T/out")"
}

case_serve() {
    digit_model
    service
    until_true all_joined
    images=$T/data/t10k-images-idx3-ubyte
    want 0 "" "$trinn" ask $(as alice) --images "$images" --out "$s/classes"
    cmp -s "$s/classes" "$T/digits.classes" ||
        complain "other classes than in the clear"
    echo 1,2 >"$s/table"
    # One image, its scores, and several clients at once.
    for i in 1 2 3 4; do
        "$trinn" ask $(as alice) --images "$images" --limit $((3 * i)) \
            --out "$s/$i" >"$s/out$i" 2>&1 &
    done
    want 0 "" "$trinn" ask $(as alice) --images "$images" --limit 1 \
        --scores probabilities --out "$s/scores.npy"
    want 2 "takes samples of 28 x 28 x 1" "$trinn" ask $(as alice) --table \
        "$s/table"
    for i in 1 2 3 4; do
        until_true test -s "$s/$i"
        same "$(cat "$s/$i")" "$(head -n $((3 * i)) "$T/digits.classes")" \
            "classes of $((3 * i)) images"
    done
    # One file after the other, over the same connections.
    printf '%s\n%s\n' "$images" "$images" |
        "$trinn" ask $(as alice) --stdin --limit 2 >"$s/listed" 2>&1
    same "$(cat "$s/listed")" "$(head -n 2 "$T/digits.classes"
        head -n 2 "$T/digits.classes")" "two times two images"
    # A program that embeds a client.
    tail -c +17 "$images" | head -c $((3 * 784)) |
        "$(dirname "$trinn")/example-ask" "$s/card" "$s/alice.key" digits \
            >"$s/embedded" 2>&1
    same "$(sed 's/:.*//' "$s/embedded")" "$(head -n 3 "$T/digits.classes")" \
        "what the example prints"
    [ "$(wc -c <"$s/scores.npy")" = 168 ] || complain "no ten scores"
    want 0 "model digits: samples 28 x 28 x 1" "$trinn" status \
        --service "$s/card" --key "$s/alice.key"
    same "$(grep -c '^party .: joined' "$T/out")" 3 "parties that are joined"
    grep -q "may: query admin" "$T/out" || complain "$(cat "$T/out")"
    want 0 "nothing waits" "$trinn" jobs --service "$s/card" \
        --key "$s/alice.key"
    want 0 "nothing waits" "$trinn" jobs --service "$s/card" \
        --key "$s/bob.key"
    want 2 "may not query model other" "$trinn" ask $(as alice "$s/card" other) \
        --images "$images"
    want 2 "ask with --frac 16" "$trinn" ask $(as alice) --images "$images" \
        --frac 13
    stop_service
}

memory_lines() {
    for m in digits deep; do
        cp "$T/$m.p$1.share" "$s/store$1/$m.share"
    done
    client alice "query upload train"
    echo "limit bytes 4194312"
}

# some_model NAME LAYERS: one of a few steps, and what it says in the clear.
some_model() {
    printf 'input 28 28 1\n%bfc 10\n' "$2" >"$T/$1"
    want 0 "" "$trinn" clear train --net "$T/$1" --data "$T/data" --steps 3 \
        --model-out "$T/$1.safetensors"
    want 0 "" "$trinn" clear infer --net "$T/$1" --model "$T/$1.safetensors" \
        --images "$images" --limit 40 --engine plain --out "$T/$1.classes"
    want 0 "" "$trinn" share --model "$T/$1.safetensors" --net "$T/$1" \
        --out "$T/$1"
}

# No party ever takes more than --memory says: models that do not fit beside
# each other, or at all, come as they are needed, with the same answers; what
# cannot fit is refused before anything is kept.
case_serve_memory() {
    images=$T/data/t10k-images-idx3-ubyte
    digit_model
    for i in 0 1 2; do
        ln -f "$T/digit_model.p$i.share" "$T/digits.p$i.share"
    done
    some_model deep "$(yes 'fc 500\nrelu\n' | head -n 5 | tr -d '\n')"
    some_model broad 'fc 1000\nrelu\n'
    serving="--memory 54M"
    service_of alice memory_lines
    until_true all_joined
    grep -q "of 54.0 MB 16.0 MB are for the program" "$T/0.err" &&
        grep -q "model deep: .* with weights from its file as needed" "$T/0.err" ||
        complain "$(cat "$T/0.err")"
    for m in digits deep digits; do
        want 0 "" "$trinn" ask $(as alice "$s/card" $m) --images "$images" \
            --limit 40
        same "$(cat "$T/out")" "$(head -n 40 "$T/$m.classes")" "classes of $m"
    done
    want 1 "model broad takes" "$trinn" send $(by alice) --name broad \
        --model "$T/broad.safetensors" --net "$T/broad" --files "$s/broad"
    want 0 "data is stored" "$trinn" send $(by alice) --name data \
        --data "$T/data" --files "$s/data"
    want 1 "this party has" "$trinn" train $(by alice) --name broad \
        --data data --net "$T/broad"
    want 0 "" "$trinn" train $(by alice) --name narrow --data data \
        --net "$T/net" --steps 30
    until_true eval '[ "$("$trinn" status $(by alice) | grep -c "model narrow")" = 3 ]'
    # A model that has no room beside a training is refused until it ends.
    want 0 "" "$trinn" train $(by alice) --name long --data data \
        --net "$T/net" --steps 600
    until_true eval '"$trinn" jobs $(by alice) | grep -q "long  step [1-9]"'
    want 1 "while a training goes on; ask again later" \
        "$trinn" ask $(as alice "$s/card" deep) --images "$images" --limit 1
    want 0 "long is cancelled" "$trinn" cancel $(by alice) --name long
    until_true eval '"$trinn" jobs $(by alice) | grep -q "ended: cancelled"'
    want 0 "" "$trinn" ask $(as alice "$s/card" deep) --images "$images" \
        --limit 1
    for i in 0 1 2; do
        eval "took=\$(sed -n 's/^VmHWM:[^0-9]*\\([0-9]*\\) kB/\\1/p' /proc/\$pid$i/status)"
        # clients fill none of their 8.4 MB
        [ "${took:-99999}" -le 44531 ] || complain "$took kB, not 45.6 MB"
        same "$(ls -A "$s/store$i" | grep -c broad)" 0 "files of broad"
    done
    stop_service
    want 2 "model deep takes" "$trinn" serve --config "$T/p0.conf" --memory 40M
    want 2 "nothing is left for models" "$trinn" serve --config "$T/p0.conf" \
        --memory 20M
    serving=
}

# Each party alone decides who may ask.
case_serve_rights() {
    digit_model
    images=$T/data/t10k-images-idx3-ubyte
    for no in 0 1 2; do
        allow_bob=$(echo 0 1 2 | tr -d "$no")
        service
        until_true all_joined
        want 2 "party $no: client bob has no right to query" \
            "$trinn" ask $(as bob) --images "$images" --limit 1
        want 2 "party 0 (127.0.0.1" "$trinn" ask $(as eve) --images "$images"
        grep -q "does not know the key of this client" "$T/out" ||
            complain "$(cat "$T/out")"
        # What is left of bob's query at the two others ends without a trace.
        want 0 "" "$trinn" ask $(as alice) --images "$images" --limit 1
        stop_service
    done
    # A card with another key; a client that asks for too much.
    allow_bob= bytes=40000
    service
    sed "s/^\(party 1 [^ ]*\) .*/\1 $(cat "$s/eve.key.pub")/" "$s/card" \
        >"$s/false"
    want 1 "party 1 (127.0.0.1" "$trinn" ask $(as alice "$s/false") \
        --images "$images"
    until_true all_joined
    want 1 'longer than `limit bytes`' "$trinn" ask $(as alice) \
        --images "$images" --limit 7
    want 0 "" "$trinn" ask $(as alice) --images "$images" --limit 6
    sed "s/^limit bytes .*/limit bytes 39999/" "$T/p0.conf" >"$T/small.conf"
    want 2 "'39999' is not a whole number from 40000" "$trinn" serve \
        --config "$T/small.conf"
    bytes=100000000
    stop_service
}
