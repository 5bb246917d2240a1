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
    want 2 "unknown option '--link'" "$trinn" clear train --link lan
    want 2 "option --config is missing" "$trinn" party train
    want 2 "trinn keygen" "$trinn" party train --id 0 --parties a:1,b:2,c:3
    plain="$trinn party train --insecure-plaintext"
    want 2 "does not name three" $plain --id 2 --parties a:1,b:2
    want 2 "does not name three" $plain --id 2 --parties a:1,b:2,c:3,d:4
    want 2 "is not HOST:PORT" $plain --id 2 --parties a,b:2,c:3
    want 2 "option --id is missing" $plain --parties a:1,b:2,c:3
    want 2 "option --parties is missing" $plain --id 0
    # A party that knows the others tries to tell them, for so long.
    plain="$plain --deadline 1"
    want 2 "--shares is missing" $plain --id 0 --parties a:1,b:2,c:3
    want 2 "party 2 holds no shares" \
        $plain $by --id 2 --parties a:1,b:2,c:3 --shares x
    want 2 "no meaning for this task" "$trinn" party evaluate --id 0 \
        --insecure-plaintext --deadline 1 --parties a:1,b:2,c:3 --shares x --model x \
        --model-out x
    for task in evaluate infer; do
        want 2 "--rate has no effect on \`party $task\`" "$trinn" party $task \
            --id 0 --insecure-plaintext --deadline 1 --parties a:1,b:2,c:3 \
            --shares x --model x $([ $task = evaluate ] || echo --out x) --rate 1
    done
    want 2 "--reveal-small has no effect on \`party infer\`" "$trinn" party infer \
        --id 0 --insecure-plaintext --deadline 1 --parties a:1,b:2,c:3 \
        --shares x --model x --out x --reveal-small
    want 2 "--seed has no effect on \`board\`" "$trinn" board x --seed 2
    want 2 "--log has no effect on \`board\`" "$trinn" board x --log y
    want 2 "--memory has no effect on \`board\`" "$trinn" board x --memory 1G
    want 2 "net: exists already" "$trinn" board "$T/net" --config x
    want 0 "usage: trinn plan" "$trinn" help plan
    want 2 "unknown command 'plam'" "$trinn" help plam
    for ways in "demo $by" "demo --engine float" "plan $by" "party train $by"; do
        want 2 "--ledger: nothing is verified" "$trinn" $ways --ledger 5
    done
    want 2 "neither lan nor wan" "$trinn" demo --link fast
    for opt in "link lan" "tune lan" "max tree" "prg aes128" "deadline 5" \
        no-spin insecure-plaintext; do
        want 2 "--${opt% *} has no effect on \`demo --engine plain\`" \
            "$trinn" demo --engine plain --$opt
    done
    want 2 "--reveal-small has no effect on \`demo\`" \
        "$trinn" demo --reveal-small
    want 2 "give auto, chacha20 or aes128" "$trinn" demo --prg md5
    want 2 "either --data DIR or --images FILE" "$trinn" share --out "$T/x"
    want 1 "standard output" sh -c "'$trinn' help >/dev/full"
    want 1 "are written" sh -c "'$trinn' keygen '$T/full.key' >/dev/full"
    want 0 "$(cat "$T/full.key.pub")" "$trinn" keygen --public "$T/full.key"
}

case_selftest() {
    want 0 "" "$trinn" selftest
    grep -q '^ *gemm *ok$' "$T/out" || complain "gemm is not tried"
}

