#include "proto/rep3/keys.h"
#include "core/mem.h"

/* A task reads one chunk of a stream, and so many elements of it at a time. */
enum { TASK = TRI_REP3_CHUNK, PIECE = 256 };

static void key_from(struct tri_prg *out, struct tri_session *s, unsigned with)
{
    uint8_t key[32];

    tri_prg_bytes(&s->prg[with], key, sizeof key);
    tri_prg_init(out, s->cx.k, key, s->prg[with].kind);
    tri_wipe(key, sizeof key);
}

void tri_rep3_keys_init(struct tri_rep3 *r, struct tri_session *s)
{
    key_from(&r->own, s, tri_rep3_prev(s->id));
    key_from(&r->next, s, tri_rep3_next(s->id));
}

void tri_rep3_keys_wipe(struct tri_rep3 *r)
{
    tri_prg_wipe(&r->own);
    tri_prg_wipe(&r->next);
}

uint64_t tri_rep3_op(struct tri_rep3 *r)
{
    (void)tri_prg_next(&r->next);
    return tri_prg_next(&r->own);
}

struct job {
    const struct tri_kernels *kernels;
    const struct tri_prg *own, *next;
    uint64_t op;
    uint8_t *z;
    size_t n;
    enum tri_rep3_width w;
    void *note[2];
    int fresh; /* the share overwrites z instead of being added */
};

/* z = own - next (bits: own ^ next), or z += it, of words only. */
static void share(const struct job *j, uint64_t *z, const uint64_t *own,
                  const uint64_t *next, size_t n)
{
    const struct tri_kernels *k = j->kernels;

    if (j->w == TRI_REP3_BITS) {
        k->xor_bytes((uint8_t *)z, (const uint8_t *)own, (const uint8_t *)next,
                     n * sizeof *z);
    } else if (j->fresh) {
        k->sub(z, own, next, n);
    } else {
        k->add(z, z, own, n);
        k->sub(z, z, next, n);
    }
}

static void zero_task(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;
    size_t at = task * TASK;
    const size_t end = j->n - at < TASK ? j->n : at + TASK;
    uint64_t buf[2][PIECE], *f[2];
    struct tri_stream own, next;

    (void)worker;
    tri_stream_open(&own, j->own, j->op, (uint32_t)task);
    tri_stream_open(&next, j->next, j->op, (uint32_t)task);
    for (size_t n; at < end; at += n) {
        n = end - at < PIECE ? end - at : PIECE;
        for (unsigned i = 0; i < 2; i++)
            f[i] = j->note[i] != NULL ? (uint64_t *)j->note[i] + at : buf[i];
        tri_stream_words(&own, f[0], sizeof *f[0], n);
        tri_stream_words(&next, f[1], sizeof *f[1], n);
        share(j, (uint64_t *)(void *)j->z + at, f[0], f[1], n);
    }
    tri_stream_wipe(&own);
    tri_stream_wipe(&next);
    tri_wipe(buf, sizeof buf);
}

static void shares(struct tri_engine *e, uint64_t op, void *z, size_t n,
                   enum tri_rep3_width w, void *const note[2], int fresh)
{
    struct tri_rep3 *r = tri_rep3_self(e);
    struct job j = {
        e->s->cx.k, &r->own, &r->next, op, z, n, w, { NULL }, fresh
    };

    for (unsigned i = 0; note != NULL && i < 2; i++)
        j.note[i] = note[i];
    tri_par_run(e->s->cx.par, zero_task, &j, (n + TASK - 1) / TASK);
}

void tri_rep3_zero(struct tri_engine *e, uint64_t op, void *z, size_t n,
                   enum tri_rep3_width w, void *const note[2])
{
    shares(e, op, z, n, w, note, 1);
}

void tri_rep3_blind(struct tri_engine *e, uint64_t op, uint64_t *z, size_t n,
                    void *const note[2])
{
    shares(e, op, z, n, TRI_REP3_64, note, 0);
}

static void draw_task(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;
    const size_t each = tri_rep3_bytes(j->w);
    size_t at = task * TASK;
    const size_t end = j->n - at < TASK ? j->n : at + TASK;
    struct tri_stream st;

    (void)worker;
    tri_stream_open(&st, j->own, j->op, (uint32_t)task);
    for (size_t n; at < end; at += n) {
        n = end - at < 4 * PIECE ? end - at : 4 * PIECE;
        tri_stream_words(&st, j->z + at * each, each, n);
        if (j->note[0] != NULL)
            memcpy((uint8_t *)j->note[0] + at * each, j->z + at * each,
                   n * each);
    }
    tri_stream_wipe(&st);
}

void tri_rep3_draw(struct tri_engine *e, const struct tri_prg *k, uint64_t op,
                   void *z, size_t n, enum tri_rep3_width w, void *note)
{
    struct job j = {
        .own = k, .op = op, .z = z, .n = n, .w = w, .note = { note }
    };

    tri_par_run(e->s->cx.par, draw_task, &j, (n + TASK - 1) / TASK);
}
