# Commands that need no network.

case_usage() {
    want 2 "no command" "$trinn"
    want 2 "unknown command 'tarin'" "$trinn" tarin
    want 0 "usage: trinn" "$trinn" help
    want 0 "trinn " "$trinn" --version
    for c in demo party keygen check-config share reveal digits selftest; do
        want 0 "usage: trinn $c" "$trinn" "$c" --help
        want 2 "unknown option '--bad'" "$trinn" "$c" --bad
    done
    want 2 "is no task" "$trinn" party run
    want 2 "option --config is missing" "$trinn" party train
    want 2 "trinn keygen" "$trinn" party train --id 0 --parties a:1,b:2,c:3
    plain="$trinn party train --insecure-plaintext"
    want 2 "does not name three" $plain --id 2 --parties a:1,b:2
    want 2 "does not name three" $plain --id 2 --parties a:1,b:2,c:3,d:4
    want 2 "is not HOST:PORT" $plain --id 2 --parties a,b:2,c:3
    want 2 "option --id is missing" $plain --parties a:1,b:2,c:3
    want 2 "option --parties is missing" $plain --id 0
    want 2 "--shares is missing" $plain --id 0 --parties a:1,b:2,c:3
    want 2 "party 2 holds no shares" \
        $plain --id 2 --parties a:1,b:2,c:3 --shares x
    want 2 "no meaning for this task" "$trinn" party evaluate --id 0 \
        --insecure-plaintext --parties a:1,b:2,c:3 --shares x --model x \
        --model-out x
    want 2 "neither lan nor wan" "$trinn" demo --link fast
    want 2 "have no connections" "$trinn" demo --engine plain --link lan
    want 2 "give auto, chacha20 or aes128" "$trinn" demo --prg md5
    want 2 "either --data DIR or --images FILE" "$trinn" share --out "$T/x"
    want 1 "standard output" sh -c "'$trinn' help >/dev/full"
}

case_selftest() {
    want 0 "gemm         ok" "$trinn" selftest
}

case_input() {
    d=$T/broken
    cp -r "$T/data" "$d"
    labels=$d/train-labels-idx1-ubyte
    printf '\012' | dd of="$labels" bs=1 seek=107 conv=notrunc 2>/dev/null
    want 2 "label 99 (byte 107) is 10" "$trinn" share --data "$d" --out "$T/x"
    head -c 200 "$T/data/train-labels-idx1-ubyte" >"$labels"
    want 2 "cut off" "$trinn" share --data "$d" --out "$T/x"
    gzip "$labels"
    want 2 "gunzip" "$trinn" share --data "$d" --out "$T/x"
    want 2 "has no file" "$trinn" demo --data "$T"
    printf 'input 28 28 1\nfc 10\nfcc 10\n' >"$T/badnet"
    want 2 "line 3" "$trinn" demo --net "$T/badnet"
    printf 'input 8 8 1\nfc 10\n' >"$T/badnet"
    want 2 "28 x 28" "$trinn" demo --net "$T/badnet" --limit 200 --test 10
    want 2 "option --batch" "$trinn" demo --limit 100 --test 10
    [ ! -e "$T/x.p0.share" ] && [ ! -e "$T/x.p1.share" ] ||
        complain "a share of broken data was written"
}

case_full_disk() {
    mkdir "$T/full"
    want 1 "nothing was written" sh -c "ulimit -f 100
        trap '' XFSZ
        exec '$trinn' share --data '$T/data' --out '$T/full/x'"
    same "$(ls -A "$T/full")" "" "left on a full disk"
    want 1 "cannot be created" "$trinn" share --data "$T/data" \
        --out "$T/nowhere/x"
}

case_reveal() {
    want 2 "holds data" "$trinn" reveal "$T/a.p0.share" "$T/a.p1.share"
    want 2 "another session" "$trinn" reveal "$T/a.p0.share" "$T/b.p1.share"
    want 2 "the same file" "$trinn" reveal "$T/a.p0.share" "$T/a.p0.share"
    cp "$T/a.p0.share" "$T/copy"
    want 2 "both the share of party 0" "$trinn" reveal "$T/a.p0.share" \
        "$T/copy"
    want 2 "is not a share file" "$trinn" reveal "$T/net" "$T/a.p0.share"
}
