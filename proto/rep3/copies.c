#include "proto/rep3/copies.h"
#include "core/ct.h"
#include "core/err.h"
#include "core/le.h"
#include "core/mem.h"

static void add_number(struct tri_hash *h, uint64_t v)
{
    tri_hash_words(h, &v, 1);
}

void tri_digest_start(struct tri_engine *e, struct tri_hash *h,
                      const struct tri_prg *k, uint64_t op)
{
    uint64_t key[4];

    tri_rep3_draw(e, k, op, key, 4, TRI_REP3_64, NULL);
    tri_le_words(key, sizeof key, sizeof *key);
    tri_hash_init(h, key, sizeof key);
    add_number(h, op);
    tri_wipe(key, sizeof key);
}

void tri_digest_add(struct tri_hash *h, const uint64_t *v, size_t n)
{
    add_number(h, n);
    tri_hash_words(h, v, n);
}

void tri_digest_end(struct tri_hash *h, unsigned receiver,
                    uint8_t out[TRI_HASH_BYTES])
{
    add_number(h, receiver);
    tri_hash_final(h, out);
}

int tri_digest_same(const uint8_t *a, const uint8_t *b)
{
    uint64_t diff = 0;

    for (size_t i = 0; i < TRI_HASH_BYTES; i++)
        diff |= (uint64_t)(a[i] ^ b[i]);
    return (int)tri_ct_public(tri_ct_is_zero(diff));
}

void tri_copies_add(struct tri_engine *e, const uint64_t *const v[2], size_t n,
                    int imported)
{
    struct tri_rep3 *r = tri_rep3_self(e);
    const int first = !e->pending.copied;

    e->pending.copied = 1;
    e->pending.imported |= imported;
    if (e->s->dry)
        return;
    if (first) {
        r->copy_op = tri_rep3_op(r);
        tri_digest_start(e, &r->copy[0], &r->own, r->copy_op);
        tri_digest_start(e, &r->copy[1], &r->next, r->copy_op);
    }
    for (unsigned c = 0; c < 2; c++)
        tri_digest_add(&r->copy[c], v[c], n);
}

/* Which two hold copies that are not the same: P_i and the next party. */
static const char *const pair_of[TRI_PARTIES] = {
    "inputs: P0 and P1 hold different copies: who dealt them cheats, or one "
    "of the two",
    "inputs: P1 and P2 hold different copies: who dealt them cheats, or one "
    "of the two",
    "inputs: P2 and P0 hold different copies: who dealt them cheats, or one "
    "of the two",
};

/*
 * Both holders of every component compare what they were given.
 *
 *   P_i -> P_{i-1}   digest of component i      under F(k_i, op)
 *   P_i -> P_{i+1}   digest of component i+1    under F(k_{i+1}, op)
 *
 * One round, 192 bytes. Both directions, so that neither goes on before it
 * knows. Private: the key is that of the component's holders, and used once;
 * who has dealt the values does not know it, and cannot deal two that have the
 * same digest.
 */
int tri_copies_compare(struct tri_engine *e)
{
    struct tri_rep3 *r = tri_rep3_self(e);
    const unsigned id = e->s->id, prev = tri_rep3_prev(id);
    const unsigned next = tri_rep3_next(id);
    uint8_t said[2][TRI_HASH_BYTES], heard[2][TRI_HASH_BYTES];
    uint8_t own[TRI_HASH_BYTES];
    const struct tri_rep3_copy c[2] = {
        { .to = { 2, 0, 1 },
          .send = said[0],
          .recv = heard[1],
          .bytes = TRI_HASH_BYTES },
        { .to = { 1, 2, 0 },
          .send = said[1],
          .recv = heard[0],
          .bytes = TRI_HASH_BYTES },
    };
    int rc;

    if (!e->pending.copied)
        return TRI_OK;
    e->pending.copied = e->pending.imported = 0;
    for (unsigned i = 0; !e->s->dry && i < 2; i++) {
        struct tri_hash h = r->copy[i];

        tri_digest_end(&h, i == 0 ? prev : next, said[i]);
    }
    rc = tri_rep3_send_copy(e, c, 2);
    for (unsigned i = 0; rc == TRI_OK && !e->s->dry && i < 2; i++) {
        tri_digest_end(&r->copy[i], id, own);
        if (!tri_digest_same(own, heard[i]))
            rc = tri_session_fail(e->s, TRI_E_CHEAT,
                                  pair_of[i == 0 ? prev : id], TRI_NOBODY);
    }
    return rc;
}
