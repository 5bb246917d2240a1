# Models of PyTorch, as it exports them, and back. tests/onnx/make.py made the
# checked-in ones; where PyTorch and ONNX for Python are, it makes new ones.

onnx_data() {
    [ -d "$T/thousand" ] ||
        "$trinn" digits --out "$T/thousand" --train 2000 --test 1000 --seed 3 \
            >/dev/null || complain "no digits"
}

# computes NET MODEL OUT [ARGS...]: logits of the thousand images in float
computes() {
    net=$1 model=$2 out=$3
    shift 3
    rm -f "$out"
    want 0 "" "$trinn" clear infer --data "$T/thousand" --part test \
        --net "$net" --model "$model" --scores logits --out "$out" "$@"
}

# logits_alike A.csv B.csv LIMIT: logits differ by less than LIMIT, of 1000 classes
# 999 are alike, and what is not was nearly a tie: it led by no more than twice
# what logits differ by.
logits_alike() {
    differ "$1" "$2" | awk -v limit="$3" '{
        printf "  %d of %d classes alike, logits differ by %g\n", $2, $1, $3
        exit !($1 == 1000 && $2 >= 999 && $3 < limit && $4 <= 2 * $3)
    }' || complain "$1 and $2 tell different classes"
}

# classes_are OUT: those of PyTorch, with the lead that each had.
classes_are() {
    paste -d' ' "$here/../onnx/resnet.classes" "$1" | awk '
        { if ($1 == $3) same++; else if ($2 > lead) lead = $2 }
        END {
            printf "  %d of %d classes as PyTorch, a lost lead was %g\n", same, NR, lead
            exit !(NR == 1000 && same >= 999 && lead <= 0.04)
        }' || complain "$1: not the classes of PyTorch"
}

case_onnx() {
    onnx_data
    rm -rf "$T/o" && mkdir "$T/o"
    # as ONNX, and as .safetensors with counters in it
    want 0 "22 layers, 2016 numbers in 32 tensors" "$trinn" import \
        "$here/../onnx/resnet.onnx" --out "$T/o/net,$T/o/m.safetensors"
    computes "$T/o/net" "$T/o/m.safetensors" "$T/o/a.csv"
    computes "$T/o/net" "$here/../onnx/resnet.safetensors" "$T/o/b.csv" \
        --layers conv,bn,a.conv1,a.bn1,a.conv2,a.bn2,b.conv1,b.bn1,b.conv2,b.bn2,b.short.0,b.short.1,fc
    cmp -s "$T/o/a.csv" "$T/o/b.csv" || complain "ONNX and .safetensors differ"
    rm -f "$T/o/classes"
    want 0 "" "$trinn" clear infer --data "$T/thousand" --part test \
        --net "$T/o/net" --model "$T/o/m.safetensors" --out "$T/o/classes"
    classes_are "$T/o/classes"
    # three parties
    cp "$T/net" "$T/net.kept"
    cp "$T/o/net" "$T/net"
    want 0 "" "$trinn" share --engine fused --net "$T/net" \
        --model "$T/o/m.safetensors" --out "$T/o/m"
    want 0 "" "$trinn" share --engine fused --data "$T/thousand" --part test \
        --out "$T/o/q"
    new_parties
    for i in 0 1; do
        party $i infer --shares "$T/o/q.p$i.share" --model "$T/o/m.p$i.share" \
            --out "$T/o/s$i"
    done
    party 2 infer
    for i in 0 1 2; do ends $i 0 "rounds:"; done
    mv "$T/net.kept" "$T/net"
    rm -f "$T/o/classes"
    want 0 "" "$trinn" reveal "$T/o/s0" "$T/o/s1" --out "$T/o/classes"
    classes_are "$T/o/classes"
    # and back: the same network, the same weights
    want 0 "" "$trinn" reveal "$T/o/m.p0.share" "$T/o/m.p1.share" \
        --out "$T/o/back.onnx"
    want 0 "22 layers" "$trinn" import "$T/o/back.onnx" \
        --out "$T/o/net2,$T/o/m2.safetensors"
    same "$(cat "$T/o/net2")" "$(cat "$T/o/net")" "network"
    want 2 "--layout goes with" "$trinn" reveal "$T/o/m.p0.share" \
        "$T/o/m.p1.share" --layout trinn --out "$T/o/no.onnx"
    want 0 "" "$trinn" share --engine fused --net "$T/o/net" \
        --model "$T/o/m2.safetensors" --out "$T/o/m2"
    for m in m m2; do
        "$trinn" reveal "$T/o/$m.p0.share" "$T/o/$m.p1.share" --out "$T/o/$m.txt"
    done
    cmp -s "$T/o/m.txt" "$T/o/m2.txt" || complain "not the same weights"
}

# A model that was trained here, with running means in it, as ONNX.
case_onnx_trained() {
    rm -rf "$T/o" && mkdir "$T/o"
    printf 'input 28 28 1\nconv 4 5 stride 3\nbatchnorm\nrelu\nfc 10\n' >"$T/o/bn"
    want 0 "" "$trinn" clear train --net "$T/o/bn" --data "$T/data" \
        --epochs 8 --batch 32 --model-out "$T/o/t.onnx"
    want 0 "5 layers" "$trinn" import "$T/o/t.onnx" \
        --out "$T/o/net,$T/o/m.safetensors"
    want 0 "" "$trinn" clear infer --data "$T/data" --part test \
        --net "$T/o/net" --model "$T/o/m.safetensors" --out "$T/o/classes"
    right=$(od -An -v -tu1 -j8 -w1 "$T/data/t10k-labels-idx1-ubyte" |
        paste -d' ' - "$T/o/classes" | awk '$1 == $2' | wc -l)
    [ "$right" -ge 60 ] || complain "$right of 100 are right"
}

