#!/bin/sh
# End-to-end checks of the program: real processes, real sockets, real files.
#   sh tests/e2e/run.sh build/trinn [CASE...]
# Every case is a function case_<name>; without names all of them run, JOBS
# (default 1) at a time: most of a case is waiting.

trinn=$(realpath "$1")
here=$(dirname "$0")
shift
T=$(mktemp -d) || exit 1
trap "rm -rf '$T'" EXIT
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

# work CASE...: those that no other worker has taken; each worker has a directory
# and ports of its own. Fails if a case does.
work() {
    for name in "$@"; do
        mkdir "$all/taken/$name" 2>/dev/null || continue
        bad=0
        case_begun=$(date +%s)
        "case_$name"
        end_parties
        printf '%-22s %s (%d s)\n' "$name" \
            "$([ $bad = 0 ] && echo ok || echo FAILED)" \
            $(($(date +%s) - case_begun))
        failed=$((failed + bad))
    done
    [ "$failed" = 0 ]
}

[ $# -gt 0 ] || set -- $(sed -n 's/^case_\([a-z_]*\)().*/\1/p' \
    "$here"/cases_*.sh)
for name in "$@"; do
    command -v "case_$name" >/dev/null || { echo "there is no case $name"; exit 2; }
done
all=$T
mkdir "$all/taken" "$all/0"
T=$all/0
prepare
workers=
failures=0
while [ "$worker" -lt $((${JOBS:-1} - 1)) ]; do
    worker=$((worker + 1))
    cp -r "$all/0" "$all/$worker"
    (trap - EXIT; T=$all/$worker; work "$@") &
    workers="$workers $!"
done
worker=0
work "$@" || failures=1
for pid in $workers; do
    wait "$pid" || failures=1
done
for name in "$@"; do
    [ -d "$all/taken/$name" ] || { echo "$name has not been run"; failures=1; }
done
exit $failures
