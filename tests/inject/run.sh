#!/bin/sh
# What the program does when a call of the system fails, tried for the first,
# second, ... K-th call of each.
#   sh tests/inject/run.sh BUILD [K [CASE...]]
#
# BUILD has trinn, for preparation and comparison, and trinn-inject, whose calls
# fail (wrap.c). Whatever fails:
#
#   - exit code 0, 1 or 2 in time: no crash, nobody hangs;
#   - 0: outputs are all there, and as without a fault;
#   - else a text names what failed, the call's error or the place, and outputs
#     are all missing, or all there if the text says that they are written;
#   - interrupted calls, moved pieces and full socket buffers are no failure;
#   - no temporary file is left, unless removing is what failed or the text
#     names it.

build=$(realpath "$1") most=${2:-1000}
here=$(dirname "$0")
trinn=$build/trinn
inject=$build/trinn-inject
shift
[ $# -eq 0 ] || shift
T=$(mktemp -d) || exit 1
. "$here/../e2e/lib.sh"
. "$here/../e2e/cases_ether.sh"
trap 'end_parties; leave_segment; rm -rf "$T"' EXIT
trap 'exit 1' INT TERM
. "$here/cases.sh"

# Calls and their faults. Those of the second list must not be noticed.
hard='open:EMFILE open:EACCES write:EIO write:ENOSPC write+:ENOSPC
    pwrite:ENOSPC read:EIO pread:EIO fsync:EIO fstat:EIO rename:EIO renameat2:EIO
    renameat2:EINVAL link:EIO
    unlink:EIO mkdir:ENOSPC mkdtemp:ENOSPC mkostemp:ENOSPC mkostemp+:ENOSPC
    posix_fallocate:ENOSPC opendir:EACCES malloc:ENOMEM malloc+:ENOMEM
    calloc:ENOMEM realloc:ENOMEM aligned_alloc:ENOMEM strdup:ENOMEM
    strndup:ENOMEM mmap:ENOMEM fopencookie:ENOMEM
    fork:EAGAIN pipe:EMFILE pthread_create:EAGAIN getrandom:EIO'
net_hard='socket:EMFILE socket:ENOBUFS bind:EACCES listen:EACCES
    setsockopt:ENOMEM connect:ECONNREFUSED accept4:EMFILE accept4:ENOMEM
    accept4:ECONNABORTED send:ENOBUFS send:ENOMEM recv:ENOMEM sendmsg:ENOBUFS
    sendmsg:ENOMEM recvmsg:ENOMEM send:ECONNRESET sendmsg:ECONNRESET
    recv:ECONNRESET recvmsg:ECONNRESET poll:ENOMEM ppoll:ENOMEM'
soft='write:EINTR write:short read:EINTR read:short pread:EINTR pread:short
    pwrite:EINTR pwrite:short getrandom:EINTR getrandom:short'
net_soft='accept4:EINTR connect:EINTR send:EINTR send:EAGAIN send:short
    recv:EINTR recv:EAGAIN recv:short sendmsg:EINTR sendmsg:EAGAIN sendmsg:short
    recvmsg:EINTR recvmsg:EAGAIN recvmsg:short poll:EINTR ppoll:EINTR'
# Frames that are lost are sent again.
ether_hard='sendmmsg+:ENOBUFS'
ether_soft='sendmmsg:EINTR sendmmsg:EAGAIN sendmmsg:ENOBUFS sendmmsg:short
    recvmmsg:EINTR recvmmsg:EAGAIN recvmmsg:ENOMEM recvmmsg:short'

# says CALL ERRNO: what a text may say, the error or what was to be done.
says() {
    case $1 in
    pthread_create | aligned_alloc) echo 'thread|[Mm]emory' ;;
    getrandom) echo 'random' ;;
    sendmmsg) echo 'gets no memory' ;;
    *) case $2 in
       EMFILE) echo 'Too many open files' ;;
       EACCES) echo 'Permission denied' ;;
       EIO) echo 'Input/output error' ;;
       ENOSPC) echo 'No space left' ;;
       EAGAIN) echo 'Resource temporarily unavailable' ;;
       ENOBUFS) echo 'No buffer space' ;;
       ECONNREFUSED) echo 'refused' ;;
       ECONNRESET) echo 'closed the connection|reset' ;;
       ECONNABORTED) echo 'abort' ;;
       ENOMEM) echo '[Mm]emory' ;;
       esac ;;
    esac
}

