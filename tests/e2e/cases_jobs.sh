# A service: owners who send data, and trainings.

# jobs_service: three parties with empty stores, and five clients.
jobs_service() {
    service_of "alice bob carol dave eve" jobs_lines
    until_true all_joined
}

jobs_lines() {
    client alice "upload admin"
    client bob upload
    client carol "train reveal query"
    client dave query
    client eve "upload train query reveal"
    echo "limit store ${room:-20000000}"
    echo "limit bytes ${limit:-256000000}"
}

# by CLIENT: the options of a client.
by() {
    echo "--service $s/card --key $s/$1.key --timeout $long"
}

case_jobs_send() {
    jobs_service
    # All of it, then again by the same name, and what is too much.
    want 0 "digits is stored" "$trinn" send $(by alice) --name digits \
        --allow carol --data "$T/data" --files "$s/digits"
    [ ! -e "$s/digits.p0.share" ] || complain "the shares are still there"
    want 2 "there is a data set or a model digits already" "$trinn" send \
        $(by bob) --name digits --data "$T/data" --part test \
        --files "$s/again"
    want 0 "" "$trinn" status $(by carol)
    same "$(grep -c '^data digits: ' "$T/out")" 3 "parties that show it"
    want 0 "" "$trinn" status $(by bob)
    same "$(grep -c '^data digits: ' "$T/out")" 0 "parties that tell others"
    for i in 0 1 2; do
        same "$(ls -A "$s/store$i" | tr '\n' ' ')" \
            "digits.about digits.share " "files of party $i"
    done
    want 2 "client dave has no right to upload" "$trinn" send $(by dave) \
        --name x --data "$T/data" --files "$s/x"
    want 2 "there is no client zoe" "$trinn" send $(by bob) --name x \
        --allow carol,zoe --data "$T/data" --files "$s/z"
    # alice has allowed carol's key: who is called carol later has no consent.
    for i in 0 1 2; do
        sed -i -e "s/^client carol /client x /" \
            -e "s/^client eve /client carol /" \
            -e "s/^client x /client eve /" "$T/p$i.conf"
        eval "kill -HUP \$pid$i"
        until_true grep -q "0 clients added, 0 removed, 2 changed" "$T/$i.err"
    done
    want 0 "you are client carol" "$trinn" status $(by eve)
    same "$(grep -c '^data digits: ' "$T/out")" 0 "parties that take names"
    want 0 "you are client eve" "$trinn" status $(by carol)
    same "$(grep -c '^data digits: ' "$T/out")" 3 "parties that take keys"
    stop_service
}

# A part of something that is sent stands in the store of party $1.
part_at() {
    set -- "$s/store$1"/.*.part
    [ -e "$1" ]
}

# A party is killed while data come in: the client goes on by itself. They may be
# there before anybody has seen that they come: then others are sent.
case_jobs_send_killed() {
    room=60000000
    jobs_service
    room=
    "$trinn" digits --out "$s/many" --train 2500 --test 100 >/dev/null
    for i in 0 1 2; do
        case $i in
        0) from=alice ;;
        1) from=bob ;;
        2) from=eve ;;
        esac
        seen=0
        for many in many$i more$i most$i; do
            "$trinn" send $(by $from) --name $many --data "$s/many" \
                --files "$s/$many" >"$s/out" 2>&1 &
            sending=$!
            # without a pause: it is there for some 50 ms
            while [ $seen = 0 ] && alive $sending; do
                ! part_at $i || seen=1
            done
            [ $seen = 0 ] || break
            wait $sending || complain "$(cat "$s/out")"
        done
        [ $seen = 1 ] || complain "no part was seen"
        eval "kill -9 \$pid$i; wait \$pid$i" 2>/dev/null
        start_serve $i
        wait $sending || complain "it does not go on: $(cat "$s/out"; tail -n 4 $T/0.err $T/1.err $T/2.err)"
        until_true all_joined
        want 0 "" "$trinn" status $(by $from)
        same "$(grep -c "^data $many: 2500 samples" "$T/out")" 3 "parties"
    done
    same "$(ls -A "$s/store0" "$s/store1" "$s/store2" | grep -c part)" 0 \
        "files of parts"
    # 15.7 MB of 60 are taken, or twice or thrice that.
    n=0
    while [ $n -lt 9 ] && "$trinn" send $(by eve) --name rest$n \
        --data "$s/many" --files "$s/rest$n" >"$s/out" 2>&1; do
        n=$((n + 1))
    done
    grep -q "limit store" "$s/out" || complain "$(cat "$s/out")"
    stop_service
}

