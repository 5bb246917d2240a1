#include "proto/fused/relu.h"
#include "proto/additive.h"
#include "proto/fused/compare.h"
#include "proto/fused/lanes.h"

/* One call, as its tasks see it. */
struct job {
    const struct tri_session *s;
    struct tri_fused_cmp sign;
    const tri_ring *a;
    tri_ring *z, *bit; /* results; NULL where not wanted               */
    uint8_t *e_out;    /* P2: receives e; NULL where not wanted        */
    unsigned shift;
    unsigned drop;      /* last bits that are not compared; shift = 0   */
    size_t dealt_words; /* 1 sign, 2 relu, 3 with a shift               */
    size_t half_bytes;  /* of a dealt half: 0, 2 or 4                   */
    size_t bytes;       /* dealt in all, per element                    */
    size_t sent_mark;   /* what was sent, and what is wiped early, lies below */
    uint64_t id;        /* stream                                       */
    uint8_t *dealt;     /* P2: [n], piece by piece. P1: [piece]         */
    size_t first, len;  /* the present piece                            */
};

/*
 * Where a piece keeps what was dealt: its words [nw x len], then its halves
 * [2 x len]. Addresses for the block at `at`.
 */
static void *word_at(const struct job *j, uint8_t *piece, size_t w, size_t at)
{
    return piece + 8 * (w * j->len + (at - j->first));
}

static void *half_at(const struct job *j, uint8_t *piece, size_t h, size_t at)
{
    return piece + 8 * j->dealt_words * j->len +
           j->half_bytes * (h * j->len + at - j->first);
}

/* Shares of what P2 deals, of one block: P0's as they come from k02, or P1's
 * as they stand in the message. Halves are words of hw bytes. */
struct dealt {
    const uint64_t *word[3]; /* e, e*y, y >> shift            */
    const void *half[2];     /* e*n, n: low 8*hw bits count   */
};

/* Numbers become bytes of a message, or the other way round: the words of n
 * elements, and then halves. */
static void turn(const struct job *j, uint8_t *p, size_t n)
{
    const size_t words = 8 * j->dealt_words * n;

    tri_le_words(p, words, 8);
    tri_le_words(p + words, 2 * j->half_bytes * n, j->half_bytes);
}

/* From the stream: the words of a block one after the other, then halves. */
static struct dealt draw(const struct job *j, struct tri_stream *st)
{
    const size_t words = sizeof(uint64_t[TRI_LANES]) * j->dealt_words;
    uint8_t *const w = tri_stream_take(st, j->bytes * TRI_LANES);
    uint8_t *const h = w + words;
    struct dealt d = { { NULL }, { h, h + j->half_bytes * TRI_LANES } };

    for (size_t i = 0; i < j->dealt_words; i++)
        d.word[i] = (const uint64_t *)(const void *)w + i * TRI_LANES;
    turn(j, w, TRI_LANES);
    return d;
}

/* P1: from the piece that came in. */
static struct dealt received(const struct job *j, size_t at)
{
    struct dealt d = {
        { NULL }, { half_at(j, j->dealt, 0, at), half_at(j, j->dealt, 1, at) }
    };

    for (size_t i = 0; i < j->dealt_words; i++)
        d.word[i] = word_at(j, j->dealt, i, at);
    return d;
}

/* P2: e, e*y and y >> shift, then e*n and n, less P0's shares, to P1's piece;
 * e is kept. */
