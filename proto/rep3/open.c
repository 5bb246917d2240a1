#include "proto/rep3/open.h"
#include "core/err.h"
#include "core/mem.h"
#include "proto/rep3/copies.h"
#include "proto/rep3/product.h"

static int hears(unsigned audience, unsigned id)
{
    return (int)(audience >> id & 1);
}

/* Which two sent copies that are not the same. */
static const char *const pair_of[TRI_PARTIES] = {
    "open: P1 and P2 sent different values, one of them is wrong",
    "open: P2 and P0 sent different values, one of them is wrong",
    "open: P0 and P1 sent different values, one of them is wrong",
};

/*
 * Opening to an audience.
 *
 *   P_{i-1} -> P_i   x_{i-1}                       8n bytes  \ one round, for
 *   P_{i+1} -> P_i   digest of x_{i-1}             32 bytes  / every i in it
 *   P_i outputs      x_i + x_{i+1} + x_{i-1}, if both agree
 *
 * The digest (copies.c) is BLAKE2s under F(k_{i+1}, op), which P_i and P_{i+1}
 * know, over op, length, values and receiver.
 *
 * Private: the missing component is the value less what the receiver holds, and
 * tells nothing else. (What a truncation leaves in a value: trunc.c.)
 */
static int open_words(struct tri_engine *e, uint64_t *out, uint64_t *const x[2],
                      size_t n, unsigned audience)
{
    struct tri_session *s = e->s;
    struct tri_rep3 *r = tri_rep3_self(e);
    const unsigned id = s->id, prev = tri_rep3_prev(id);
    uint8_t said[TRI_HASH_BYTES], heard[TRI_HASH_BYTES], own[TRI_HASH_BYTES];
    struct tri_rep3_copy c[2] = {
        { .send = x[0], .recv = out, .bytes = n * sizeof *out, .words = 1 },
        { .send = said, .recv = heard, .bytes = n > 0 ? sizeof said : 0 },
    };
    struct tri_hash h;
    uint64_t op = 0;
    int rc;

    for (unsigned i = 0; i < TRI_PARTIES; i++) {
        const unsigned a = tri_rep3_next(i), b = tri_rep3_prev(i);

        c[0].to[i] = hears(audience, a) ? (int)a : TRI_NOBODY;
        c[1].to[i] = hears(audience, b) ? (int)b : TRI_NOBODY;
    }
    if (!s->dry) {
        op = tri_rep3_op(r);
        tri_digest_start(e, &h, &r->own, op);
        tri_digest_add(&h, x[1], n);
        tri_digest_end(&h, prev, said);
    }
    rc = tri_rep3_send_copy(e, c, 2);
    if (rc != TRI_OK || s->dry || !hears(audience, id))
        return rc;
    tri_digest_start(e, &h, &r->next, op);
    tri_digest_add(&h, out, n);
    tri_digest_end(&h, id, own);
    if (n > 0 && !tri_digest_same(own, heard))
        return TRI_E_CHEAT;
    s->cx.k->add(out, out, x[0], n);
    s->cx.k->add(out, out, x[1], n);
    return TRI_OK;
}

int tri_rep3_open(struct tri_engine *e, double *out, const struct tri_ten *x,
                  unsigned audience)
{
    struct tri_session *s = e->s;
    const size_t mark = tri_arena_mark(s->cx.arena);
    uint64_t *const v[2] = { x->v[0], x->v[1] };
    uint64_t *w = NULL;
    int rc = tri_arena_alloc(s->cx.arena, &w, x->n, sizeof *w);

    if (rc == TRI_OK)
        rc = open_words(e, w, v, x->n, audience);
    if (rc != TRI_OK)
        tri_session_fail(s, rc, rc == TRI_E_CHEAT ? pair_of[s->id] : "open",
                         TRI_NOBODY);
    else if (!s->dry && hears(audience, s->id))
        for (size_t i = 0; i < x->n; i++)
            out[i] = tri_fixed_decode(w[i], x->fb);
    tri_arena_release(s->cx.arena, mark);
    return rc;
}

int tri_rep3_import(struct tri_engine *e, struct tri_ten *t, size_t at,
                    size_t n, const tri_ring *const part[2])
{
    for (unsigned c = 0; !e->s->dry && c < 2; c++)
        memcpy((tri_ring *)t->v[c] + at, part[c], n * sizeof(tri_ring));
    tri_copies_add(e, part, n, 1);
    return TRI_OK;
}

static int renew(struct tri_engine *e, uint64_t *const x[2], size_t n,
                 const char *where)
{
    int rc = tri_session_check(e->s);

    if (rc == TRI_OK)
        rc = tri_rep3_renew(e, x, n);
    if (rc != TRI_OK)
        tri_rep3_fail(e, rc, where, x, n);
    return rc;
}

/* A product with 1, so that who comes to see all three components learns no
 * more than the sum. */
int tri_rep3_export(struct tri_engine *e, const struct tri_ten *t, size_t at,
                    size_t n, tri_ring *const part[2])
{
    const int dry = e->s->dry;
    uint64_t *const to[2] = { dry ? NULL : part[0], dry ? NULL : part[1] };

    for (unsigned c = 0; !dry && c < 2; c++)
        memcpy(part[c], (const tri_ring *)t->v[c] + at, n * sizeof(tri_ring));
    return renew(e, to, n, "export");
}

int tri_rep3_fresh(struct tri_engine *e, struct tri_ten *x)
{
    uint64_t *const v[2] = { x->v[0], x->v[1] };

    tri_ten_changed(x);
    return renew(e, v, x->n, "refresh");
}

static void note_name(struct tri_engine *e, const uint8_t *name, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const uint64_t w = name[i];

        tri_copies_add(e, (const uint64_t *const[2]){ &w, &w }, 1, 0);
    }
}

/* F(k_1) is P0's and P1's; P0 copies it to P2. All three compare it with the
 * next copies. */
void tri_rep3_name(struct tri_engine *e, uint8_t *out, size_t n)
{
    struct tri_session *s = e->s;
    struct tri_rep3 *r = tri_rep3_self(e);
    const struct tri_rep3_copy c = { .to = { 2, TRI_NOBODY, TRI_NOBODY },
                                     .send = out,
                                     .recv = out,
                                     .bytes = n };
    int rc = tri_session_check(s);

    if (rc == TRI_OK && !s->dry) {
        const uint64_t op = tri_rep3_op(r);
        struct tri_stream st;

        if (s->id < 2) {
            tri_stream_open(&st, s->id == 0 ? &r->next : &r->own, op, 0);
            tri_stream_read(&st, out, n);
            tri_stream_wipe(&st);
        }
    }
    if (rc == TRI_OK)
        rc = tri_rep3_send_copy(e, &c, 1);
    if (rc == TRI_OK)
        note_name(e, out, n);
    if (rc != TRI_OK) {
        tri_session_fail(s, rc, "name", TRI_NOBODY);
        memset(out, 0, n);
    }
}
