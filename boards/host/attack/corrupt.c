#include "boards/host/attack/corrupt.h"
#include <stdlib.h>
#include <string.h>
#include "boards/host/attack/attacks.h"
#include "core/err.h"

/* The tables of operations carry no state of ours. */
static _Thread_local struct tri_corrupt *taken;

/* A rewritten message: the sender's buffer stays as it is. */
struct tri_copy_of {
    struct tri_copy_of *next;
    _Alignas(TRI_ALIGN) uint8_t byte[];
};

static void tell(struct tri_corrupt *c, struct tri_event *v,
                 enum tri_moment moment)
{
    v->moment = moment;
    v->e = c->e;
    v->at = c->e->s->at;
    c->attack->act(c, v);
}

/* ---- operations -------------------------------------------------------------
 */

/* The step is over once its weights change. */
static void count_steps(struct tri_corrupt *c)
{
    const char *const pass = c->e->s->at.pass;
    const int updating = pass != NULL && strcmp(pass, "update") == 0;

    c->step += updating && !c->updating;
    c->updating = updating;
}

/* What a tensor held as an operand before is a cheat's to keep: with that the
 * products of before are proved, whatever becomes of it now. */
static void keep(const struct tri_corrupt *c, struct tri_ten *t)
{
    if (t != NULL)
        c->real->scale(c->e, t, t, 1, 0); /* changes nothing, but says so */
}

/* The operation at work is `v`; what was, comes back. */
static struct tri_event begin(struct tri_event *v)
{
    struct tri_corrupt *const c = taken;
    const struct tri_event outer = c->now;

    count_steps(c);
    keep(c, v->x);
    keep(c, v->y);
    tell(c, v, TRI_READS);
    c->now = *v;
    memset(c->nth, 0, sizeof c->nth);
    memset(c->said, 0, sizeof c->said);
    return outer;
}

static int finish(const struct tri_event *outer, int rc)
{
    struct tri_corrupt *const c = taken;

    if (rc == TRI_OK)
        tell(c, &c->now, TRI_WROTE);
    c->now = *outer;
    return rc;
}

/* An operation of the table: what it is, its tensors, its call. */
#define VERB(Z, X, Y, WHAT, BILIN, CALL)               \
    struct tri_event v = { .verb = (WHAT),             \
                           .x = (struct tri_ten *)(X), \
                           .y = (struct tri_ten *)(Y), \
                           .z = (struct tri_ten *)(Z), \
                           .bilin = (BILIN) };         \
    const struct tri_event outer = begin(&v);          \
    return finish(&outer, taken->real->CALL)

static void on_scale(struct tri_engine *e, struct tri_ten *z,
                     const struct tri_ten *x, int64_t c, int cb)
{
    struct tri_event v = { .verb = TRI_VERB_SCALE,
                           .x = (struct tri_ten *)x,
                           .z = z };
    const struct tri_event outer = begin(&v);

    taken->real->scale(e, z, x, c, cb);
    (void)finish(&outer, TRI_OK);
}

static int on_bilin(struct tri_engine *e, const struct tri_bilin *op,
                    struct tri_ten *z, struct tri_ten *x, struct tri_ten *y)
{
    VERB(z, x, y, TRI_VERB_BILIN, op, bilin(e, op, z, x, y));
}

static int on_trunc(struct tri_engine *e, struct tri_ten *z,
                    const struct tri_ten *x)
{
    VERB(z, x, NULL, TRI_VERB_TRUNC, NULL, trunc(e, z, x));
}

static int on_relu(struct tri_engine *e, struct tri_ten *z,
                   struct tri_bits *bits, const struct tri_ten *x)
{
    VERB(z, x, NULL, TRI_VERB_RELU, NULL, relu(e, z, bits, x));
}

static int on_sign(struct tri_engine *e, struct tri_bits *bits,
                   const struct tri_ten *x)
{
    VERB(NULL, x, NULL, TRI_VERB_SIGN, NULL, sign(e, bits, x));
}

static int on_select(struct tri_engine *e, struct tri_ten *z,
                     const struct tri_bits *bits, const struct tri_ten *x)
{
    VERB(z, x, NULL, TRI_VERB_SELECT, NULL, select(e, z, bits, x));
}

static int on_maxn(struct tri_engine *e, struct tri_ten *z, struct tri_maxn *st,
                   const struct tri_ten *x)
{
    VERB(z, x, NULL, TRI_VERB_MAXN, NULL, maxn(e, z, st, x));
}

