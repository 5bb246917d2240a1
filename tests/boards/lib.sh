# Helpers of run.sh, beside those of e2e/lib.sh.

# Data, keys, a model in the clear of every network that cases use.
start_data() {
    "$trinn" digits --out "$T/data" --train 320 --test 100 --seed 3 >/dev/null ||
        exit 1
    for i in 0 1 2; do
        "$trinn" keygen "$T/p$i.key" >/dev/null || exit 1
    done
}

# job ENGINE SECURITY NET IMAGES BATCH: shares of a model and of images, what
# they are classified as in the clear, and the options of the run.
job() {
    engine=$1 security=$2 net=$3 images=$4 batch=$5
    model=$T/${net##*/}.safetensors
    rm -f "$T"/m.p?.share "$T"/q.p?.share
    [ -f "$model" ] ||
        "$trinn" clear train --engine float --data "$T/data" --net "$net" \
            --epochs 1 --batch 32 --model-out "$model" \
            >/dev/null 2>"$T/err" || complain "no model: $(cat "$T/err")"
    "$trinn" share --engine "$engine" --model "$model" --net "$net" \
        --out "$T/m" >/dev/null 2>&1 || complain 'no shares of the model'
    "$trinn" share --engine "$engine" --data "$T/data" --part test \
        --limit "$images" --out "$T/q" >/dev/null || complain 'no images'
    "$trinn" clear infer --engine plain --data "$T/data" --net "$net" \
        --limit "$images" --model "$model" 2>/dev/null |
        grep -E '^[0-9]+$' >"$T/plain"
    options="--engine $engine --security $security --net $net --batch $batch"
    rm -f "$T"/?.con "$T"/?.err "$T"/?.out "$T"/r.p?.share "$T"/p?.set
    pid0= pid1= pid2=
}

# Whether party ID holds shares in this run, and its files.
files() {
    case $engine$1 in
    fused2) ;;
    *) echo "--shares $T/q.p$1.share --model $T/m.p$1.share" ;;
    esac
}

# configs: of all three, by their addresses. A program waits for a board as long as
# that takes to start.
configs() {
    parties=ether:02:00:00:00:00:00,ether:02:00:00:00:00:01,ether:02:00:00:00:00:02
    for i in 0 1 2; do
        config $i
        sed -i 's/^connect .*/connect 300/' "$T/p$i.conf"
        echo "interface p$i" >>"$T/p$i.conf"
    done
}

# setup ID ARGS...: what makes a board party ID.
setup() {
    setup_id=$1
    shift
    rm -f "$T/p$setup_id.set"
    "$trinn" board "$T/p$setup_id.set" --config "$T/p$setup_id.conf" $options \
        $(files $setup_id) "$@" >"$T/err" 2>&1 ||
        complain "no setup of party $setup_id: $(cat "$T/err")"
}

# cables ID: two cables, one to each other party: sockets of this file system.
cables() {
    for other in 0 1 2; do
        [ $other = "$1" ] ||
            echo "-netdev $(cable "$1" $other) $(nic $other "$1")"
    done
}

# cable A B: A's end of it.
cable() {
    echo "dgram,id=n$2,local.type=unix,local.path=$T/c$1$2,remote.type=unix,remote.path=$T/c$2$1"
}

# boards ID...: start machines on cables, from their setups, with the words $more
# for the emulator; what their consoles show goes to $T/<id>.con.
boards() {
    for i in "$@"; do
        (machine $i "$image" $(cables $i) $entropy ${more:-} >"$T/$i.con" 2>&1) &
        eval "pid$i=$!"
    done
}

# over ID CODE: wait for the party and look at its exit code.
over() {
    eval "wait \$pid$1"
    code=$?
    [ $code = "$2" ] || complain "party $1 ends with $code, not $2: $(tail -n 3 "$T/$1.con" | cut -c1-300)"
}

# says ID TEXT [N]: on its console, in so many lines, now or before it ends. How
# fast this machine is does not matter: what never ends is ended after $long.
says() {
    eval "says_pid=\$pid$1"
    until [ "$(grep -cF -- "$2" "$T/$1.con" 2>/dev/null)" -ge "${3:-1}" ] 2>/dev/null; do
        kill -0 "$says_pid" 2>/dev/null || {
            [ "$(grep -cF -- "$2" "$T/$1.con")" -ge "${3:-1}" ] ||
                complain "party $1 does not say '$2': $(tail -n 2 "$T/$1.con" | cut -c1-200)"
            return
        }
        sleep 0.1
    done
}

