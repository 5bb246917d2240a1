#!/bin/sh
# The attacks on MNIST, where its original files lie beside the checkout, else
# on generated digits.
# Usage: tests/attacks/run.sh BUILD [--quick] [NAME...]
set -eu
build=$1
shift
mnist=$(dirname "$0")/../../../shared/mnist
if [ "${1:-}" != --quick ] && [ -r "$mnist/train-images-idx3-ubyte.gz" ]; then
    mkdir -p "$build/mnist"
    for f in train-images-idx3 train-labels-idx1 t10k-images-idx3 \
        t10k-labels-idx1; do
        [ -s "$build/mnist/$f-ubyte" ] ||
            gunzip -c "$mnist/$f-ubyte.gz" >"$build/mnist/$f-ubyte"
    done
    set -- --data "$build/mnist" "$@"
else
    echo 'without MNIST: on generated digits'
fi
exec "$build/attacks" "$@"
