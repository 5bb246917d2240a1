#include "boards/host/share/sharefile.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "core/err.h"
#include "core/mem.h"

enum {
    AT_SUM = TRI_SHARE_PUBLIC,
    PAIRS = 512 /* numbers in two words at once */
};

static const char *kind_name(enum tri_share_kind kind)
{
    return kind == TRI_SHARE_DATA     ? "data"
           : kind == TRI_SHARE_MODEL  ? "a model"
           : kind == TRI_SHARE_RESULT ? "a result"
           : kind == TRI_SHARE_SCORES ? "scores"
                                      : "a checkpoint";
}

/* Component c is one of words. */
static int in_words(const struct tri_share_head *h, unsigned c)
{
    return c < tri_share_components(h) && (h->seeded >> c & 1) == 0;
}

/* The only one that is words. */
static unsigned only(const struct tri_share_head *h)
{
    return in_words(h, 0) ? 0 : 1;
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
    uint8_t buf[TRI_SHARE_HEAD];
    int rc;

    o->head = *head;
    o->head.text = (uint32_t)strlen(text);
    memset(o->head.sum, 0, sizeof o->head.sum);
    tri_share_encode(buf, &o->head);
    tri_share_hash_head(o->hash, &o->head, text);
    rc = tri_out_write(&o->out, buf, tri_share_header(&o->head), why);
    if (rc == TRI_OK)
        rc = tri_out_write(&o->out, text, o->head.text, why);
    return rc;
}

/* The components that are words, number by number. */
static int put_words(struct tri_share_out *o, const uint64_t *const part[2],
                     size_t n, struct tri_why *why)
{
    const size_t words = tri_share_in_words(&o->head);
    const uint64_t *const first = part[only(&o->head)];
    uint64_t buf[2 * PAIRS];
    int rc = TRI_OK;

    for (size_t at = 0, m; rc == TRI_OK && at < n; at += m) {
        m = n - at < PAIRS ? n - at : PAIRS;
        for (size_t i = 0; i < m; i++) {
            buf[words * i] = first[at + i];
            if (words == 2)
                buf[2 * i + 1] = part[1][at + i];
        }
        tri_le_words(buf, 8 * words * m, sizeof *buf);
        rc = tri_out_write(&o->out, buf, 8 * words * m, why);
    }
    tri_wipe(buf, sizeof buf);
    return rc;
}

int tri_share_put(struct tri_share_out *o, const uint64_t *const part[2],
                  size_t n, struct tri_why *why)
{
    const struct tri_share_head *const h = &o->head;

    for (unsigned c = 0; c < 2; c++)
        if (in_words(h, c))
            tri_hash_words(&o->hash[c], part[c], n);
    return tri_share_in_words(h) == 0 ? TRI_OK : put_words(o, part, n, why);
}

int tri_share_sum(struct tri_share_out *o, struct tri_why *why)
{
    uint8_t sum[2][TRI_HASH_BYTES];
    const unsigned n = tri_share_sums(&o->head);

    for (unsigned c = 0; c < n; c++)
        tri_hash_final(&o->hash[c], sum[c]);
    return tri_out_patch(&o->out, AT_SUM, sum, n * sizeof *sum, why);
}

int tri_share_seal(struct tri_share_out *o, struct tri_why *why)
{
    const int rc = tri_share_sum(o, why);

    return rc == TRI_OK ? tri_out_seal(&o->out, why) : rc;
}

int tri_share_finish(struct tri_share_out *o, struct tri_why *why)
{
    const int rc = tri_share_sum(o, why);

    return rc == TRI_OK ? tri_out_commit(&o->out, why) : rc;
}

void tri_share_abort(struct tri_share_out *o)
{
    tri_out_abort(&o->out);
    tri_wipe(o->hash, sizeof o->hash);
}

/* ---- reading ------------------------------------------------------------- */

static uint64_t at_content(const struct tri_share_head *h)
{
    return tri_share_header(h) + h->text;
}

/* Bytes of the content that are words, as they are in the file: to the hash of
 * whose they are. */
static void hash_words(struct tri_hash hash[2], const struct tri_share_head *h,
                       const uint64_t *word, size_t bytes)
{
    uint64_t part[2][PAIRS];
    const size_t n = bytes / 16;

    if (tri_share_in_words(h) < 2) {
        tri_hash_update(&hash[only(h)], word, bytes);
        return;
    }
    for (size_t at = 0, m; at < n; at += m) {
        m = n - at < PAIRS ? n - at : PAIRS;
        for (size_t i = 0; i < m; i++) {
            part[0][i] = word[2 * (at + i)];
            part[1][i] = word[2 * (at + i) + 1];
        }
        for (unsigned c = 0; c < 2; c++)
            tri_hash_update(&hash[c], part[c], 8 * m);
    }
    tri_wipe(part, sizeof part);
}

