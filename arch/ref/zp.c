/* Comparisons over Z_p: the definitions of arch/kernels.h, one element at a
 * time. Never optimise this file.
 *
 * It also runs where no variant exists, on secrets: no branch, no address and
 * no division depends on an element. Truth values are 0 or 1 by arithmetic on
 * unsigned, whose range no sum or product here comes near. */
#include "arch/kernels.h"

/* 1 if a = b, both below 2^31. */
static unsigned equal(unsigned a, unsigned b)
{
    return ((a ^ b) - 1) >> 31;
}

/* a where m is 0xff, b where m is 0. */
static unsigned choose(unsigned m, unsigned a, unsigned b)
{
    return (a & m) | (b & (m ^ 0xff));
}

/* x mod p for x < 2^14. As 2^w = 1 mod p = 2^w - 1, the bits from w up may be
 * added to those below; after three times x <= p. */
static unsigned mod(unsigned x, unsigned p)
{
    const unsigned w = p == 31 ? 5 : 7;

    for (unsigned i = 0; i < 3; i++)
        x = (x & p) + (x >> w);
    return x - p * equal(x, p);
}

TRI_DECL_ZP_DIGITS(tri_zp_digits_ref)
{
    for (size_t i = 0; i < n; i++)
        for (size_t lane = 0; lane < TRI_LANES; lane++)
            out[i][lane] = (uint8_t)(v[lane] >> (i * w) & ((1u << w) - 1));
}

TRI_DECL_ZP_PACK(tri_zp_unpack_ref)
{
    for (size_t lane = 0; lane < TRI_LANES; lane++)
        for (size_t i = 0; i < n; i++) {
            unsigned e = 0;

            for (size_t b = 0; b < bits; b++) {
                const size_t at = i * bits + b;

                e |= (in[at / 8][lane] >> at % 8 & 1u) << b;
            }
            out[i][lane] = (uint8_t)e;
        }
}

TRI_DECL_ZP_PACK(tri_zp_pack_ref)
{
    for (size_t lane = 0; lane < TRI_LANES; lane++) {
        for (size_t i = 0; i < (n * bits + 7) / 8; i++)
            out[i][lane] = 0;
        for (size_t i = 0; i < n; i++)
            for (size_t b = 0; b < bits; b++) {
                const size_t at = i * bits + b;

                out[at / 8][lane] |=
                    (uint8_t)((in[i][lane] >> b & 1u) << at % 8);
            }
    }
}

TRI_DECL_ZP_REJECT(tri_zp_reject_ref)
{
    const unsigned zero = nonzero ? 0 : p;

    for (size_t i = 0; i < n; i++) {
        uint64_t m = 0;

        for (size_t lane = 0; lane < TRI_LANES; lane++) {
            const unsigned e = in[i][lane];

            m |= (uint64_t)(equal(e, p) | equal(e, zero)) << lane;
        }
        mask[i] = m;
    }
}

TRI_DECL_ZP_FILL(tri_zp_fill_ref)
{
    const unsigned zero = nonzero ? 0 : p;
    unsigned left = 0;

    for (size_t lane = 0; lane < TRI_LANES; lane++) {
        unsigned queue[TRI_SPARES + 1]; /* good ones not used yet, then p */

        for (size_t j = 0; j <= TRI_SPARES; j++)
            queue[j] = p;
        for (size_t r = rows; r-- > 0;) {
            const unsigned e = spare[r][lane];
            const unsigned m = (equal(e, p) | equal(e, zero)) * 0xff;

            for (size_t j = rows; j-- > 1;)
                queue[j] = choose(m, queue[j], queue[j - 1]);
            queue[0] = choose(m, queue[0], e);
        }
        for (size_t i = 0; i < n; i++) {
            const unsigned e = v[i][lane];
            const unsigned m = (equal(e, p) | equal(e, zero)) * 0xff;

            v[i][lane] = (uint8_t)choose(m, queue[0], e);
            left |= equal(v[i][lane], p);
            for (size_t j = 0; j < TRI_SPARES; j++)
                queue[j] = choose(m, queue[j + 1], queue[j]);
        }
    }
    return (int)left;
}