# both CLIENT: the options of a training on the data of alice and of bob.
both() {
    echo "$(by "$1") --data first,second --net $T/net"
}

is_trained() { # NAME
    [ "$("$trinn" status $(by carol) | grep -c "^model $1: ")" = 3 ]
}

# Two owners send, a third trains on both, a fourth asks, a fifth is refused by
# each of the parties.
case_jobs_train() {
    jobs_service
    images=$T/data/t10k-images-idx3-ubyte
    want 0 "first is stored" "$trinn" send $(by alice) --name first \
        --allow carol --data "$T/data" --files "$s/a"
    want 0 "second is stored" "$trinn" send $(by bob) --name second \
        --allow carol,eve --data "$T/data" --files "$s/b"
    want 0 "third is stored" "$trinn" send $(by bob) --name third \
        --allow carol --data "$T/data" --part test --files "$s/c"
    want 0 "both is to be trained" "$trinn" train $(both carol) --name both --allow dave \
        --test-data third --epochs 5 --batch 32
    want 2 "already" "$trinn" train $(both carol) --name both --epochs 2
    want 2 "client eve may not train on first" "$trinn" train $(both eve) --name other
    want 2 "client dave has no right to train" "$trinn" train $(both dave) --name other
    want 2 "is more than the 640 samples" "$trinn" train $(both carol) \
        --name other --batch 641
    want 0 "" "$trinn" jobs $(by carol)
    until_true is_trained both
    want 0 "" "$trinn" ask $(by dave) --model both --images "$images" \
        --out "$s/classes"
    right=$(tail -c +9 "$T/data/t10k-labels-idx1-ubyte" | od -An -v -tu1 -w1 |
        tr -d ' ' | paste -d ' ' - "$s/classes" | awk '$1 == $2' | wc -l)
    [ "$right" -ge 70 ] || complain "only $right of 100 are right"
    want 2 "client bob has no right to query" "$trinn" ask $(by bob) \
        --model both --images "$images"
    want 2 "eve may not query model both" "$trinn" ask $(by eve) \
        --model both --images "$images"
    # Each of the parties refuses by its own configuration.
    for i in 0 1 2; do
        for right in "train query:query" "query:train query"; do
            sed -i "/^client eve/s/ ${right%:*} reveal/ ${right#*:} reveal/" \
                "$T/p$i.conf"
            eval "kill -HUP \$pid$i"
            [ "$right" = "query:train query" ] || until_true eval \
                '"$trinn" train $(by eve) --name own --data second --batch 32 \
                --net "$T/net" 2>&1 | grep -q "party $i: client eve has no"'
        done
        until_true eval '"$trinn" status $(by eve) | grep -c \
            "eve and may: upload train query reveal" | grep -q 3'
    done
    # What was trained belongs to who has asked for it.
    want 2 "eve may not fetch both" "$trinn" fetch $(by eve) --model both \
        --out "$s/eve"
    want 2 "is a directory" "$trinn" fetch $(by carol) --model both \
        --out "$s/"
    sed -i "/^client carol/s/ reveal//" "$T/p2.conf"
    kill -HUP $pid2
    until_true eval '"$trinn" fetch $(by carol) --model both --out "$s/model" \
        2>&1 | grep -q "party 2: client carol has no right to reveal"'
    [ ! -e "$s/model.p0.share" ] || complain "a share that two allow to read"
    sed -i "/^client carol/s/$/ reveal/" "$T/p2.conf"
    kill -HUP $pid2
    until_true eval '"$trinn" status $(by carol) | grep -c \
        "may: train query reveal" | grep -q 3'
    want 0 "" "$trinn" fetch $(by carol) --model both --out "$s/model"
    want 2 "model.p0.share" "$trinn" fetch $(by carol) --model both \
        --out "$s/model"
    want 0 "" "$trinn" reveal "$s/model.p0.share" "$s/model.p1.share" \
        "$s/model.p2.share" --out "$s/model.safetensors"
    want 0 "" "$trinn" clear infer --net "$T/net" --engine plain \
        --model "$s/model.safetensors" --images "$images" --out "$s/clear"
    cmp -s "$s/clear" "$s/classes" || complain "other classes in the clear"
    # Numbers that leave their range end the training, and nothing else.
    want 0 "" "$trinn" train $(both carol) --name wild --rate 16 --epochs 4 \
        --batch 32 --loss-every 3
    until_true ended wild
    same "$("$trinn" jobs $(by carol) | grep -c "have left their range")" 3 \
        "parties that say why"
    same "$("$trinn" status $(by carol) | grep -c 'joined 1 times')" 3 \
        "parties that are connected as before"
    for i in 0 1 2; do
        same "$(ls -A "$s/store$i" | grep -c -e ckpt -e wild)" 0 \
            "files that are left at party $i"
    done
    stop_service
}

