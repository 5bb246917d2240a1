deadline=10

# Three boards on cables, no other computer. Both halves of a result come over
# the consoles.
three() {
    job "$@"
    configs
    for i in 0 1 2; do setup $i --runs 1; done
    boards 0 1 2
    for i in 0 1 2; do over $i 0; done
    for i in 0 1 2; do [ -z "$(files $i)" ] || result $i; done
    classes
}

case_three_fused() { three fused passive A 5 4; }
case_three_rep3() { three rep3 passive A 3 2; }
case_three_active() { three rep3 active A 3 3; }
case_lenet_fused() { three fused passive C 2 2; }
case_lenet_active() { three rep3 active C 2 2; }

# A program on this machine, one on an emulated ARM processor, and a board; by
# turns each of them is each party.
mixed() {
    if ! segment 600; then
        echo "  skipped: no network namespace or virtual cables here"
        leave_segment
        return
    fi
    job "$@"
    for turn in 0 1 2; do
        rm -f "$T"/?.con "$T"/r.p?.share
        configs
        host=$turn linux=$(((turn + 1) % 3)) bare=$(((turn + 2) % 3))
        setup $bare --runs 1
        on_segment $bare
        program $linux qemu-aarch64 "$arm"
        program $host "$outside"
        for i in 0 1 2; do over $i 0; done
        [ -z "$(files $bare)" ] || result $bare
        classes
        $there ip link del t$bare
    done
    leave_segment
}

case_mixed_fused() { mixed fused passive A 3 3; }
case_mixed_active() { mixed rep3 active A 2 2; }

# From power-on to waiting for peers in less than a second by the board's clock,
# which counts a nanosecond for each instruction: 1 GHz, one at a time. It also
# counts while this machine, busy with something else, has not read a block of the
# card yet: so one of three starts is enough.
case_boot() {
    job fused passive A 1 1
    configs
    setup 0
    for try in 1 2 3; do
        rm -f "$T/0.con"
        more="${two:+-smp 1} -icount shift=0" boards 0
        says 0 'ms after power-on'
        kill $pid0
        wait $pid0
        ms=$(sed -n 's/.*waiting for peers, \([0-9]*\) ms after power-on.*/\1/p' "$T/0.con" | head -n 1)
        echo "  waits after $ms ms"
        [ "${ms:-1000}" -ge 1000 ] || return
    done
    complain 'no start takes less than a second'
}

# tasks ID: how many of its cores have worked.
tasks() {
    sed -n 's/^tasks of core [0-9]*: \([0-9]*\).*/\1/p' "$T/$1.con" | awk '$1 > 0' | wc -l
}

# One board with two cores, one with four of which a core stays away when it is
# called, and one with a single one, whose calls of a core are all in vain.
case_cores() {
    [ -n "$two" ] || return 0 # this board uses one
    job fused passive C 2 2
    configs
    for i in 0 1 2; do setup $i --runs 1; done
    begins "$T/image" tri_core_main "$endless"
    whole=$image
    more=$two boards 0
    more='-smp 1' boards 2
    image=$T/image
    more='-smp 4' boards 1
    image=$whole
    for i in 0 1 2; do over $i 0; done
    same "$(tasks 0)" 2 'cores at work'
    same "$(tasks 1)$(tasks 2)" 00 'boards that go on with one core, and count nothing'
    says 1 'core 1 does not start'
    says 2 "cores: 1,"
    for i in 0 1; do result $i; done
    classes
}

# memory: that of the next board is a file, by the words $kept.
memory() {
    rm -f "$R/ram"
    truncate -s "$ram" "$R/ram"
    kept="-machine memory-backend=ram
        -object memory-backend-file,id=ram,size=$ram,share=on,mem-path=$R/ram"
}

# bytes FROM N: how many of those in that memory are not zero.
bytes() {
    tail -c +$(($1 + 1)) "$R/ram" | head -c "$2" | tr -d '\000' | wc -c
}

# stack: where it begins in that memory, and its size.
stack() {
    set -- $(${nm:-aarch64-linux-gnu-nm} "$image" | sed -n 's/ . tri_stack_\(start\|top\)$//p' | sort)
    echo $((0x$1 - base)) $((0x$2 - 0x$1))
}

