#include "boards/host/serve/talk.h"
#include <string.h>
#include "boards/host/base/why.h"
#include "core/err.h"
#include "core/mem.h"
#include "net/fail.h"
#include "net/host/secret.h"

enum {
    READS = 4 /* of the socket in one turn, 8 MB at most: others wait */
};
enum { NONE, HEAD, BODY };

int tri_talk_open(struct tri_talk *t, int fd, const struct tri_secure *sec,
                  unsigned peer, uint64_t most)
{
    const int rc = tri_conn_open(&t->c, fd, sec);

    t->l.blamed = TRI_NOBODY;
    t->peer = peer;
    t->most = most;
    return rc;
}

static void forget_sent(struct tri_talk *t)
{
    while (t->outs > 0)
        tri_secret_free(t->out[--t->outs]);
    t->unread = 0;
}

void tri_talk_close(struct tri_talk *t)
{
    forget_sent(t);
    tri_secret_free(t->body);
    tri_conn_close(&t->c);
    tri_wipe(t, sizeof *t);
    t->c.fd = -1;
}

/* ---- out ----------------------------------------------------------------- */

uint8_t *tri_talk_block(size_t len)
{
    return tri_secret_alloc(TRI_MESSAGE_HEAD + len);
}

uint8_t *tri_talk_refusal(struct tri_message *m, uint32_t number, int err,
                          const char *text)
{
    const size_t most = 4 + sizeof(struct tri_why);
    uint8_t *const block = tri_talk_block(most);

    *m = (struct tri_message){ TRI_MESSAGE_REFUSED, number, 0 };
    if (block != NULL)
        m->len = tri_refusal_print(block + TRI_MESSAGE_HEAD, most, err, text);
    return block;
}

int tri_talk_give(struct tri_talk *t, const struct tri_message *m,
                  uint8_t *block)
{
    if (block == NULL)
        return TRI_E_NOMEM;
    if (t->outs == TRI_TALK_OUT || t->c.tx_broken) {
        tri_secret_free(block);
        return TRI_E_IO;
    }
    tri_message_print(block, m);
    t->out[t->outs++] = block;
    t->unread += TRI_MESSAGE_HEAD + m->len;
    tri_conn_queue(&t->c, block, TRI_MESSAGE_HEAD, 0);
    if (m->len > 0)
        tri_conn_queue(&t->c, block + TRI_MESSAGE_HEAD, (size_t)m->len, 0);
    tri_talk_push(t);
    return TRI_OK;
}

int tri_talk_pending(const struct tri_talk *t)
{
    return tri_conn_pending(&t->c);
}

void tri_talk_push(struct tri_talk *t)
{
    tri_conn_push(&t->c);
    if (t->c.count == 0) /* what is left is sealed, and a copy */
        forget_sent(t);
}

/* ---- in ------------------------------------------------------------------ */

uint64_t tri_talk_announced(const struct tri_talk *t)
{
    return t->step == BODY ? t->m.len : 0;
}

static enum tri_talk_got end(struct tri_talk *t, enum tri_conn_got got)
{
    if (got == TRI_CONN_OVER && t->in.words == TRI_LAST_ORDERLY)
        return TRI_TALK_END;
    if (got == TRI_CONN_OVER && t->in.words == TRI_LAST_REASON)
        (void)tri_link_fail(&t->l, TRI_E_IO, "%s", t->in.bye.text);
    if (got != TRI_CONN_BAD)
        (void)tri_link_fail(&t->l, TRI_E_IO, "the connection ended");
    return TRI_TALK_END;
}

/* The other end may be anybody's: it has no heartbeats to send, and whoever
 * reads here waits for no end of a goodbye. */
static void want(struct tri_talk *t, void *buf, size_t len)
{
    tri_conn_want(&t->c, &t->in, buf, len);
    t->in.x.beats = 0;
    t->in.hasty = 1;
}

/* Bytes until what is awaited is there, or this turn has had its part. */
static enum tri_talk_got read_on(struct tri_talk *t)
{
    struct tri_conn *const c = &t->c;

    for (int reads = 0; !tri_conn_has(&t->in);) {
        const int ahead = c->lo < c->hi;
        enum tri_conn_got got = TRI_CONN_IDLE;

        if (ahead)
            got = tri_conn_take(c, &t->in, &t->l, t->peer);
        else if (reads++ < READS)
            got = tri_conn_read(c, &t->in, &t->l, t->peer);
        if (got == TRI_CONN_IDLE)
            return TRI_TALK_NOTHING;
        if (got != TRI_CONN_SOME)
            return end(t, got);
    }
    return TRI_TALK_MESSAGE;
}

enum tri_talk_got tri_talk_hear(struct tri_talk *t)
{
    enum tri_talk_got got;

    if (t->step == NONE) {
        tri_secret_free(t->body);
        t->body = NULL;
        want(t, t->head, sizeof t->head);
        t->step = HEAD;
    }
    got = read_on(t);
    if (got != TRI_TALK_MESSAGE)
        return got;
    if (t->step == HEAD) {
        if (tri_message_parse(&t->m, t->head) != TRI_OK) {
            (void)tri_link_fail(&t->l, TRI_E_PROTO,
                                "a message of unknown kind or length came");
            return TRI_TALK_END;
        }
        if (t->m.len > t->most)
            return TRI_TALK_LONG;
        t->step = BODY;
        if (t->m.len > 0) {
            t->body = tri_secret_alloc((size_t)t->m.len);
            if (t->body == NULL) {
                (void)tri_link_fail(&t->l, TRI_E_NOMEM,
                                    "no memory for a message");
                return TRI_TALK_END;
            }
            want(t, t->body, (size_t)t->m.len);
            got = read_on(t);
        }
    }
    if (got == TRI_TALK_MESSAGE)
        t->step = NONE;
    return got;
}
