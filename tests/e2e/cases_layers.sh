# Layers beyond the paper's, and trainings that go on from a model.

# Batch normalisation and a sum of two branches, with verification: train, go on
# from the model with half of the layers frozen, count, classify.
case_residual() {
    replicated
    cp "$T/net" "$T/net.kept"
    head='input 28 28 1\nconv 4 5 stride 3%s\nbatchnorm%s\nrelu as a\n'
    tail='conv 4 3 pad same nobias\nbatchnorm\nadd a\nrelu\nfc 10\n'
    # shellcheck disable=SC2059
    printf "$head$tail" '' '' >"$T/net"
    active='--security active --engine rep3'
    rm -f "$T"/q[0-9]? "$T"/q.*
    three train $active --shares "$T/r3.p@.share" \
        --test-shares "$T/r3t.p@.share" --epochs 2 --model-out "$T/q1@"
    all_end 0 "training: 20 steps"
    first=$(sed -n 's/^right: \([0-9]*\) of 100.*/\1/p' "$T/2.out")

    # shellcheck disable=SC2059
    printf "$head$tail" ' freeze' ' freeze' >"$T/net"
    three train $active --shares "$T/r3.p@.share" \
        --test-shares "$T/r3t.p@.share" --epochs 2 --decay 0.001 \
        --class-weights 1,1,1,1,1.5,1,1,1,1,1 \
        --model "$T/q1@" --model-out "$T/q2@"
    all_end 0 "training: 20 steps"
    right=$(sed -n 's/^right: \([0-9]*\) of 100.*/\1/p' "$T/2.out")
    [ "${right:-0}" -ge 50 ] && [ "$right" -gt "${first:-100}" ] ||
        complain "$first of 100 are right, then $right"

    # Whoever uses a model need not know what was frozen.
    # shellcheck disable=SC2059
    printf "$head$tail" '' '' >"$T/net"
    three evaluate $active --shares "$T/r3t.p@.share" --model "$T/q2@"
    all_end 0 "right: $right of 100"
    three infer $active --shares "$T/r3t.p@.share" --model "$T/q2@" \
        --out "$T/q3@"
    all_end 0 "rounds:"
    want 0 "" "$trinn" reveal "$T/q30" "$T/q31" "$T/q32" --out "$T/q.classes"
    od -An -v -tu1 -j8 -w1 "$T/data/t10k-labels-idx1-ubyte" |
        paste -d' ' - "$T/q.classes" >"$T/q.both"
    same "$(awk '$1 == $2 { n++ } END { print n + 0 }' "$T/q.both")" "$right" \
        "right classes"

    # The first model again: what was frozen is the same in both.
    for n in 1 2; do
        want 0 "" "$trinn" reveal "$T/q${n}0" "$T/q${n}1" "$T/q${n}2" \
            --out "$T/q.$n.txt"
    done
    for what in 'layer 1 weights' 'layer 1 biases' 'layer 2 weights' \
        'layer 4 weights' 'layer 8 weights'; do
        for n in 1 2; do
            sed -n "/^$what/,/^layer/p" "$T/q.$n.txt" | sed '$d' >"$T/q.$n.part"
        done
        [ -s "$T/q.1.part" ] || complain "no $what"
        cmp -s "$T/q.1.part" "$T/q.2.part" && alike=1 || alike=0
        case $what in
        'layer '[12]*) same $alike 1 "$what alike" ;;
        *) same $alike 0 "$what alike" ;;
        esac
    done

    printf 'input 28 28 1\nfc 2\nloss mse\n' >"$T/square.net"
    # Party 2 forgets the model; another network's is none.
    new_parties
    for i in 0 1 2; do
        set -- $active --shares "$T/r3.p$i.share" --epochs 1
        [ $i = 2 ] || set -- "$@" --model "$T/q1$i"
        party $i train "$@"
    done
    for i in 0 1 2; do ends $i 2 ""; done
    mv "$T/net.kept" "$T/net"
    want 2 "model of another network" "$trinn" party train $active --id 0 \
        --insecure-plaintext --parties "$parties" --net "$T/net" \
        --shares "$T/r3.p0.share" --model "$T/q10" --model-out "$T/q4"
    rm -f "$T"/q[0-9]? "$T"/q.*
    for list in 1,1 1,1,1,1,1,1,1,1,1,0 1,1,1,1,1,1,1,1,1,1,1 '1,1,1,1,1,1,1,1,1, 1'; do
        want 2 "give 10 numbers" "$trinn" demo --engine plain \
            --class-weights "$list"
    done
    want 2 "of a regression" "$trinn" demo --engine plain \
        --net "$T/square.net" --class-weights 1,1
}

