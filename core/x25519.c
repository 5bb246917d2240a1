/* Field elements modulo p = 2^255 - 19 are five limbs of 51 bits, lowest
 * first, in 64-bit words. "Reduced" here means limbs below 2^51 + 2^14, not a
 * value below p. Sums and differences of two reduced elements have limbs
 * below 2^53, and products take such limbs: 5 * 19 * 2^106 < 2^113. */
#include "core/x25519.h"

#include "core/ct.h"
#include "core/err.h"
#include "core/le.h"
#include "core/mem.h"
#include "arch/wide.h"

struct fe {
    uint64_t v[5];
};

#define LOW51 (((uint64_t)1 << 51) - 1)

static void fe_load(struct fe *z, const uint8_t in[32])
{
    const uint64_t w0 = tri_le_load64(in), w1 = tri_le_load64(in + 8),
                   w2 = tri_le_load64(in + 16), w3 = tri_le_load64(in + 24);

    z->v[0] = w0 & LOW51;
    z->v[1] = (w0 >> 51 | w1 << 13) & LOW51;
    z->v[2] = (w1 >> 38 | w2 << 26) & LOW51;
    z->v[3] = (w2 >> 25 | w3 << 39) & LOW51;
    z->v[4] = w3 >> 12 & LOW51; /* bit 255 is dropped */
}

/* Bring limbs below 2^51 except for a few bits in limb 1. */
static void fe_carry(struct fe *z)
{
    uint64_t c = 0;

    for (unsigned i = 0; i < 5; i++) {
        z->v[i] += c;
        c = z->v[i] >> 51;
        z->v[i] &= LOW51;
    }
    z->v[0] += 19 * c;
}

static void fe_store(uint8_t out[32], const struct fe *x)
{
    struct fe z = *x;
    uint64_t w[4], c;

    /* Twice: then z < 2^255, so z < 2p, and one subtraction is enough. */
    fe_carry(&z);
    fe_carry(&z);
    /* c = [z >= p] = bit 255 of z + 19 */
    c = (z.v[0] + 19) >> 51;
    for (unsigned i = 1; i < 5; i++)
        c = (z.v[i] + c) >> 51;
    z.v[0] += 19 * c;
    for (unsigned i = 0; i < 4; i++) {
        z.v[i + 1] += z.v[i] >> 51;
        z.v[i] &= LOW51;
    }
    z.v[4] &= LOW51;

    w[0] = z.v[0] | z.v[1] << 51;
    w[1] = z.v[1] >> 13 | z.v[2] << 38;
    w[2] = z.v[2] >> 26 | z.v[3] << 25;
    w[3] = z.v[3] >> 39 | z.v[4] << 12;
    for (unsigned i = 0; i < 4; i++)
        tri_le_store64(out + 8 * i, w[i]);
    tri_wipe(&z, sizeof z);
    tri_wipe(w, sizeof w);
}

static void fe_add(struct fe *z, const struct fe *x, const struct fe *y)
{
    for (unsigned i = 0; i < 5; i++)
        z->v[i] = x->v[i] + y->v[i];
}

/* x + 2p - y, so that no limb goes below 0. */
static void fe_sub(struct fe *z, const struct fe *x, const struct fe *y)
{
    z->v[0] = x->v[0] + 2 * (LOW51 - 18) - y->v[0];
    for (unsigned i = 1; i < 5; i++)
        z->v[i] = x->v[i] + 2 * LOW51 - y->v[i];
}

/* Limbs of 51 bits from five sums below 2^113, the last one, without the
 * factor 19, below 2^109: so 19 times its carry stays below 2^63. */
static void fe_settle(struct fe *z, struct tri_wide t[5])
{
    uint64_t c = 0;

    for (unsigned i = 0; i < 5; i++) {
        t[i] = tri_wide_add(t[i], (struct tri_wide){ c, 0 });
        z->v[i] = t[i].lo & LOW51;
        c = t[i].lo >> 51 | t[i].hi << 13;
    }
    z->v[0] += 19 * c;
    z->v[1] += z->v[0] >> 51;
    z->v[0] &= LOW51;
}

static void fe_mul(struct fe *z, const struct fe *x, const struct fe *y)
{
    struct tri_wide t[5];

    for (unsigned k = 0; k < 5; k++) {
        t[k] = (struct tri_wide){ 0, 0 };
        for (unsigned i = 0; i < 5; i++) {
            /* 2^(51*5) = 19 mod p */
            const uint64_t b = i <= k ? y->v[k - i] : 19 * y->v[k + 5 - i];

            t[k] = tri_wide_muladd(t[k], x->v[i], b);
        }
    }
    fe_settle(z, t);
}

static void fe_mul_small(struct fe *z, const struct fe *x, uint64_t y)
{
    struct tri_wide t[5];

    for (unsigned k = 0; k < 5; k++)
        t[k] = tri_wide_mul(x->v[k], y);
    fe_settle(z, t);
}

/* z = x^(2^n), n > 0. */
static void fe_square(struct fe *z, const struct fe *x, unsigned n)
{
    fe_mul(z, x, x);
    while (--n > 0)
        fe_mul(z, z, z);
}

