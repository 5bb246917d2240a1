# A service: owners who send data, and trainings.

# jobs_service [ARGS...]: three parties with empty stores, and five clients.
jobs_service() {
    new_parties
    set -- "$port0" "$port1" "$port2" "$@"
    seed=$((seed + 1))
    client_ports=$(ports)
    s=$T/service
    rm -rf "$s"
    mkdir "$s"
    for i in alice bob carol dave eve; do
        "$trinn" keygen "$s/$i.key" >/dev/null || complain "no key"
    done
    for i in 0 1 2; do
        mkdir "$s/store$i"
        jobs_config $i $client_ports
    done
    shift 3
    for i in 0 1 2; do
        start_serve $i "$@"
    done
    "$trinn" service-card --config "$T/p0.conf" >"$s/card" ||
        complain "no card"
    until_true all_joined
}

# jobs_config ID PORT0 PORT1 PORT2
jobs_config() {
    config "$1"
    {
        echo "service 0 127.0.0.1:$2"
        echo "service 1 127.0.0.1:$3"
        echo "service 2 127.0.0.1:$4"
        echo "store $s/store$1"
        echo "client alice $(cat "$s/alice.key.pub") upload admin"
        echo "client bob $(cat "$s/bob.key.pub") upload"
        echo "client carol $(cat "$s/carol.key.pub") train reveal query"
        echo "client dave $(cat "$s/dave.key.pub") query"
        echo "client eve $(cat "$s/eve.key.pub")" upload train query reveal
        echo "limit store 20000000"
    } >>"$T/p$1.conf"
}

# by CLIENT: the options of a client.
by() {
    echo "--service $s/card --key $s/$1.key --timeout 20"
}

case_jobs_send() {
    jobs_service
    # All of it, then again by the same name, and what is too much.
    want 0 "digits is stored" "$trinn" send $(by alice) --name digits \
        --allow carol --data "$T/data" --files "$s/digits"
    [ ! -e "$s/digits.p0.share" ] || complain "the shares are still there"
    want 2 "there is a data set or a model digits already" "$trinn" send \
        $(by bob) --name digits --data "$T/data" --part test \
        --files "$s/again"
    want 0 "" "$trinn" status $(by carol)
    same "$(grep -c '^data digits: ' "$T/out")" 3 "parties that show it"
    want 0 "" "$trinn" status $(by bob)
    same "$(grep -c '^data digits: ' "$T/out")" 0 "parties that tell others"
    for i in 0 1 2; do
        same "$(ls -A "$s/store$i" | tr '\n' ' ')" \
            "digits.about digits.share " "files of party $i"
    done
    want 2 "client dave has no right to upload" "$trinn" send $(by dave) \
        --name x --data "$T/data" --files "$s/x"
    stop_service
}

# A party is killed while data come in: the client goes on by itself.
case_jobs_send_killed() {
    jobs_service
    "$trinn" digits --out "$s/many" --train 2500 --test 100 >/dev/null
    for i in 0 1 2; do
        case $i in
        0) from=alice ;;
        1) from=bob ;;
        2) from=eve ;;
        esac
        "$trinn" send $(by $from) --name many$i --data "$s/many" \
            --files "$s/many$i" >"$s/out" 2>&1 &
        sending=$!
        until_true eval "ls $s/store$i/.*.part >/dev/null 2>&1"
        eval "kill -9 \$pid$i; wait \$pid$i" 2>/dev/null
        start_serve $i
        wait $sending || complain "it does not go on: $(cat "$s/out"; tail -n 4 $T/0.err $T/1.err $T/2.err)"
        until_true all_joined
        want 0 "" "$trinn" status $(by $from)
        same "$(grep -c "^data many$i: 2500 samples" "$T/out")" 3 "parties"
    done
    same "$(ls -A "$s/store0" "$s/store1" "$s/store2" | grep -c part)" 0 \
        "files of parts"
    # 15.7 MB of 20 are taken.
    want 1 "limit store" "$trinn" send $(by eve) --name more \
        --data "$s/many" --limit 1000 --files "$s/more"
    stop_service
}
