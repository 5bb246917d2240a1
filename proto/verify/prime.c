#include "proto/verify/prime.h"
#include "core/mem.h"

/* floor((2^128 - 1) / d) - 2^64 for d >= 2^63. */
static uint64_t reciprocal(uint64_t d)
{
    uint64_t rest = ~d, q = 0;

    for (unsigned i = 0; i < 64; i++) {
        const uint64_t over = rest >> 63;

        rest = rest << 1 | 1;
        q <<= 1;
        if (over != 0 || rest >= d) {
            rest -= d;
            q |= 1;
        }
    }
    return q;
}

void tri_field_init(struct tri_field *f, uint64_t p)
{
    f->p = p;
    f->shift = 0;
    while (p << f->shift >> 63 == 0)
        f->shift++;
    f->scaled = p << f->shift;
    f->recip = reciprocal(f->scaled);
    f->minus = p; /* right modulo 2^3; each step doubles the bits */
    for (unsigned i = 0; i < 5; i++)
        f->minus *= 2 - p * f->minus;
    f->minus = 0 - f->minus;
    f->two104 = 1;
    for (unsigned i = 0; i < 2; i++)
        f->two104 = tri_field_mul(f, f->two104, (uint64_t)1 << 52);
}

/* Whether base `a` fails to show that n = 2^s * d + 1 is composite. */
static int passes(const struct tri_field *f, uint64_t a)
{
    uint64_t d = f->p - 1, x = 1;
    unsigned s = 0;

    a %= f->p;
    if (a == 0)
        return 1;
    for (; d % 2 == 0; d /= 2)
        s++;
    for (uint64_t bit = (uint64_t)1 << 63; bit != 0; bit >>= 1) {
        x = tri_field_mul(f, x, x);
        if (d & bit)
            x = tri_field_mul(f, x, a);
    }
    if (x == 1)
        return 1;
    for (; s > 0; s--) {
        if (x == f->p - 1)
            return 1;
        x = tri_field_mul(f, x, x);
    }
    return 0;
}

int tri_is_prime(uint64_t n)
{
    static const uint64_t bases[] = { 2, 3, 5, 7, 11, 13, 17, 19, 23 };
    struct tri_field f;

    for (size_t i = 1; i < sizeof bases / sizeof *bases; i++)
        if (n % bases[i] == 0)
            return n == bases[i];
    tri_field_init(&f, n);
    for (size_t i = 0; i < sizeof bases / sizeof *bases; i++)
        if (!passes(&f, bases[i]))
            return 0;
    return 1;
}

void tri_field_draw(struct tri_field *f, struct tri_coin *coin, unsigned bits)
{
    const uint64_t top = (uint64_t)1 << (bits - 1);
    uint64_t n;

    do {
        tri_coin_words(coin, &n, 1);
        n = (n & (top - 1)) | top | 1;
    } while (!tri_is_prime(n));
    tri_field_init(f, n);
}

uint64_t tri_field_wide(const struct tri_field *f, const uint64_t w[2])
{
    const uint64_t lo = tri_field_mul(f, 1, w[0]);
    uint64_t hi = tri_field_mul(f, 1, w[1]);

    for (unsigned i = 0; i < 2; i++)
        hi = tri_field_mul(f, hi, (uint64_t)1 << 32);
    return tri_field_add(f, hi, lo);
}

void tri_field_elements(const struct tri_field *f, struct tri_coin *coin,
                        uint64_t *out, size_t n)
{
    uint64_t w[2];

    for (size_t i = 0; i < n; i++) {
        tri_coin_words(coin, w, 2);
        out[i] = tri_field_wide(f, w);
    }
    tri_wipe(w, sizeof w);
}
