#include "boards/host/share/sharefile.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "boards/host/base/fileset.h"
#include "core/err.h"
#include "core/mem.h"

enum { AT_SUM = TRI_SHARE_HEAD - TRI_HASH_BYTES };

static const char *kind_name(enum tri_share_kind kind)
{
    return kind == TRI_SHARE_DATA     ? "data"
           : kind == TRI_SHARE_MODEL  ? "a model"
           : kind == TRI_SHARE_RESULT ? "a result"
           : kind == TRI_SHARE_SCORES ? "scores"
                                      : "a checkpoint";
}

/* ---- writing ------------------------------------------------------------- */

int tri_share_create(struct tri_share_out *o, const char *path,
                     const struct tri_share_head *head, const char *text,
                     struct tri_why *why)
{
    const int rc = tri_out_open(&o->out, path, why);

    if (rc != TRI_OK)
        return rc;
    o->out.fresh = head->kind != TRI_SHARE_CHECKPOINT;
    return tri_share_start(o, head, text, why);
}

int tri_share_start(struct tri_share_out *o, const struct tri_share_head *head,
                    const char *text, struct tri_why *why)
{
    struct tri_share_head h = *head;
    uint8_t buf[TRI_SHARE_HEAD];
    int rc;

    h.text = (uint32_t)strlen(text);
    memset(h.sum, 0, sizeof h.sum);
    tri_share_encode(buf, &h);
    tri_hash_init(&o->hash, NULL, 0);
    tri_hash_update(&o->hash, buf, AT_SUM);
    rc = tri_out_write(&o->out, buf, sizeof buf, why);
    if (rc == TRI_OK)
        rc = tri_share_put(o, text, h.text, why);
    return rc;
}

int tri_share_put(struct tri_share_out *o, const void *data, size_t n,
                  struct tri_why *why)
{
    tri_hash_update(&o->hash, data, n);
    return tri_out_write(&o->out, data, n, why);
}

static int put_sum(struct tri_share_out *o, struct tri_why *why)
{
    uint8_t sum[TRI_HASH_BYTES];

    tri_hash_final(&o->hash, sum);
    return tri_out_patch(&o->out, AT_SUM, sum, sizeof sum, why);
}

int tri_share_seal(struct tri_share_out *o, struct tri_why *why)
{
    const int rc = put_sum(o, why);

    return rc == TRI_OK ? tri_out_seal(&o->out, why) : rc;
}

int tri_share_take(struct tri_share_out *o, int *fd, struct tri_why *why)
{
    const int rc = put_sum(o, why);

    *fd = rc == TRI_OK ? tri_out_take(&o->out, why) : -1;
    return rc == TRI_OK && *fd < 0 ? TRI_E_IO : rc;
}

int tri_share_finish(struct tri_share_out *o, struct tri_why *why)
{
    const int rc = put_sum(o, why);

    return rc == TRI_OK ? tri_out_commit(&o->out, why) : rc;
}

int tri_share_finish_pair(struct tri_share_out o[2], struct tri_why *why)
{
    struct tri_out *const both[2] = { &o[0].out, &o[1].out };
    int rc = put_sum(&o[0], why);

    if (rc == TRI_OK)
        rc = put_sum(&o[1], why);
    return rc == TRI_OK ? tri_out_commit_all(both, 2, why) : rc;
}

void tri_share_abort(struct tri_share_out *o)
{
    tri_out_abort(&o->out);
    tri_wipe(&o->hash, sizeof o->hash);
}

/* ---- reading ------------------------------------------------------------- */

static int verify(const struct tri_share *s, uint64_t total,
                  struct tri_why *why)
{
    enum { BLOCK = 1 << 16 };
    uint8_t sum[TRI_HASH_BYTES], head[AT_SUM];
    uint8_t *const buf = malloc(BLOCK);
    struct tri_hash hash;
    int rc = TRI_OK;

    if (buf == NULL)
        return tri_why(why, TRI_E_NOMEM, "%s: no memory", s->path);
    rc = tri_file_pread(s->fd, s->path, head, sizeof head, 0, why);
    tri_hash_init(&hash, NULL, 0);
    tri_hash_update(&hash, head, sizeof head);
    for (uint64_t at = TRI_SHARE_HEAD; rc == TRI_OK && at < total;) {
        const size_t n = total - at < BLOCK ? (size_t)(total - at) : BLOCK;
        rc = tri_file_pread(s->fd, s->path, buf, n, at, why);
        if (rc == TRI_OK)
            tri_hash_update(&hash, buf, n);
        at += n;
    }
    tri_hash_final(&hash, sum);
    tri_wipe(buf, BLOCK);
    free(buf);
    if (rc == TRI_OK && memcmp(sum, s->head.sum, sizeof sum) != 0)
        rc = tri_why(why, TRI_E_FORMAT,
                     "%s: is damaged, its checksum (byte %d) does not fit its "
                     "content; copy it again",
                     s->path, AT_SUM);
    return rc;
}

static int read_text(struct tri_share *s, struct tri_why *why)
{
    const int rc = tri_file_pread(s->fd, s->path, s->text, s->head.text,
                                  TRI_SHARE_HEAD, why);

    s->text[rc == TRI_OK ? s->head.text : 0] = '\0';
    return rc;
}

