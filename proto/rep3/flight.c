#include "proto/rep3/flight.h"
#include "core/err.h"

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

int tri_rep3_fly(struct tri_engine *e, const struct tri_rep3_flight *f)
{
    struct tri_rep3_gate g[TRI_REP3_PIECES][TRI_REP3_AT_ONCE];
    size_t gates[TRI_REP3_PIECES] = { 0 };
    int rc = TRI_OK;

    for (unsigned r = 1; r <= f->rounds + 1; r++)
        for (size_t i = 0; rc == TRI_OK && i < f->pieces; i++) {
            if (r > 1) {
                rc = tri_rep3_recv_product(e, g[i], gates[i]);
                if (rc != TRI_OK)
                    break;
                f->finish(e, f->self, i, r - 1);
            }
            if (r > f->rounds)
                continue;
            gates[i] = f->prepare(e, f->self, i, r, g[i]);
            rc = tri_rep3_send_product(e, g[i], gates[i]);
        }
    return rc;
}