# Queries are answered while a training goes on; a party that is killed goes on
# with it; and it can be cancelled.
case_jobs_long() {
    digit_model
    jobs_service
    images=$T/data/t10k-images-idx3-ubyte
    want 0 "" "$trinn" send $(by alice) --name first --allow carol \
        --data "$T/data" --files "$s/a"
    want 0 "" "$trinn" send $(by alice) --name digits --allow dave \
        --model "$T/digits.safetensors" --net "$T/net" --files "$s/m"
    want 0 "" "$trinn" train $(by carol) --name long --data first \
        --net "$T/net" --epochs 10000 --batch 16 --loss-every 0
    want 0 "" "$trinn" ask $(by dave) --model digits --images "$images"
    same "$(cat "$T/out")" "$(cat "$T/digits.classes")" "classes meanwhile"
    for i in 0 2; do
        until_true eval '"$trinn" jobs $(by carol) | grep -q "step [1-9]"'
        eval "kill -9 \$pid$i; wait \$pid$i" 2>/dev/null
        start_serve $i
        until_true all_joined
    done
    # With less memory, which makes another ledger, they go on as well.
    until_true eval 'test "$(at_step)" -gt 0'
    before=$(at_step)
    stop_service
    serving="--memory 200M"
    for i in 0 1 2; do
        start_serve $i
    done
    serving=
    until_true all_joined
    until_true eval 'test "$(at_step)" -gt "$before"'
    want 2 "dave has no right to train" "$trinn" cancel $(by dave) --name long
    want 2 "eve has no training long" "$trinn" cancel $(by eve) --name long
    want 0 "long is cancelled" "$trinn" cancel $(by carol) --name long
    until_true eval '[ "$("$trinn" jobs $(by carol) |
        grep -c "ended: cancelled")" = 3 ]'
    for i in 0 1 2; do
        same "$(ls -A "$s/store$i" | grep -c long)" 0 "files of party $i"
    done
    want 0 "" "$trinn" ask $(by dave) --model digits --images "$images"
    stop_service
}

# The step that the training is at.
at_step() {
    "$trinn" jobs $(by carol) | sed -n 's/.*  step \([0-9]*\) of .*/\1/p' |
        head -n 1
}