case_input() {
    d=$T/broken
    cp -r "$T/data" "$d"
    labels=$d/train-labels-idx1-ubyte
    printf '\012' | dd of="$labels" bs=1 seek=107 conv=notrunc 2>/dev/null
    want 2 "label 99 is 10; by --classes they are 0 to 9" "$trinn" share \
        --data "$d" --classes 10 --out "$T/x"
    head -c 200 "$T/data/train-labels-idx1-ubyte" >"$labels"
    want 2 "cut off" "$trinn" share --data "$d" --out "$T/x"
    gzip "$labels"
    want 2 "gunzip" "$trinn" share --data "$d" --out "$T/x"
    want 2 "has no file" "$trinn" demo --data "$T"
    printf 'input 28 28 1\nfc 10\nfcc 10\n' >"$T/badnet"
    want 2 "line 3" "$trinn" demo --net "$T/badnet"
    printf '\357\273\277input 28 28 1\nfc 10\n' >"$T/badnet"
    want 2 "byte order mark" "$trinn" demo --net "$T/badnet"
    printf 'input 8 8 1\nfc 10\n' >"$T/badnet"
    want 2 "28 x 28" "$trinn" demo --net "$T/badnet" --limit 200 --test 10
    want 2 "option --batch" "$trinn" demo --limit 100 --test 10
    [ ! -e "$T/x.p0.share" ] && [ ! -e "$T/x.p1.share" ] ||
        complain "a share of broken data was written"
}

# advised FILE: the command behind the colon of the text, done in FILE's place.
advised() {
    advice=$(sed -n 's/^trinn: .*: \(unzip\|gunzip\|chmod\|mkdir\)/\1/p' "$T/out")
    [ -n "$advice" ] || complain "no advice in: $(cat "$T/out")"
    (cd "$T/adv" && sh -c "$advice" >/dev/null) || complain "fails: $advice"
}

# Whoever does what a text says comes further.
case_advice() {
    rm -rf "$T/adv"
    mkdir "$T/adv"
    cp "$T"/data/t10k-* "$T/adv"
    im=$T/adv/t10k-images-idx3-ubyte
    gzip "$im" "$T/adv/t10k-labels-idx1-ubyte"
    ask="$trinn share --data $T/adv --part test --limit 3 --out $T/adv/x"
    for what in images labels; do
        want 2 "is packed" $ask
        advised
    done
    want 0 "3 labelled images" $ask
    rm "$T"/adv/x.*

    # beside the file, directories of the other name, as Kaggle unpacks them
    for f in images-idx3 labels-idx1; do
        mv "$T/adv/t10k-$f-ubyte" "$T/adv/t10k-${f%-*}.${f#*-}-ubyte"
        mkdir "$T/adv/t10k-$f-ubyte"
    done
    want 0 "3 labelled images" $ask
    rm "$T"/adv/x.*

    # named one by one, with and without .gz in the name
    cp "$T/data/t10k-images-idx3-ubyte" "$T/adv/im"
    gzip -c "$T/adv/im" >"$T/adv/packed"
    gzip "$T/adv/im"
    for f in im.gz packed; do
        want 2 "is packed" "$trinn" share --images "$T/adv/$f" --limit 2 \
            --out "$T/adv/y"
        advised
    done
    for f in im packed.unpacked; do
        want 0 "2 unlabelled images" "$trinn" share --images "$T/adv/$f" \
            --limit 2 --out "$T/adv/y$f"
    done

    cp "$T/p0.key" "$T/adv/k"
    chmod 644 "$T/adv/k"
    want 2 "chmod 600" "$trinn" keygen --public "$T/adv/k"
    sed -i 's/, or make a new one$//' "$T/out"
    advised
    want 0 "" "$trinn" keygen --public "$T/adv/k"
    printf 'PK\003\004 m/data.pkl' >"$T/adv/m.pt"
    want 2 "s.save_file(m" "$trinn" share --net A \
        --model "$T/adv/m.pt" --out "$T/adv/m"
}

case_full_disk() {
    mkdir "$T/full"
    want 1 "nothing was written" sh -c "ulimit -f 100
        trap '' XFSZ
        exec '$trinn' share --data '$T/data' --out '$T/full/x'"
    # the third of four files is the one that is too large
    want 1 "nothing was written" sh -c "ulimit -f 100
        trap '' XFSZ
        exec '$trinn' digits --out '$T/full/d' --train 50 --test 200"
    same "$(ls -A "$T/full")" "" "left on a full disk"
}