# 800 layers with 1,600 tensors, through shares and back. The first way rounds
# the weights to those of a share, the second changes nothing.
case_onnx_deep() {
    rm -rf "$T/o" && mkdir "$T/o"
    {
        printf 'input 28 28 1\nconv 2 5 stride 4\n'
        i=0
        while [ $((i += 1)) -le 400 ]; do printf 'batchnorm\nrelu\n'; done
        printf 'flatten\nfc 10\n'
    } >"$T/o/deep"
    want 0 "" "$trinn" clear train --net "$T/o/deep" --data "$T/data" \
        --epochs 1 --batch 50 --model-out "$T/o/t.onnx"
    want 0 "803 layers, 3982 numbers in 1604 tensors" "$trinn" import \
        "$T/o/t.onnx" --out "$T/o/net,$T/o/m.safetensors"
    want 0 "layer 803 (fc 10): 802.weight" "$trinn" share --net "$T/o/net" \
        --model "$T/o/m.safetensors" --out "$T/o/m"
    want 0 "" "$trinn" reveal "$T/o/m.p0.share" "$T/o/m.p1.share" \
        --out "$T/o/back.onnx"
    want 0 "803 layers" "$trinn" import "$T/o/back.onnx" \
        --out "$T/o/net2,$T/o/m2.safetensors"
    same "$(cat "$T/o/net2")" "$(cat "$T/o/net")" "network"
    want 0 "" "$trinn" share --net "$T/o/net" --model "$T/o/m2.safetensors" \
        --out "$T/o/m2"
    want 0 "" "$trinn" reveal "$T/o/m2.p0.share" "$T/o/m2.p1.share" \
        --out "$T/o/again.onnx"
    cmp -s "$T/o/back.onnx" "$T/o/again.onnx" || complain "not the same weights"
}

# What is refused leaves nothing behind and says what to do.
case_onnx_refused() {
    rm -rf "$T/o" && mkdir "$T/o"
    model=$here/../onnx/resnet.onnx
    to=$T/o/net,$T/o/m.safetensors
    sed 's/GlobalAveragePool/GlobalAverageFool/g' "$model" >"$T/o.onnx"
    want 2 "(GlobalAverageFool): the operator is not supported" "$trinn" import \
        "$T/o.onnx" --out "$to"
    head -c 5000 "$model" >"$T/o.onnx"
    want 2 "cut off" "$trinn" import "$T/o.onnx" --out "$to"
    printf 'PK\003\004 m/data.pkl' >"$T/o.pt"
    want 2 "python3 -c \"import torch, safetensors.torch as s; m = torch.load('$T/o.pt'" \
        "$trinn" import "$T/o.pt" --out "$to"
    want 2 "trinn import $model --out" "$trinn" share --model "$model" \
        --net A --out "$T/o/x"
    want 2 "give two files" "$trinn" import "$model" --out "$T/o/net"
    want 2 "give two files" "$trinn" import "$model" --out "$T/o/a,$T/o/b"
    want 2 "for both files" "$trinn" import "$T/o/none.onnx" \
        --out "$T/o/m.safetensors,$T/o/m.safetensors"
    same "$(ls "$T/o")" "" "files that are left"
    touch "$T/o/net"
    want 2 "exists" "$trinn" import "$model" --out "$to"
    same "$(ls "$T/o")" net "files that are left"
}

# New models by the Python of the system, and its checker on what is written.
case_onnx_python() {
    python=
    for p in python3 /usr/bin/python3; do
        [ -n "$python" ] || ! "$p" -c 'import torch, onnx' 2>/dev/null || python=$p
    done
    if [ -z "$python" ]; then
        echo "  skipped: there is no python3-torch and python3-onnx"
        return
    fi
    onnx_data
    rm -rf "$T/o" && mkdir "$T/o"
    timeout -k 5 300 "$python" "$here/../onnx/make.py" "$T/thousand" "$T/o" \
        >"$T/out" 2>&1 || complain "make.py: $(tail -n 1 "$T/out")"
    for m in resnet folded zoo11 zoo16; do
        want 0 "layers" "$trinn" import "$T/o/$m.onnx" \
            --out "$T/o/$m.net,$T/o/$m-w.safetensors"
        computes "$T/o/$m.net" "$T/o/$m-w.safetensors" "$T/o/a.csv"
        case $m in
        zoo*) made=zoo ;;
        *) made=resnet ;;
        esac
        logits_alike "$T/o/$made.csv" "$T/o/a.csv" 0.02
        want 0 "" "$trinn" share --net "$T/o/$m.net" \
            --model "$T/o/$m-w.safetensors" --out "$T/o/$m"
        want 0 "" "$trinn" reveal "$T/o/$m.p0.share" "$T/o/$m.p1.share" \
            --out "$T/o/$m-back.onnx"
        timeout -k 5 100 "$python" "$here/../onnx/compute.py" \
            "$T/o/$m-back.onnx" "$T/thousand/t10k-images-idx3-ubyte" \
            "$T/o/b.csv" >"$T/out" 2>&1 ||
            complain "$m-back.onnx: $(tail -n 1 "$T/out")"
        # weights are rounded to 2^-17, and so is a variance of 0.0002
        logits_alike "$T/o/$made.csv" "$T/o/b.csv" 0.05
    done
    want 2 "torch.load('$T/o/resnet.pt'" "$trinn" import "$T/o/resnet.pt" \
        --out "$T/o/x,$T/o/x.safetensors"
}
