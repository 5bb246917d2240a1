#!/bin/sh
# From a cloned repository to a first answer of a service: three hosts and a
# client, each a network namespace with a directory of its own, here. Shows every
# command, counts them, and fails if they are more than 12 or take more than five
# minutes. Needs the right to make network namespaces; says so where it is missing.
#   sh boards/host/examples/serve.sh
here=$(realpath "$0")
repository=$(dirname "$here")/../../..

if [ "${1:-}" != inside ]; then
    # With the first process of their namespace all others end.
    for as in '' '-Ur'; do
        set -- $as -n -p -f --mount-proc --kill-child
        if unshare "$@" ip link add b0 type bridge 2>/dev/null; then
            exec unshare "$@" sh "$here" inside
        fi
    done
    echo "serve.sh: skipped: no network namespaces here (unshare and ip, as root)"
    exit 0
fi

# ---- four hosts on one cable -------------------------------------------------

T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
trap 'exit 1' INT TERM

fail() {
    echo "serve.sh: $*"
    exit 1
}

ip link add b0 type bridge && ip link set b0 up || fail "no bridge"
n=0
for host in host0 host1 host2 client; do
    mkdir "$T/$host"
    n=$((n + 1))
    unshare -n sleep 600 &
    pid=$!
    until [ "$(readlink /proc/$pid/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do
        kill -0 $pid 2>/dev/null || fail "no namespace"
        sleep 0.05
    done
    ip link add "h$n" type veth peer name eth0 netns $pid &&
        ip link set "h$n" master b0 up &&
        nsenter -t $pid -n ip addr add "10.77.0.$n/24" dev eth0 &&
        nsenter -t $pid -n ip link set eth0 up || fail "no cable for $host"
    eval "$host=$pid"
done

# ---- what people type --------------------------------------------------------

exec 3>&1
commands=0 texts=0
begun=$(date +%s)

# on HOST COMMAND...: one command, on that host, in its directory.
on() {
    host=$1
    shift
    commands=$((commands + 1))
    printf '%2d  %-7s $ %s\n' $commands "$host" "$*" >&3
    eval "pid=\$$host"
    (
        cd "$T/$host" || exit 1
        PATH=$(realpath "$repository/build"):$PATH
        exec nsenter -t "$pid" -n "$@"
    )
}

# write HOST FILE: a text that is written there by hand.
write() {
    texts=$((texts + 1))
    echo "    $1: writes $2"
    cat >"$T/$1/$2"
}

key() {
    cat "$T/$1/$2.key.pub"
}

commands=1
echo " 1  all     \$ make"
make -C "$repository" >/dev/null || fail "make"

for i in 0 1 2; do
    on host$i trinn keygen p$i.key >/dev/null || fail "no key"
done
on client trinn keygen alice.key >/dev/null || fail "no key"

for i in 0 1 2; do
    write host$i p$i.conf <<EOF
id $i
key p$i.key
party 0 10.77.0.1:7000 $(key host0 p0)
party 1 10.77.0.2:7000 $(key host1 p1)
party 2 10.77.0.3:7000 $(key host2 p2)
service 0 10.77.0.1:7100
service 1 10.77.0.2:7100
service 2 10.77.0.3:7100
store .
client alice $(key client alice) query upload
EOF
done
write client card <<EOF
party 0 10.77.0.1:7100 $(key host0 p0)
party 1 10.77.0.2:7100 $(key host1 p1)
party 2 10.77.0.3:7100 $(key host2 p2)
EOF

on client trinn digits --out data >/dev/null || fail "no data"
on client trinn clear train --data data --model-out model.safetensors \
    >/dev/null 2>&1 || fail "no model"

for i in 0 1 2; do
    on host$i trinn serve --config p$i.conf 2>"$T/host$i/log" &
    commands=$((commands + 1)) # in a process of its own
done
echo "    all: wait for the word \`joined\`"
n=0
until [ "$(cat "$T"/host?/log | grep -c ': joined$')" = 3 ]; do
    n=$((n + 1))
    [ $n -lt 1500 ] || fail "the parties do not join: $(cat "$T"/host?/log)"
    sleep 0.2
done

on client trinn send --service card --key alice.key --name digits \
    --model model.safetensors --net A >/dev/null || fail "the model is not taken"
on client trinn ask --service card --key alice.key --model digits \
    --images data/t10k-images-idx3-ubyte --limit 20 >"$T/answer" ||
    fail "no answer"
tr '\n' ' ' <"$T/answer"
echo

# ---- what it was -------------------------------------------------------------

took=$(($(date +%s) - begun))
right=$(od -An -v -tu1 -w1 -j8 -N20 "$T/client/data/t10k-labels-idx1-ubyte" |
    tr -d ' ' | paste - "$T/answer" | awk '$1 == $2' | grep -c .)
echo "$commands commands, $texts texts, $took s; $right of 20 right"
[ $commands -le 12 ] || fail "more than 12 commands"
[ $took -le 300 ] || fail "more than five minutes"
[ "$right" -ge 15 ] || fail "wrong answers"