# found HEX: whether these bytes stand in that memory. Bytes that end a line are
# others, in both.
found() {
    head -c 128M "$R/ram" | tr '\n' '\001' |
        LC_ALL=C grep -caP "$(echo "$1" | sed 's/../\\x&/g; s/\\x0a/\\x01/g')" >/dev/null
    case $? in
    0) echo found ;;
    1) echo gone ;;
    *) complain 'memory cannot be searched' ;;
    esac
}

# wiped ID: nothing is left of the party. The image is below a million bytes; the
# shares in the setup are above.
wiped() {
    left=$(bytes 0 128M)
    [ "$left" -gt 100000 ] && [ "$left" -lt 1000000 ] ||
        complain "$left bytes are left in memory"
    same "$(bytes $(stack))" 0 'bytes left on the stack'
    [ -z "$two" ] || same "$(bytes $((stacks << 20)) 2M)" 0 'bytes left on the stacks of further cores'
    same "$(found $(tail -n 1 "$T/p$1.key"))" gone "the private key of P$1"
}

# After a run the board waits for the next one: its setup is there, of the run
# nothing. What it does meanwhile, to be there, goes to the top of the stack.
case_between() {
    job rep3 passive A 2 2
    configs
    for i in 0 1 2; do setup $i --runs $((1 + (i == 1))); done
    more=${two:+-smp 1} boards 0 2
    memory
    more="$kept $two" boards 1
    for i in 0 2; do over $i 0; done
    says 1 'waiting for peers' 2
    kill $pid1
    wait $pid1
    for i in 0 1 2; do result $i; done
    classes
    same "$(found $(tail -n 1 "$T/p1.key"))" found 'the private key of P1'
    same "$(found "$(tail -c 16 "$T/r.p1.share" | od -An -tx1 | tr -d ' \n')")" gone 'the result of P1'
    set -- $(stack)
    same "$(bytes $1 $(($2 - 16384)))" 0 'bytes left deep in the stack'
    [ -z "$two" ] || [ "$(bytes $((stacks << 20)) 2M)" -lt 64 ] ||
        complain 'more is left on the stacks of further cores than waiting for tasks takes'
}

# The setup of P1 is in its image; what it is given besides is none. Nothing of it
# is left after a run, or after a self-test that failed.
case_linked() {
    job rep3 passive A 2 2
    configs
    for i in 0 1 2; do setup $i --runs 1; done
    from=$image
    cp "$from" "$T/plain.elf"
    linked SETUP="$T/p1.set"
    cp "$from" "$T/linked.elf"
    linked SETUP=
    cmp -s "$from" "$T/plain.elf" || complain 'another image without a setup'
    same "$(stat -c %a "$T/linked.elf")" 700 'who may read an image with a key'
    echo none >"$T/p1.set"
    image=$T/plain.elf
    boards 0 2
    image=$T/linked.elf
    memory
    more=$kept boards 1
    for i in 0 1 2; do over $i 0; done
    wiped 1
    for i in 0 1 2; do result $i; done
    classes
    patched "$T/image" 508c5e8c327c14e2 509
    image=$from
    memory
    refuses 3 'the self-test failed: this board takes no part' "$T/image" "$entropy $kept"
    wiped 1
}

# A board gets its share of the model from the owner, while the others wait for
# it. From a stranger it takes none, nor one that it cannot use; and one is
# enough for two runs.
case_owner() {
    if ! segment 600; then
        echo '  skipped: no network namespace or virtual cables here'
        leave_segment
        return
    fi
    deadline=6
    job fused passive A 2 2
    "$trinn" share --engine rep3 --model "$model" --net A --out "$T/other" >/dev/null
    configs
    rm -f "$T"/owner.key* "$T"/stranger.key*
    for i in owner stranger; do "$trinn" keygen "$T/$i.key" >/dev/null; done
    "$trinn" board "$T/p1.set" --config "$T/p1.conf" $options --runs 2 \
        --shares "$T/q.p1.share" --owner "$(cat "$T/owner.key.pub")" ||
        complain 'no setup of a board whose model comes later'
    $there ip link set p1 address 02:00:00:00:00:0f
    on_segment 1
    for i in 0 2; do program $i "$outside"; done
    says 1 'waiting for the model'
    send_model stranger m 1 'P1 ended before the connection was made'
    says 1 'has not the key of P2'
    send_model owner other 1 'model: is a share for another engine'
    send_model owner m 0 ''
    for run in 1 2; do
        for i in 0 2; do over $i 0; done
        says 1 "model: $(wc -c <"$T/m.p1.share") bytes"
        says 1 'result ends' $run
        result 1
        classes
        rm -f "$T"/r.p?.share
        [ $run = 2 ] || for i in 0 2; do program $i "$outside"; done
    done
    over 1 0
    same "$(grep -c 'waiting for the model' "$T/1.con")" 3 'times it asks for a model'
    deadline=10
    leave_segment
}

