#include "boards/host/party/session_open.h"
#include <stdio.h>
#include <string.h>
#include "boards/common/agree.h"
#include "boards/common/wish.h"
#include "boards/host/profile.h"
#include "core/err.h"
#include "core/mem.h"
#include "net/fail.h"
#include "net/hello.h"
#include "net/host/clock.h"

int tri_session_start(struct tri_host *h, unsigned id, unsigned threads,
                      struct tri_why *why)
{
    int rc = TRI_OK;

    memset(h, 0, sizeof *h);
    tri_kernels_init(&h->k, tri_cpu_detect());
    if (threads > 1)
        rc = tri_profile_parts.pool->start(&h->pool, threads);
    if (rc != TRI_OK)
        return tri_why(why, rc, "cannot start %u threads; give --threads 1",
                       threads);
    h->s.id = id;
    h->s.clock = tri_clock_ns;
    h->s.cx.k = &h->k;
    h->s.cx.par = threads > 1 ? tri_pool_par(&h->pool) : NULL;
    return TRI_OK;
}

/* What this party would use: forced, or what its processor does faster. */
static enum tri_prg_kind wish(const struct tri_host *h,
                              const struct tri_run_options *o)
{
    return o->prg == TRI_PRG_ONLY_AES128     ? TRI_PRG_AES128
           : o->prg == TRI_PRG_ONLY_CHACHA20 ? TRI_PRG_CHACHA20
                                             : tri_prg_pick(&h->k);
}

/* From here on as over another network. Nothing is under way: the hello ends
 * with a flush, and the others wrap their ends at the same place. */
static int emulate(struct tri_host *h, const struct tri_line *line,
                   struct tri_why *why)
{
    struct tri_link bare = h->link;
    int rc;

    if (line->rate == 0)
        return TRI_OK;
    rc = tri_profile_parts.emulate->wrap(&h->link, &bare, line);
    return rc == TRI_OK ? TRI_OK
                        : tri_why(why, rc, "the network cannot be emulated: %s",
                                  tri_strerror(rc));
}

static int join(struct tri_link *l, const struct tri_kernels *k,
                const struct tri_tcp_config *cfg,
                const struct tri_config *ether)
{
    const struct tri_parts *const parts = &tri_profile_parts;
    struct tri_tcp_config tcp = *cfg;
    struct tri_why why = { "" };
    int rc = tri_profile_need(
        1, ether == NULL ? parts->tcp != NULL : parts->ether != NULL,
        ether == NULL ? "TCP" : "raw Ethernet", &why);

    if (rc != TRI_OK) {
        *l = (struct tri_link){ .id = cfg->id };
        snprintf(l->error, sizeof l->error, "%s", why.text);
        return rc;
    }
    tcp.k = k;
    return ether == NULL ? parts->tcp(l, &tcp)
                         : parts->ether->open(l, &tcp, ether);
}

static uint8_t wishes(const struct tri_host *h, const struct tri_run_options *o)
{
    return tri_wish(wish(h, o), tri_options_ledger_wish(o, 1));
}

struct hearing {
    const struct tri_session_late *late;
    const struct tri_host *h;
    const struct tri_run_options *o;
    struct tri_why *why;
    int rc;
};

static void hear(void *self, const char *theirs, char *mine, uint8_t *said)
{
    struct hearing *const q = self;
    char reason[sizeof q->why->text];

    q->rc = q->late->say(q->late->self, theirs, mine, q->why);
    if (q->rc == TRI_OK) {
        *said = wishes(q->h, q->o);
        return;
    }
    tri_without_directories(reason, sizeof reason, q->why->text);
    (void)tri_hello_refusal(mine, reason);
}

int tri_session_connect(struct tri_host *h, const struct tri_tcp_config *cfg,
                        const struct tri_config *ether,
                        const struct tri_run_options *o, const char *config,
                        const struct tri_session_late *late,
                        struct tri_why *why)
{
    uint8_t keys[TRI_PARTIES][32], said[TRI_PARTIES] = { 0 };
    char err[TRI_HELLO_ERROR] = "";
    struct tri_tcp_config tcp = *cfg;
    int rc;

