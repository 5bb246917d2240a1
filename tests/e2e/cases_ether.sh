# Raw Ethernet: three parties on virtual cables in a bridge, without IP. In a
# network namespace, which ends with the process that holds it.

# segment [SECONDS]: cables p0 to p2, for so long; $trinn then runs there. 1 if
# there is no such thing.
segment() {
    command -v unshare >/dev/null && command -v nsenter >/dev/null &&
        command -v ip >/dev/null || return 1
    unshare -n sleep "${1:-100}" 2>/dev/null &
    holder=$!
    # in its own one, else all that follows would change ours
    until [ "$(readlink /proc/$holder/ns/net)" != "$(readlink /proc/$$/ns/net)" ]; do
        kill -0 "$holder" 2>/dev/null || return 1
        sleep 0.1
    done
    there="nsenter -t $holder -n"
    $there ip link add b0 type bridge 2>/dev/null &&
        $there ip link set b0 up || return 1
    for i in 0 1 2; do
        $there ip link add p$i address 02:00:00:00:00:0$i type veth \
            peer name h$i 2>/dev/null &&
            $there ip link set h$i master b0 up &&
            $there ip link set p$i up || return 1
    done
    outside=$trinn
    printf '#!/bin/sh\nexec %s %s "$@"\n' "$there" "$outside" >"$T/inside"
    chmod +x "$T/inside"
    trinn=$T/inside
}

leave_segment() {
    [ -z "${outside:-}" ] || trinn=$outside
    [ -z "${holder:-}" ] || kill "$holder" 2>/dev/null
    outside= holder=
}

ether_config() {
    config $1
    echo "interface p$1" >>"$T/p$1.conf"
}

case_ether() {
    if ! segment; then
        echo "  ether: skipped, no network namespace or virtual cables here"
        leave_segment
        return
    fi
    new_parties
    parties=ether:02:00:00:00:00:00,ether,ether:02:00:00:00:00:02
    for i in 0 1 2; do
        ether_config $i
        want 0 "raw Ethernet on interface p$i" \
            "$trinn" check-config "$T/p$i.conf"
    done
    start_party 0 train --config "$T/p0.conf" --shares "$T/a.p0.share" --steps 2
    start_party 1 train --config "$T/p1.conf" --shares "$T/a.p1.share" --steps 2
    start_party 2 train --config "$T/p2.conf" --steps 2
    for i in 0 1 2; do ends $i 0 "connections: sealed"; done

    # What can be wrong with an interface.
    sed -i 's/^interface .*/interface nowhere/' "$T/p1.conf"
    want 1 "there is no interface nowhere" "$trinn" party train $by \
        --config "$T/p1.conf" --shares "$T/a.p1.share" --model-out "$T/em"
    sed -i 's/^interface .*/interface p1/' "$T/p1.conf"
    if command -v setpriv >/dev/null; then
        want 1 "setcap cap_net_raw+ep" setpriv --bounding-set=-net_raw \
            --inh-caps=-net_raw $there "$outside" party train $by \
            --config "$T/p1.conf" --shares "$T/a.p1.share" --model-out "$T/em"
    fi
    $there ip link set p1 down
    want 1 "interface p1 is down" "$trinn" party train $by \
        --config "$T/p1.conf" --shares "$T/a.p1.share" --model-out "$T/em"
    $there ip link set p1 up

    # The cable of P1 is cut in mid-run.
    new_parties
    parties=ether,ether,ether
    deadline=2
    for i in 0 1 2; do ether_config $i; done
    start_party 0 train --config "$T/p0.conf" --shares "$T/a.p0.share" --epochs 500
    start_party 1 train --config "$T/p1.conf" --shares "$T/a.p1.share" --epochs 500
    start_party 2 train --config "$T/p2.conf" --epochs 500
    until_true grep -q planned "$T/0.err" "$T/1.err" "$T/2.err"
    sleep 0.5
    $there ip link del h1
    ends 1 1 "interface p1 is gone"
    ends 0 1 "P1"
    ends 2 1 "P1"
    deadline=$usual
    leave_segment
}
