# Own data: tables, numbers to predict, other classes than ten.

# rows COUNT COLUMNS CLASSES GAP SEED: lines of COLUMNS numbers of very
# different sizes and a class; every class has larger numbers in some columns.
# Sums of twelve uniform numbers, which are the same on every machine.
rows() {
    awk -v n="$1" -v d="$2" -v k="$3" -v gap="$4" -v seed="$5" '
        function u() { seed = (seed * 16807) % 2147483647; return seed / 2147483647 }
        function normal(i, s) { s = -6; for (i = 0; i < 12; i++) s += u(); return s }
        BEGIN {
            for (i = 0; i < n; i++) {
                y = int(u() * k)
                for (j = 0; j < d; j++)
                    printf "%.6g,", (10 + 7 * j) * (normal() + j + gap * ((y + j) % k == 0))
                print y
            }
        }'
}

# How many lines of two files are alike, of how many.
alike() {
    paste -d' ' "$1" "$2" | awk '$1 == $2 { n++ } END { print n + 0, NR }'
}

# close A B OF: two counts of OF differ by one point at most.
close() {
    awk -v a="$1" -v b="$2" -v n="$3" 'BEGIN { d = a - b; exit !(n > 0 && d * d <= n * n / 1e4) }' ||
        complain "$1 of $3, in the clear $2"
}

# trio TASK ENGINE ARGS...: three parties; %d in ARGS is the party.
trio() {
    task=$1 engine=$2
    shift 2
    new_parties
    for i in 0 1 2; do
        case "$engine $i" in
            rep3*\ ? | *\ [01])
                party $i "$task" --engine ${engine% *} --security ${engine#* } \
                    $(echo "$@" | sed "s/%d/$i/g")
                ;;
            *) party $i "$task" --engine ${engine% *} --security ${engine#* } ;;
        esac
    done
    for i in 0 1 2; do ends $i 0 "rounds:"; done
}

# own NET LABEL ENGINE: from o.csv and q.csv to classes, by three parties and in
# the clear, with all options as they are by default.
own() {
    o=$T/own
    printf "$1" >"$T/net"
    set -- "$2" "$3"
    cut -d, -f"1-$(($1 - 1))" "$o/q.csv" >"$o/query.csv"
    cut -d, -f"$1" "$o/q.csv" >"$o/truth"
    e=${2% *}
    "$trinn" share --engine $e --table "$o/o.csv" --label "$1" --standardise \
        --statistics-out "$o/stat" --out "$o/o" >/dev/null || complain "no shares"
    "$trinn" share --engine $e --table "$o/q.csv" --label "$1" \
        --statistics "$o/stat" --out "$o/t" >/dev/null || complain "no shares"
    "$trinn" share --engine $e --table "$o/query.csv" \
        --statistics "$o/stat" --out "$o/q" >/dev/null || complain "no shares"
    trio train "$2" --shares "$o/o.p%d.share" --model-out "$o/m.p%d.share"
    trio evaluate "$2" --shares "$o/t.p%d.share" --model "$o/m.p%d.share"
    secure=$(sed -n 's/^right: \([0-9]*\) of.*/\1/p' "$T/0.out")
    trio infer "$2" --shares "$o/q.p%d.share" --model "$o/m.p%d.share" \
        --out "$o/r.p%d.share"
    want 0 "" "$trinn" reveal "$o"/r.p?.share --out "$o/classes"
    same "$(alike "$o/classes" "$o/truth" | cut -d' ' -f1)" "$secure" \
        "right answers that were revealed and counted"
    want 0 "" "$trinn" clear train --net "$T/net" --table "$o/o.csv" \
        --label "$1" --statistics "$o/stat" --model-out "$o/m.safetensors"
    want 0 "" "$trinn" clear infer --net "$T/net" --table "$o/query.csv" \
        --statistics "$o/stat" --model "$o/m.safetensors" --out "$o/float"
    set -- $(alike "$o/float" "$o/truth")
    echo "  $secure of $2 right, in the clear $1"
    [ "$1" -gt $(($2 / 2)) ] || complain "in the clear only $1 of $2"
    close "$secure" "$1" "$2"
}