# result ID: the last file on its console. Its bytes are counted there.
result() {
    # A text of octal escapes, which every printf knows.
    printf "$(awk '
        /^result: / { text = "" }
        /^share: / {
            for (i = 8; (high = index("0123456789abcdef", substr($0, i, 1))) > 0 && i < length($0); i += 2)
                text = text sprintf("\\%03o", 16 * (high - 1) + \
                    index("0123456789abcdef", substr($0, i + 1, 1)) - 1)
        }
        END { printf "%s", text }' "$T/$1.con")" >"$T/r.p$1.share"
    same "$(wc -c <"$T/r.p$1.share")" \
        "$(sed -n 's/^result: \([0-9]*\).*/\1/p' "$T/$1.con" | tail -n 1)" "bytes of the result of party $1"
}

# classes: those of all that hold shares are joined, and are the plain ones.
classes() {
    set -- "$T/r.p0.share" "$T/r.p1.share"
    [ "$engine" = fused ] || set -- "$@" "$T/r.p2.share"
    same "$("$trinn" reveal "$@" 2>&1 | tr '\n' ' ')" "$(tr '\n' ' ' <"$T/plain")" \
        'classes by three parties, and in the clear'
}

# on_segment ID...: those parties are boards, on the segment of cases_ether.sh.
on_segment() {
    for i in "$@"; do
        $there ip tuntap add "t$i" mode tap 2>/dev/null &&
            $there ip link set "t$i" master b0 up || complain 'no tap'
        (
            machine_here="$there" machine $i "$image" \
                -netdev "tap,id=n$i,ifname=t$i,script=no,downscript=no" \
                $(nic $i $i) $entropy >"$T/$i.con" 2>&1
        ) &
        eval "pid$i=$!"
    done
}

# program ID COMMAND...: the program as that party, on the same segment.
program() {
    program_id=$1
    shift
    out=
    [ -z "$(files $program_id)" ] || out="--out $T/r.p$program_id.share"
    $there timeout -k 2 $long nice -n 10 "$@" party infer --config "$T/p$program_id.conf" \
        $options --threads 1 $(files $program_id) $out >"$T/$program_id.con" 2>&1 &
    eval "pid$program_id=$!"
}

# linked SETUP=FILE: the image again, with that in it.
linked() {
    make -C "$here/../.." --no-print-directory BOARD="$board" B="${image%/*}" "$1" \
        "${image%/*}/board.elf" >"$T/err" 2>&1 || complain "no image: $(tail -n 3 "$T/err")"
}

# send_model KEY SHARES CODE TEXT: the model to the board that is P1.
send_model() {
    $there "$outside" load "$T/$2.p1.share" --board ether:02:00:00:00:00:01 \
        --board-key "$(cat "$T/p1.key.pub")" --key "$T/$1.key" --interface p1 \
        --connect 100 --deadline 6 >"$T/err" 2>&1
    same $? $3 "the code of sending a model ($(cat "$T/err"))"
    [ -z "$4" ] || grep -qF -- "$4" "$T/err" || complain "sending a model says: $(cat "$T/err")"
}

# patched OUT TEXT BYTES: the image with the bytes (octal escapes) in the place
# of a text that stands in it once.
patched() {
    at=$(grep -obUaF -- "$2" "$image" | cut -d: -f1)
    same "$(echo "$at" | wc -w)" 1 "places of '$2' in the image"
    cp "$image" "$1"
    printf "$3" | dd of="$1" bs=1 seek="${at:-0}" conv=notrunc 2>/dev/null
}

# Instructions: IRQs are held, a branch to itself, none.
held='\337\102\003\325' endless='\000\000\000\024' illegal='\000\000\000\000'
two='-smp 2' # of its cores; empty: it uses one
secure='-machine secure=on,virtualization=on' # so that there is another state

# begins OUT FUNCTION BYTES [IMAGE]: the image in which a function begins with
# another instruction (octal escapes).
begins() {
    begins_with=$3 begins_in=${4:-$image}
    set -- "$1" $(${nm:-aarch64-linux-gnu-nm} "$begins_in" | awk -v f="$2" '$3 == f { print $1 }') \
        $(${readelf:-aarch64-linux-gnu-readelf} -SW "$begins_in" | sed 's/\[ *//' | awk '$2 == ".text" { print $4, $5 }')
    same $# 4 'words about a function of the image'
    [ "$begins_in" = "$1" ] || cp "$begins_in" "$1"
    printf "$begins_with" | dd of="$1" bs=1 conv=notrunc 2>/dev/null \
        seek=$((0x$2 - 0x$3 + 0x$4))
}

# firmware: $T/firmware, which starts the image in the non-secure state. It stands
# at $below, in RAM that no board has; $gic is where the interrupt controller is.
firmware() {
    "${cc:-aarch64-linux-gnu-gcc}" -nostdlib -static -no-pie -Wl,--build-id=none,-Ttext="$below" \
        -DIMAGE=0x"$(${nm:-aarch64-linux-gnu-nm} "$image" | awk '$3 == "tri_start" { print $1 }')" \
        -DGICD="${gic% *}" -DGICC="${gic#* }" ${el1-} "$here/firmware.S" -o "$T/firmware" 2>"$T/err" ||
        complain "no firmware: $(cat "$T/err")"
}
