#include "boards/host/watch/runlog.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "boards/host/base/file.h"
#include "core/err.h"
#include "proto/nn/kind.h"

enum { LINE = 6 * 4096 };

int tri_runlog_check(const char *path, int append, struct tri_why *why)
{
    struct stat st;

    if (path == NULL)
        return TRI_OK;
    if (stat(path, &st) == 0) {
        if (!append)
            return tri_why(why, TRI_E_ARG,
                           "%s: exists; remove it or give --log another name",
                           path);
        return S_ISREG(st.st_mode)
                   ? TRI_OK
                   : tri_why(why, TRI_E_ARG, "%s: is not a regular file", path);
    }
    return tri_out_try(path, why);
}

int tri_runlog_open(struct tri_runlog *l, const char *path, int append,
                    struct tri_why *why)
{
    struct stat st;

    *l = (struct tri_runlog){ .fd = -1, .path = path, .why = why };
    if (path == NULL)
        return TRI_OK;
    /* Not blocking: the name may be that of a pipe. */
    l->fd = open(path,
                 O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK |
                     (append ? 0 : O_EXCL),
                 0600);
    if (l->fd < 0 || fstat(l->fd, &st) != 0)
        return tri_why(why, TRI_E_IO, "%s: cannot be written: %s", path,
                       strerror(errno));
    return S_ISREG(st.st_mode)
               ? TRI_OK
               : tri_why(why, TRI_E_IO, "%s: is not a regular file", path);
}

void tri_runlog_close(struct tri_runlog *l)
{
    if (l->fd >= 0)
        close(l->fd);
    l->fd = -1;
}

/* ---- lines ----------------------------------------------------------------
 */

struct line {
    char text[LINE];
    size_t n;
};