# ---- what goes wrong ---------------------------------------------------------

# A board alone that refuses: its code, and what it says.
refuses() {
    (machine 0 "$3" $(cables 0) ${4-$entropy} >"$T/0.con" 2>&1) &
    pid0=$!
    over 0 "$1"
    says 0 "$2"
    grep -q 'waiting for peers' "$T/0.con" && complain 'waits all the same'
}

case_refusals() {
    job fused passive A 3 3
    configs
    setup 0
    patched "$T/image" 508c5e8c327c14e2 509
    refuses 3 'the self-test failed: this board takes no part' "$T/image"
    says 0 'FAILED  BLAKE2s'
    refuses 5 'there is no source of random bytes' "$image" ' '
    [ "$board" != qemu_virt ] ||
        refuses 5 'which this board does not use' "$image" "$entropy -global virtio-mmio.force-legacy=true"
    cp "$T/p0.set" "$T/whole.set"
    chmod 600 "$T/p0.set"
    printf '\001' | dd of="$T/p0.set" bs=1 seek=200 conv=notrunc 2>/dev/null
    refuses 4 'the setup is damaged' "$image"
    head -c 5000 "$T/whole.set" >"$T/p0.set"
    refuses 4 "$cut_off" "$image"
    cp "$T/whole.set" "$T/p0.set"
    job rep3 active A 3 3
    engine=paper options="--engine paper --security passive --net A --batch 3"
    rm -f "$T"/?.p?.share
    "$trinn" share --engine paper --model "$model" --net A --out "$T/m" >/dev/null
    "$trinn" share --engine paper --data "$T/data" --part test --limit 3 --out "$T/q" >/dev/null
    setup 0
    refuses 4 'this image has no engine paper' "$image"
    [ -z "$secure" ] || refuses 2 'it was started at EL3' "$image" "$entropy ${secure%,*}"
}

# P1 has another private key than the others think.
case_wrong_key() {
    deadline=3
    job fused passive A 3 3
    cp "$T/p1.key.pub" "$T/right.pub"
    rm -f "$T/p1.key" "$T/p1.key.pub"
    "$trinn" keygen "$T/p1.key" >/dev/null
    configs
    setup 1
    cp "$T/right.pub" "$T/p1.key.pub"
    configs
    for i in 0 2; do setup $i; done
    boards 0 1 2
    says 0 'has not the key of P1'
    says 2 'failed: '
    for i in 0 2; do says $i 'wiped'; done
    for i in 0 1 2; do
        eval "kill \$pid$i"
        grep -q '^joined' "$T/$i.con" && complain "party $i joins"
    done
    wait
    deadline=10
    rm -f "$T/p1.key" "$T/p1.key.pub"
    "$trinn" keygen "$T/p1.key" >/dev/null
}

# The machine of P2 is switched off in the middle of a run. The others name it,
# keep nothing, wait, and go on with a new one. Then the cable between P0 and P1
# is cut.
case_loss() {
    deadline=6
    job rep3 active C 2 2
    configs
    for i in 0 1 2; do setup $i --runs 1; done
    boards 0 1 2
    for i in 0 1 2; do says $i 'memory:'; done
    kill $pid2
    for i in 0 1; do
        says $i 'failed: no frame from P2'
        says $i 'wiped'
    done
    wait $pid2
    rm -f "$T/2.con" "$T"/c2?
    boards 2
    for i in 0 1 2; do over $i 0; done
    for i in 0 1 2; do result $i; done
    classes

    rm -f "$T"/?.con
    boards 0 1 2
    for i in 0 1 2; do says $i 'memory:'; done
    rm "$T/c01" "$T/c10"
    for i in 0 1 2; do
        says $i 'failed: no frame from P'
        says $i 'wiped'
    done
    for i in 0 1 2; do eval "kill \$pid$i"; done
    wait
    deadline=10
}