/* A model's text must be a network, and the content its parameters. */
static int read_net(struct tri_share *s, struct tri_why *why)
{
    char err[TRI_NET_ERROR] = "";
    uint64_t words = 0;
    int rc;

    rc = tri_net_parse(&s->net, s->text, s->head.text, err);
    if (rc != TRI_OK)
        return tri_why(why, TRI_E_FORMAT, "%s: the network in it: %s", s->path,
                       err);
    for (size_t i = 0; i < s->net.layers; i++) {
        size_t w, b;
        tri_layer_params(&s->net.layer[i], &w, &b);
        words += w + b;
    }
    if (8 * words != s->head.content)
        return tri_why(why, TRI_E_FORMAT,
                       "%s: holds %llu bytes of weights, its network has %llu",
                       s->path, (unsigned long long)s->head.content,
                       (unsigned long long)(8 * words));
    return TRI_OK;
}

static int read_seed(struct tri_share *s, const struct tri_kernels *k,
                     struct tri_why *why)
{
    uint8_t seed[TRI_SHARE_SEED];
    const int rc =
        tri_file_pread(s->fd, s->path, seed, sizeof seed, TRI_SHARE_HEAD, why);

    if (rc == TRI_OK)
        tri_prg_init(&s->prg, k, seed, TRI_PRG_CHACHA20);
    tri_wipe(seed, sizeof seed);
    return rc;
}

static int check_use(const struct tri_share *s, enum tri_share_kind kind,
                     int party, struct tri_why *why)
{
    if (kind != TRI_SHARE_ANY && s->head.kind != kind)
        return tri_why(why, TRI_E_ARG, "%s: holds %s; %s is needed here",
                       s->path, kind_name(s->head.kind), kind_name(kind));
    if (party >= 0 && s->head.party != (unsigned)party)
        return tri_why(why, TRI_E_ARG,
                       "%s: is the share of party %u; party %d needs its own",
                       s->path, s->head.party, party);
    return TRI_OK;
}

int tri_share_open(struct tri_share *s, const char *path,
                   enum tri_share_kind kind, int party,
                   const struct tri_kernels *k, struct tri_why *why)
{
    uint8_t buf[TRI_SHARE_HEAD];
    struct stat st;
    uint64_t want;
    size_t have;
    int rc;

    *s = (struct tri_share){ .fd = -1 };
    s->path = strdup(path);
    if (s->path == NULL)
        return tri_why(why, TRI_E_NOMEM, "%s: no memory", path);
    rc = tri_file_open(&s->fd, path, &st, why);
    if (rc != TRI_OK)
        return rc;
    have = st.st_size < TRI_SHARE_HEAD ? (size_t)st.st_size : TRI_SHARE_HEAD;
    rc = tri_file_pread(s->fd, path, buf, have, 0, why);
    if (rc == TRI_OK)
        rc = tri_share_decode(&s->head, buf, have, path, why);
    if (rc != TRI_OK)
        return rc;
    want = TRI_SHARE_HEAD + s->head.text + s->head.content;
    if ((uint64_t)st.st_size != want)
        return tri_why(why, TRI_E_FORMAT,
                       "%s: has %lld bytes, its header promises %llu; copy it "
                       "again",
                       path, (long long)st.st_size, (unsigned long long)want);
    rc = verify(s, want, why);
    if (rc == TRI_OK)
        rc = check_use(s, kind, party, why);
    if (rc == TRI_OK)
        rc = read_text(s, why);
    if (rc == TRI_OK && s->head.kind == TRI_SHARE_MODEL)
        rc = read_net(s, why);
    if (rc == TRI_OK && s->head.seeded)
        rc = read_seed(s, k, why);
    return rc;
}

int tri_share_words(const struct tri_share *s, uint64_t *out, size_t n,
                    uint64_t first, struct tri_why *why)
{
    return tri_file_pread(s->fd, s->path, out, 8 * n,
                          TRI_SHARE_HEAD + s->head.text + 8 * first, why);
}

int tri_share_fetch(const struct tri_share *s, uint32_t i, uint64_t *x,
                    uint64_t *y, struct tri_why *why)
{
    const struct tri_share_head *const h = &s->head;
    const size_t px = (size_t)h->h * h->w * h->c;
    const uint64_t first = (uint64_t)i * tri_share_sample(h);
    int rc;

    if (h->seeded) {
        struct tri_stream t;
        tri_stream_open(&t, &s->prg, 0, i);
        tri_stream_read(&t, x, 8 * px);
        if (y != NULL)
            tri_stream_read(&t, y, 8 * (size_t)h->classes);
        tri_stream_wipe(&t);
        return TRI_OK;
    }
    rc = tri_share_words(s, x, px, first, why);
    if (rc == TRI_OK && y != NULL)
        rc = tri_share_words(s, y, h->classes, first + px, why);
    return rc;
}

void tri_share_close(struct tri_share *s)
{
    if (s->fd >= 0)
        close(s->fd);
    free(s->path);
    tri_prg_wipe(&s->prg);
    *s = (struct tri_share){ .fd = -1 };
}

int tri_share_pair(const struct tri_share *a, const struct tri_share *b,
                   struct tri_why *why)
{
    struct tri_share_head x = a->head, y = b->head;

    if (memcmp(x.pair, y.pair, TRI_PAIR_ID) != 0)
        return tri_why(why, TRI_E_MISMATCH,
                       "%s: belongs to another session than %s; give the two "
                       "shares that were made together",
                       b->path, a->path);
    if (x.party == y.party)
        return tri_why(why, TRI_E_MISMATCH,
                       "%s and %s are both the share of party %u; give one of "
                       "each party",
                       a->path, b->path, x.party);
    if (x.kind != y.kind || x.fb != y.fb || x.count != y.count || x.h != y.h ||
        x.w != y.w || x.c != y.c || x.classes != y.classes ||
        strcmp(a->text, b->text) != 0)
        return tri_why(why, TRI_E_MISMATCH,
                       "%s and %s do not describe the same thing", a->path,
                       b->path);
    return TRI_OK;
}
