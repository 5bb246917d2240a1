/* No OS header: boards link this file as it is. */
#include "core/err.h"
#include "core/mem.h"
#include "core/text.h"
#include "net/ether/end.h"
#include "net/ether/greet.h"
#include "net/fail.h"

/* ---- joining ------------------------------------------------------------ */

/*
 * As over TCP (net/tcp/join.c), on the stream of each connection once it is
 * open; both sides greet at once.
 *
 *   P_high -> P_low   greeting, call     24 + 49 bytes
 *   P_high <- P_low   greeting           24 bytes
 *   P_high <- P_low   answer             49 bytes
 *   P_high -> P_low   confirmation       16 bytes
 */
static void say(struct tri_ether_conn *c, const void *p, size_t n)
{
    (void)tri_ether_out_raw(&c->out, p, n); /* the ring is empty: it fits */
}

static void expect(struct tri_ether_conn *c, enum tri_ether_step step, size_t n)
{
    c->step = step;
    c->have = 0;
    c->want = n;
}

/* Random bytes for a key of this session. */
static int fresh(struct tri_ether_conn *c, uint8_t ephemeral[32])
{
    struct tri_ether *const e = c->e;

    return e->d.random(e->d.ctx, ephemeral, 32) == TRI_OK
               ? TRI_OK
               : tri_link_fail(e->l, TRI_E_IO,
                               "the system of P%u has no random bytes", e->id);
}

/* As soon as the connection is open, or has been: what a peer said before it
 * gave up counts. */
static int greet(struct tri_ether_conn *c, const struct tri_ether_config *cfg)
{
    const struct tri_greeting g = { TRI_WIRE_VERSION, cfg->id, c->peer,
                                    cfg->keys != NULL };
    uint8_t wire[TRI_GREETING_BYTES], call[TRI_SECURE_CALL], ephemeral[32];
    int rc = TRI_OK;

    if (c->step != START || c->arq.state == TRI_ARQ_HELLO)
        return TRI_OK;
    tri_greeting_print(wire, &g);
    say(c, wire, sizeof wire);
    if (cfg->keys != NULL && cfg->id > c->peer) {
        rc = fresh(c, ephemeral);
        if (rc == TRI_OK)
            rc = tri_secure_call(&c->sec, cfg->k, cfg->keys, cfg->id, c->peer,
                                 tri_aead_best(cfg->k), ephemeral, call);
        tri_wipe(ephemeral, sizeof ephemeral);
        if (rc == TRI_OK)
            say(c, call, sizeof call);
    }
    expect(c, GREETING, TRI_GREETING_BYTES);
    return rc;
}

static int no_key(struct tri_ether_conn *c)
{
    return tri_link_fail(c->e->l, TRI_E_CRYPTO,
                         "who answers as P%u on interface %s has not the key "
                         "of P%u",
                         c->peer, c->e->d.name, c->peer);
}

static int hear_greeting(struct tri_ether_conn *c,
                         const struct tri_ether_config *cfg)
{
    const uint32_t sealed = cfg->keys != NULL;
    /* With keys nothing that it says is authentic yet: it may be forged. */
    const int differs = sealed ? TRI_E_PROTO : TRI_E_MISMATCH;
    struct tri_greeting g;

    if (tri_greeting_parse(&g, c->hs) != TRI_OK)
        return tri_link_fail(c->e->l, TRI_E_PROTO,
                             "something else than P%u answers on interface %s",
                             c->peer, c->e->d.name);
    if (g.version != TRI_WIRE_VERSION)
        return tri_link_fail(c->e->l, TRI_E_PROTO,
                             "P%u speaks version %u of the connection format, "
                             "P%u version %d",
                             c->peer, g.version, cfg->id, TRI_WIRE_VERSION);
    if (g.from != c->peer || g.to != cfg->id)
        return tri_link_fail(c->e->l, differs,
                             "P%u answers where P%u was expected", g.from,
                             c->peer);
    if (g.sealed != sealed)
        return tri_link_fail(c->e->l, differs,
                             "P%u uses %s, P%u %s: give all three parties keys",
                             c->peer, g.sealed ? "keys" : "no keys", cfg->id,
                             sealed ? "does" : "does not");
    if (!sealed)
        expect(c, JOINED, 0);
    else if (cfg->id > c->peer)
        expect(c, ANSWER, TRI_SECURE_ANSWER);
    else
        expect(c, CALL, TRI_SECURE_CALL);
    return TRI_OK;
}