/* z = x^(p - 2) = 1/x, 0 for 0; p - 2 = 2^255 - 21. eN = x^(2^N - 1). */
static void fe_invert(struct fe *z, const struct fe *x)
{
    struct fe x11, e5, e10, e50, t;

    fe_square(&t, x, 1);    /* 2 */
    fe_square(&e5, &t, 2);  /* 8 */
    fe_mul(&e5, &e5, x);    /* 9 */
    fe_mul(&x11, &e5, &t);  /* 11 */
    fe_square(&t, &x11, 1); /* 22 */
    fe_mul(&e5, &t, &e5);   /* 31 */
    fe_square(&t, &e5, 5);
    fe_mul(&e10, &t, &e5);
    fe_square(&t, &e10, 10);
    fe_mul(&e50, &t, &e10); /* e20 */
    fe_square(&t, &e50, 20);
    fe_mul(&t, &t, &e50); /* e40 */
    fe_square(&t, &t, 10);
    fe_mul(&e50, &t, &e10);
    fe_square(&t, &e50, 50);
    fe_mul(&e10, &t, &e50); /* e100 */
    fe_square(&t, &e10, 100);
    fe_mul(&t, &t, &e10); /* e200 */
    fe_square(&t, &t, 50);
    fe_mul(&t, &t, &e50); /* e250 */
    fe_square(&t, &t, 5); /* 2^255 - 2^5 */
    fe_mul(z, &t, &x11);
    tri_wipe(&x11, sizeof x11);
    tri_wipe(&e5, sizeof e5);
    tri_wipe(&e10, sizeof e10);
    tri_wipe(&e50, sizeof e50);
    tri_wipe(&t, sizeof t);
}

struct ladder {
    struct fe x1, x2, z2, x3, z3;
    struct fe a, b, c, d, e;
};

static void swap(uint64_t mask, struct fe *x, struct fe *y)
{
    for (unsigned i = 0; i < 5; i++)
        tri_ct_swap(mask, &x->v[i], &y->v[i]);
}

/* RFC 7748, section 5: (x2 : z2) doubles, (x3 : z3) becomes the sum; the
 * names are the RFC's, with AA, BB, DA and CB in place of their factors. */
static void step(struct ladder *s)
{
    fe_add(&s->a, &s->x2, &s->z2);
    fe_sub(&s->b, &s->x2, &s->z2);
    fe_add(&s->c, &s->x3, &s->z3);
    fe_sub(&s->d, &s->x3, &s->z3);
    fe_mul(&s->d, &s->d, &s->a);
    fe_mul(&s->c, &s->c, &s->b);
    fe_square(&s->a, &s->a, 1);
    fe_square(&s->b, &s->b, 1);
    fe_add(&s->x3, &s->d, &s->c);
    fe_square(&s->x3, &s->x3, 1);
    fe_sub(&s->z3, &s->d, &s->c);
    fe_square(&s->z3, &s->z3, 1);
    fe_mul(&s->z3, &s->z3, &s->x1);
    fe_mul(&s->x2, &s->a, &s->b);
    fe_sub(&s->e, &s->a, &s->b);
    fe_mul_small(&s->b, &s->e, 121665);
    fe_add(&s->a, &s->a, &s->b);
    fe_mul(&s->z2, &s->e, &s->a);
}

int tri_x25519(uint8_t out[32], const uint8_t key[32], const uint8_t point[32])
{
    static const uint8_t zero[32];
    struct ladder s;
    uint8_t k[32];
    uint64_t swapped = 0;

    memcpy(k, key, sizeof k);
    k[0] &= 248;
    k[31] &= 127;
    k[31] |= 64;

    memset(&s, 0, sizeof s);
    fe_load(&s.x1, point);
    s.x2.v[0] = 1;
    s.x3 = s.x1;
    s.z3.v[0] = 1;
    for (unsigned t = 255; t-- > 0;) {
        const uint64_t bit = (uint64_t)k[t / 8] >> t % 8 & 1;
        const uint64_t mask = tri_ct_mask(bit ^ swapped);

        swap(mask, &s.x2, &s.x3);
        swap(mask, &s.z2, &s.z3);
        swapped = bit;
        step(&s);
    }
    swap(tri_ct_mask(swapped), &s.x2, &s.x3);
    swap(tri_ct_mask(swapped), &s.z2, &s.z3);
    fe_invert(&s.z2, &s.z2);
    fe_mul(&s.x2, &s.x2, &s.z2);
    fe_store(out, &s.x2);

    tri_wipe(&s, sizeof s);
    tri_wipe(k, sizeof k);
    return tri_ct_public(tri_ct_equal(out, zero, sizeof zero)) ? TRI_E_CRYPTO
                                                               : TRI_OK;
}

void tri_x25519_public(uint8_t out[32], const uint8_t key[32])
{
    static const uint8_t base[32] = { 9 };

    /* Never 0: the base point's order is a large prime and the clamped key
     * is not a multiple of it. */
    (void)tri_x25519(out, key, base);
}
