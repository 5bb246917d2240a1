#include "core/poly1305.h"

#include "core/ct.h"
#include "core/le.h"
#include "core/mem.h"

enum { LOW26 = (1 << 26) - 1, BLOCK = 16, N = TRI_POLY1305_POWERS };

void tri_poly1305_init(struct tri_poly1305 *m, const struct tri_kernels *k,
                       const uint8_t key[32])
{
    uint32_t w[4];

    m->k = k;
    memset(m->h, 0, sizeof m->h);
    memcpy(w, key, sizeof w);
    tri_le_words(w, sizeof w, sizeof *w);
    w[0] &= 0x0fffffff; /* RFC 8439, 2.5: clamped */
    w[1] &= 0x0ffffffc;
    w[2] &= 0x0ffffffc;
    w[3] &= 0x0ffffffc;
    m->p[1 * N - 1] = w[0] & LOW26;
    m->p[2 * N - 1] = (w[0] >> 26 | w[1] << 6) & LOW26;
    m->p[3 * N - 1] = (w[1] >> 20 | w[2] << 12) & LOW26;
    m->p[4 * N - 1] = (w[2] >> 14 | w[3] << 18) & LOW26;
    m->p[5 * N - 1] = w[3] >> 8;
    memcpy(m->s, key + 16, sizeof m->s);
    m->have = 0;
    m->powers = 1;
    tri_wipe(w, sizeof w);
}

/* r^(e+1) = (r^e + 0) * r: a block of zeros without its closing bit. */
void tri_poly1305_grow(struct tri_poly1305 *m)
{
    static const uint8_t zero[BLOCK];
    uint32_t x[5];

    if (m->powers == N)
        return;
    for (unsigned l = 0; l < 5; l++)
        x[l] = m->p[(l + 1) * N - 1];
    for (unsigned e = 2; e <= N; e++) {
        m->k->poly1305(x, m->p, zero, 1, 0);
        for (unsigned l = 0; l < 5; l++)
            m->p[(l + 1) * N - e] = x[l];
    }
    m->powers = N;
    tri_wipe(x, sizeof x);
}

static void blocks(struct tri_poly1305 *m, const uint8_t *in, size_t n)
{
    if (n >= TRI_POLY1305_WIDE)
        tri_poly1305_grow(m);
    m->k->poly1305(m->h, m->p, in, n, 1);
}

void tri_poly1305_update(struct tri_poly1305 *m, const void *data, size_t n)
{
    const uint8_t *in = data;

    if (n == 0)
        return;
    if (m->have > 0) {
        size_t take = BLOCK - m->have;

        if (take > n)
            take = n;
        memcpy(m->buf + m->have, in, take);
        m->have += (uint32_t)take;
        in += take;
        n -= take;
        if (m->have < BLOCK)
            return;
        blocks(m, m->buf, 1);
        m->have = 0;
    }
    blocks(m, in, n / BLOCK);
    m->have = (uint32_t)(n % BLOCK);
    memcpy(m->buf, in + (n - m->have), m->have);
}

void tri_poly1305_pad(struct tri_poly1305 *m)
{
    if (m->have == 0)
        return;
    memset(m->buf + m->have, 0, BLOCK - m->have);
    blocks(m, m->buf, 1);
    m->have = 0;
}

void tri_poly1305_final(struct tri_poly1305 *m, uint8_t tag[16])
{
    uint32_t *h = m->h, g[5], w[4];
    uint64_t carry, keep;

    if (m->have > 0) {
        m->buf[m->have] = 1;
        memset(m->buf + m->have + 1, 0, BLOCK - 1 - m->have);
        m->k->poly1305(h, m->p, m->buf, 1, 0);
    }

    /* Limbs below 2^26, twice for the carry that comes back as 5: then
     * h < 2^130 < 2p. */
    for (unsigned pass = 0; pass < 2; pass++) {
        carry = 0;
        for (unsigned l = 0; l < 5; l++) {
            carry += h[l];
            h[l] = (uint32_t)(carry & LOW26);
            carry >>= 26;
        }
        h[0] += (uint32_t)(5 * carry);
    }
    h[1] += h[0] >> 26;
    h[0] &= LOW26;

    /* g = h + 5 - 2^130; take it unless it is negative. */
    carry = 5;
    for (unsigned l = 0; l < 5; l++) {
        carry += h[l];
        g[l] = (uint32_t)(carry & LOW26);
        carry >>= 26;
    }
    keep = tri_ct_mask(carry ^ 1);
    for (unsigned l = 0; l < 5; l++)
        h[l] = (uint32_t)tri_ct_select(keep, h[l], g[l]);

    /* tag = h + s mod 2^128 */
    w[0] = h[0] | h[1] << 26;
    w[1] = h[1] >> 6 | h[2] << 20;
    w[2] = h[2] >> 12 | h[3] << 14;
    w[3] = h[3] >> 18 | h[4] << 8;
    carry = 0;
    for (unsigned i = 0; i < 4; i++) {
        carry += (uint64_t)w[i] + tri_le_load32(m->s + 4 * i);
        w[i] = (uint32_t)carry;
        carry >>= 32;
    }
    tri_le_words(w, sizeof w, sizeof *w);
    memcpy(tag, w, sizeof w);
    tri_wipe(g, sizeof g);
    tri_wipe(w, sizeof w);
    tri_wipe(m, sizeof *m);
}
