#!/bin/sh
# End-to-end checks of the program: real processes, real sockets, real files.
#   sh tests/e2e/run.sh build/trinn [CASE...]
# Every case is a function case_<name>; without names all of them run.

trinn=$(realpath "$1")
here=$(dirname "$0")
shift
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
trap 'exit 1' INT TERM
. "$here/lib.sh"
. "$here/cases_files.sh"
. "$here/cases_peers.sh"
. "$here/cases_party.sh"
. "$here/cases_ether.sh"
. "$here/cases_owners.sh"
. "$here/cases_resume.sh"
. "$here/cases_rep3.sh"
. "$here/cases_default.sh"
. "$here/cases_models.sh"
. "$here/cases_layers.sh"
. "$here/cases_onnx.sh"
. "$here/cases_data.sh"
. "$here/cases_demo.sh"
. "$here/cases_seeing.sh"
. "$here/cases_numbers.sh"
. "$here/cases_readme.sh"
. "$here/cases_serve.sh"
. "$here/cases_operate.sh"
. "$here/cases_jobs.sh"
. "$here/cases_mnist.sh"

prepare
[ $# -gt 0 ] || set -- $(sed -n 's/^case_\([a-z_]*\)().*/\1/p' \
    "$here"/cases_*.sh)
for name in "$@"; do
    command -v "case_$name" >/dev/null || { echo "there is no case $name"; exit 2; }
    bad=0
    case_begun=$(date +%s)
    "case_$name"
    end_parties
    printf '%-22s %s (%d s)\n' "$name" "$([ $bad = 0 ] && echo ok || echo FAILED)" \
        $(($(date +%s) - case_begun))
    failed=$((failed + bad))
done
[ "$failed" = 0 ]
