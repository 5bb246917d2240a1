/* Comparisons over Z_127: the definitions of arch/kernels.h, one element at a
 * time. Never optimise this file.
 *
 * It also runs where no variant exists, on secrets: no branch, no address and
 * no division depends on an element. Truth values are 0 or 1 by arithmetic on
 * unsigned, whose range no sum or product here comes near. */
#include "arch/kernels.h"

static const unsigned p = TRI_ZP;

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

/* x mod p for x < 2^14. As 2^7 = 1 mod p, the bits from 7 up may be added to
 * those below; after three times x <= p. */
static unsigned mod(unsigned x)
{
    for (unsigned i = 0; i < 3; i++)
        x = (x & p) + (x >> 7);
    return x - p * equal(x, p);
}

TRI_DECL_ZP_BITS(tri_zp_bits_ref)
{
    for (size_t i = 0; i < n; i++)
        for (size_t lane = 0; lane < TRI_LANES; lane++)
            out[i][lane] = (uint8_t)(v[lane] >> i & 1);
}

TRI_DECL_ZP_UNPACK(tri_zp_unpack_ref)
{
    for (size_t lane = 0; lane < TRI_LANES; lane++)
        for (size_t i = 0; i < n; i++) {
            unsigned e = 0;

            for (size_t b = 0; b < 7; b++) {
                const size_t at = i * 7 + b;

                e |= (in[at / 8][lane] >> at % 8 & 1u) << b;
            }
            out[i][lane] = (uint8_t)e;
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
            out[i][lane] = (uint8_t)mod(a[i][lane] + p - b[i][lane]);
}

/*
 * With g the share of x, which is a bit: [x > c] is g where c = 0, else 0,
 * [x < c] is one - g where c = 1, and [x = c] = one - [x > c] - [x < c].
 */
TRI_DECL_ZP_CMP(tri_zp_cmp_ref)
{
    for (size_t lane = 0; lane < TRI_LANES; lane++) {
        unsigned sum = 0; /* over higher bits k of (1 - [x_k = c_k]) */

        for (size_t i = n; i-- > 0;) {
            const unsigned ui = one ? u[i][lane] : p - u[i][lane];
            const unsigned set = c[i][lane] * 0xffu, g = b[i][lane];
            const unsigned gt = choose(set, 0, g);
            const unsigned lt = choose(set, one + p - g, 0);
            const unsigned decides = choose(beta[lane], gt, lt);
            unsigned e = mod(one + 2 * p - decides + sum);

            sum = mod(sum + gt + lt);
            e = choose(spec[lane], i == 0 ? 0 : one, e);
            out[i][lane] = (uint8_t)mod(mod(s[i][lane] * e) + ui);
        }
    }
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
            m |= (uint64_t)equal(mod(a[i][lane] + b[i][lane]), 0) << lane;
    return m;
}