    tcp.sleepy = o->no_spin;
    rc = join(&h->link, &h->k, &tcp, ether);
    if (rc != TRI_OK)
        return tri_why(why, rc, "%s", h->link.error);
    h->linked = 1;
    h->s.link = &h->link;
    if (late == NULL) {
        said[h->s.id] = wishes(h, o);
        rc = tri_hello(&h->link, config, said, keys, err);
    } else {
        struct hearing q = { late, h, o, why, TRI_OK };

        rc = tri_hello_adopt(&h->link, &(struct tri_hello_adopt){ &q, hear },
                             said, keys, err);
        if (q.rc != TRI_OK) /* the others have it from the hello */
            rc = q.rc;
    }
    h->prg = tri_wishes_prg(said);
    h->ledger = tri_wishes_ledger(said);
    for (unsigned j = 0; rc == TRI_OK && j < TRI_PARTIES; j++)
        if (j != h->s.id)
            tri_prg_init(&h->s.prg[j], &h->k, keys[j], h->prg);
    tri_wipe(keys, sizeof keys);
    return rc == TRI_OK ? emulate(h, &o->line, why)
                        : tri_why(why, rc, "%s", err);
}

void tri_without_directories(char *out, size_t size, const char *text)
{
    size_t n = 0, word = 0;

    for (; *text != '\0' && n + 1 < size; text++) {
        out[n++] = *text;
        if (*text == '/')
            n = word;
        else if (*text == ' ')
            word = n;
    }
    out[n] = '\0';
}

int tri_session_tell(struct tri_link *l, int rc, const struct tri_why *why)
{
    char reason[sizeof why->text];

    if (rc == TRI_OK)
        return rc;
    tri_without_directories(reason, sizeof reason, why->text);
    (void)tri_link_end(l, rc, (int)l->id, "P%u: %s", l->id, reason);
    return rc;
}

void tri_session_refuse(const struct tri_tcp_config *cfg,
                        const struct tri_config *ether,
                        const struct tri_why *why)
{
    struct tri_tcp_config tcp = *cfg;
    char reason[sizeof why->text];
    struct tri_kernels k;
    struct tri_link l;
    int rc;

    tri_without_directories(reason, sizeof reason, why->text);
    fprintf(stderr,
            "trinn: this party cannot take part; telling the others, for at "
            "most %d s: %s\n",
            TRI_TELL_MS / 1000, why->text);
    tri_kernels_init(&k, tri_cpu_detect());
    tcp.brief = 1;
    if (tcp.connect_ms > TRI_TELL_MS)
        tcp.connect_ms = TRI_TELL_MS;
    rc = join(&l, &k, &tcp, ether);
    if (rc == TRI_OK)
        rc = tri_hello_refuse(&l, reason);
    if (rc != TRI_OK)
        fprintf(stderr, "trinn: they could not be told: %s\n", l.error);
    tri_close(&l);
}

int tri_all_could(struct tri_link *l, int *refused, struct tri_why *why)
{
    uint8_t said[TRI_PARTIES] = { 0 };
    int rc;

    said[l->id] = *refused == TRI_OK;
    rc = tri_agree_said(l, said, 1, "what each of them can do");
    if (rc != TRI_OK)
        return tri_why(why, rc, "%s", l->error);
    for (unsigned j = 0; *refused == TRI_OK && j < TRI_PARTIES; j++)
        if (said[j] != 1)
            *refused = tri_why(why, TRI_E_IO,
                               "party %u cannot do this; its own answer or "
                               "its output says why",
                               j);
    return TRI_OK;
}

void tri_session_branch(struct tri_session *s, const struct tri_session *from,
                        struct tri_session *keys)
{
    memset(s, 0, sizeof *s);
    s->id = from->id;
    s->clock = from->clock;
    s->cx = from->cx;
    s->link = keys != NULL ? from->link : NULL;
    s->apart = 1;
    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        uint8_t key[32];

        s->prg[j].k = from->cx.k;
        if (keys == NULL || j == from->id)
            continue;
        tri_prg_bytes(&keys->prg[j], key, sizeof key);
        tri_prg_init(&s->prg[j], from->cx.k, key, keys->prg[j].kind);
        tri_wipe(key, sizeof key);
    }
}

void tri_session_end(struct tri_host *h)
{
    if (h->linked)
        tri_close(&h->link);
    h->linked = 0;
    tri_session_wipe(&h->s);
    if (h->pool.state != NULL)
        tri_profile_parts.pool->stop(&h->pool);
}
