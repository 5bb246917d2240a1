#include <string.h>
#include "boards/host/session_host.h"
#include "core/err.h"

/* On the wire a file is the header of a share file up to the checksum, which
 * differs between the parties like the bytes that follow it; nothing: zeros. */
enum { PART = TRI_SHARE_HEAD - TRI_HASH_BYTES, WIRE = TRI_FILES * PART };

static const char *const what[TRI_FILES] = { "training data", "test data",
                                             "models" };

/* What the file of another party would have to say as well. */
static void describe(uint8_t *out, const struct tri_share *s)
{
    uint8_t buf[TRI_SHARE_HEAD];
    struct tri_share_head h;

    memset(out, 0, PART);
    if (s == NULL)
        return;
    h = s->head;
    h.party = 0;
    h.seeded = h.kind == TRI_SHARE_DATA;
    h.content = h.seeded ? TRI_SHARE_SEED : h.content;
    tri_share_encode(buf, &h);
    memcpy(out, buf, PART);
}

static int compare(const uint8_t *a, const uint8_t *b, struct tri_why *why)
{
    static const uint8_t none[PART];

    for (int i = 0; i < TRI_FILES; i++) {
        const uint8_t *const x = a + i * PART, *const y = b + i * PART;
        if (memcmp(x, y, PART) == 0)
            continue;
        if (memcmp(x, none, PART) == 0 || memcmp(y, none, PART) == 0)
            return tri_why(why, TRI_E_MISMATCH,
                           "only one of party 0 and party 1 was given a share "
                           "of %s; give it to both",
                           what[i]);
        return tri_why(why, TRI_E_MISMATCH,
                       "the shares of %s that party 0 and party 1 hold belong "
                       "to different sessions; give both the files that were "
                       "made together",
                       what[i]);
    }
    return TRI_OK;
}

static int decode(struct tri_share_head head[TRI_FILES], const uint8_t *wire,
                  struct tri_why *why)
{
    static const uint8_t none[PART];
    uint8_t buf[TRI_SHARE_HEAD] = { 0 };

    for (int i = 0; i < TRI_FILES; i++) {
        int rc;
        head[i] = (struct tri_share_head){ .kind = TRI_SHARE_ANY };
        memcpy(buf, wire + i * PART, PART);
        if (memcmp(buf, none, PART) == 0)
            continue;
        rc = tri_share_decode(&head[i], buf, sizeof buf,
                              "what party 0 and party 1 sent", why);
        if (rc != TRI_OK)
            return TRI_E_PROTO;
    }
    return TRI_OK;
}

/*
 *   P0 -> P1, P2   192 bytes   \  one round
 *   P1 -> P0, P2   192 bytes   /
 *
 * All public. All three parties compare the same two texts, so all three stop
 * or none.
 */
static int swap(struct tri_host *h, uint8_t text[2][WIRE])
{
    struct tri_link *const l = &h->link;
    const unsigned id = h->s.id;
    int rc = TRI_OK;

    for (unsigned to = 0; id < 2 && rc == TRI_OK && to < TRI_PARTIES; to++)
        if (to != id)
            rc = tri_send(l, to, text[id], WIRE);
    for (unsigned from = 0; rc == TRI_OK && from < 2; from++)
        if (from != id)
            rc = tri_recv(l, from, text[from], WIRE);
    return rc == TRI_OK ? tri_flush(l) : rc;
}

int tri_host_agree(struct tri_host *h, const struct tri_share *const *file,
                   struct tri_share_head head[TRI_FILES], struct tri_why *why)
{
    uint8_t text[2][WIRE];
    int rc;

    for (int i = 0; h->s.id < 2 && i < TRI_FILES; i++)
        describe(text[h->s.id] + i * PART, file[i]);
    rc = swap(h, text);
    if (rc != TRI_OK)
        return tri_why(why, rc, "%s", h->link.error);
    rc = compare(text[0], text[1], why);
    return rc == TRI_OK ? decode(head, text[0], why) : rc;
}