static void deal_block(const struct job *j, uint8_t *piece,
                       const struct dealt *p0, size_t at, size_t lanes)
{
    const struct tri_kernels *k = j->s->cx.k;
    const uint64_t *y = j->sign.y + at;
    const uint64_t e = ~k->lane_pack(j->sign.m + at, lanes);
    const uint64_t n = ~k->lane_bits(y, 0, 63, lanes);
    const uint64_t half[2] = { e & n, n };

    tri_fused_ahead(y, 8);
    tri_fused_ahead(j->sign.m + at, 1);
    for (size_t w = 0; w < j->dealt_words; w++)
        tri_fused_ahead(word_at(j, piece, w, at), 8);
    for (size_t h = 0; j->half_bytes != 0 && h < 2; h++)
        tri_fused_ahead(half_at(j, piece, h, at), j->half_bytes);

    k->lane_share(word_at(j, piece, 0, at), e, p0->word[0], 8, lanes);
    if (j->dealt_words > 1)
        k->lane_pick(word_at(j, piece, 1, at), e, y, j->shift, p0->word[1],
                     lanes);
    if (j->dealt_words > 2)
        k->lane_pick(word_at(j, piece, 2, at), ~(uint64_t)0, y, j->shift,
                     p0->word[2], lanes);
    for (size_t h = 0; j->half_bytes != 0 && h < 2; h++)
        k->lane_share(half_at(j, piece, h, at), half[h], p0->half[h],
                      (unsigned)j->half_bytes, lanes);
    if (j->e_out != NULL)
        k->lane_spread(j->e_out + at, e, 1, lanes);
}

static void deal_task(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;
    struct tri_fused_range g = tri_fused_range(j->first, j->len, task);
    uint8_t *piece = j->dealt + j->bytes * j->first;
    struct tri_stream st;

    (void)worker;
    tri_stream_open(&st, &j->s->prg[0], j->id, tri_fused_chunk(g.at));
    for (size_t lanes; g.at < g.end; g.at += lanes) {
        const struct dealt p0 = draw(j, &st);

        lanes = tri_fused_min(TRI_LANES, g.end - g.at);
        deal_block(j, piece, &p0, g.at, lanes);
        tri_wipe(j->sign.y + g.at, lanes * sizeof *j->sign.y);
    }
    tri_stream_wipe(&st);
}

/* P0, P1: the results of one block. */
static void finish_block(const struct job *j, const struct dealt *w, size_t at,
                         size_t lanes)
{
    const struct tri_kernels *k = j->s->cx.k;
    const struct tri_lane_choice v = {
        .t = j->dealt_words == 2 ? j->a + at : w->word[2],
        .e = w->word[1],
        .k = w->word[0],
        .r = j->sign.r + at,
        .tn = w->half[1],
        .en = w->half[0],
        .width = (unsigned)j->half_bytes,
        .shift = j->shift,
        .c = TRI_FUSED_BIAS >> j->shift,
        .own = tri_fused_mask(j->dealt_words > 2 && j->s->id == 0),
    };

    k->lane_choose(j->z + at, k->lane_pack(j->sign.m + at, lanes), &v, lanes);
}

static void finish_task(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;
    struct tri_fused_range g = tri_fused_range(j->first, j->len, task);
    const int draws = j->s->id == 0;
    struct tri_stream st;

    (void)worker;
    if (draws)
        tri_stream_open(&st, &j->s->prg[2], j->id, tri_fused_chunk(g.at));
    for (size_t lanes; g.at < g.end; g.at += lanes) {
        const struct dealt w = draws ? draw(j, &st) : received(j, g.at);

        tri_fused_ahead(j->sign.r + g.at, 8);
        tri_fused_ahead(j->sign.m + g.at, 1);
        if (j->bit != NULL)
            tri_fused_ahead(j->bit + g.at, 8);
        if (j->dealt_words == 2)
            tri_fused_ahead(j->a + g.at, 8);
        if (j->dealt_words > 1)
            tri_fused_ahead(j->z + g.at, 8);
        if (!draws) {
            for (size_t i = 0; i < j->dealt_words; i++)
                tri_fused_ahead(w.word[i], 8);
            tri_fused_ahead(w.half[0], j->half_bytes);
            tri_fused_ahead(w.half[1], j->half_bytes);
        }
        lanes = tri_fused_min(TRI_LANES, g.end - g.at);
        if (j->bit != NULL)
            memcpy(j->bit + g.at, w.word[0], lanes * sizeof *j->bit);
        if (j->dealt_words > 1)
            finish_block(j, &w, g.at, lanes);
        tri_wipe(j->sign.r + g.at, lanes * sizeof *j->sign.r);
    }
    if (draws)
        tri_stream_wipe(&st);
}

