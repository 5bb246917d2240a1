#!/bin/sh
# What `make bench` leaves behind: a whole bench.json, or the one before.
#   sh tests/bench.sh build/bench
bench=$(realpath "$1")
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
cd "$T" || exit 1

fail() {
    echo "bench: $*" >&2
    exit 1
}

echo before >bench.json
for sig in INT TERM; do
    timeout -s $sig -k 60 2 "$bench" --json bench.json >out 2>err
    [ "$(ls | tr '\n' ' ')" = "bench.json err out " ] || fail "left $(ls)"
    [ "$(cat bench.json)" = before ] || fail "cut off by $sig: bench.json is gone"
done
"$bench" --filter prg/ --seconds 0.001 --json bench.json >out || fail "code $?"
tail -n 1 bench.json | grep -q '^\] }$' || fail "bench.json is not whole"
for word in rate +- peak "vs C" minutes; do
    grep -q -- "$word.* " out || fail "does not explain $word"
done
"$bench" --filter prg/ --json no/bench.json >out 2>err
[ $? = 2 ] || fail "a missing directory passes"
echo "bench: ok"
