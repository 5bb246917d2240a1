# A service: three parties that stay up, and clients that ask.

# service [ARGS...]: three parties with a store of one model, and the clients
# alice, who may query, and bob, who may not; eve is known to nobody.
service() {
    new_parties
    set -- "$port0" "$port1" "$port2" "$@"
    seed=$((seed + 1))
    client_ports=$(ports)
    s=$T/service
    rm -rf "$s"
    mkdir "$s"
    for i in alice bob eve; do
        "$trinn" keygen "$s/$i.key" >/dev/null || complain "no key"
    done
    for i in 0 1 2; do
        mkdir "$s/store$i"
        cp "$T/digit_model.p$i.share" "$s/store$i/digits.share"
        service_config $i $client_ports
    done
    shift 3
    for i in 0 1 2; do
        start_serve $i "$@"
    done
    "$trinn" service-card --config "$T/p0.conf" >"$s/card" ||
        complain "no card"
}

# service_config ID PORT0 PORT1 PORT2
service_config() {
    config "$1"
    {
        echo "service 0 127.0.0.1:$2"
        echo "service 1 127.0.0.1:$3"
        echo "service 2 127.0.0.1:$4"
        echo "store $s/store$1"
        echo "client alice $(cat "$s/alice.key.pub") query admin"
        echo "client bob $(cat "$s/bob.key.pub") upload"
    } >>"$T/p$1.conf"
}

# start_serve ID ARGS...
start_serve() {
    serve_id=$1
    shift
    "$trinn" serve --config "$T/p$serve_id.conf" --threads 1 "$@" \
        >"$T/$serve_id.out" 2>"$T/$serve_id.err" &
    eval "pid$serve_id=$!"
}

# as CLIENT: the options of a client that asks.
as() {
    echo "--service $s/card --key $s/$1.key --model digits --timeout 20"
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
    images=$T/data/t10k-images-idx3-ubyte
    want 0 "" "$trinn" ask $(as alice) --images "$images" --out "$s/classes"
    cmp -s "$s/classes" "$T/digits.classes" ||
        complain "other classes than in the clear"
    stop_service
}
