# Models and images of other programs.

# differ A.csv B.csv: rows, same classes, largest difference of a score, largest
# lead that a class of A lost
differ() {
    paste -d, "$1" "$2" | awk -F, '
        {
            a = b = 1
            for (i = 1; i <= 10; i++) {
                d = $i - $(i + 10)
                if (d < 0) d = -d
                if (d > most) most = d
                if ($i > $a) a = i
                if ($(i + 10) > $(b + 10)) b = i
            }
            if (a == b) same++
            else if ($a - $b > lead) lead = $a - $b
        }
        END { printf "%d %d %.6f %.6f\n", NR, same, most, lead }'
}

# Train in the clear, let three parties classify with the shares of that model,
# and compare the logits with those of float.
#   agree LIMIT IMAGES DATA SCORES: $T/net, trained on LIMIT images, compared on
#   IMAGES by SCORES (logits or probabilities)
# Figures are left in $T/agree, as differ has them.
agree() {
    rm -f "$T"/m.* "$T"/query.p?.share "$T"/s[01] "$T"/*.csv "$T"/*s.npy
    timeout -k 5 600 "$trinn" clear train --net "$T/net" --data "$3" --limit "$1" --epochs 1 \
        --model-out "$T/m.safetensors" >/dev/null 2>"$T/err" ||
        complain "$(tail -n 1 "$T/err")"
    timeout -k 5 600 "$trinn" clear infer --net "$T/net" --data "$3" --limit "$2" \
        --model "$T/m.safetensors" --scores "$4" --out "$T/float.csv" \
        >/dev/null 2>"$T/err" || complain "$(tail -n 1 "$T/err")"
    want 0 "fc 10" "$trinn" share --engine fused --net "$T/net" \
        --model "$T/m.safetensors" --out "$T/m"
    "$trinn" share --engine fused --data "$3" --part test --limit "$2" \
        --out "$T/query" >/dev/null || complain "no shares"
    new_parties
    for i in 0 1; do
        party $i infer --scores "$4" --shares "$T/query.p$i.share" \
            --model "$T/m.p$i.share" --out "$T/s$i"
    done
    party 2 infer --scores "$4"
    for i in 0 1 2; do ends $i 0 "rounds:"; done
    want 0 "" "$trinn" reveal "$T/s0" "$T/s1" --out "$T/secure.csv"
    want 0 "" "$trinn" reveal "$T/s0" "$T/s1" --classes \
        --out "$T/classes.npy"
    want 0 "" "$trinn" reveal "$T/s0" "$T/s1" --out "$T/scores.npy"
    differ "$T/float.csv" "$T/secure.csv" >"$T/agree"
}

unpack_mnist() {
    mnist=$here/../../../shared/mnist
    mkdir -p "$T/mnist"
    for f in train-images-idx3 train-labels-idx1 t10k-images-idx3 \
        t10k-labels-idx1; do
        gunzip -c "$mnist/$f-ubyte.gz" >"$T/mnist/$f-ubyte" || return 1
    done
}

lenet() {
    printf 'input 28 28 1\nconv 20 5\nmaxpool 2\nrelu\nconv 50 5\n'
    printf 'maxpool 2\nrelu\nfc 500\nrelu\nfc 10\n'
}

# Float and the three parties see the same classes, but for ties: a logit is a
# sum of roundings of 2^-17 in weights and 2^-16 in activations, here below
# 2^-5 in all; a class that loses its place led by twice that at most.
# With FULL=1 it is LeNet on all 10,000 test images of MNIST, where they lie
# beside the checkout.
case_agreement() {
    samples=100 train=320 data=$T/data
    cp "$T/net" "$T/net.kept"
    if [ -n "${FULL-}" ] && unpack_mnist; then
        samples=10000 train=12800 data=$T/mnist
        lenet >"$T/net"
    fi
    agree $train $samples "$data" logits
    mv "$T/net.kept" "$T/net"
    rm -rf "$T/mnist"
    read -r images same most lead <"$T/agree"
    echo "  $same of $images classes alike, logits differ by $most at most," \
        "a lost lead was $lead"
    same "$images" $samples "images"
    [ $((1000 * same)) -ge $((999 * samples)) ] || complain "only $same are alike"
    awk -v d="$most" -v l="$lead" 'BEGIN { exit !(d > 0 && d < 1 / 32 && l <= 2 * d) }' ||
        complain "logits differ by $most, a lost lead was $lead"
    # a header of 128 bytes, then 8 for each class
    same "$(wc -c <"$T/classes.npy")" $((128 + 8 * samples)) "bytes of classes.npy"
    # scores are floats of 4 bytes, ten of each sample
    same "$(wc -c <"$T/scores.npy")" $((128 + 40 * samples)) "bytes of scores.npy"
}

# Secure softmax beside float: 2^-11 for ten classes (proto/softmax.c), and as
# much again for the rounded weights; each row sums to 1.
case_probabilities() {
    agree 320 40 "$T/data" probabilities
    read -r images same most lead <"$T/agree"
    echo "  probabilities differ by $most at most"
    same "$images" 40 "images"
    awk -v d="$most" 'BEGIN { exit !(d > 0 && d < 1 / 1024) }' ||
        complain "probabilities differ by $most"
    awk -F, '{
        s = 0
        for (i = 1; i <= NF; i++) {
            if ($i < 0 || $i > 1.001) exit 1
            s += $i
        }
        if (NF != 10 || s < 0.999 || s > 1.001) exit 1
    }' "$T/secure.csv" || complain "not probabilities: $(head -n 1 "$T/secure.csv")"
}

# A model of the parties, as PyTorch reads it, and back: the same words.
case_model_files() {
    "$trinn" clear train --net "$T/net" --data "$T/data" --epochs 1 \
        --model-out "$T/t.safetensors" >/dev/null 2>&1 || complain "no training"
    sed 's/^fc.*/& nobias/' "$T/net" >"$T/net.nobias"
    for out in back.safetensors back/; do
        for layout in pytorch trinn; do
            rm -rf "$T"/[tu].p?.share "$T"/[tu].txt "$T/$out"
            want 0 "layer 3 (fc 10): 3.weight" "$trinn" share --engine fused \
                --net "$T/net" --model "$T/t.safetensors" --out "$T/t"
            want 0 "" "$trinn" reveal "$T/t.p0.share" "$T/t.p1.share" \
                --layout $layout --out "$T/$out"
            want 0 "" "$trinn" share --engine fused --net "$T/net" \
                --model "$T/$out" \
                --layout $layout --out "$T/u"
            "$trinn" reveal "$T/t.p0.share" "$T/t.p1.share" --out "$T/t.txt"
            "$trinn" reveal "$T/u.p0.share" "$T/u.p1.share" --out "$T/u.txt"
            cmp -s "$T/t.txt" "$T/u.txt" ||
                complain "$out, $layout: not the same model"
        done
    done
    # layers without biases: no tensor is written for them, none is asked for
    printf 'input 28 28 1\nconv 3 5 stride 2 pad 2 nobias\nrelu\nfc 10 nobias\n' \
        >"$T/nobias"
    "$trinn" clear train --net "$T/nobias" --data "$T/data" --epochs 1 \
        --model-out "$T/n.safetensors" >/dev/null 2>&1 || complain "no training"
    grep -q bias "$T/n.safetensors" && complain "a bias is written"
    want 0 "layer 3 (fc 10): 3.weight" "$trinn" share --net "$T/nobias" \
        --model "$T/n.safetensors" --out "$T/n"
    want 0 "" "$trinn" reveal "$T/n.p0.share" "$T/n.p1.share" \
        --out "$T/n2.safetensors"
    "$trinn" share --net "$T/nobias" --model "$T/n2.safetensors" --out "$T/n2" \
        >/dev/null
    "$trinn" reveal "$T/n.p0.share" "$T/n.p1.share" --out "$T/n.txt"
    "$trinn" reveal "$T/n2.p0.share" "$T/n2.p1.share" --out "$T/n2.txt"
    cmp -s "$T/n.txt" "$T/n2.txt" || complain "nobias: not the same model"
    sed 's/ nobias//' "$T/nobias" >"$T/bias"
    want 2 "has no bias beside it" "$trinn" share --net "$T/bias" \
        --model "$T/n.safetensors" --out "$T/v"
    want 2 "is without; leave out: nobias" "$trinn" share --net "$T/net.nobias" \
        --model "$T/t.safetensors" --out "$T/v"
    want 2 "takes [16, 1, 5, 5]" "$trinn" share --net B \
        --model "$T/t.safetensors" --out "$T/v"
    want 2 "option --net is missing" "$trinn" share \
        --model "$T/t.safetensors" --out "$T/v"
    [ ! -e "$T/v.p0.share" ] || complain "a share of a wrong model was written"
}