static int deal(struct tri_session *s, struct job *j, size_t n)
{
    const size_t piece = tri_fused_piece(n);
    int rc = TRI_OK;

    for (j->first = 0; rc == TRI_OK && j->first < n; j->first += j->len) {
        j->len = tri_fused_min(piece, n - j->first);
        tri_fused_tasks(s, deal_task, j, j->len);
        turn(j, j->dealt + j->bytes * j->first, j->len);
        rc = tri_send(s->link, 1, j->dealt + j->bytes * j->first,
                      j->bytes * j->len);
    }
    return rc;
}

static int finish(struct tri_session *s, struct job *j, size_t n)
{
    const size_t piece = tri_fused_piece(n);
    int rc = TRI_OK;

    for (j->first = 0; rc == TRI_OK && j->first < n; j->first += j->len) {
        j->len = tri_fused_min(piece, n - j->first);
        if (s->id == 1)
            rc = tri_recv(s->link, 2, j->dealt, j->bytes * j->len);
        if (rc != TRI_OK)
            break;
        if (s->id == 1)
            turn(j, j->dealt, j->len);
        tri_fused_tasks(s, finish_task, j, j->len);
    }
    return rc;
}

static int allocate(struct tri_session *s, struct job *j, size_t n, int keeps,
                    const struct tri_fused_bits *kept)
{
    struct tri_arena *a = s->cx.arena;
    int rc = TRI_OK;

    if (s->id == 2)
        rc = tri_arena_alloc(a, &j->dealt, n, j->bytes);
    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, s->id == 2 ? &j->sign.y : &j->sign.r, n,
                             sizeof(tri_ring));
    j->sent_mark = tri_arena_mark(a);
    if (rc != TRI_OK)
        return rc;
    if (s->id == 2) {
        j->e_out = kept->known;
    } else {
        j->sign.m = kept->known;
        j->bit = kept->e;
    }
    if (rc == TRI_OK && (s->id == 2 || !keeps))
        rc = tri_arena_alloc(a, &j->sign.m, n, 1);
    if (rc == TRI_OK && s->id == 1)
        rc = tri_arena_alloc(a, &j->dealt, tri_fused_min(n, tri_fused_piece(n)),
                             j->bytes);
    return rc;
}

static void relu_flow(struct tri_session *s, const struct job *j, size_t n)
{
    tri_cost_msg(&s->cost, 2, 1, j->bytes * n);
}

/*
 * Sign, ReLU, and ReLU with truncation. A = a if shift = 0, else a / 2^shift
 * rounded down or up as below; sign(A) = m2 xor m after tri_fused_compare.
 *
 *   rounds 1 to 3  as in compare.c
 *   P2             e = 1 xor m2,  n = 1 - y_63,  all dealt: P0's part <- k02
 *   P2 -> P1       sign        [e]                              8n bytes
 *                  shift = 0   [e], [e*y]                      16n bytes
 *                  shift > 0   [e], [e*(y >> shift)], [y >> shift],
 *                              and over Z_{2^16} (over Z_{2^32} where
 *                              shift > 16) [e*n], [n]    28n or 32n bytes
 *                                                            round 4
 *   P0, P1         shift = 0   [e*A] = [e*y] - (r + 2^62)*[e],  [A] = [a]
 *                  shift > 0   R = (r >> shift) + (2^62 >> shift)
 *                              [A]   = [y >> shift] - R
 *                                      + r_63*[n]*2^(64-shift)
 *                              [e*A] = [e*(y >> shift)] - R*[e]
 *                                      + r_63*[e*n]*2^(64-shift)
 *                  output      (1 - 2m)*[e*A] + m*[A]
 *
 * Correct. [A >= 0] = 1 xor m2 xor m = e xor m = m + (1 - 2m)*e, times A. For
 * shift = 0, A = y - r - 2^62. For shift > 0 put b = a + 2^62, 0 <= b < 2^63,
 * and w = [b + r >= 2^64], so that y = b + r - w*2^64. Then
 *
 *   (y >> shift) + w*2^(64-shift) = (b + r) >> shift
 *                                 = (b >> shift) + (r >> shift) + carry
 *
 * with carry = 1 iff the bits of b and r below `shift` add up to 2^shift or
 * more, and (b >> shift) - (2^62 >> shift) is a >> shift, rounded down. So
 * the formula gives A = (a >> shift) + carry if r_63*n = w, and it does: if
 * r_63 = 0 then b + r < 2^64, no wrap; if r_63 = 1, b + r without a wrap is at
 * least 2^63, so n = 0, and with one y is below 2^63, so n = 1. The carry has
 * probability exactly (a mod 2^shift) / 2^shift over r: A is unbiased, and off
 * by less than one unit. Multiplied by 2^(64-shift), only the low `shift` bits
 * of [n] count. compare.c took the sign of this same A. With bits->drop it
 * takes the sign of a without its last bits, rounded up or down likewise, and
 * the product is with a as it is.
 *
 * Private. P1 receives shares that are uniform by P0's part; the rest is
 * local. The output is a fresh sharing between P0 and P1: [e*y] or
 * [e*(y >> shift)] enters it with the factor 1 or -1, and its shares are
 * uniform and used nowhere else. P2 knows both its parts, so towards P2 the
 * output is not fresh: whatever goes to P2 later is masked from k01 first.
 * P0 and P1 know r and so which fraction is rounded up, as with every
 * truncation under a mask that its holders know.
 */
