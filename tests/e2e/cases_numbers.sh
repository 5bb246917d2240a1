# Numbers that leave the range in which they are right are never a success.

# npy SHAPE BYTES >FILE: a .npy array of f4; BYTES as printf has them.
npy() {
    printf '\223NUMPY\1\0v\0%-117s\n' \
        "{'descr': '<f4', 'fortran_order': False, 'shape': ($1), }"
    printf "$2"
}

# 300 times the unit matrix, then a ReLU: 200 becomes 60000, which comparisons
# of 32 bits at 16 fraction bits do not see right.
case_range_plain() {
    zero='\0\0\0\0' c300='\0\0\226\103' one='\0\0\200\077'
    mkdir -p "$T/wide"
    npy '2, 2' "$c300$zero$zero$c300" >"$T/wide/0.weight.npy"
    npy '2, 2' "$one$zero$zero$one" >"$T/wide/2.weight.npy"
    for i in 0 2; do npy '2,' "$zero$zero" >"$T/wide/$i.bias.npy"; done
    npy '1, 1, 2' '\0\0\360\102\0\0\110\103' >"$T/wide.npy" # 120, 200
    printf 'input 1 2 1\nfc 2\nrelu\nfc 2\n' >"$T/wide.net"
    set -- --net "$T/wide.net" --model "$T/wide" --images "$T/wide.npy"

    rm -f "$T/wide.csv"
    want 1 'compares 60000.0, which must stay below 32768.0' \
        "$trinn" clear infer --engine plain --scores logits "$@" \
        --out "$T/wide.csv"
    [ ! -e "$T/wide.csv" ] || complain "a result of spoilt numbers"
    want 0 '36000,60000' "$trinn" clear infer --engine plain --compare 40 \
        --scores logits "$@"
    want 0 '36000,60000' "$trinn" clear infer --scores logits "$@"
    want 2 'out of range' "$trinn" rehearse "$@"
    want 0 'bits to spare' "$trinn" rehearse --compare 40 "$@"
    want 2 '--labels' "$trinn" rehearse --net "$T/wide.net" \
        --images "$T/wide.npy"

    npy '1, 1, 2' '\371\2\25\120\0\0\110\103' >"$T/wide.npy" # 1e10, 200
    want 2 'sample 0, value 0 is 1e+10' "$trinn" rehearse "$@"
    npy '1, 1, 2' '\371\2\25\170\0\0\110\103' >"$T/wide.npy" # 1.2e34, 200
    want 2 'sample 0, value 0 is' "$trinn" clear infer --engine plain "$@"
}

# An opened loss that no right numbers can have ends a training on all three
# with the cause; no model is written, and the checkpoints from before stay.
case_range_loss() {
    rm -f "$T"/wild.* "$T"/wild?
    new_parties
    for i in 0 1 2; do
        set -- --checkpoint "$T/wild" --every 1 --rate 16 --force \
            --loss-every 3 --epochs 4
        [ $i = 2 ] || set -- "$@" --shares "$T/a.p$i.share" --model-out "$T/wild$i"
        party $i train "$@"
    done
    for i in 0 1 2; do ends $i 1 'numbers have left their range'; done
    cat "$T"/?.err | grep -qF 'opened as' || complain "no loss is named"
    cat "$T"/?.err | grep -qF 'is saved and stays' || complain "no checkpoint"
    for i in 0 1; do
        [ ! -e "$T/wild$i" ] || complain "party $i wrote a model"
    done
    [ -e "$T/wild.p0.a.ckpt" ] || complain "no checkpoint is left"
    rm -f "$T"/wild*
    want 1 'numbers have left their range' "$trinn" demo --engine plain \
        --rate 16 --limit 640 --test 10
}
