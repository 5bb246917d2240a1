#include "boards/host/attack/dealt.h"
#include <string.h>
#include "core/le.h"
#include "proto/fused/lanes.h"

/* A message: words e, e * y, y, then halves e * n, n, each for all of its
 * elements; and P0's shares of a block, as the stream has them. */
struct piece {
    uint8_t *msg;
    size_t first, len, half;
    uint8_t word[3][8 * TRI_LANES];
    uint8_t halves[2][8 * TRI_LANES];
};

/* Element i of what comes after `at` bytes for each element before it. */
static uint8_t *place(struct piece *p, size_t at, size_t width, size_t i)
{
    return p->msg + at * p->len + width * i;
}

/* A word of `width` bytes. */
static uint64_t word(const uint8_t *p, size_t width)
{
    uint64_t w = 0;

    memcpy(&w, p, width);
    return tri_le64(w);
}

/* What both shares make, of `width` bytes. */
static uint64_t both(const uint8_t *mine, const uint8_t *other, size_t width)
{
    return word(mine, width) + word(other, width);
}

static void more(uint8_t *to, uint64_t d, size_t width)
{
    const uint64_t w = tri_le64(word(to, width) + d);

    memcpy(to, &w, width);
}

/* Element i of the piece, number `lane` of its block. */
static void bend(struct piece *p, size_t i, size_t lane, uint64_t d)
{
    uint8_t *const e = place(p, 0, 8, i), *const y = place(p, 16, 8, i);
    uint8_t *const n = place(p, 24 + p->half, p->half, i);
    const uint64_t by =
        both(e, p->word[0] + 8 * lane, 8) == 1 ? d : 0 - d; /* d(2e - 1) */

    more(e, by, 8);
    more(place(p, 8, 8, i), by * both(y, p->word[2] + 8 * lane, 8), 8);
    more(place(p, 24, p->half, i),
         by * both(n, p->halves[1] + p->half * lane, p->half), p->half);
}

static void draw(struct piece *p, struct tri_stream *st)
{
    tri_stream_read(st, p->word, sizeof p->word);
    for (size_t h = 0; h < 2; h++)
        tri_stream_read(st, p->halves[h], p->half * TRI_LANES);
}

void tri_dealt_bend(const struct tri_event *v, int64_t d)
{
    const size_t n = v->x->n, most = tri_fused_piece(n);
    const size_t pieces = (n + most - 1) / most;
    const int shift = v->x->fb - v->z->fb;
    const struct tri_prg *const k02 = &v->e->s->prg[0];
    struct piece p = { .msg = v->msg };
    struct tri_stream st;

    /* the comparison comes first, with as many messages */
    if (v->e->s->id != 2 || v->to != 1 || v->nth < pieces || shift <= 0)
        return;
    p.first = (v->nth - pieces) * most;
    p.half = tri_fused_width((unsigned)shift);
    p.len = v->len / (24 + 2 * p.half);
    for (size_t at = 0; at < p.len; at += TRI_LANES) {
        const size_t lanes = tri_fused_min(TRI_LANES, p.len - at);

        if (at % TRI_FUSED_TASK == 0)
            tri_stream_open(&st, k02, k02->next - 1,
                            tri_fused_chunk(p.first + at));
        draw(&p, &st);
        for (size_t i = 0; i < lanes; i++)
            bend(&p, at + i, i, (uint64_t)d);
    }
    tri_stream_wipe(&st);
}
