#include "boards/host/watch/runread.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "boards/host/formats/json.h"
#include "core/err.h"

/* ---- one line: its members ------------------------------------------------
 */

enum { MEMBERS = 32, TEXT = 4096 };

struct member {
    char name[24];
    int number; /* or text */
    double v;
    char text[64];
};

struct object {
    struct member m[MEMBERS];
    size_t n;
};

static int bad(const struct tri_json *j, struct tri_why *why, const char *what)
{
    return tri_why(why, TRI_E_FORMAT, "%s: byte %zu: %s", j->name, j->at + 1,
                   what);
}

/* A text, a number, or null, which counts as no member. */
static int value(struct tri_json *j, struct object *o, struct member *m,
                 struct tri_why *why)
{
    char text[TEXT];
    int rc;

    if (j->at < j->len && j->text[j->at] == '"') {
        rc = tri_json_string(j, text, sizeof text, why);
        if (rc != TRI_OK)
            return rc;
        snprintf(m->text, sizeof m->text, "%.63s", text);
    } else if (j->len - j->at >= 4 && memcmp(j->text + j->at, "null", 4) == 0) {
        j->at += 4;
        return TRI_OK;
    } else {
        m->number = 1;
        rc = tri_json_real(j, &m->v, why);
        if (rc != TRI_OK)
            return rc;
    }
    o->n++;
    return TRI_OK;
}

static int object(struct tri_json *j, struct object *o, struct tri_why *why)
{
    int rc = tri_json_expect(j, '{', why);

    o->n = 0;
    do {
        struct member *const m = &o->m[o->n];

        if (rc == TRI_OK && o->n == MEMBERS)
            return bad(j, why, "too many members");
        memset(m, 0, sizeof *m);
        if (rc == TRI_OK)
            rc = tri_json_string(j, m->name, sizeof m->name, why);
        for (size_t i = 0; rc == TRI_OK && i < o->n; i++)
            if (strcmp(o->m[i].name, m->name) == 0)
                return tri_why(why, TRI_E_FORMAT, "%s: '%s' occurs twice",
                               j->name, m->name);
        if (rc == TRI_OK)
            rc = tri_json_expect(j, ':', why);
        if (rc == TRI_OK) {
            while (j->at < j->len && j->text[j->at] == ' ')
                j->at++;
            rc = value(j, o, m, why);
        }
    } while (rc == TRI_OK && tri_json_take(j, ','));
    if (rc == TRI_OK)
        rc = tri_json_expect(j, '}', why);
    return rc == TRI_OK ? tri_json_end(j, why) : rc;
}

static const struct member *find(const struct object *o, const char *name,
                                 int number)
{
    for (size_t i = 0; i < o->n; i++)
        if (strcmp(o->m[i].name, name) == 0 && o->m[i].number == number)
            return &o->m[i];
    return NULL;
}

/* ---- the kinds of lines ----------------------------------------------------
 */

struct reader {
    struct tri_run_read *r;
    const struct object *o;
    const char *name; /* of file and line */
    struct tri_why *why;
    size_t room;
    uint32_t last;             /* step */
    struct tri_run_point base; /* before this session */
};

static int need_text(const struct reader *q, const char *name, const char **v)
{
    const struct member *const m = find(q->o, name, 0);

    if (m == NULL)
        return tri_why(q->why, TRI_E_FORMAT, "%s: no text '%s'", q->name, name);
    *v = m->text;
    return TRI_OK;
}

static int need(const struct reader *q, const char *name, double least,
                double most, double *v)
{
    const struct member *const m = find(q->o, name, 1);

    if (m == NULL)
        return tri_why(q->why, TRI_E_FORMAT, "%s: no number '%s'", q->name,
                       name);
    if (!(m->v >= least && m->v <= most))
        return tri_why(q->why, TRI_E_FORMAT, "%s: '%s' is %g, out of range",
                       q->name, name, m->v);
    *v = m->v;
    return TRI_OK;
}

static int start(struct reader *q)
{
    const char *engine = "", *net = "";
    double batch, first;
    int rc = need_text(q, "engine", &engine);

    if (rc == TRI_OK)
        rc = need_text(q, "net", &net);
    if (rc == TRI_OK)
        rc = need(q, "batch", 1, 1e6, &batch);
    if (rc == TRI_OK)
        rc = need(q, "first_step", 0, UINT32_MAX, &first);
    if (rc != TRI_OK)
        return rc;
    q->r->active = find(q->o, "security", 0) != NULL &&
                   strcmp(find(q->o, "security", 0)->text, "active") == 0;
    snprintf(q->r->label, sizeof q->r->label, "%.24s, %.12s%s", net, engine,
             q->r->active ? ", active" : "");
    q->r->batch = (uint32_t)batch;
    q->r->ended = 0;
    q->r->layers = 0;
    q->last = q->r->first = (uint32_t)first;
    /* What came after the checkpoint happens again. */
    while (q->r->points > 0 && q->r->point[q->r->points - 1].step > q->last)
        q->r->points--;
    q->base = q->r->points > 0 ? q->r->point[q->r->points - 1]
                               : (struct tri_run_point){ 0 };
    return TRI_OK;
}