static int on_maxn_grad(struct tri_engine *e, struct tri_ten *dx,
                        const struct tri_maxn *st, const struct tri_ten *dz)
{
    VERB(dx, dz, NULL, TRI_VERB_MAXN_GRAD, NULL, maxn_grad(e, dx, st, dz));
}

static int on_div(struct tri_engine *e, struct tri_ten *z,
                  const struct tri_ten *x, const struct tri_ten *y)
{
    VERB(z, x, y, TRI_VERB_DIV, NULL, div(e, z, x, y));
}

static int on_normalise(struct tri_engine *e, struct tri_ten *z,
                        const struct tri_ten *x)
{
    VERB(z, x, NULL, TRI_VERB_DIV, NULL, normalise(e, z, x));
}

static int on_refresh(struct tri_engine *e, struct tri_ten *x)
{
    VERB(x, x, NULL, TRI_VERB_REFRESH, NULL, refresh(e, x));
}

static int on_open(struct tri_engine *e, double *out, const struct tri_ten *x,
                   unsigned audience)
{
    VERB(NULL, x, NULL, TRI_VERB_OPEN, NULL, open(e, out, x, audience));
}

static int on_export(struct tri_engine *e, const struct tri_ten *t, size_t at,
                     size_t n, tri_ring *const part[2])
{
    struct tri_corrupt *const c = taken;
    struct tri_event v = { .verb = TRI_VERB_EXPORT,
                           .x = (struct tri_ten *)t,
                           .z = (struct tri_ten *)t,
                           .first = at,
                           .n = n,
                           .part = part };
    const struct tri_event outer = begin(&v);
    const int rc = c->real->export(e, t, at, n, part);

    if (rc == TRI_OK && e->holds > 0)
        tell(c, &c->now, TRI_GIVES);
    c->now = outer;
    return rc;
}

static int on_verify(struct tri_engine *e)
{
    VERB(NULL, NULL, NULL, TRI_VERB_VERIFY, NULL, verify(e));
}

const char *tri_verb_name(enum tri_verb verb)
{
    static const char *const name[TRI_VERBS] = {
        "other",   "scale",   "product", "truncation",   "relu",
        "sign",    "select",  "max",     "max gradient", "division",
        "refresh", "opening", "export",  "verification"
    };

    return name[verb];
}

/* ---- messages ---------------------------------------------------------------
 */

static struct tri_copy_of *copy(struct tri_corrupt *c, const void *buf,
                                size_t len)
{
    struct tri_copy_of *const m = aligned_alloc(
        TRI_ALIGN, (sizeof *m + len + TRI_ALIGN - 1) / TRI_ALIGN * TRI_ALIGN);

    if (m == NULL)
        return NULL;
    memcpy(m->byte, buf, len);
    m->next = c->copies;
    c->copies = m;
    return m;
}

static void forget_copies(struct tri_corrupt *c)
{
    while (c->copies != NULL) {
        struct tri_copy_of *const m = c->copies;

        c->copies = m->next;
        free(m);
    }
}

/* Who has one share of two hears the other before it lets its own go. */
static int rushes(const struct tri_corrupt *c)
{
    return c->attack->rushes && c->now.verb == TRI_VERB_OPEN &&
           c->e->holds == 1;
}

static int on_send(struct tri_link *l, unsigned to, const void *buf, size_t len)
{
    struct tri_corrupt *const c = taken;
    struct tri_copy_of *m;
    struct tri_event v = c->now;

    if (rushes(c)) {
        c->mine = buf;
        c->waits |= 1u << to;
        return TRI_OK;
    }
    m = copy(c, buf, len);
    if (m == NULL)
        return TRI_E_NOMEM;
    v.to = to;
    v.nth = c->nth[to]++;
    v.said = c->said[to];
    v.msg = m->byte;
    v.len = len;
    c->said[to] += len;
    c->fate = TRI_FATE_GOES;
    tell(c, &v, TRI_SAYS);
    if (c->fate == TRI_FATE_STAYS)
        return TRI_OK;
    if (c->fate == TRI_FATE_SHORT)
        len--;
    if (c->fate == TRI_FATE_TWICE && len > 0) {
        const int rc = c->real_link->send(l, to, m->byte, len);

        if (rc != TRI_OK)
            return rc;
    }
    return len == 0 ? TRI_OK : c->real_link->send(l, to, m->byte, len);
}

/* The other's share has come: out go shares that open to lies, and what has
 * come opens to one as well. */