TRI_DECL_ZP_SUB(tri_zp_sub_ref)
{
    for (size_t i = 0; i < n; i++)
        for (size_t lane = 0; lane < TRI_LANES; lane++)
            out[i][lane] = (uint8_t)mod(a[i][lane] + p - b[i][lane], p);
}

TRI_DECL_ZP_DEAL(tri_zp_deal_ref)
{
    for (size_t i = 0; i < n; i++)
        for (size_t lane = 0; lane < TRI_LANES; lane++) {
            const unsigned xi = x[i][lane];

            for (unsigned j = 1; j <= 3; j++) {
                const unsigned ge = (xi + 4 - j) >> 2; /* [x_i >= j] */

                out[3 * i + j - 1][lane] =
                    (uint8_t)mod(ge + p - r[3 * i + j - 1][lane], p);
            }
        }
}

/*
 * With g_j the share of [x >= j], so g_0 = one and g_base = 0:
 *
 *   [x > c] = g_{c+1}     [x < c] = one - g_c     [x = c] = g_c - g_{c+1}
 */
static void cmp(tri_plane *out, const tri_plane *b, const tri_plane *c,
                const uint8_t beta[TRI_LANES], const uint8_t spec[TRI_LANES],
                const tri_plane *s, const tri_plane *u, size_t n, unsigned p,
                unsigned one, unsigned base)
{
    for (size_t lane = 0; lane < TRI_LANES; lane++) {
        unsigned sum = 0; /* over higher digits k of (1 - [x_k = c_k]) */

        for (size_t i = n; i-- > 0;) {
            const unsigned ui = one ? u[i][lane] : p - u[i][lane];
            unsigned below = one, lo = 0, hi = 0; /* g_{j-1}, g_c, g_{c+1} */
            unsigned gt, lt, eq, decides, e;

            for (unsigned j = 1; j <= base; j++) {
                const unsigned here = equal(c[i][lane], j - 1);
                const unsigned g =
                    j < base ? b[(base - 1) * i + j - 1][lane] : 0;

                lo += here * below;
                hi += here * g;
                below = g;
            }
            gt = hi;
            lt = one + p - lo;
            eq = lo + p - hi;

            decides = choose(beta[lane], gt, lt);
            e = mod(one + 2 * p - decides + sum, p);
            sum = mod(one + 2 * p - eq + sum, p);

            e = choose(spec[lane], i == 0 ? 0 : one, e);
            out[i][lane] = (uint8_t)mod(mod(s[i][lane] * e, p) + ui, p);
        }
    }
}

TRI_DECL_ZP_CMP(tri_zp_cmp4_ref)
{
    cmp(out, b, c, beta, spec, s, u, n, p, one, 4);
}

TRI_DECL_ZP_CMP(tri_zp_cmp2_ref)
{
    cmp(out, b, c, beta, spec, s, u, n, p, one, 2);
}

/* A rotation by rho is one by 2^t for every bit t that is set in rho. */
TRI_DECL_ZP_ROTATE(tri_zp_rotate_ref)
{
    for (size_t lane = 0; lane < TRI_LANES; lane++)
        for (unsigned t = 0; (size_t)1 << t < n; t++) {
            const unsigned m = (0u - (rho[lane] >> t & 1u)) & 0xff;
            uint8_t old[TRI_PLANES];

            for (size_t i = 0; i < n; i++)
                old[i] = v[i][lane];
            for (size_t i = 0; i < n; i++) {
                const size_t to = (i + ((size_t)1 << t)) % n;

                v[to][lane] = (uint8_t)choose(m, old[i], old[to]);
            }
        }
}

TRI_DECL_ZP_ZERO(tri_zp_zero_ref)
{
    uint64_t m = 0;

    for (size_t lane = 0; lane < TRI_LANES; lane++)
        for (size_t i = 0; i < n; i++)
            m |= (uint64_t)equal(mod(a[i][lane] + b[i][lane], p), 0) << lane;
    return m;
}