# Who asks one image after the other waits for less than a step each time.
case_jobs_pace() {
    digit_model
    jobs_service
    want 0 "" "$trinn" send $(by alice) --name first --allow carol \
        --data "$T/data" --files "$s/a"
    want 0 "" "$trinn" send $(by alice) --name digits --allow dave \
        --model "$T/digits.safetensors" --net "$T/net" --files "$s/m"
    want 0 "" "$trinn" train $(by carol) --name slow --data first --net B \
        --steps 400 --epochs 400 --batch 48 --loss-every 0
    until_true eval 'test "$(at_step)" -gt 0'
    passed=20 # as if each had waited for a step; a client that is late adds to it
    for turn in 1 2 3 4 5; do
        [ $passed -gt 16 ] || break
        begun=$(at_step)
        yes "$T/data/t10k-images-idx3-ubyte" | head -n 20 |
            "$trinn" ask $(by dave) --model digits --stdin --limit 1 \
                >"$s/classes"
        passed=$(($(at_step) - begun))
        same "$(sort "$s/classes" | uniq -c | sed 's/^ *//')" \
            "20 $(head -n 1 "$T/digits.classes")" "classes"
    done
    [ $passed -le 16 ] || complain "20 queries took $passed steps"
    want 0 "slow is cancelled" "$trinn" cancel $(by carol) --name slow
    stop_service
}

# ended NAME: all three say so of a training.
ended() {
    [ "$("$trinn" jobs $(by carol) | grep -c "train $1  has ended: ")" = 3 ]
}

# Party 1 may write no file above 4 MB: a model that is larger there is given
# up by all three, and the parties stay connected; nor may it have more than 300
# MB of addresses. What is too large for any is refused.
case_jobs_no_room() {
    room=200000000
    jobs_service
    room=
    "$trinn" digits --out "$s/few" --train 64 --test 16 >/dev/null
    want 0 "" "$trinn" send $(by alice) --name few --allow carol \
        --data "$s/few" --files "$s/a"
    kill $pid1
    wait $pid1
    trap '' XFSZ
    ulimit -S -f 8192
    ulimit -S -v 300000
    start_serve 1
    ulimit -S -v unlimited
    ulimit -S -f unlimited
    trap - XFSZ
    until_true all_joined
    printf 'input 28 28 1\nfc 1000\nrelu\nfc 10\n' >"$s/large"
    printf 'input 28 28 1\nfc 30000\nrelu\nfc 10\n' >"$s/huge"
    want 1 "than \`limit store\` of this party leaves" "$trinn" train $(by carol) --name huge \
        --data few --net "$s/huge" --batch 32
    want 2 "losses of only 8 samples" "$trinn" train $(by carol) --name large \
        --data few --net "$s/large" --batch 8
    want 0 "" "$trinn" train $(by carol) --name large --data few \
        --net "$s/large" --batch 32
    until_true ended large
    same "$("$trinn" status $(by carol) | grep -c 'joined [12] times')" 3 \
        "parties that are connected as before"
    "$trinn" jobs $(by carol) | grep -q " large.share: no room for its" ||
        complain "no reason, or a path: $("$trinn" jobs $(by carol))"
    # Its checkpoints do not fit: that ends the connections, but only twice.
    printf 'input 28 28 1\nfc 300\nrelu\nfc 10\n' >"$s/middle"
    want 0 "" "$trinn" train $(by carol) --name middle --data few \
        --net "$s/middle" --batch 32 --momentum 0.9
    until_true ended middle
    same "$("$trinn" status $(by carol) | grep -c 'joined [34] times')" 3 \
        "parties that have joined twice more"
    # Its memory is not there at party 1: nobody is disconnected.
    printf 'input 28 28 1\nconv 32 5 pad 2\nrelu\nfc 10\n' >"$s/wide"
    want 0 "" "$trinn" train $(by carol) --name wide --data few \
        --net "$s/wide" --batch 64
    until_true ended wide
    same "$("$trinn" status $(by carol) | grep -c 'joined [34] times')" 3 \
        "parties that are connected as before"
    for i in 0 1 2; do
        same "$(ls -A "$s/store$i" | grep -c -e large -e middle -e wide)" 0 \
            "files of party $i"
    done
    stop_service
}

