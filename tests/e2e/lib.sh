# Helpers of run.sh. $T is the temporary directory, $trinn the program.
failed=0

complain() {
    echo "  $name: $*" >&2
    bad=1
}

# Seconds that nothing takes, on the slowest machine: what takes them stands still.
long=300
# The deadline of parties, where no case is about one.
usual=60

# want CODE TEXT COMMAND...: exit code and a text in what it prints.
want() {
    want_code=$1 want_text=$2
    shift 2
    timeout -k 1 $long "$@" >"$T/out" 2>&1
    code=$?
    [ $code = "$want_code" ] ||
        complain "exit code $code, not $want_code: $* ($(tail -n 2 "$T/out"))"
    [ -z "$want_text" ] || grep -qF -- "$want_text" "$T/out" ||
        complain "no '$want_text' in: $(tail -n 2 "$T/out") ($*)"
}

same() {
    [ "$1" = "$2" ] || complain "$3: '$1' is not '$2'"
}

# What cases compute by if they do not say: what takes the least time. Empty:
# what the program does by itself.
by='--security passive --engine fused'

# A digit data set and its shares, for all cases.
prepare() {
    "$trinn" digits --out "$T/data" --train 320 --test 100 --seed 3 \
        >/dev/null || exit 1
    for set in a b; do
        "$trinn" share --engine fused --data "$T/data" --out "$T/$set" \
            >/dev/null || exit 1
    done
    "$trinn" share --engine fused --data "$T/data" --part test \
        --out "$T/test" >/dev/null || exit 1
    printf 'input 28 28 1\nfc 32\nrelu\nfc 10\n' >"$T/net"
    for i in 0 1 2; do
        "$trinn" keygen "$T/p$i.key" >/dev/null || exit 1
    done
}

# byte4 N: four bytes, highest first, as printf has them.
byte4() {
    printf '\\000\\000\\%03o\\%03o' $(($1 / 256)) $(($1 % 256))
}

# Runs, and is no zombie that waits for its parent.
alive() {
    [ -e "/proc/$1" ] && ! grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null
}

not() {
    ! "$@"
}

# Three ports that nobody uses, below those the system hands out; of 7500 that
# no other worker looks at, as long as there are two.
ports() {
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
        awk -v s=$(($$ + 977 * seed)) -v worker="$worker" '
            { n = split($2, a, ":"); used[toupper(a[n])] = 1 }
            END {
                for (p = 12000 + 7500 * worker + (s * 37) % 7400; c < 3; p++)
                    if (!(sprintf("%04X", p) in used)) {
                        printf "%s%d", c++ ? " " : "", p
                    }
            }'
}
seed=0
worker=0
deadline=$usual
threads=1
batch=32

new_parties() {
    rm -f "$T"/?.err "$T"/?.out
    seed=$((seed + 1)) # not in the subshell, which would forget it
    set -- $(ports)
    port0=$1 port1=$2 port2=$3
    parties="127.0.0.1:$1,127.0.0.1:$2,127.0.0.1:$3"
    pid0= pid1= pid2=
}

# config ID: the configuration of a party in $T/p<id>.conf, from $parties and
# $deadline.
config() {
    {
        printf 'id %s\nkey p%s.key\n' "$1" "$1"
        n=0
        for addr in $(echo "$parties" | tr , ' '); do
            echo "party $n $addr $(cat "$T/p$n.key.pub")"
            n=$((n + 1))
        done
        printf 'deadline %s\nconnect %s\n' "$deadline" "$deadline"
    } >"$T/p$1.conf"
}

# party ID TASK ARGS...: start one in the background; its texts go to
# $T/<id>.out and $T/<id>.err.
party() {
    party_id=$1
    config "$party_id"
    start_party "$@" --config "$T/p$party_id.conf"
}

# The same without keys.
plain_party() {
    start_party "$@" --insecure-plaintext --id "$1" --parties "$parties" \
        --deadline "$deadline"
}

# with_by ARGS...: $by, unless the arguments say what is to be computed by.
with_by() {
    case " $* " in
        *" --engine "* | *" --security "* | *" --attack "*) ;;
        *) echo "$by" ;;
    esac
}

# A training of parties that hold shares writes a model, here where no case
# looks for it if it does not say where.
start_party() {
    party_id=$1 task=$2
    shift 2
    # shellcheck disable=SC2046
    set -- $(with_by "$@") "$@"
    case "$task $party_id $*" in
        train\ 2*--engine\ fused* | train\ 2*--engine\ paper* | *--model-out*) ;;
        train*)
            rm -f "$T/unasked$party_id"
            set -- "$@" --model-out "$T/unasked$party_id"
            ;;
    esac
    "$trinn" party "$task" \
        --net "$T/net" ${batch:+--batch "$batch"} --threads "$threads" "$@" \
        >"$T/$party_id.out" 2>"$T/$party_id.err" &
    eval "pid$party_id=$!"
}

# ends ID CODE TEXT: wait for a party; the text is in what it said.
ends() {
    eval "wait \$pid$1"
    code=$?
    eval "pid$1="
    [ $code = "$2" ] ||
        complain "party $1 ends with $code, not $2: $(tail -n 1 "$T/$1.err")"
    grep -qF -- "$3" "$T/$1.out" "$T/$1.err" ||
        complain "party $1 does not say '$3': $(tail -n 1 "$T/$1.err")"
}

end_parties() {
    for pid in $pid0 $pid1 $pid2; do
        kill -9 "$pid" 2>/dev/null
        wait "$pid" 2>/dev/null
    done
    pid0= pid1= pid2=
}

# Wait until COMMAND... succeeds.
until_true() {
    until_end=$(($(date +%s) + long))
    until "$@" >/dev/null 2>&1; do
        if [ "$(date +%s)" -gt $until_end ]; then
            complain "never: $*"
            return
        fi
        sleep 0.1
    done
}

# Since `begun` less than half of the usual deadline has passed, which is what
# parties would have waited for that hear nothing.
at_once() {
    [ $(($(date +%s) - begun)) -le $((usual / 2)) ] || complain "that took too long"
}