static int relu(struct tri_engine *e, struct job *j, struct tri_bits *bits,
                size_t n)
{
    struct tri_session *s = e->s;
    const struct tri_fused_bits kept = tri_fused_bits(bits);
    const size_t mark = tri_arena_mark(s->cx.arena);
    int rc = tri_session_check(s);

    j->sent_mark = mark;
    if (j->shift + j->drop > 32 || n > TRI_FUSED_MAX_N ||
        (bits != NULL && bits->n != n))
        return TRI_E_ARG;
    if (rc != TRI_OK)
        goto out;
    j->s = s;
    j->half_bytes = j->dealt_words < 3 ? 0 : tri_fused_width(j->shift);
    j->bytes = 8 * j->dealt_words + 2 * j->half_bytes;
    rc = allocate(s, j, n, bits != NULL, &kept);
    if (rc == TRI_OK)
        rc = tri_fused_compare(e, &j->sign, j->a, n, j->shift + j->drop);
    if (rc != TRI_OK)
        goto out;
    if (s->dry) {
        relu_flow(s, j, n);
        goto out;
    }
    if (s->id != 1)
        j->id = tri_prg_next(tri_additive_key(s, s->id == 0 ? 2 : 0));
    rc = s->id == 2 ? deal(s, j, n) : finish(s, j, n);
    if (rc == TRI_OK)
        rc = tri_flush(s->link);

out:
    if (rc != TRI_OK) {
        tri_session_fail(s, rc, "relu", TRI_NOBODY);
        if (j->z != NULL)
            tri_wipe(j->z, n * sizeof *j->z);
        if (kept.e != NULL)
            tri_wipe(kept.e, n * sizeof *kept.e);
        if (kept.known != NULL)
            tri_wipe(kept.known, n);
        j->sent_mark = mark;
    }
    tri_arena_release(s->cx.arena, j->sent_mark);
    tri_arena_drop(s->cx.arena, mark);
    return rc;
}

int tri_fused_relu(struct tri_engine *e, tri_ring *z, struct tri_bits *bits,
                   const tri_ring *a, size_t n, unsigned shift)
{
    struct job j = { .a = a,
                     .z = z,
                     .shift = shift,
                     .drop = bits == NULL ? 0 : bits->drop,
                     .dealt_words = shift == 0 ? 2 : 3 };

    return relu(e, &j, bits, n);
}

int tri_fused_drelu(struct tri_engine *e, struct tri_bits *bits,
                    const tri_ring *a, size_t n)
{
    struct job j = { .a = a, .dealt_words = 1 };

    return relu(e, &j, bits, n);
}