case_own_tables() {
    cp "$T/net" "$T/net.kept"
    batch=
    mkdir "$T/own"
    rows 569 30 2 0.8 11 >"$T/own/o.csv"
    rows 1000 30 2 0.8 12 >"$T/own/q.csv"
    own 'input 30\nfc 16\nrelu\nfc 1\nloss sigmoid\n' 31 "fused passive"
    rm -r "$T/own"
    mkdir "$T/own"
    rows 150 4 3 4 21 >"$T/own/o.csv"
    rows 1000 4 3 4 22 >"$T/own/q.csv"
    own 'input 4\nfc 8\nrelu\nfc 3\n' 5 "rep3 active"
    rm -r "$T/own"
    batch=32
    mv "$T/net.kept" "$T/net"
}

# Adam with and without verification is as good as in float, also where it goes
# on from a model; what it cannot do is refused.
case_adam() {
    rows 400 5 3 2 41 >"$T/o.csv"
    printf 'input 5\nfc 8\nrelu\nfc 3\n' >"$T/adam.net"
    set -- --net "$T/adam.net" --table "$T/o.csv" --label 6 --standardise
    adam="--optimizer adam --rate 0.02 --batch 32 --epochs 3"
    want 0 "right, held-out" "$trinn" demo "$@" $adam
    right=$(sed -n 's/^right, held-out//p' "$T/out" | tr -d '%')
    echo "  right:$right"
    echo "$right" | awk '{ exit !(NF == 3 && $1 > 80 && $1 > $3 - 1.3 &&
        $2 > $3 - 1.3) }' || complain "three parties and float:$right"
    want 0 "" "$trinn" clear train "$@" $adam --model-out "$T/adam.npys/" \
        --statistics-out "$T/adam.stat"
    want 0 "right, held-out" "$trinn" demo --engine plain "$@" --optimizer adam \
        --rate 0.000001 --steps 1 --model "$T/adam.npys"
    sed -n 's/^right, held-out//p' "$T/out" | tr -d '%' |
        awk '{ exit !(NF == 2 && $1 > 80 && $2 > 80) }' ||
        complain "not from the model: $(tail -n 5 "$T/out")"
    want 0 "" "$trinn" clear train "$@" --steps 1 --rate 0.000001 \
        --statistics-out "$T/adam.more.stat" --model "$T/adam.npys" \
        --model-out "$T/adam.more/"
    want 0 "right, held-out" "$trinn" demo $by "$@" --steps 1 \
        --rate 0.000001 --model "$T/adam.more"
    sed -n 's/^right, held-out//p' "$T/out" | tr -d '%' |
        awk '{ exit !(NF == 2 && $1 > 80 && $2 > 80) }' ||
        complain "three parties not from the model: $(tail -n 5 "$T/out")"
    want 2 "--beta2 goes with --optimizer adam" "$trinn" demo --beta2 0.9
    want 2 "--epsilon goes with --optimizer adam" "$trinn" plan A --epsilon 0.1
    want 2 "the steps grow too large" "$trinn" demo --optimizer adam \
        --momentum 0.95 --beta2 0.6
    want 2 "give engine rep3 or fused" "$trinn" demo --security passive \
        --engine paper --optimizer adam
    want 2 "--layers goes with --model" "$trinn" demo --layers a,b
    want 2 "leave --model out" "$trinn" demo --attack kill --model "$T/adam.npys"
    want 2 "which must stay below" "$trinn" demo "$@" $adam --epsilon 0.000001
}

