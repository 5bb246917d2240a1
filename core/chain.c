#include "core/chain.h"
#include "core/mem.h"

enum {
    MOST = (1 << TRI_CHAIN_BITS) - 1, /* planes dealt for a digit */
    ROWS = 2 * TRI_CHAIN_DIGITS,
    LABEL = 2 * TRI_CHAIN_DIGITS - 1
};

void tri_chain_cut(struct tri_chain *c, unsigned bits, unsigned digits)
{
    *c = (struct tri_chain){ .digits = digits, .answer = digits * digits };
    for (unsigned i = 0; i < digits; i++) {
        c->w[i] = (uint8_t)(bits / digits + (i < bits % digits));
        c->dealt += (1u << c->w[i]) - 1;
    }
}

void tri_chain_plan(struct tri_chain *c, unsigned bits)
{
    const unsigned least = (bits + TRI_CHAIN_BITS - 1) / TRI_CHAIN_BITS;

    tri_chain_cut(c, bits, least);
    for (unsigned d = least + 1; d <= bits && d <= TRI_CHAIN_DIGITS; d++) {
        struct tri_chain other;

        tri_chain_cut(&other, bits, d);
        if (other.dealt + 2 * other.answer < c->dealt + 2 * c->answer)
            *c = other;
    }
}

/* Of a plane on the wire. */
static size_t width(size_t lanes)
{
    return (lanes + 7) / 8;
}

/* n planes of a message: in place if they are whole, else in `room`. */
static const tri_plane *load(tri_plane *room, const uint8_t *wire, size_t n,
                             size_t lanes)
{
    const size_t bytes = width(lanes);

    if (bytes == sizeof *room)
        return (const tri_plane *)wire;
    memset(room, 0, n * sizeof *room);
    for (size_t i = 0; i < n; i++)
        memcpy(room[i], wire + i * bytes, bytes);
    return (const tri_plane *)room;
}

/* Where they are computed, and to the message if that is not there. */
static tri_plane *place(tri_plane *room, uint8_t *wire, size_t lanes)
{
    return width(lanes) == sizeof *room ? (tri_plane *)wire : room;
}

static void store(uint8_t *wire, const tri_plane *v, size_t n, size_t lanes)
{
    const size_t bytes = width(lanes);

    if (bytes < sizeof *v)
        for (size_t i = 0; i < n; i++)
            memcpy(wire + i * bytes, v[i], bytes);
}

static const tri_plane *take(struct tri_stream *s, size_t n)
{
    return (const tri_plane *)tri_stream_take(s, n * sizeof(tri_plane));
}

void tri_chain_deal(const struct tri_kernels *k, const struct tri_chain *c,
                    uint8_t *wire, const tri_plane *x, struct tri_stream *p0,
                    size_t lanes)
{
    _Alignas(64) tri_plane room[MOST];

    for (unsigned i = 0; i < c->digits; x += c->w[i], i++) {
        const unsigned n = (1u << c->w[i]) - 1;
        tri_plane *const out = place(room, wire, lanes);

        k->chain_deal(out, x, take(p0, n), c->w[i]);
        store(wire, (const tri_plane *)out, n, lanes);
        wire += n * width(lanes);
    }
    if (width(lanes) < sizeof *room)
        tri_wipe(room, sizeof room);
}

void tri_chain_answer(const struct tri_kernels *k, const struct tri_chain *c,
                      uint8_t *wire, tri_plane *beta, const tri_plane *y,
                      struct tri_stream *common, struct tri_stream *p0,
                      const uint8_t *dealt, size_t lanes)
{
    _Alignas(64) tri_plane room[ROWS], bits[MOST], label[2][LABEL];

    for (unsigned i = 0; i < c->digits; y += c->w[i], i++) {
        const unsigned n = (1u << c->w[i]) - 1, W = c->digits - i;
        const unsigned names = 2 * W - 1, rows = (i == 0 ? 1 : 2) * W;
        const tri_plane *const drawn = take(common, names + rows);
        tri_plane *const out = place(room, wire, lanes);
        const struct tri_chain_step step = {
            .b = p0 != NULL ? take(p0, n) : load(bits, dealt, n, lanes),
            .c = y,
            .to = drawn,
            .from = i == 0 ? NULL : (const tri_plane *)label[(i - 1) % 2],
            .u = drawn + names,
            .w = c->w[i],
            .W = W,
            .one = p0 != NULL,
        };

        k->chain_answer(out, &step);
        store(wire, (const tri_plane *)out, rows, lanes);
        memcpy(label[i % 2], drawn, names * sizeof *drawn);
        wire += rows * width(lanes);
        if (dealt != NULL)
            dealt += n * width(lanes);
    }
    memcpy(*beta, label[(c->digits - 1) % 2][0], sizeof *beta);
    tri_wipe(label, sizeof label);
    tri_wipe(room, sizeof room);
    tri_wipe(bits, sizeof bits);
}

void tri_chain_open(const struct tri_kernels *k, const struct tri_chain *c,
                    tri_plane *t, const uint8_t *a, const uint8_t *b,
                    size_t lanes)
{
    _Alignas(64) tri_plane room[2][ROWS], label[TRI_CHAIN_DIGITS];

    for (unsigned i = 0; i < c->digits; i++) {
        const unsigned W = c->digits - i, rows = (i == 0 ? 1 : 2) * W;

        k->chain_open(label, load(room[0], a, rows, lanes),
                      load(room[1], b, rows, lanes), W, i == 0);
        a += rows * width(lanes);
        b += rows * width(lanes);
    }
    memcpy(*t, label[0], sizeof *t);
    if (width(lanes) < sizeof **room)
        tri_wipe(room, sizeof room);
    tri_wipe(label, sizeof label);
}
