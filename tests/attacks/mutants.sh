#!/bin/sh
# Does each check have a test that misses it? Every mutant is the program with
# one check switched off in one file. The test that is about it must fail, and
# must not fail for a program linked the same way with nothing switched off.
#
#   tests/attacks/mutants.sh BUILD [PART OF A NAME]
#
# From the environment, set by make: CC, FLAGS to compile, LINK to link a
# program, CHECK and ATTACKS: objects and libraries of the two programs.
build=$1 only=${2:-}
dir=$build/mutants
bad=0 n=0
rm -rf "$dir"
mkdir -p "$dir"

# honest check|attacks ARGUMENTS...: the unchanged program passes. Each test is
# run once, for all mutants that it is about.
honest() {
    passed="$dir/passed.$(echo "$*" | tr -c 'a-z0-9\n' _)"
    [ ! -e "$passed" ] || return 0
    program=$1
    shift
    if [ ! -e "$dir/honest-$program" ]; then
        [ "$program" = check ] && objects=$CHECK || objects=$ATTACKS
        # shellcheck disable=SC2086
        $CC $LINK -o "$dir/honest-$program" $objects || return 1
    fi
    timeout -k 5 1200 "$dir/honest-$program" "$@" >"$dir/out" 2>&1 || return 1
    : >"$passed"
}

# mutant NAME FILE SED-COMMAND check|attacks ARGUMENTS...
mutant() {
    name=$1 file=$2 change=$3 program=$4
    shift 4
    case "$name" in *"$only"*) ;; *) return ;; esac
    n=$((n + 1))
    if ! (honest "$program" "$@"); then
        echo "NOT AS IT SHOULD BE: $name: $program $* fails with nothing switched off"
        bad=1
        return
    fi
    sed "$change" "$file" >"$dir/mutant.c"
    if cmp -s "$file" "$dir/mutant.c"; then
        echo "NOT AS IT SHOULD BE: $name: '$change' changes nothing in $file"
        bad=1
        return
    fi
    [ $program = check ] && objects=$CHECK || objects=$ATTACKS
    # The mutant comes before the libraries, in which its original stays.
    # shellcheck disable=SC2086
    if ! $CC $FLAGS -w -c -o "$dir/mutant.o" "$dir/mutant.c" ||
        ! $CC $LINK -o "$dir/program" "$dir/mutant.o" $objects; then
        echo "NOT AS IT SHOULD BE: $name: does not compile"
        bad=1
        return
    fi
    timeout -k 5 1200 "$dir/program" "$@" >"$dir/out" 2>&1
    code=$?
    if [ $code = 1 ]; then
        printf '%-44s %s\n' "$name" \
            "$(grep -m 1 -E '^FAIL|NOT AS IT SHOULD' "$dir/out" | cut -c 1-100)"
    else
        echo "NOT AS IT SHOULD BE: $name: $program $* ends with $code"
        bad=1
    fi
}

# ---- 1, 2: a wrong product of every kind -----------------------------------
mutant '1 products of words' proto/verify/ring.c \
    's/c->right = (uint8_t)tri_ct_public(.*/c->right = 1;/' \
    check verify_ring/wrong_words
mutant '1 matrix products' proto/verify/ring.c \
    's/c->right = (uint8_t)tri_ct_public(.*/c->right = 1;/' \
    check verify_ring/wrong_matrices
mutant '1 products of bits' proto/verify/ands.c \
    's/if (!tri_ct_public(tri_ct_is_zero(at\[1\]/if (0 \&\& (at[0] ^ (at[1]/' \
    check ands/gates
mutant '1 a training' proto/rep3/rep3.c \
    's/p->ands + p->words + p->matrices > 0/0/' check 'ledger: caught'
mutant '2 few sums' proto/verify/ringcoin.c \
    's/group_bits\[i\] &= c->strength.gates/group_bits[i] \&= 0xf/' check verify_ring/wrong_words
mutant '2 rows of one weight' proto/verify/ringcoin.c \
    's/gates.row\[i\] &= c->strength.gates/gates.row[i] = 1/' \
    check verify_ring/cancelling
mutant '2 lanes of one weight' proto/verify/ringcoin.c \
    's/gates.lane\[i\] &= c->strength.gates/gates.lane[i] = 1/' \
    check verify_ring/cancelling
mutant '2 groups of one weight' proto/verify/ringcoin.c \
    's/group_bits\[i\] &= c->strength.gates/group_bits[i] = 5/' \
    check verify_ring/cancelling
mutant '2 few sums of matrices' proto/verify/ringcoin.c \
    's/kept = c->strength.matrices/kept = 7/' check verify_ring/wrong_matrices
mutant '2 a small prime' proto/verify/ring.c \
    's/\.prime = TRI_FIELD_BITS/.prime = 20/' check verify_ring/links
mutant '2 small weights of bits' proto/verify/ands.c \
    's/a->drawn = UINT64_MAX;/a->drawn = UINT32_MAX;/' check ands/links

# ---- 3: challenges ----------------------------------------------------------
mutant '3 a coin comes twice' proto/verify/coin.c \
    's/(place + 8, at->batch)/(place + 8, 0)/' check coin
mutant '3 a coin comes twice, and is known' proto/verify/coin.c \
    's/(place + 8, at->batch)/(place + 8, 0)/' check verify_ring/known