/* Hash what is there, and remember seeds. */
static int hash_content(struct tri_share *s, struct tri_hash hash[2],
                        const struct tri_kernels *k, struct tri_why *why)
{
    enum { BLOCK = 1 << 16 };
    const struct tri_share_head *const h = &s->head;
    const uint64_t end = at_content(h) + h->content;
    uint64_t at = at_content(h);
    uint64_t *const buf = malloc(BLOCK);
    uint8_t seed[TRI_SHARE_SEED];
    int rc = TRI_OK;

    if (buf == NULL)
        return tri_why(why, TRI_E_NOMEM, "%s: no memory", s->path);
    for (unsigned c = 0; rc == TRI_OK && c < 2; c++)
        if ((h->seeded >> c & 1) != 0) {
            rc = tri_file_pread(s->fd, s->path, seed, sizeof seed, at, why);
            if (rc == TRI_OK) {
                tri_hash_update(&hash[c], seed, sizeof seed);
                tri_prg_init(&s->prg[c], k, seed, TRI_PRG_CHACHA20);
            }
            at += sizeof seed;
        }
    while (rc == TRI_OK && at < end) {
        const size_t n = end - at < BLOCK ? (size_t)(end - at) : BLOCK;

        rc = tri_file_pread(s->fd, s->path, buf, n, at, why);
        if (rc == TRI_OK)
            hash_words(hash, h, buf, n);
        at += n;
    }
    tri_wipe(seed, sizeof seed);
    tri_wipe(buf, BLOCK);
    free(buf);
    return rc;
}

static int verify(struct tri_share *s, const struct tri_kernels *k,
                  struct tri_why *why)
{
    uint8_t sum[TRI_HASH_BYTES];
    struct tri_hash hash[2];
    int rc;

    tri_share_hash_head(hash, &s->head, s->text);
    rc = hash_content(s, hash, k, why);
    for (unsigned c = 0; c < tri_share_sums(&s->head); c++) {
        tri_hash_final(&hash[c], sum);
        if (rc == TRI_OK && memcmp(sum, s->head.sum[c], sizeof sum) != 0)
            rc = tri_why(why, TRI_E_FORMAT,
                         "%s: is damaged, its checksum (byte %u) does not fit "
                         "its content; copy it again",
                         s->path, AT_SUM + c * TRI_HASH_BYTES);
    }
    return rc;
}

static int read_text(struct tri_share *s, struct tri_why *why)
{
    int rc;

    _Static_assert((int)TRI_SHARE_TEXT <= (int)TRI_NET_TEXT, "no room");
    if (s->head.text >= sizeof s->text)
        return tri_why(why, TRI_E_FORMAT, "%s: its text is too long", s->path);
    rc = tri_file_pread(s->fd, s->path, s->text, s->head.text,
                        tri_share_header(&s->head), why);
    s->text[rc == TRI_OK ? s->head.text : 0] = '\0';
    return rc;
}

