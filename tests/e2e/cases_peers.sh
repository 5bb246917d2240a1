# Keys, configurations, and connections between parties that do not fit.

case_keygen() {
    d=$T/keys
    mkdir "$d"
    want 0 "" "$trinn" keygen "$d/a"
    same "$(cat "$T/out")" "$(cat "$d/a.pub")" "printed and written key"
    same "$(stat -c %a "$d/a")" 600 "mode of a private key"
    grep -qxE '[0-9a-f]{64}' "$d/a.pub" || complain "no public key"
    want 0 "$(cat "$d/a.pub")" "$trinn" keygen --public "$d/a"
    # Nothing is written over, and no link is followed.
    cp "$d/a" "$d/before"
    want 2 "exists already" "$trinn" keygen "$d/a"
    cmp -s "$d/a" "$d/before" || complain "a private key was changed"
    ln -s "$d/target" "$d/link"
    want 2 "exists already" "$trinn" keygen "$d/link"
    [ ! -e "$d/target" ] || complain "a link was followed"
    touch "$d/b.pub"
    want 2 "exists already" "$trinn" keygen "$d/b"
    [ ! -e "$d/b" ] || complain "a private key without its public one"
    want 2 "cannot be created" "$trinn" keygen "$d/nowhere/c"
    chmod 640 "$d/a"
    want 2 "chmod 600 $d/a" "$trinn" keygen --public "$d/a"
    want 2 "holds a public key" sh -c \
        "chmod 600 '$d/a.pub'; '$trinn' keygen --public '$d/a.pub'"
    same "$("$trinn" keygen "$d/c")$("$trinn" keygen "$d/e")" \
        "$(cat "$d/c.pub" "$d/e.pub" | tr -d '\n')" "keys"
    cmp -s "$d/c.pub" "$d/e.pub" && complain "the same key twice"
}

case_config() {
    new_parties
    config 1
    want 0 "this party" "$trinn" check-config "$T/p1.conf"
    want 0 "listens at 127.0.0.1:$port1" "$trinn" check-config "$T/p1.conf"
    # All errors, with their lines, and nothing happens in a run.
    {
        echo "id 1"
        echo "key p0.key # another party's"
        sed -n '/^party/p' "$T/p1.conf"
        echo "deadline soon"
        echo "colour blue"
        echo "data $T/nowhere"
    } >"$T/bad.conf"
    want 2 "4 errors" "$trinn" check-config "$T/bad.conf"
    for text in "line 4: party 1 is this party, but the public key is not" \
        "line 6: deadline: 'soon' is not a whole number" \
        "line 7: 'colour' is unknown" "line 8: $T/nowhere: is missing; make it with"; do
        grep -qF "$text" "$T/out" || complain "no '$text': $(cat "$T/out")"
    done
    want 2 "line 4: party 1 is this party" "$trinn" party train \
        --config "$T/bad.conf" --shares x
    grep -qF "and 3 more: see \`trinn check-config" "$T/out" ||
        complain "nothing leads to check-config: $(cat "$T/out")"
    { printf '\357\273\277' && cat "$T/p1.conf"; } >"$T/bad.conf"
    want 2 "line 1: the line starts with a byte order mark" \
        "$trinn" check-config "$T/bad.conf"
    { cat "$T/p1.conf" && printf 'da\000ta x\n'; } >"$T/bad.conf"
    want 2 "byte 3 of the line is 0x00" "$trinn" check-config "$T/bad.conf"
    chmod 644 "$T/p1.key"
    want 2 "chmod 600" "$trinn" check-config "$T/p1.conf"
    chmod 600 "$T/p1.key"
    want 2 "cannot be opened" "$trinn" check-config "$T/no.conf"
    want 2 "leave it out" "$trinn" party train --config "$T/p1.conf" --id 1 \
        --shares x
    want 2 "exclude each other" "$trinn" party train --config "$T/p1.conf" \
        --insecure-plaintext
}

# Relative names are below the directories of the configuration.
case_config_directories() {
    new_parties
    mkdir -p "$T/in" "$T/res"
    cp "$T"/a.p?.share "$T/in"
    for i in 0 1; do
        config $i
        printf 'data in\nout res\n' >>"$T/p$i.conf"
        start_party $i train --config "$T/p$i.conf" --shares a.p$i.share \
            --steps 1 --model-out m.p$i
    done
    party 2 train --steps 1
    for i in 0 1 2; do ends $i 0 "connections: sealed"; done
    [ -s "$T/res/m.p0" ] && [ -s "$T/res/m.p1" ] ||
        complain "the model is not in its directory"
}