# One party's memory is too small for what it has agreed to; one stands still
# with its interrupts held.
case_faults() {
    if ! segment 600; then
        echo '  skipped: no network namespace or virtual cables here'
        leave_segment
        return
    fi
    printf 'input 28 28 1\nconv 60 5\nrelu\nfc 10\n' >"$T/wide"
    job rep3 passive "$T/wide" 100 100
    configs
    setup 2
    on_segment 2
    for i in 0 1; do program $i "$outside"; done
    for i in 0 1; do
        over $i 1
        says $i 'P2: the memory is too small'
    done
    says 2 'failed: P2: the memory is too small: '
    says 2 'wiped'
    kill $pid2
    wait $pid2

    deadline=6
    job rep3 active A 3 3
    configs
    setup 2
    begins "$T/image" tri_argmax "$held$endless"
    rm -f "$T"/?.con
    $there ip link del t2
    whole=$image
    image=$T/image
    on_segment 2
    image=$whole
    for i in 0 1; do program $i "$outside"; done
    says 2 'watchdog: this party has come to a stop'
    says 2 'wiped'
    for i in 0 1; do
        over $i 1
        says $i 'P2'
    done
    over 2 "${anew:-0}" # the emulator ends where the machine starts anew
    leave_segment
    deadline=10
}

# In the non-secure state no interrupt is urgent. The watchdog finds all the same
# who stands still, as long as interrupts are let in.
case_nonsecure() {
    deadline=4
    job rep3 passive A 3 3
    configs
    for i in 0 1 2; do setup $i; done
    boards 0 1
    begins "$T/image" tri_argmax "$endless"
    firmware
    whole=$image
    image=$T/firmware
    more="${two:+-smp 1} $secure -device loader,file=$T/image" boards 2
    image=$whole
    [ -z "$secure" ] || says 2 'no interrupt is urgent here'
    says 2 'watchdog: this party has come to a stop'
    says 2 'wiped'
    over 2 "${anew:-0}"
    for i in 0 1; do
        says $i 'failed: no frame from P2'
        eval "kill \$pid$i"
    done
    wait
    deadline=10
}

# An exception in the middle of a run: where it was is on the console and no
# register beside, and of the party nothing is left in memory.
case_exception() {
    deadline=6
    job rep3 passive A 3 3
    excepts tri_argmax
    job fused passive C 1 1
    [ -z "$two" ] || excepts tri_irq_heard # by the second core, when it wakes up
    deadline=10
}

# Of P2, and its memory is a file.
excepting() {
    configs
    for i in 0 1 2; do setup $i; done
    boards 0 1
    begins "$T/image" $1 "$illegal"
    [ -z "${2:-}" ] || begins "$T/image" $2 "$endless" "$T/image"
    memory
    (machine 2 "$T/image" $(cables 2) $entropy $kept $two >"$T/2.con" 2>&1) &
    pid2=$!
}

# What is wiped stays so: the others go on calling a board that does not end, and
# its card writes nothing of that to memory.
case_still() {
    deadline=6
    job rep3 passive A 3 3
    excepting tri_argmax tri_board_exit
    says 2 'wiped'
    before=$(head -c 128M "$R/ram" | cksum)
    for i in 0 1; do says $i 'failed: no frame from P2'; done
    same "$(head -c 128M "$R/ram" | cksum)" "$before" 'memory, and a deadline later'
    for i in 0 1 2; do eval "kill \$pid$i"; done
    wait
    deadline=10
}

excepts() {
    excepting $1
    over 2 2
    says 2 'exception: esr'
    says 2 'wiped'
    ! grep -q 'x[0-9]* 0x' "$T/2.con" || complain 'registers on the console'
    for i in 0 1; do
        says $i 'failed: no frame from P2'
        eval "kill \$pid$i"
    done
    wiped 2
    wait
}