# What `trinn networks` lists can be had by name, and is what it prints.
case_networks() {
    want 0 "resnet20" "$trinn" networks
    "$trinn" networks | while read -r n _; do
        "$trinn" networks "$n" >"$T/net.text" || echo "network $n has no text"
        case $n in D | alexnet | resnet18 | vgg16) ;; *) continue ;; esac
        "$trinn" networks | sed -n "s/^$n .* \([0-9]*\) parameters/\1/p"
    done >"$T/networks"
    same "$(cat "$T/networks" | tr '\n' ' ')" "99240 4077962 11699112 14914378 " \
        "parameters"
    want 2 "no network of this program" "$trinn" networks resnet21
    want 2 "resnet21" "$trinn" plan --net resnet21
    for net in alexnet vgg16 resnet20; do
        "$trinn" networks $net | cmp -s - "$here/../../boards/host/networks/$net.net" ||
            complain "$net is not its file"
    done
}

# What --memory allows is enough: in slices, then with weights from the file, with
# the same answers; what cannot fit is refused by all.
case_memory() {
    replicated
    cp "$T/net" "$T/net.kept"
    printf 'input 28 28 1\nfc 300\nrelu\nfc 600\nrelu\nfc 300\nrelu\nfc 10\n' >"$T/net"
    rm -rf "$T"/q.*
    want 0 "" "$trinn" clear train --net "$T/net" --data "$T/data" --epochs 3 \
        --model-out "$T/q.safetensors"
    for e in rep3 fused; do
        want 0 "" "$trinn" share --engine $e --model "$T/q.safetensors" \
            --net "$T/net" --out "$T/q.$e"
    done
    batch=100
    before=
    while read -r e limit where; do
        [ "$e" = rep3 ] && data=r3t how=active || data=test how=passive
        new_parties
        for i in 0 1 2; do
            set -- --engine $e --security $how --memory "$limit"
            [ "$e $i" = "fused 2" ] ||
                set -- "$@" --shares "$T/$data.p$i.share" --model "$T/q.$e.p$i.share"
            party $i evaluate "$@"
        done
        all_end 0 "rounds:"
        right=$(sed -n 's/^right: \([0-9]*\) of 100.*/\1/p' "$T/0.out")
        took=$(sed -n 's/^memory: \([0-9]*\)[.0-9]* MB/\1/p' "$T/0.out")
        [ $((${took:-99} + 6)) -le "${limit%M}" ] || complain "$took MB, not $limit"
        grep -q "samples at once$where\$" "$T/0.err" || complain "$(cat "$T/0.err")"
        [ "${right:-0}" -ge 40 ] && [ $((right - ${before:-$right})) -le 1 ] &&
            [ $((${before:-$right} - right)) -le 1 ] ||
            complain "$e in $limit: $right right, before $before"
        before=$right
    done <<.
rep3 22M
rep3 18M , weights from the file as needed
fused 12M , weights from the file as needed
.
    want 2 "for one sample, with the weights of one layer" "$trinn" plan \
        --net "$T/net" --task infer --samples 8 --memory 9M
    want 2 "this party's run takes" "$trinn" plan --net "$T/net" --steps 1 \
        --samples 128 --memory 9M
    want 2 "option --memory: this party's run takes" "$trinn" demo --memory 1M
    # Eight threads take more memory than one: all go as the party that has them.
    batch=32
    "$trinn" networks C >"$T/net"
    want 0 "" "$trinn" clear train --net "$T/net" --data "$T/data" --limit 32 \
        --epochs 1 --batch 32 --model-out "$T/c.safetensors"
    want 0 "" "$trinn" share --engine rep3 --model "$T/c.safetensors" \
        --net "$T/net" --out "$T/c"
    new_parties
    for i in 0 1 2; do
        [ $i = 2 ] && threads=8
        party $i evaluate --engine rep3 --security active --memory 36M \
            --shares "$T/r3t.p$i.share" --model "$T/c.p$i.share"
    done
    threads=1
    all_end 0 "rounds:"
    same "$(grep -ho '[0-9]* samples at once' "$T"/?.err | sort -u | wc -l)" 1 \
        "batches of three parties"
    mv "$T/net.kept" "$T/net"
}