# Descriptors that run out are no fault of the files that are named.
case_few_files() {
    want 1 "Too many open files" sh -c "ulimit -n 4
        exec '$trinn' reveal '$T/a.p0.share' '$T/a.p1.share'"
    want 1 "Too many open files" sh -c "ulimit -n 4
        exec '$trinn' share --data '$T/data' --out '$T/few'"
    same "$(ls "$T" | grep few)" "" "left without descriptors"
    want 2 "No such file" "$trinn" reveal "$T/a.p0.share" "$T/nothing"
}

# An option that would change nothing is refused.
case_reveal_options() {
    printf 'input 28 28 1\nfc 10\n' >"$T/tiny"
    "$trinn" clear train --net "$T/tiny" --data "$T/data" --epochs 1 \
        --model-out "$T/tiny.safetensors" >/dev/null 2>&1
    "$trinn" share --engine fused --model "$T/tiny.safetensors" --net "$T/tiny" \
        --out "$T/tiny" >/dev/null
    set -- "$T/tiny.p0.share" "$T/tiny.p1.share"
    want 2 "--classes" "$trinn" reveal "$@" --classes
    want 2 "--layout" "$trinn" reveal "$@" --layout trinn
    want 0 "" "$trinn" reveal "$@" --layout trinn --out "$T/tiny.trinn/"
    want 0 "" "$trinn" reveal "$@" --out "$T/tiny.pytorch/"
    cmp -s "$T/tiny.trinn/1.weight.npy" "$T/tiny.pytorch/1.weight.npy" &&
        complain "a layout like the other"
}

# Streams that the caller closed: no file or socket takes their place.
case_closed_streams() {
    for task in "share --data $T/data --limit 5 --out $T/closed" \
        "demo --net $T/net --limit 64 --test 8 --batch 32 --steps 1"; do
        timeout -k 1 $long "$trinn" $task <&- >&- 2>&-
        same $? 1 "closed streams, exit code of $task"
        timeout -k 1 $long "$trinn" $task <&- 2>&- >"$T/out"
        code=$?
        case $task in
            share*) same $code 2 "it exists now" ;;
            *) same $code 0 "without a stream for errors" ;;
        esac
    done
    want 2 "holds data" "$trinn" reveal "$T/closed.p0.share" \
        "$T/closed.p1.share"
}

# same_tree BEFORE WHAT: $T/out.d holds what it did.
same_tree() {
    same "$(cd "$T/out.d" && find . -type f | sort | xargs cksum)" "$1" "$2"
}

# What cannot be written is said before any work, and nothing is written over.
case_outputs() {
    o=$T/out.d
    mkdir "$o" "$o/npy" "$o/set" "$o/empty"
    "$trinn" digits --out "$o/set" --train 64 --test 1 >/dev/null
    "$trinn" clear train --net "$T/net" --data "$T/data" --epochs 1 \
        --model-out "$o/m.safetensors" >/dev/null 2>&1
    "$trinn" demo --engine float --net "$T/net" --limit 64 --test 16 \
        --batch 32 --steps 2 --log "$o/log" >/dev/null 2>&1
    "$trinn" share --net "$T/net" --model "$o/m.safetensors" --out "$o/m" \
        >/dev/null
    echo mine | tee "$o/x.p1.share" "$o/x.npy" "$o/npy/1.weight.npy" \
        >"$o/file"
    ln -s nothing "$o/link"
    was=$(cd "$o" && find . -type f | sort | xargs cksum)
    clear="$trinn clear train --net $T/net --data $T/data --epochs 1"
    infer="$trinn clear infer --net $T/net --model $o/m.safetensors"
    for f in "$o/file" "$o/link" "$o/empty" "$o/file/x" "$o/no/x" /dev/full; do
        [ "$f" = "$o/empty" ] || want 2 "$f: " "$trinn" reveal "$o/m.p0.share" \
            "$o/m.p1.share" --out "$f"
        want 2 "$f: " "$trinn" plot "$o/log" -o "$f"
        want 2 "$f: " $infer --data "$T/data" --out "$f"
        [ "$f" = "$o/empty" ] || want 2 "$f: " $clear --model-out "$f/"
    done
    want 2 "x.p1.share: exists" "$trinn" share --data "$T/data" --out "$o/x"
    want 2 "no/x.p0.share: cannot be created" \
        "$trinn" share --data "$T/data" --out "$o/no/x"
    want 2 "is a directory" "$trinn" share --data "$T/data" --out "$o/"
    want 2 "npy: has 1.weight.npy" $clear --model-out "$o/npy"
    want 2 "m.safetensors: exists" $clear --model-out "$o/m.safetensors"
    want 2 "train-images-idx3-ubyte: exists" "$trinn" digits --out "$o/set"
    want 2 "is one array" "$trinn" reveal "$o/m.p0.share" "$o/m.p1.share" \
        --out "$o/new.npy"
    for f in "$o/file/x" "$o/no/x" "$o/$(printf '%0300d' 1)"; do
        want 2 "$f: cannot be created" "$trinn" demo --log "$f"
    done
    [ -c /dev/full ] && [ -L "$o/link" ] || complain "a special file is gone"
    same_tree "$was" "what was there"
}