mutant '3 a coin for two provers' proto/verify/coin.c \
    's/(place + 4, at->prover)/(place + 4, 0)/' check coin
mutant '3 a point is a node' proto/verify/ands.c \
    's/while (tri_ct_public(bad & 1))/while (0 \&\& bad)/' check ands/points

# ---- 4: lies inside a proof -------------------------------------------------
mutant '4 bits: other weights' proto/verify/ands.c \
    's/!tri_ct_public(tri_ct_equal(a->seed_echo, p->seed, TRI_COIN_SEED))/0/' \
    check ands/messages
mutant '4 bits: other points' proto/verify/ands.c \
    's/!tri_ct_public(tri_ct_equal(a->echo, a->first.point, bytes\[1\]))/0/' \
    check ands/messages
mutant '4 words: the sums of a prover' proto/verify/ring.c \
    's/!tri_ct_public(tri_ct_equal(prev, c->seed_hash, TRI_RING_HASH))/0/' \
    check verify_ring/messages
mutant '4 words: the coins of a prover' proto/verify/ring.c \
    's/!tri_ct_public(tri_ct_equal(next, hash, TRI_RING_HASH))/0/' \
    check verify_ring/messages
mutant '4 words: the sums of a verifier' proto/verify/ring.c \
    's/!tri_ct_public(tri_ct_equal(in + 16, c->seed_hash, TRI_RING_HASH))/0/' \
    check verify_ring/messages
mutant '4 words: no number' proto/verify/ring.c \
    's/return (int)tri_ct_public(tri_ct_is_zero(bad))/return 1/' \
    check verify_ring/numbers
mutant '4 words: the verdict' proto/verify/ring.c \
    's/if (\*prev != 1)/if (0)/; s/if (\*next != 1)/if (0)/' \
    check verify_ring/messages
mutant '4 the last word' proto/verify/verify.c \
    's/return rc != TRI_OK || (memcmp(heard.*/return rc != TRI_OK || (heard[0][0] >= 0 \&\&/; s/memcmp(heard\[1\], said, VERDICT) == 0)/1)/' \
    attacks --quick words

# ---- 5: openings ------------------------------------------------------------
mutant '5 before the verdict' proto/engine.c \
    's/rc == TRI_OK && e->ops->verify != NULL ?/0 ?/' check doors
mutant '5 the digest' proto/rep3/open.c \
    's/if (n > 0 && !tri_digest_same(own, heard))/if (0)/' check 'rep3: doors'

# ---- 6: copies. 7, zeros that no key gives, are wrong products ---------------
mutant '6 copies' proto/rep3/copies.c \
    's/if (!tri_digest_same(own, heard\[i\]))/if (0)/' check 'ledger: copies'
mutant '6 copies of files' boards/common/agree.c \
    's/memcmp(file\[j\].head->sum\[c\], digest, TRI_HASH_BYTES) != 0/0/' \
    check replicated
mutant '6 before a verification' proto/rep3/rep3.c \
    's/rc = tri_copies_compare(e);/rc = TRI_OK;/' check 'ledger: copies'
mutant '6 before the products' proto/rep3/send.c \
    's/e->pending.imported ? tri_copies_compare(e)/0 ? 0/' check ledger
# ---- 8: what a verdict tells ------------------------------------------------
mutant '8 bits: no blind' proto/verify/ands.c \
    's/^    tri_coin_words(&c, out, n);/&\n    if (domain == TRI_COIN_AND_BLIND_V) memset(out, 0, 8 * n);/' \
    check ands/guess
mutant '8 words: no blind' proto/verify/ringcoin.c \
    '/^uint64_t tri_ring_blind/,/^}/s/return z/return 0/' check verify_ring/guess
mutant '8 shares as they were' proto/rep3/open.c \
    's/rc = tri_rep3_renew(e, x, n)/rc = TRI_OK/' check 'rep3: doors'

# ---- 9: another try ---------------------------------------------------------
mutant '9 hangs up, unseen' proto/verify/verify.c \
    's/s->proving = rc == TRI_OK.*/s->proving = 0;/' check attempts
mutant '9 hangs up, uncounted' boards/host/party/aborted.c \
    's/n >= most/0/' check 'checkpoint: hung up'
mutant '9 resumes after an abort' boards/host/party/checkpoint.c \
    's/if (rc == TRI_E_CHEAT)$/if (0)/' check 'checkpoint: an abort'
mutant '9 stops for one only' boards/host/party/checkpoint.c \
    's/if (rc != TRI_OK || other == 0)/if (1)/' check 'checkpoint: two answers'

# ---- 10: from end to end ----------------------------------------------------
mutant '10 the attacks' proto/rep3/rep3.c \
    's/p->ands + p->words + p->matrices > 0/0/' attacks --quick kill

# ---- 11: messages, clients --------------------------------------------------
mutant '11 a message of another length' net/host/mem.c \
    's/if (m->len != len)/if (0)/' check link_mismatch
mutant '11c a share of another result' boards/host/share/sharepair.c \
    's/return memcmp(a->head.sum\[i\], b->head.sum\[j\], TRI_HASH_BYTES) ==/return 1 || 0 ==/' \
    check replicated

[ $n -gt 0 ] || { echo "there is no mutant '$only'"; exit 2; }
echo "$n mutants$([ $bad = 0 ] && echo ', each missed by its test')"
exit $bad
