#include "proto/rep3/flight.h"
#include "core/err.h"
#include "proto/rep3/ledger.h"

size_t tri_rep3_pieces(size_t n)
{
    const size_t pieces = n / TRI_REP3_PIECE;

    return pieces < 1 ? 1 : pieces > TRI_REP3_PIECES ? TRI_REP3_PIECES : pieces;
}

struct tri_rep3_piece tri_rep3_piece(size_t n, size_t i)
{
    const size_t pieces = tri_rep3_pieces(n), each = n / 64 / pieces;
    const size_t at = 64 * each * i;

    return (struct tri_rep3_piece){ at, i + 1 < pieces ? 64 * each : n - at };
}

/* The pieces on their way. */
struct air {
    const struct tri_rep3_flight *f;
    struct tri_rep3_gate g[TRI_REP3_PIECES][TRI_REP3_AT_ONCE];
    size_t gates[TRI_REP3_PIECES];
};

static int launch(struct tri_engine *e, struct air *a, size_t i, unsigned round)
{
    a->gates[i] = a->f->prepare(e, a->f->self, i, round, a->g[i]);
    return tri_rep3_send_product(e, a->g[i], a->gates[i]);
}

static int land(struct tri_engine *e, struct air *a, size_t i, unsigned round)
{
    const int rc = tri_rep3_recv_product(e, a->g[i], a->gates[i]);

    if (rc == TRI_OK)
        a->f->finish(e, a->f->self, i, round);
    return rc;
}

/* A batch can only end when nothing is on its way: when the ledger is full, all
 * pieces arrive before the next round. */
int tri_rep3_fly(struct tri_engine *e, const struct tri_rep3_flight *f)
{
    struct air a = { .f = f };
    int rc = TRI_OK;

    for (unsigned r = 1; r <= f->rounds; r++) {
        const int apart = r > 1 && tri_ledger_due(e);

        for (size_t i = 0; rc == TRI_OK && apart && i < f->pieces; i++)
            rc = land(e, &a, i, r - 1);
        for (size_t i = 0; rc == TRI_OK && i < f->pieces; i++) {
            if (r > 1 && !apart)
                rc = land(e, &a, i, r - 1);
            if (rc == TRI_OK)
                rc = launch(e, &a, i, r);
        }
    }
    for (size_t i = 0; rc == TRI_OK && i < f->pieces; i++)
        rc = land(e, &a, i, f->rounds);
    return rc;
}