static int rush(struct tri_corrupt *c, struct tri_link *l, tri_ring *theirs,
                size_t len)
{
    const size_t n = len / sizeof(tri_ring);
    struct tri_copy_of *const truth = copy(c, theirs, len);
    struct tri_copy_of *lie[TRI_PARTIES];
    struct tri_event v = c->now;
    tri_ring *t;
    int rc = TRI_OK;

    if (truth == NULL)
        return TRI_E_NOMEM;
    t = (tri_ring *)truth->byte;
    for (size_t i = 0; i < n; i++)
        t[i] += c->mine[i];
    for (unsigned p = 0; p < TRI_PARTIES; p++) {
        lie[p] = copy(c, t, len);
        if (lie[p] == NULL)
            return TRI_E_NOMEM;
        v.lie[p] = (tri_ring *)lie[p]->byte;
    }
    v.n = n;
    v.truth = t;
    tell(c, &v, TRI_OPENS);
    c->seen++;
    for (size_t i = 0; i < n; i++)
        theirs[i] = v.lie[l->id][i] - c->mine[i];
    for (unsigned p = 0; p < TRI_PARTIES; p++)
        if (rc == TRI_OK && p != l->id && (c->waits >> p & 1) != 0) {
            for (size_t i = 0; i < n; i++)
                v.lie[p][i] += c->mine[i] - t[i];
            rc = c->real_link->send(l, p, v.lie[p], len);
        }
    c->waits = 0;
    return rc;
}

static int on_recv(struct tri_link *l, unsigned from, void *buf, size_t len)
{
    struct tri_corrupt *const c = taken;
    const int rc = c->real_link->recv(l, from, buf, len);

    return rc == TRI_OK && c->waits != 0 ? rush(c, l, buf, len) : rc;
}

static int on_flush(struct tri_link *l)
{
    struct tri_corrupt *const c = taken;
    const int rc = c->real_link->flush(l);

    if (rc == TRI_OK)
        forget_copies(c);
    return rc;
}

/* ---- life -------------------------------------------------------------------
 */

static void on_end(struct tri_engine *e)
{
    struct tri_corrupt *const c = taken;

    (void)tri_flush(e->s->link); /* a dead link has let go of all buffers */
    forget_copies(c);
    e->s->link->ops = c->real_link;
    taken = NULL;
    if (c->real->end != NULL)
        c->real->end(e);
}

void tri_corrupt_take(struct tri_corrupt *c, struct tri_engine *e)
{
    struct tri_link *const l = e->s->link;

    c->e = e;
    c->real = e->ops;
    c->ops = *e->ops;
    c->ops.end = on_end;
    c->ops.scale = on_scale;
    c->ops.bilin = on_bilin;
    c->ops.trunc = on_trunc;
    c->ops.relu = on_relu;
    c->ops.sign = on_sign;
    c->ops.select = on_select;
    c->ops.maxn = on_maxn;
    c->ops.maxn_grad = on_maxn_grad;
    c->ops.div = on_div;
    if (e->ops->normalise != NULL)
        c->ops.normalise = on_normalise;
    c->ops.refresh = on_refresh;
    c->ops.open = on_open;
    c->ops.export = on_export;
    if (e->ops->verify != NULL)
        c->ops.verify = on_verify;
    e->ops = &c->ops;
    c->real_link = l->ops;
    c->link_ops = *l->ops;
    c->link_ops.send = on_send;
    c->link_ops.recv = on_recv;
    c->link_ops.flush = on_flush;
    l->ops = &c->link_ops;
    taken = c;
}

/* ---- as a kind of engine ----------------------------------------------------
 */

static struct {
    struct tri_corrupt *c;
    const struct tri_engine_kind *honest;
} coming;

/* A dry run is the honest one. */
static int start(struct tri_engine *e)
{
    int rc = TRI_OK;

    e->ops = coming.honest->ops;
    if (e->ops->start != NULL)
        rc = e->ops->start(e);
    if (rc == TRI_OK && !e->s->dry)
        tri_corrupt_take(coming.c, e);
    return rc;
}

void tri_corrupt_kind(struct tri_corrupt *c, struct tri_engine_kind *kind,
                      struct tri_engine_ops *ops,
                      const struct tri_engine_kind *honest)
{
    coming.c = c;
    coming.honest = honest;
    *ops = *honest->ops;
    ops->start = start;
    *kind = *honest;
    kind->ops = ops;
}
