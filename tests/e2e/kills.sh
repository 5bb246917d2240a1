#!/bin/sh
# Kill parties of a service again and again, while clients ask and while none
# does: it heals, and what it answers is right.
#   sh tests/e2e/kills.sh build/trinn [COUNT [SEED]]
trinn=$(realpath "$1")
here=$(dirname "$0")
COUNT=${2:-50}
SEED=${3:-1}
T=$(mktemp -d) || exit 1
. "$here/lib.sh"
. "$here/cases_serve.sh"
. "$here/cases_operate.sh"
trap 'touch "$T/service/stop"; end_parties; rm -rf "$T"' EXIT
trap 'exit 1' INT TERM
name=kills
bad=0
begun=$(date +%s)
prepare
awk -v n="$COUNT" -v seed="$SEED" 'BEGIN {
    srand(seed)
    split("0,1,2,0 1,0 2,1 2,2 1 0", v, ",")
    for (i = 1; i <= n; i++)
        printf "%s %.3f %s\n", rand() < 0.2 ? "idle" : "asking", \
            0.3 * rand(), v[rand() < 0.6 ? 1 + int(3 * rand()) : \
                              1 + int(7 * rand())]
}' >"$T/plan"
set --
while IFS= read -r line; do
    set -- "$@" "$line"
done <"$T/plan"
kill_parties "$@"
# Some of them were in the middle of a verification, and are counted as such.
noted=$(cat "$s"/store?/.aborted 2>/dev/null | grep -c 'middle of a verification')
[ "$COUNT" -lt 20 ] || [ "$noted" -gt 0 ] || complain "no end was noted"
printf 'kills: %s, noted %s, %s (%s s)\n' "$COUNT" "$noted" \
    "$([ $bad = 0 ] && echo ok || echo FAILED)" $(($(date +%s) - begun))
exit $bad
