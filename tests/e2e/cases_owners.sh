# Data of several owners.

# Two more owners, of 100 and 64 images.
more_owners() {
    [ -e "$T/two.p0.share" ] && return
    "$trinn" digits --out "$T/two" --train 100 --test 40 --seed 8 >/dev/null
    "$trinn" digits --out "$T/three" --train 64 --test 33 --seed 9 >/dev/null
    for set in two three; do
        "$trinn" share --engine fused --data "$T/$set" --out "$T/$set" \
            >/dev/null
        "$trinn" share --engine fused --data "$T/$set" --part test \
            --out "$T/$set.test" >/dev/null
    done
}

# Three owners train as one would with all of the images; their held-out
# images are one set, too.
case_owners() {
    more_owners
    new_parties
    for i in 0 1; do
        party $i train --epochs 8 --model-out "$T/o$i" \
            --shares "$T/a.p$i.share" --shares="$T/two.p$i.share" \
            --shares "$T/three.p$i.share" \
            --test-shares "$T/test.p$i.share,$T/two.test.p$i.share" \
            --test-shares "$T/three.test.p$i.share"
    done
    party 2 train --epochs 8
    for i in 0 1 2; do ends $i 0 "training: 120 steps"; done
    right=$(sed -n 's/^right: \([0-9]*\) of 173.*/\1/p' "$T/2.out")
    [ "${right:-0}" -ge 110 ] || complain "only '$right' of 173 are right"

    # One owner's model, counted on the images of two.
    new_parties
    for i in 0 1; do
        party $i evaluate --model "$T/o$i" --shares \
            "$T/three.test.p$i.share,$T/test.p$i.share"
    done
    party 2 evaluate
    for i in 0 1 2; do ends $i 0 "of 133"; done
}

# owners_differ TEXT SHARES0 SHARES1: nothing starts, all three say why.
owners_differ() {
    new_parties
    party 0 train --shares "$2"
    party 1 train --shares "$3"
    party 2 train
    for i in 0 1 2; do ends $i 2 "$1"; done
}

case_owners_differ() {
    more_owners
    owners_differ "number 1 of party 0 is number 2 of party 1" \
        "$T/a.p0.share,$T/two.p0.share" "$T/two.p1.share,$T/a.p1.share"
    owners_differ "party 0 was given 2 shares of training data, party 1 1" \
        "$T/a.p0.share,$T/two.p0.share" "$T/a.p1.share"
    owners_differ "different sessions (number 2 of 2)" \
        "$T/a.p0.share,$T/two.p0.share" "$T/a.p1.share,$T/three.p1.share"
    owners_differ "hold one set twice, as number 1 and 3" \
        "$T/a.p0.share,$T/two.p0.share,$T/a.p0.share" \
        "$T/a.p1.share,$T/two.p1.share,$T/a.p1.share"
    # Images without labels do not go together with labelled ones.
    [ -e "$T/bare.p0.share" ] || "$trinn" share --engine fused --out "$T/bare" \
        --images "$T/data/t10k-images-idx3-ubyte" >/dev/null
    owners_differ "number 2 has images of 28 x 28 x 1 in 0 classes" \
        "$T/a.p0.share,$T/bare.p0.share" "$T/a.p1.share,$T/bare.p1.share"
    party 0 infer --shares "$T/a.p0.share,$T/bare.p0.share" --model "$T/x" \
        --out "$T/x"
    ends 0 2 "infer takes the images of one owner"
    # Every file is checked before anybody is called.
    party 0 train --shares "$T/a.p0.share,$T/two.p1.share"
    ends 0 2 "is the share of party 1"
}