/* A model's text must be a network, and the content its parameters. */
static int read_net(struct tri_share *s, struct tri_why *why)
{
    char err[TRI_NET_ERROR] = "";
    uint64_t words;
    int rc;

    rc = tri_net_parse(&s->net, s->text, s->head.text, err);
    if (rc != TRI_OK)
        return tri_why(why, TRI_E_FORMAT, "%s: the network in it: %s", s->path,
                       err);
    words = tri_net_words(&s->net) * tri_share_components(&s->head);
    if (8 * words != s->head.content)
        return tri_why(why, TRI_E_FORMAT,
                       "%s: holds %llu bytes of weights, its network has %llu",
                       s->path, (unsigned long long)s->head.content,
                       (unsigned long long)(8 * words));
    return TRI_OK;
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

int tri_share_serves(const struct tri_share *s, enum tri_sharing sharing,
                     unsigned party, struct tri_why *why)
{
    const enum tri_share_kind kind = s->head.kind;

    if (s->head.sharing == sharing)
        return check_use(s, TRI_SHARE_ANY, (int)party, why);
    tri_why(why, TRI_E_ARG,
            "%s: was made for %s, this run is of %s; give all parties "
            "%s--engine %s",
            s->path, tri_sharing_engines(s->head.sharing),
            tri_sharing_engines(sharing),
            s->head.sharing == TRI_SHARING_ADDITIVE ? "--security passive "
                                                    : "",
            tri_sharing_engine(s->head.sharing));
    if (kind == TRI_SHARE_CHECKPOINT)
        return tri_why_add(why, TRI_E_ARG,
                           ": a training goes on with its engine");
    return tri_why_add(why, TRI_E_ARG,
                       ", or let who has two of these shares make others of "
                       "them: trinn share --from FILE,FILE --engine %s",
                       tri_sharing_engine(sharing));
}

/* The time of a file's last change, or none if another change could leave the
 * same: ticks of file systems are 10 ms or less, or whole seconds, two at most.
 * A time that is still to come, as the clock was set back, is none either. */
static struct timespec settled(struct timespec changed)
{
    const double tick = changed.tv_nsec == 0 ? 3 : 0.1;
    struct timespec now;
    double age;

    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        return (struct timespec){ .tv_nsec = -1 };
    age = (double)(now.tv_sec - changed.tv_sec) +
          1e-9 * (double)(now.tv_nsec - changed.tv_nsec);
    return age > tick ? changed : (struct timespec){ .tv_nsec = -1 };
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
    s->changed = settled(st.st_ctim);
    have = st.st_size < TRI_SHARE_HEAD ? (size_t)st.st_size : TRI_SHARE_HEAD;
    rc = tri_file_pread(s->fd, path, buf, have, 0, why);
    if (rc == TRI_OK)
        rc = tri_share_decode(&s->head, buf, have, path, why);
    if (rc != TRI_OK)
        return rc;
    want = at_content(&s->head) + s->head.content;
    if ((uint64_t)st.st_size != want)
        return tri_why(why, TRI_E_FORMAT,
                       "%s: has %lld bytes, its header promises %llu; copy it "
                       "again",
                       path, (long long)st.st_size, (unsigned long long)want);
    rc = read_text(s, why);
    if (rc == TRI_OK)
        rc = verify(s, k, why);
    if (rc == TRI_OK)
        rc = check_use(s, kind, party, why);
    if (rc == TRI_OK && s->head.kind == TRI_SHARE_MODEL)
        rc = read_net(s, why);
    return rc;
}

int tri_share_again(struct tri_share *s, const struct tri_share *known,
                    const struct tri_kernels *k, struct tri_why *why)
{
    struct stat st;

    if (fstat(known->fd, &st) != 0 ||
        st.st_ctim.tv_sec != known->changed.tv_sec ||
        st.st_ctim.tv_nsec != known->changed.tv_nsec)
        return tri_share_open(s, known->path, known->head.kind, -1, k, why);
    *s = *known;
    s->fd = fcntl(known->fd, F_DUPFD_CLOEXEC, 0);
    s->path = strdup(known->path);
    return s->fd >= 0 && s->path != NULL
               ? TRI_OK
               : tri_why(why, TRI_E_NOMEM, "%s: no descriptor or no memory",
                         known->path);
}

static int read_pairs(const struct tri_share *s, uint64_t *const out[2],
                      size_t n, uint64_t from, struct tri_why *why)
{
    uint64_t buf[2 * PAIRS];
    int rc = TRI_OK;

    for (size_t at = 0, m; rc == TRI_OK && at < n; at += m) {
        m = n - at < PAIRS ? n - at : PAIRS;
        rc = tri_file_pread(s->fd, s->path, buf, 16 * m, from + 16 * at, why);
        tri_le_words(buf, 16 * m, sizeof *buf);
        for (size_t i = 0; rc == TRI_OK && i < m; i++) {
            out[0][at + i] = buf[2 * i];
            out[1][at + i] = buf[2 * i + 1];
        }
    }
    tri_wipe(buf, sizeof buf);
    return rc;
}

int tri_share_words(const struct tri_share *s, uint64_t *const out[2], size_t n,
                    uint64_t first, struct tri_why *why)
{
    const struct tri_share_head *const h = &s->head;
    const unsigned words = tri_share_in_words(h);
    const uint64_t from =
        at_content(h) +
        TRI_SHARE_SEED * (uint64_t)(tri_share_components(h) - words) +
        8 * words * first;
    int rc;

    if (words == 2)
        return read_pairs(s, out, n, from, why);
    if (words == 0)
        return TRI_OK;
    rc = tri_file_pread(s->fd, s->path, out[only(h)], 8 * n, from, why);
    if (rc == TRI_OK)
        tri_le_words(out[only(h)], 8 * n, sizeof **out);
    return rc;
}

int tri_share_fetch(const struct tri_share *s, uint32_t i, uint64_t *const x[2],
                    uint64_t *const y[2], struct tri_why *why)
{
    const struct tri_share_head *const h = &s->head;
    const size_t px = (size_t)h->h * h->w * h->c;
    const uint64_t first = (uint64_t)i * tri_share_sample(h);
    int rc;

    for (unsigned c = 0; c < 2; c++)
        if ((h->seeded >> c & 1) != 0) {
            struct tri_stream t;

            tri_stream_open(&t, &s->prg[c], 0, i);
            tri_stream_words(&t, x[c], sizeof *x[c], px);
            if (y != NULL)
                tri_stream_words(&t, y[c], sizeof *y[c], h->classes);
            tri_stream_wipe(&t);
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
    for (unsigned c = 0; c < 2; c++)
        tri_prg_wipe(&s->prg[c]);
    *s = (struct tri_share){ .fd = -1 };
}