/* right and of: both or none. */
static int fraction(const struct reader *q, const char *right, const char *of,
                    double *part, int *known)
{
    double r, n;
    int rc;

    *known = find(q->o, of, 1) != NULL;
    if (!*known)
        return TRI_OK;
    rc = need(q, of, 1, UINT32_MAX, &n);
    if (rc == TRI_OK)
        rc = need(q, right, 0, n, &r);
    if (rc == TRI_OK)
        *part = r / n;
    return rc;
}

static int point(struct reader *q)
{
    struct tri_run_read *const r = q->r;
    struct tri_run_point p = { 0 };
    double step;
    int rc = need(q, "step", q->last, UINT32_MAX, &step);

    if (rc == TRI_OK)
        rc = need(q, "time", 0, 1e12, &p.time);
    if (rc == TRI_OK)
        rc = fraction(q, "train_right", "train_of", &p.train, &p.train_of);
    if (rc == TRI_OK)
        rc = fraction(q, "test_right", "test_of", &p.test, &p.test_of);
    p.has_loss = p.train_of || find(q->o, "loss", 1) != NULL;
    p.has_rmse = find(q->o, "test_rmse", 1) != NULL;
    if (rc == TRI_OK && p.has_loss)
        rc = need(q, "loss", -1e30, 1e30, &p.loss);
    if (rc == TRI_OK && p.has_rmse)
        rc = need(q, "test_rmse", 0, 1e30, &p.rmse);
    if (rc == TRI_OK && find(q->o, "verify_s", 1) != NULL)
        rc = need(q, "verify_s", 0, 1e12, &p.proofs);
    if (rc != TRI_OK)
        return rc;
    r->classes |= p.train_of || p.test_of;
    r->numbers |= p.has_rmse || (p.has_loss && !p.train_of);
    p.step = q->last = (uint32_t)step;
    p.time += q->base.time;
    p.proofs += q->base.proofs;
    if (r->points == q->room) {
        const size_t room = q->room > 0 ? 2 * q->room : 64;
        struct tri_run_point *const more =
            realloc(r->point, room * sizeof *more);
        if (more == NULL)
            return tri_why(q->why, TRI_E_NOMEM, "no memory");
        r->point = more;
        q->room = room;
    }
    r->point[r->points++] = p;
    return TRI_OK;
}

static int layer(struct reader *q)
{
    static const char *const pass[3] = { "forward", "backward", "update" };
    struct tri_run_read *const r = q->r;
    const char *name = "";
    char member[24];
    int rc = need_text(q, "name", &name);

    if (rc != TRI_OK)
        return rc;
    if (r->layers == TRI_RUN_LAYERS)
        return tri_why(q->why, TRI_E_FORMAT, "%s: too many layers", q->name);
    struct tri_run_layer *const l = &r->layer[r->layers];
    snprintf(l->name, sizeof l->name, "%.23s", name);
    for (int i = 0; rc == TRI_OK && i < 3; i++) {
        snprintf(member, sizeof member, "%s_s", pass[i]);
        rc = need(q, member, 0, 1e12, &l->s[i]);
        snprintf(member, sizeof member, "%s_sent", pass[i]);
        if (rc == TRI_OK)
            rc = need(q, member, 0, 1e20, &l->sent[i]);
    }
    r->layers += rc == TRI_OK;
    return rc;
}

static int line(struct reader *q, int first)
{
    const char *type = "";
    int rc = need_text(q, "type", &type);

    if (rc != TRI_OK)
        return rc;
    if (strcmp(type, "start") == 0)
        return start(q);
    if (first)
        return tri_why(q->why, TRI_E_FORMAT, "%s: is not the start of a log",
                       q->name);
    if (strcmp(type, "point") == 0)
        return point(q);
    if (strcmp(type, "layer") == 0)
        return layer(q);
    if (strcmp(type, "end") == 0) {
        q->r->ended = 1;
        return TRI_OK;
    }
    return tri_why(q->why, TRI_E_FORMAT, "%s: '%s' is no type of line", q->name,
                   type);
}

int tri_run_read(struct tri_run_read *r, const char *text, size_t len,
                 const char *name, struct tri_why *why)
{
    struct object *const o = malloc(sizeof *o);
    char where[300];
    struct reader q = { .r = r, .o = o, .name = where, .why = why };
    size_t at = 0, number = 0;
    int rc = o != NULL ? TRI_OK : tri_why(why, TRI_E_NOMEM, "no memory");

    memset(r, 0, sizeof *r);
    while (rc == TRI_OK && at < len) {
        const char *const end = memchr(text + at, '\n', len - at);
        const size_t n = (size_t)((end != NULL ? end : text + len) - text) - at;
        struct tri_json j = { .text = (const uint8_t *)text + at,
                              .len = n,
                              .name = where };
        if (end == NULL)
            break;
        snprintf(where, sizeof where, "%.250s: line %zu", name, ++number);
        rc = object(&j, o, why);
        if (rc == TRI_OK)
            rc = line(&q, number == 1);
        at += n + 1;
    }
    if (rc == TRI_OK && number == 0)
        rc = tri_why(why, TRI_E_FORMAT, "%s: has no whole line", name);
    free(o);
    if (rc != TRI_OK)
        tri_run_read_free(r);
    return rc;
}

void tri_run_read_free(struct tri_run_read *r)
{
    free(r->point);
    memset(r, 0, sizeof *r);
}
