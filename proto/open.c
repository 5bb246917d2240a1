#include "proto/open.h"
#include "core/err.h"
#include "core/mem.h"
#include "proto/additive.h"
#include "proto/wire.h"

static int hears(unsigned audience, unsigned id)
{
    return (int)(audience >> id & 1);
}

static void open_flow(struct tri_session *s, unsigned audience, size_t n)
{
    if (hears(audience, 2))
        tri_cost_join(&s->cost, 0, 1, 2, 8 * n);
    tri_cost_swap(&s->cost, 0, 1, hears(audience, 1) ? 8 * n : 0,
                  hears(audience, 0) ? 8 * n : 0);
}

/* P0, P1: own share to whoever hears and does not have it. */
static int say(struct tri_session *s, tri_ring *mine, unsigned audience,
               size_t bytes)
{
    const unsigned other = 1 - s->id;
    int rc = TRI_OK;

    tri_le_words(mine, bytes, sizeof *mine);
    if (hears(audience, other))
        rc = tri_send(s->link, other, (uint8_t *)mine, bytes);
    if (rc == TRI_OK && hears(audience, 2))
        rc = tri_send(s->link, 2, (uint8_t *)mine, bytes);
    return rc;
}

/*
 * Opening to an audience.
 *
 *   P0, P1         w <- k01;  x0' = x0 + w,  x1' = x1 - w
 *   P0 <-> P1      x0', x1'           8n bytes each way   \ one round, to those
 *   P0, P1 -> P2   x0', x1'           8n bytes each       / who are to hear it
 *   they output    x0' + x1'
 *
 * Private: x0' is uniform given x, so nobody learns more than the sum; the
 * shares that were computed with, and their history, stay hidden.
 */
int tri_open_words(struct tri_session *s, tri_ring *out, const tri_ring *x,
                   size_t n, unsigned audience)
{
    struct tri_arena *a = s->cx.arena;
    const size_t mark = tri_arena_mark(a), bytes = n * sizeof(tri_ring);
    const unsigned first = s->id == 2 ? 0 : 1 - s->id;
    const int hear = hears(audience, s->id);
    tri_ring *mine;
    int rc = tri_session_check(s);

    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, &mine, n, sizeof *mine);
    if (rc != TRI_OK)
        goto out;
    if (s->dry) {
        open_flow(s, audience, n);
        goto out;
    }
    if (s->id < 2) {
        memcpy(mine, x, bytes);
        tri_additive_refresh(s, mine, n);
        rc = say(s, mine, audience, bytes);
    } else if (hear) {
        /* stays as it came */
        rc = tri_recv(s->link, 1, (uint8_t *)mine, bytes);
    }
    if (rc == TRI_OK && hear)
        rc = tri_recv_words(s->link, first, out, n);
    if (rc == TRI_OK)
        rc = tri_flush(s->link);
    if (rc == TRI_OK && hear)
        tri_sent_add(s->cx.k, out, out, mine, n);

out:
    if (rc != TRI_OK) {
        tri_session_fail(s, rc, "open", TRI_NOBODY);
        if (hear && out != NULL)
            tri_wipe(out, bytes);
    }
    tri_arena_release(a, mark);
    return rc;
}