# While the parties are down another owner's data come by the name of those that
# a training is to use: it is asked for consent again before it goes on.
case_jobs_consent() {
    jobs_service
    want 0 "" "$trinn" send $(by alice) --name alpha --allow carol \
        --data "$T/data" --files "$s/a"
    want 0 "" "$trinn" send $(by bob) --name bravo --allow dave \
        --data "$T/data" --files "$s/b"
    want 0 "" "$trinn" train $(by carol) --name later --data alpha \
        --net "$T/net" --epochs 10000 --batch 32
    want 0 "" "$trinn" train $(by carol) --name other --data alpha \
        --net "$T/net" --epochs 10000 --batch 32
    want 0 "other is cancelled" "$trinn" cancel $(by alice) --name other
    until_true eval '"$trinn" jobs $(by carol) | grep -q "step [1-9]"'
    stop_service
    for i in 0 1 2; do
        (cd "$s/store$i" && LC_ALL=C sed s/bravo/alpha/ bravo.about \
            >alpha.about && mv bravo.share alpha.share && rm bravo.about)
    done
    for i in 0 1 2; do
        start_serve $i
    done
    until_true all_joined
    until_true ended later
    same "$("$trinn" jobs $(by carol) | grep -c 'may not train on alpha')" 3 \
        "parties that miss the consent"
    stop_service
}

# is_held WORDS: all three say so of carol's training, two of them, or one, why.
is_held() {
    [ "$("$trinn" jobs $(by carol) | grep -c "train long  is held: ")" = 3 ] &&
        "$trinn" jobs $(by carol) | grep -q "is held: .*$1"
}

# again [OPTIONS]: the three are started anew.
again() {
    serving=$1
    for i in 0 1 2; do
        start_serve $i
    done
    serving=
    until_true all_joined
}

# What another start does not fit is not lost: not for other options, less
# memory, or what one party has no more. It waits for the old ones.
case_jobs_held() {
    limit=40000
    jobs_service
    limit=
    want 0 "" "$trinn" send $(by alice) --name first --allow carol,eve \
        --data "$T/data" --files "$s/a"
    want 0 "" "$trinn" train $(by carol) --name long --data first \
        --net "$T/net" --steps 5000 --batch 4 --loss-every 0
    until_true test -e "$s/store1/long.p1.b.ckpt"
    stop_service
    again "--compare 48"
    until_true is_held "it has 'compare 32', this one 'compare 48'"
    # Another one is trained meanwhile.
    printf 'input 28 28 1\nfc 10\n' >"$s/small"
    want 0 "" "$trinn" train $(by eve) --name short --data first \
        --net "$s/small" --steps 5
    until_true eval '"$trinn" status $(by eve) | grep -q "model short"'
    stop_service
    mkdir "$s/away"
    mv "$s/store1"/long.p1.?.ckpt "$s/away"
    again
    until_true is_held "checkpoints of party 1 are not there"
    # Party 1 alone is started anew, with them.
    kill $pid1
    wait $pid1
    mv "$s/away"/* "$s/store1"
    start_serve 1
    until_true all_joined
    until_true eval 'test "$(at_step)" -gt 100'
    stop_service
    again "--memory 47M"
    until_true is_held "run takes .* MB are allowed"
    want 0 "long is cancelled" "$trinn" cancel $(by carol) --name long
    until_true ended long
    for i in 0 1 2; do
        same "$(ls -A "$s/store$i" | grep -c long)" 0 "files of party $i"
    done
    stop_service
}
