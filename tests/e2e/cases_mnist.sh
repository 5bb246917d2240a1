# The original MNIST files, where they lie beside the checkout.

case_mnist() {
    mnist=$here/../../../shared/mnist
    if ! [ -r "$mnist/train-images-idx3-ubyte.gz" ]; then
        echo "  mnist: skipped, no ../shared/mnist" >&2
        return
    fi
    mkdir -p "$T/mnist" "$T/tmp"
    for f in train-images-idx3 train-labels-idx1 t10k-images-idx3 \
        t10k-labels-idx1; do
        gunzip -c "$mnist/$f-ubyte.gz" >"$T/mnist/$f-ubyte" ||
            complain "cannot unpack $f"
    done
    # The packed originals are refused, with a text that tells what to do.
    want 2 gunzip "$trinn" demo --data "$mnist"
    TMPDIR=$T/tmp "$trinn" demo --data "$T/mnist" --limit 6400 --test 1000 \
        --epochs 1 >"$T/out" 2>"$T/err" || complain "$(tail -n 1 "$T/err")"
    set -- $(sed -n 's/^right, held-out *\([0-9]*\)\.[0-9]* % *\([0-9]*\)\..*/\1 \2/p' \
        "$T/out")
    [ "${1:-0}" -ge 75 ] || complain "only '${1:-}' % are right after 50 steps"
    [ $((${1:-0} - ${2:-0})) -ge -2 ] && [ $((${1:-0} - ${2:-0})) -le 2 ] ||
        complain "secure '${1:-}' %, in the clear '${2:-}' %"
    rm -rf "$T/mnist"
}