static void add(struct line *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
static void add(struct line *b, const char *fmt, ...)
{
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(b->text + b->n, LINE - b->n, fmt, ap);
    va_end(ap);
    b->n = n < 0 || (size_t)n >= LINE - b->n ? LINE : b->n + (size_t)n;
}

static void add_uint(struct line *b, const char *name, uint64_t v)
{
    add(b, ",\"%s\":%llu", name, (unsigned long long)v);
}

/* JSON has no infinity: a number that is none becomes null. */
static void add_real(struct line *b, const char *name, double v)
{
    if (v - v == 0)
        add(b, ",\"%s\":%.9g", name, v);
    else
        add(b, ",\"%s\":null", name);
}

/* Anything but printable ASCII is written as '?': names of files may hold any
 * byte, a log is valid UTF-8. */
static void add_text(struct line *b, const char *name, const char *text)
{
    add(b, ",\"%s\":\"", name);
    for (; *text != '\0'; text++)
        add(b, *text == '"' || *text == '\\' ? "\\%c" : "%c",
            *text >= ' ' && *text < 127 ? *text : '?');
    add(b, "\"");
}

static void add_proofs(struct line *b, const struct tri_log_proofs *p)
{
    if (p->batches == 0)
        return;
    add_uint(b, "batches", p->batches);
    add_real(b, "verify_s", p->s);
    add_uint(b, "verify_sent", p->sent);
    add_uint(b, "verify_rounds", p->rounds);
}

static void begin(struct line *b, const char *type)
{
    b->n = 0;
    add(b, "{\"type\":\"%s\"", type);
}

/* One write for a line, so that no other sees half of it. */
static int finish(struct tri_runlog *l, struct line *b)
{
    add(b, "}\n");
    if (b->n >= LINE)
        return tri_why(l->why, TRI_E_IO, "%s: a line is too long", l->path);
    if (tri_file_append(l->fd, b->text, b->n) != 0)
        return tri_why(l->why, TRI_E_IO, "%s: cannot be written: %s", l->path,
                       strerror(errno));
    return TRI_OK;
}

int tri_runlog_start(struct tri_runlog *l, const struct tri_run_options *o,
                     const struct tri_log_start *s)
{
    uint64_t proofs = 0;
    struct line b;

    if (l->fd < 0)
        return TRI_OK;
    for (unsigned i = 0; i < TRI_PARTIES; i++)
        for (unsigned j = 0; j < TRI_PARTIES; j++)
            proofs += s->proofs.bytes[i][j];
    begin(&b, "start");
    add_text(&b, "version", TRI_VERSION);
    add_text(&b, "task", s->task);
    add_text(&b, "engine", s->engine);
    add_text(&b, "net", o->net_name);
    add_uint(&b, "party", s->party);
    add_uint(&b, "samples", s->samples);
    add_uint(&b, "test_samples", s->test_samples);
    add_uint(&b, "batch", o->batch);
    add_uint(&b, "epochs", o->epochs);
    add_uint(&b, "steps", s->steps);
    add_text(&b, "optimizer",
             o->optimizer == TRI_OPTIMIZER_ADAM ? "adam" : "sgd");
    add_real(&b, "rate", o->rate);
    add_real(&b, "momentum", o->momentum);
    add_real(&b, "decay", o->decay);
    add_uint(&b, "seed", o->seed);
    add_uint(&b, "frac", o->frac);
    add_uint(&b, "compare", o->compare);
    add_uint(&b, "loss_every", o->loss_every);
    add_text(&b, "link", o->link != NULL ? o->link : "");
    add_uint(&b, "planned_bytes", s->bytes);
    add_uint(&b, "planned_rounds", s->rounds);
    add_uint(&b, "memory", s->memory);
    add_uint(&b, "first_step", s->first);
    add_text(&b, "security", o->active ? "active" : "passive");
    add_uint(&b, "ledger", o->active ? tri_options_config(o).ledger : 0);
    add_uint(&b, "planned_batches", s->proofs.batches);
    add_uint(&b, "planned_verify_bytes", proofs);
    add_uint(&b, "planned_verify_rounds", s->proofs.rounds[s->party]);
    add_uint(&b, "verify_memory", s->proofs.memory);
    return finish(l, &b);
}

int tri_runlog_point(struct tri_runlog *l, const struct tri_log_point *p)
{
    struct line b;

    if (l->fd < 0)
        return TRI_OK;
    begin(&b, "point");
    add_uint(&b, "step", p->step);
    add_uint(&b, "epoch", p->epoch);
    add_real(&b, "time", p->time);
    add_uint(&b, "sent", p->sent);
    add_uint(&b, "rounds", p->rounds);
    add_real(&b, "rate", p->rate);
    add_proofs(&b, &p->proofs);
    if (p->train_of > 0) {
        add_real(&b, "loss", p->loss);
    }
    if (p->train_of > 0 && !p->numbers) {
        add_uint(&b, "train_right", p->train_right);
        add_uint(&b, "train_of", p->train_of);
    }
    if (p->test_of > 0 && p->numbers)
        add_real(&b, "test_rmse", p->test_rmse);
    if (p->test_of > 0 && !p->numbers) {
        add_uint(&b, "test_right", p->test_right);
        add_uint(&b, "test_of", p->test_of);
    }
    return finish(l, &b);
}

const char *tri_layer_name(char out[24], const struct tri_net *net, size_t i)
{
    const struct tri_layer_spec *const s = &net->layer[i];

    if (i >= net->layers)
        snprintf(out, 24, "loss %s", tri_loss_name(net->loss));
    else if (s->out > 0)
        snprintf(out, 24, "%s %u", s->kind->name, s->out);
    else
        snprintf(out, 24, "%s", s->kind->name);
    return out;
}

int tri_runlog_layers(struct tri_runlog *l, const struct tri_net *net,
                      const struct tri_profile *p)
{
    int rc = TRI_OK;
    struct line b;
    char name[24];

    const size_t last = net->layers + 1 + (p->proofs.rounds > 0);

    for (size_t i = 0; l->fd >= 0 && rc == TRI_OK && i <= last; i++) {
        const int update = i > net->layers, proofs = i > net->layers + 1;
        const struct tri_cell none = { 0 };
        const struct tri_cell *const f =
            update ? &none : &p->cell[TRI_PASS_FORWARD][i];
        const struct tri_cell *const w =
            update ? &none : &p->cell[TRI_PASS_BACKWARD][i];
        const struct tri_cell *const u = proofs   ? &p->proofs
                                         : update ? &p->cell[TRI_PASS_UPDATE][0]
                                                  : &none;

        begin(&b, "layer");
        add_uint(&b, "layer", i);
        add_text(&b, "name",
                 proofs   ? "verification"
                 : update ? "update"
                          : tri_layer_name(name, net, i));
        add_real(&b, "forward_s", (double)f->ns / 1e9);
        add_real(&b, "backward_s", (double)w->ns / 1e9);
        add_real(&b, "update_s", (double)u->ns / 1e9);
        add_uint(&b, "forward_sent", f->bytes);
        add_uint(&b, "backward_sent", w->bytes);
        add_uint(&b, "update_sent", u->bytes);
        rc = finish(l, &b);
    }
    return rc;
}

int tri_runlog_end(struct tri_runlog *l, const struct tri_log_end *e)
{
    struct line b;

    if (l->fd < 0)
        return TRI_OK;
    begin(&b, "end");
    add_uint(&b, "steps", e->steps);
    add_real(&b, "train_s", e->train_s);
    add_real(&b, "test_s", e->test_s);
    add_uint(&b, "sent", e->sent);
    add_uint(&b, "rounds", e->rounds);
    add_uint(&b, "memory", e->memory);
    if (e->rmse > 0)
        add_real(&b, "rmse", e->rmse);
    else if (e->tested > 0) {
        add_uint(&b, "right", e->right);
        add_uint(&b, "tested", e->tested);
    }
    add_proofs(&b, &e->proofs);
    return finish(l, &b);
}