# Numbers to predict: RMSE of held-out lines, and the numbers in their own units.
case_own_regression() {
    o=$T/own
    mkdir "$o"
    cp "$T/net" "$T/net.kept"
    batch=
    for f in o q; do
        rows 500 6 1 0 $([ $f = o ] && echo 31 || echo 32) |
            awk -F, '{ y = $1 / 10 + $2 / 17 - $3 / 24 * ($1 > 0)
                       printf "%s,%s,%.6g,%s,%s,%s,%s\n", $1, $2, 5000 + 800 * y, $3, $4, $5, $6 }' |
            sed '1i a,b,price,c,d,e,f' >"$o/$f.csv"
    done
    printf 'input 6\nfc 16\nrelu\nfc 1\nloss mse\n' >"$T/net"
    cut -d, -f3 "$o/q.csv" | sed 1d >"$o/truth"
    cut -d, -f1,2,4- "$o/q.csv" >"$o/query.csv"
    want 0 "1 target, public: values up to 4, targets up to 4" "$trinn" share \
        --table "$o/o.csv" --target price --standardise \
        --statistics-out "$o/stat" --engine fused --out "$o/o"
    want 0 "1 target" "$trinn" share --table "$o/q.csv" --target price \
        --statistics "$o/stat" --engine fused --out "$o/t"
    want 0 "unlabelled" "$trinn" share --table "$o/query.csv" \
        --statistics "$o/stat" --engine fused --out "$o/q"
    trio train "fused passive" --shares "$o/o.p%d.share" \
        --test-shares "$o/t.p%d.share" --model-out "$o/m.p%d.share"
    trio evaluate "fused passive" --shares "$o/t.p%d.share" \
        --model "$o/m.p%d.share"
    secure=$(sed -n 's/^RMSE: \([0-9.]*\) of.*/\1/p' "$T/0.out")
    trio infer "fused passive" --shares "$o/q.p%d.share" \
        --model "$o/m.p%d.share" --out "$o/r.p%d.share"
    want 2 "no scores of classes" "$trinn" reveal "$o"/r.p?.share --classes
    want 0 "" "$trinn" reveal "$o"/r.p?.share --statistics "$o/stat" \
        --out "$o/numbers"
    want 0 "" "$trinn" clear train --net "$T/net" --table "$o/o.csv" \
        --target price --statistics "$o/stat" --model-out "$o/m.safetensors"
    want 0 "" "$trinn" clear infer --net "$T/net" --table "$o/query.csv" \
        --statistics "$o/stat" --model "$o/m.safetensors" --out "$o/float"
    # mean and deviation of the price: its line is the last of the statistics
    set -- $(tail -n 1 "$o/stat")
    paste -d' ' "$o/numbers" "$o/float" "$o/truth" |
        awk -v m="$1" -v d="$2" -v told="$secure" '
            { a += ($1 - $3) ^ 2; f = $2 * d + m; b += (f - $3) ^ 2; s += ($3 - m) ^ 2 }
            END {
                a = sqrt(a / NR); b = sqrt(b / NR); s = sqrt(s / NR)
                printf "  RMSE %.2f, in the clear %.2f, of the mean alone %.2f\n", a, b, s
                t = a / d / told
                exit !(NR == 500 && a < 1.02 * b && b < 1.02 * a && b < 0.5 * s &&
                       t > 0.999 && t < 1.001)
            }' || complain "not as in the clear; the parties said $secure"
    rm -r "$o"
    batch=32
    mv "$T/net.kept" "$T/net"
}

# 47 glyphs of 8 x 8 dots, one dot in ten the wrong way, as IDX files.
glyphs() {
    LC_ALL=C awk -v n="$1" -v seed="$2" -v what="$3" '
        function u() { seed = (seed * 16807) % 2147483647; return seed / 2147483647 }
        BEGIN {
            keep = seed; seed = 7
            for (k = 0; k < 47; k++)
                for (j = 0; j < 64; j++) g[k, j] = u() < 0.4
            seed = keep
            for (i = 0; i < n; i++)
                if (what == "labels")
                    printf "\\%03o", i % 47
                else
                    for (j = 0; j < 64; j++) {
                        on = g[i % 47, j]
                        if (u() < 0.1) on = !on
                        printf "%c", (on ? 90 : 10) + int(30 * u())
                    }
        }'
}