# A pipe in the place of a file: refused, and nobody waits for its other end.
case_pipes() {
    mkfifo -m 600 "$T/pipe"
    for c in "share --images $T/pipe --out $T/px" \
        "share --images $T/data/t10k-images-idx3-ubyte --labels $T/pipe \
            --out $T/px" \
        "share --net A --model $T/pipe --out $T/px" "plan $T/pipe" \
        "reveal $T/pipe $T/a.p1.share" "reveal $T/a.p0.share $T/pipe" \
        "plot $T/pipe -o $T/px" "keygen --public $T/pipe" \
        "check-config $T/pipe"; do
        timeout -k 1 $long "$trinn" $c >"$T/out" 2>&1
        same $? 2 "exit code of $c"
        grep -q "pipe: is not a regular file" "$T/out" ||
            complain "$c: $(tail -n 2 "$T/out")"
    done
    new_parties
    deadline=1
    party 2 train --log "$T/pipe" --resume --checkpoint "$T/pc"
    ends 2 2 "pipe: is not a regular file"
    deadline=$usual
    rm "$T/pipe"
}

# With less and less memory: a result that is not complete is no success.
case_no_memory() {
    "$trinn" clear train --net "$T/net" --data "$T/data" --steps 2 --batch 16 \
        --model-out "$T/nm.safetensors" >/dev/null 2>&1
    "$trinn" share --engine fused --net "$T/net" \
        --model "$T/nm.safetensors" --out "$T/nm" \
        >/dev/null
    "$trinn" reveal "$T/nm.p0.share" "$T/nm.p1.share" >"$T/nm.want"
    kb=9000 enough=0 refused=0
    # Below what the program itself takes the system ends it, without a word.
    while [ $kb -gt 2000 ] &&
        (ulimit -v $kb && exec "$trinn" help) >/dev/null 2>&1; do
        rm -f "$T/nm.out"
        [ $((kb % 100)) = 0 ] && set -- --out "$T/nm.out" || set --
        (ulimit -v $kb && exec timeout -k 1 $long "$trinn" reveal \
            "$T/nm.p0.share" "$T/nm.p1.share" "$@") >"$T/out" 2>"$T/err"
        code=$?
        [ ! -e "$T/nm.out" ] || mv "$T/nm.out" "$T/out"
        if [ $code = 0 ]; then
            enough=$((enough + 1))
            cmp -s "$T/out" "$T/nm.want" ||
                complain "with $kb kB: exit code 0 and $(wc -c <"$T/out") bytes"
        else
            refused=$((refused + 1))
            [ -s "$T/err" ] || complain "with $kb kB: exit code $code, no text"
        fi
        kb=$((kb - 50))
    done
    [ $enough -gt 0 ] && [ $refused -gt 0 ] ||
        complain "$enough were enough, $refused refused"
    rm "$T"/nm*
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
