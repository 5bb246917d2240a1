# The commands of the README, as they stand there.

# Code of a section, one command a line, without comments.
readme_code() {
    sed -n "/^## $1/,/^## [^#]/s/^    //p" "$here/../../README.md" |
        sed -e ':a' -e '/\\$/{N;s/\\\n *//;ba' -e '}' -e 's/ *#.*//'
}

# readme_parties COMMAND TEXT: the line that begins so, run by three parties,
# each with its own names and for one epoch. They say the text.
readme_parties() {
    line=$(grep "^$1" "$T/readme/code")
    [ -n "$line" ] || complain "the README has no '$1'"
    for i in 0 1 2; do
        mine=$(echo "$line" | sed "s/p0/p$i/g; s/--epochs 5/--epochs 1/")
        timeout -k 1 $long sh -c "exec ${mine:-false}" >"$T/$i.out" 2>"$T/$i.err" &
        eval "pid$i=$!"
    done
    for i in 0 1 2; do ends $i 0 "$2"; done
}

case_readme() {
    new_parties
    mkdir "$T/readme"
    readme_code 'Three hosts' >"$T/readme/code"
    cd "$T/readme" || return
    PATH=$(dirname "$trinn"):$PATH

    for i in 0 1 2; do
        sh -c "$(grep '^trinn keygen' code | sed "s/p0/p$i/")" >/dev/null
    done
    for i in 0 1 2; do
        sed -n '/^id 0/,/^party 2/p' code | sed "
            s/^id 0/id $i/; s/^key p0/key p$i/
            s/^\(party 0\) .*/\1 127.0.0.1:$port0 $(cat p0.key.pub)/
            s/^\(party 1\) .*/\1 127.0.0.1:$port1 $(cat p1.key.pub)/
            s/^\(party 2  *-  *\).*/\1$(cat p2.key.pub)/" >p$i.conf
        want 0 "" trinn check-config p$i.conf
    done

    # MNIST's names, and an array of further images
    trinn digits --out mnist --train 128 --test 32 >/dev/null
    {
        printf '\223NUMPY\001\000\166\000%-117s\n' \
            "{'descr': '|u1', 'fortran_order': False, 'shape': (32, 28, 28), }"
        tail -c +17 mnist/t10k-images-idx3-ubyte
    } >query.npy
    grep '^trinn share' code >share
    want 0 "" sh -e share
    readme_parties 'trinn party train' 'right: '
    readme_parties 'trinn party infer' 'rounds:'
    grep '^trinn reveal' code >reveal
    want 0 "" sh -e reveal
    same "$(grep -cx '[0-9]' "$T/out")" 32 "classes"
    cd "$OLDPWD" || exit 1
}