# there FILE...: how many of them exist.
there() {
    count=0
    for f; do [ ! -e "$f" ] || count=$((count + 1)); done
    echo $count
}

# judge CODE TEXT-FILE: the rules above, for one run in the current directory.
judge() {
    found=$(there $outs)
    all=$(set -- $outs && echo $#)
    case $1 in
    0)
        [ "$found" = "$all" ] || complain "$what: exit 0, $found of $all outputs"
        "right_$case" || complain "$what: exit 0, but the result is wrong"
        ;;
    1 | 2)
        [ $hardness = hard ] || complain "$what: exit $1: $(tail -n 1 "$2")"
        grep -qE "$(says "$call" "$fault")" "$2" "$T/out" ||
            complain "$what: does not say why: $(tail -n 1 "$2")"
        [ "$found" = 0 ] || {
            grep -q 'is written\|are written' "$2" && [ "$found" = "$all" ]
        } || complain "$what: exit $1, $found of $all outputs: $(tail -n 1 "$2")"
        if [ "$found" != 0 ] && grep -q 'nothing was written' "$2"; then
            complain "$what: outputs stand: $(tail -n 1 "$2")"
        fi
        ;;
    *) complain "$what: ends with $1: $(tail -n 1 "$2")" ;;
    esac
    for left in $(find . -name '*.new-*'); do
        # its own party says so, which need not be the one that failed
        [ "$call" = unlink ] ||
            grep -qsF "${left##*/}" "$2" "$T"/[012].err ||
            complain "$what: leaves $left"
    done
}

# sweep CALL:FAULT hard|soft: fail the first call, the second, ...
sweep() {
    fault=${1#*:} call=${1%:*} hardness=$2 plus=
    case $call in *+) call=${call%+} plus=+ ;; esac
    k=1
    while [ $k -le "$most" ]; do
        what="$case, $call $k$plus $fault"
        rm -rf "$T/work" "$T/fired"
        mkdir "$T/work" && cd "$T/work" || exit 1
        TRI_INJECT=$call:$k$plus:$fault TRI_INJECT_LOG=$T/fired
        export TRI_INJECT TRI_INJECT_LOG
        case $command in
        run_*) $command >"$T/out" ;;
        *) timeout -k 1 $long sh -c "$command" >"$T/out" 2>"$T/err" ;;
        esac
        code=$?
        unset TRI_INJECT
        [ -e "$T/fired" ] || break
        tried=$((tried + 1))
        judge $code "$T/err"
        [ $code != 124 ] || break # others would hang as well
        k=$((k + 1 + (stride > 0 ? k / stride : 0)))
    done
}

prepare_inject
[ $# -gt 0 ] || set -- $cases
for case; do
    name=$case bad=0 tried=0 begun=$(date +%s)
    outs= command= net= ether= skip= stride=0
    "case_$case"
    if [ -n "$skip" ]; then
        echo "$case skipped, $skip"
        continue
    fi
    [ -n "$command" ] || { echo "there is no case $case"; exit 2; }
    for f in $hard ${net:+$net_hard} ${ether:+$ether_hard}; do
        sweep "$f" hard
    done
    for f in $soft ${net:+$net_soft} ${ether:+$ether_soft}; do
        sweep "$f" soft
    done
    leave_segment
    inject=$build/trinn-inject
    [ $tried -gt 0 ] || complain "no call failed"
    printf '%-12s %s: %d faults (%d s)\n' "$case" \
        "$([ $bad = 0 ] && echo ok || echo FAILED)" $tried $(($(date +%s) - begun))
    failed=$((failed + bad))
done
cd /
[ "$failed" = 0 ]
