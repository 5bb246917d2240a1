#include "core/err.h"
#include "core/mem.h"
#include "proto/fused/lanes.h"

void tri_sn_refresh(struct tri_session *s, tri_ring *x, size_t n)
{
    if (s->dry || s->id == 2)
        return;
    tri_prg_mask(tri_sn_key(s, 1 - s->id), s->cx.par, x, x, n,
                 s->id == 0 ? 1 : -1);
}

static void open_flow(struct tri_session *s, size_t n)
{
    tri_cost_join(&s->cost, 0, 1, 2, 8 * n);
    tri_cost_swap(&s->cost, 0, 1, 8 * n, 8 * n);
}

/*
 * Opening to all parties.
 *
 *   P0, P1         w <- k01;  x0' = x0 + w,  x1' = x1 - w
 *   P0 <-> P1      x0', x1'           8n bytes each way   \ one round
 *   P0, P1 -> P2   x0', x1'           8n bytes each       /
 *   all output     x0' + x1'
 *
 * Private: x0' is uniform given x, so nobody learns more than the sum; the
 * shares that were computed with, and their history, stay hidden.
 */
int tri_sn_open(struct tri_session *s, tri_ring *out, const tri_ring *x,
                size_t n)
{
    struct tri_arena *a = s->cx.arena;
    const size_t mark = tri_arena_mark(a), bytes = n * sizeof(tri_ring);
    const unsigned first = s->id == 2 ? 0 : 1 - s->id;
    tri_ring *mine;
    int rc = tri_session_check(s);

    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, &mine, n, sizeof *mine);
    if (rc != TRI_OK)
        goto out;
    if (s->dry) {
        open_flow(s, n);
        goto out;
    }
    if (s->id == 2) {
        rc = tri_recv(s->link, 1, mine, bytes);
    } else {
        memcpy(mine, x, bytes);
        tri_sn_refresh(s, mine, n);
        rc = tri_send(s->link, 1 - s->id, mine, bytes);
        if (rc == TRI_OK)
            rc = tri_send(s->link, 2, mine, bytes);
    }
    if (rc == TRI_OK)
        rc = tri_recv(s->link, first, out, bytes);
    if (rc == TRI_OK)
        rc = tri_flush(s->link);
    if (rc == TRI_OK)
        s->cx.k->add(out, out, mine, n);

out:
    if (rc != TRI_OK) {
        tri_sn_drain(s);
        tri_wipe(out, bytes);
        tri_session_fail(s, rc, "open");
    }
    tri_arena_release(a, mark);
    return rc;
}