static int hear_call(struct tri_ether_conn *c,
                     const struct tri_ether_config *cfg)
{
    uint8_t answer[TRI_SECURE_ANSWER], ephemeral[32];
    int rc = fresh(c, ephemeral);

    if (rc != TRI_OK)
        return rc;
    rc = tri_secure_answer(&c->sec, cfg->k, cfg->keys, cfg->id, c->peer,
                           tri_aead_best(cfg->k), ephemeral, c->hs, answer);
    tri_wipe(ephemeral, sizeof ephemeral);
    if (rc != TRI_OK)
        return no_key(c);
    say(c, answer, sizeof answer);
    expect(c, CONFIRM, TRI_SECURE_CONFIRM);
    return TRI_OK;
}

static int hear(struct tri_ether_conn *c, const struct tri_ether_config *cfg)
{
    uint8_t confirm[TRI_SECURE_CONFIRM];

    switch (c->step) {
    case GREETING:
        return hear_greeting(c, cfg);
    case CALL:
        return hear_call(c, cfg);
    case ANSWER:
        if (tri_secure_finish(&c->sec, c->hs, confirm) != TRI_OK)
            return no_key(c);
        say(c, confirm, sizeof confirm);
        break;
    case CONFIRM:
        if (tri_secure_confirmed(&c->sec, c->hs) != TRI_OK)
            return no_key(c);
        break;
    default:
        return TRI_OK;
    }
    expect(c, JOINED, 0);
    return TRI_OK;
}

/* As far as what has arrived allows. */
static int advance(struct tri_ether_conn *c, const struct tri_ether_config *cfg)
{
    int rc = TRI_OK;

    if (c->step == START)
        return TRI_OK;
    while (rc == TRI_OK && c->step != JOINED) {
        tri_arq_drain(&c->arq);
        if (c->have < c->want)
            break;
        rc = hear(c, cfg);
    }
    if (rc != TRI_OK)
        return rc;
    if (c->step == JOINED) {
        tri_ether_in_init(&c->in, cfg->keys != NULL ? &c->sec : NULL);
        c->out.sec = c->in.sec;
        if (c->in.sec != NULL)
            memcpy(c->e->l->secret[c->peer], c->sec.exporter,
                   sizeof c->e->l->secret[0]);
    }
    return TRI_OK;
}

/* Asked once all that has arrived is heard: one peer may have ended because
 * of what the other says. */
static int ended(const struct tri_ether_conn *c)
{
    if (c->step != JOINED && (c->arq.state > TRI_ARQ_OPEN || c->arq.fin_rcv))
        return tri_link_fail(c->e->l, TRI_E_IO,
                             "P%u ended before the connection was made; see "
                             "its output",
                             c->peer);
    return TRI_OK;
}

static int missing(struct tri_link *l, const struct tri_ether_conn *c,
                   const struct tri_ether_config *cfg)
{
    char at[32] = "by broadcast";

    if (c->fixed)
        (void)tri_text_print(at, sizeof at, "at %02x:%02x:%02x:%02x:%02x:%02x",
                             c->mac[0], c->mac[1], c->mac[2], c->mac[3],
                             c->mac[4], c->mac[5]);
    return tri_link_fail(l, TRI_E_TIMEOUT,
                         "P%u did not answer on interface %s, called %s for "
                         "%.1f s",
                         c->peer, c->e->d.name, at,
                         (double)cfg->connect_ms / 1e3);
}

int tri_ether_greet(struct tri_link *l, const struct tri_ether_config *cfg)
{
    struct tri_ether *e = l->self;
    const uint64_t end = tri_ether_now(e) + (uint64_t)cfg->connect_ms * 1000u;
    struct tri_ether_conn *a = tri_ether_peer(e, 1), *b = tri_ether_peer(e, 2);
    int rc = TRI_OK;

    while (rc == TRI_OK && (a->step != JOINED || b->step != JOINED)) {
        uint64_t next = tri_ether_turn(e);

        /* Both are greeted before one is heard: if this party ends because of
         * what one says, the other has heard the reason. */
        rc = greet(a, cfg);
        if (rc == TRI_OK)
            rc = greet(b, cfg);
        if (rc == TRI_OK && a->step != JOINED)
            rc = advance(a, cfg);
        if (rc == TRI_OK && b->step != JOINED)
            rc = advance(b, cfg);
        if (rc == TRI_OK)
            rc = ended(a);
        if (rc == TRI_OK)
            rc = ended(b);
        if (rc != TRI_OK)
            break;
        (void)tri_ether_serve(a, tri_ether_now(e));
        (void)tri_ether_serve(b, tri_ether_now(e));
        tri_ether_push(e);
        if (a->step == JOINED && b->step == JOINED)
            break;
        if (tri_ether_now(e) >= end)
            return missing(l, a->step != JOINED ? a : b, cfg);
        tri_ether_nap(l, next < end ? next : end);
    }
    return rc;
}