case_own_classes() {
    o=$T/own
    mkdir "$o"
    cp "$T/net" "$T/net.kept"
    batch=
    for f in o:940 q:470; do
        n=${f#*:} f=${f%:*}
        {
            printf "\\0\\0\\010\\003$(byte4 $n)\\0\\0\\0\\010\\0\\0\\0\\010"
            glyphs $n $n images
        } >"$o/$f.images"
        printf "\\0\\0\\010\\001$(byte4 $n)$(glyphs $n $n labels)" >"$o/$f.labels"
    done
    printf 'input 8 8 1\nfc 64\nrelu\nfc 47\n' >"$T/net"
    want 0 "940 labelled images of 8 x 8 x 1 in 47 classes, public: values up to 0.5" \
        "$trinn" share --images "$o/o.images" --labels "$o/o.labels" \
        --engine fused --out "$o/o"
    want 0 "in 47 classes" "$trinn" share --images "$o/q.images" \
        --labels "$o/q.labels" --engine fused --out "$o/t"
    want 0 "" "$trinn" share --images "$o/q.images" --engine fused --out "$o/q"
    trio train "fused passive" --shares "$o/o.p%d.share" \
        --model-out "$o/m.p%d.share"
    trio evaluate "fused passive" --shares "$o/t.p%d.share" \
        --model "$o/m.p%d.share"
    secure=$(sed -n 's/^right: \([0-9]*\) of.*/\1/p' "$T/0.out")
    trio infer "fused passive" --shares "$o/q.p%d.share" \
        --model "$o/m.p%d.share" --out "$o/r.p%d.share"
    want 0 "" "$trinn" reveal "$o"/r.p?.share --out "$o/classes"
    awk 'BEGIN { for (i = 0; i < 470; i++) print i % 47 }' >"$o/truth"
    same "$(alike "$o/classes" "$o/truth" | cut -d' ' -f1)" "$secure" \
        "right answers that were revealed and counted"
    want 0 "" "$trinn" clear train --net "$T/net" --images "$o/o.images" \
        --labels "$o/o.labels" --model-out "$o/m.safetensors"
    want 0 "" "$trinn" clear infer --net "$T/net" --images "$o/q.images" \
        --model "$o/m.safetensors" --out "$o/float"
    set -- $(alike "$o/float" "$o/truth")
    echo "  $secure of $2 right, in the clear $1"
    [ "$1" -gt 400 ] || complain "in the clear only $1 of $2"
    close "$secure" "$1" "$2"
    printf 'input 8 8 1\nfc 46\n' >"$T/net"
    want 2 "has 47 classes, network" "$trinn" demo $by \
        --images "$o/o.images" --labels "$o/o.labels" --net "$T/net"
    rm -r "$o"
    batch=32
    mv "$T/net.kept" "$T/net"
}

# By default a network converges on colour pictures, too, where a linear one finds
# little.
case_own_pictures() {
    sh "$here/pictures.sh" "$T/pictures" 400 3 || complain "no pictures"
    set -- --images "$T/pictures.images" --labels "$T/pictures.labels"
    printf 'input 32 32 3\n%s\nfc 10\n' 'conv 8 5 stride 2
relu
conv 16 5
maxpool 2
relu' >"$T/pictures.net"
    want 0 "right, held-out" "$trinn" demo --engine plain \
        --net "$T/pictures.net" "$@"
    right=$(sed -n 's/^right, held-out//p' "$T/out" | tr -d '%')
    printf 'input 32 32 3\nfc 10\n' >"$T/pictures.net"
    want 0 "right, held-out" "$trinn" demo --engine float \
        --net "$T/pictures.net" "$@"
    right="$right $(sed -n 's/^right, held-out//p' "$T/out" | tr -d '%')"
    echo "  fixed point, float, and linear:$right"
    echo "$right" | awk '{ exit !(NF == 3 && $1 > 65 && $2 > 65 && $3 < 40) }' ||
        complain "fixed point, float, and linear:$right"
    rm "$T"/pictures.*
}

# Unscaled numbers: said when they are shared, refused where the bound rules the
# training out, rehearsed where it is at hand. Nothing is left behind.
case_own_unscaled() {
    o=$T/own
    mkdir "$o"
    cp "$T/net" "$T/net.kept"
    rows 200 30 2 1 41 >"$o/o.csv" # up to 2^13
    printf 'input 30\nfc 8\nrelu\nfc 2\n' >"$T/net"
    want 0 "public: values up to 8192" "$trinn" share --table "$o/o.csv" \
        --label 31 --engine fused --out "$o/o"
    grep -qF "scale them with --standardise" "$T/out" || complain "no hint"
    new_parties
    for i in 0 1; do
        party $i train --engine fused --security passive \
            --shares "$o/o.p$i.share" --model-out "$o/m$i"
    done
    party 2 train --engine fused --security passive
    for i in 0 1 2; do ends $i 2 "values of the data reach 8192"; done
    [ ! -e "$o/m0" ] || complain "a model of numbers out of range"
    set -- --net "$T/net" --table "$o/o.csv" --label 31
    want 2 "out of range" "$trinn" rehearse $by "$@"
    want 0 "bits to spare" "$trinn" rehearse $by --standardise "$@"
    want 2 "rehearsed in the clear" "$trinn" demo $by "$@"
    want 0 "held-out" "$trinn" demo $by "$@" \
        --standardise --batch 32 --epochs 2
    rm -r "$o"
    mv "$T/net.kept" "$T/net"
}

# What has no effect is refused, and what is wrong in a table is named.
case_own_refused() {
    o=$T/own
    mkdir "$o"
    printf 'age,y\n1,0\n,1\n' >"$o/hole.csv"
    printf '1,0\n2,1\n' >"$o/ok.csv"
    set -- --out "$o/x"
    want 2 "line 3, column 1 (age): the value is missing" "$trinn" share "$@" \
        --table "$o/hole.csv" --label y
    printf 'a,a,y\n1,2,0\n3,4,1\n' >"$o/twins.csv"
    want 2 "columns 1 and 2 are both called 'a'" "$trinn" share "$@" \
        --table "$o/twins.csv" --label a
    rm "$o/twins.csv"
    want 2 "has no column 'z'" "$trinn" share "$@" --table "$o/ok.csv" --label z
    want 2 "--statistics-out is missing" "$trinn" share "$@" \
        --table "$o/ok.csv" --label 2 --standardise
    want 2 "No such file" "$trinn" share "$@" --table "$o/ok.csv" --label 2 \
        --statistics "$o/none"
    want 2 "is neither .npy nor" "$trinn" share "$@" --images "$o/ok.csv"
    echo mine >"$o/stat"
    want 2 "stat: exists" "$trinn" share "$@" --table "$o/ok.csv" --label 2 \
        --standardise --statistics-out "$o/stat"
    mkdir "$o/x.p1.share"
    want 2 "x.p1.share" "$trinn" share "$@" --table "$o/ok.csv" --label 2 \
        --standardise --statistics-out "$o/stat2"
    rmdir "$o/x.p1.share"
    same "$(ls "$o" | tr '\n' ' ')" "hole.csv ok.csv stat " "left behind"
    for opt in "epochs 2" "rate 0.1" "seed 3" "momentum 0"; do
        want 2 "--${opt% *} has no effect" "$trinn" clear infer --$opt \
            --data "$T/data" --model "$o/none"
    done
    want 2 "--log has no effect on" "$trinn" plan A --log "$o/log"
    want 2 "--epochs has no effect on" "$trinn" plan A --task infer --epochs 2
    for c in rehearse "clear train"; do
        want 2 "unknown option '--log'" "$trinn" $c --log "$o/log"
    done
    rm -r "$o"
}