# A stranger: P1 uses a key that the others do not know.
case_wrong_key() {
    new_parties
    deadline=3
    "$trinn" keygen "$T/other.key" >/dev/null
    for i in 0 1 2; do config $i; done
    sed -i -e "s/p1.key/other.key/" \
        -e "s/$(cat "$T/p1.key.pub")/$(cat "$T/other.key.pub")/" "$T/p1.conf"
    start_party 0 train --config "$T/p0.conf" --shares "$T/a.p0.share"
    start_party 1 train --config "$T/p1.conf" --shares "$T/a.p1.share"
    start_party 2 train --config "$T/p2.conf"
    ends 1 1 "do not know each other's keys"
    ends 0 1 "has not the key of P1"
    ends 2 1 "P1"
    deadline=$usual
}

# Plaintext must be asked for by all, and is loud.
case_plaintext() {
    new_parties
    plain_party 0 train --shares "$T/a.p0.share" --steps 1
    plain_party 1 train --shares "$T/a.p1.share" --steps 1
    plain_party 2 train --steps 1
    for i in 0 1 2; do
        ends $i 0 "INSECURE PLAINTEXT"
        grep -q "WARNING: --insecure-plaintext" "$T/$i.err" ||
            complain "party $i does not warn"
    done
    for odd in 0 1; do
        new_parties
        deadline=2
        for i in 0 1; do
            how=party
            [ $i = $odd ] && how=plain_party
            $how $i train --shares "$T/a.p$i.share"
        done
        begun=$(date +%s)
        # A sealed party is not stopped by a caller that anybody may be.
        ends 0 $((2 - odd)) "is P1 and uses $([ $odd = 1 ] && echo "no ")keys"
        # ... and what it hears from one is no fault of its own input.
        ends 1 $((1 + odd)) "uses $([ $odd = 0 ] && echo "no ")keys, P1 does"
        at_once
    done
    deadline=$usual
}

# The generator and an emulated network, the same on all three.
case_alike() {
    new_parties
    train_three --steps 1 --prg aes128 --link 4ms:100MB/s
    for i in 0 1 2; do
        ends $i 0 "random numbers: aes128"
        grep -qF "emulated network: 4ms:100MB/s" "$T/$i.out" ||
            complain "party $i does not tell of the emulated network"
    done
    # A step has some 47 rounds, each half of 4 ms long.
    awk '/^training:/ { exit !($5 >= 0.08) }' "$T/0.out" ||
        complain "too fast for that network: $(grep training "$T/0.out")"
    new_parties
    party 0 train --shares "$T/a.p0.share" --prg chacha20
    party 1 train --shares "$T/a.p1.share"
    party 2 train
    for i in 0 1 2; do ends $i 2 "the parties differ in prg"; done
    new_parties
    party 0 train --shares "$T/a.p0.share"
    party 1 train --shares "$T/a.p1.share" --link wan
    party 2 train
    for i in 0 1 2; do ends $i 2 "the parties differ in link"; done
}

# A resolver that never answers must not outlast `connect`. In a network and
# with a list of resolvers of its own, which takes root.
case_slow_name() {
    cat >"$T/slow" <<'EOF'
ip link add d0 type veth peer name d1 &&
    ip addr add 10.9.9.1/24 dev d0 && ip link set d0 up && ip link set d1 up &&
    ip neigh add 10.9.9.9 lladdr 02:00:00:00:00:09 dev d0 nud permanent &&
    echo nameserver 10.9.9.9 >"$1" && mount --bind "$1" /etc/resolv.conf || exit 77
shift
exec "$@"
EOF
    unshare -mn sh "$T/slow" "$T/resolv" true >/dev/null 2>&1 || return
    new_parties
    deadline=2
    config 2
    sed -i "s/127.0.0.1:$port0/slow.example:$port0/" "$T/p2.conf"
    begun=$(date +%s)
    want 1 "P0 (slow.example:$port0) did not answer within 2 s" \
        unshare -mn sh "$T/slow" "$T/resolv" "$trinn" party train $by \
        --config "$T/p2.conf"
    grep -qF "its name is still being looked up" "$T/out" ||
        complain "no reason: $(cat "$T/out")"
    at_once
    deadline=$usual
}
