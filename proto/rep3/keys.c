#include "proto/rep3/keys.h"
#include "core/mem.h"

/* A task reads one chunk of a stream, 256 elements of it at a time. */
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
    const struct tri_prg *plus, *minus; /* minus: NULL for none */
    uint64_t op;
    uint8_t *z;
    size_t n;
    enum tri_rep3_width w;
    int fresh; /* `plus` overwrites z instead of being added */
};

static void add16(uint16_t *z, const uint16_t *x, size_t n, int sign)
{
    for (size_t i = 0; i < n; i++)
        z[i] = (uint16_t)(sign > 0 ? z[i] + x[i] : z[i] - x[i]);
}

static void add32(uint32_t *z, const uint32_t *x, size_t n, int sign)
{
    for (size_t i = 0; i < n; i++)
        z[i] = sign > 0 ? z[i] + x[i] : z[i] - x[i];
}

static void xor64(uint64_t *z, const uint64_t *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        z[i] ^= x[i];
}

static void combine(const struct job *j, void *z, const void *x, size_t n,
                    int sign)
{
    switch (j->w) {
    case TRI_REP3_BITS:
        xor64(z, x, n);
        return;
    case TRI_REP3_16:
        add16(z, x, n, sign);
        return;
    case TRI_REP3_32:
        add32(z, x, n, sign);
        return;
    case TRI_REP3_64:
        break;
    }
    if (sign > 0)
        j->kernels->add(z, z, x, n);
    else
        j->kernels->sub(z, z, x, n);
}

static void apply(const struct job *j, const struct tri_prg *k, size_t task,
                  int sign)
{
    const int over = j->fresh && sign > 0;
    const size_t each = tri_rep3_bytes(j->w);
    size_t at = task * TASK;
    const size_t end = j->n - at < TASK ? j->n : at + TASK;
    uint64_t buf[PIECE];
    struct tri_stream st;

    tri_stream_open(&st, k, j->op, (uint32_t)task);
    if (over)
        tri_stream_read(&st, j->z + at * each, (end - at) * each);
    for (size_t len; !over && at < end; at += len) {
        len = end - at < PIECE ? end - at : PIECE;
        tri_stream_read(&st, buf, len * each);
        combine(j, j->z + at * each, buf, len, sign);
    }
    tri_stream_wipe(&st);
    tri_wipe(buf, sizeof buf);
}

static void task_fn(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;

    (void)worker;
    apply(j, j->plus, task, 1);
    if (j->minus != NULL)
        apply(j, j->minus, task, -1);
}

static void shares(struct tri_engine *e, uint64_t op, void *z, size_t n,
                   enum tri_rep3_width w, int fresh)
{
    struct tri_rep3 *r = tri_rep3_self(e);
    struct job j = { e->s->cx.k, &r->own, &r->next, op, z, n, w, fresh };

    tri_par_run(e->s->cx.par, task_fn, &j, (n + TASK - 1) / TASK);
}

void tri_rep3_zero(struct tri_engine *e, uint64_t op, void *z, size_t n,
                   enum tri_rep3_width w)
{
    shares(e, op, z, n, w, 1);
}

void tri_rep3_blind(struct tri_engine *e, uint64_t op, void *z, size_t n,
                    enum tri_rep3_width w)
{
    shares(e, op, z, n, w, 0);
}

void tri_rep3_draw(struct tri_engine *e, const struct tri_prg *k, uint64_t op,
                   void *z, size_t n, enum tri_rep3_width w)
{
    struct job j = { e->s->cx.k, k, NULL, op, z, n, w, 1 };

    tri_par_run(e->s->cx.par, task_fn, &j, (n + TASK - 1) / TASK);
}
