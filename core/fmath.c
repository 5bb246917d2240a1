#include <stdint.h>
#include "core/fmath.h"
#include "core/mem.h"

double tri_pow2(int e)
{
    const uint64_t bits = (uint64_t)(1023 + e) << 52;
    double x;

    memcpy(&x, &bits, sizeof x);
    return x;
}

long long tri_round(double x)
{
    const double most = tri_pow2(62);
    long long n;
    double rest;

    if (!(x > -most && x < most))
        return x > 0 ? 1ll << 62 : x < 0 ? -(1ll << 62) : 0;
    n = (long long)x; /* towards zero */
    rest = x - (double)n;
    return rest >= 0.5 ? n + 1 : rest <= -0.5 ? n - 1 : n;
}

/* x = m * 2^e with sqrt(1/2) <= m < sqrt(2); x finite and positive. */
static double split(double x, int *e)
{
    uint64_t bits;
    double m;

    *e = 0;
    if (x < tri_pow2(-1022)) { /* subnormal: make it normal */
        x *= tri_pow2(54);
        *e = -54;
    }
    memcpy(&bits, &x, sizeof bits);
    *e += (int)(bits >> 52) - 1023;
    bits = (bits & (((uint64_t)1 << 52) - 1)) | (uint64_t)1023 << 52;
    memcpy(&m, &bits, sizeof m);
    if (m >= 1.4142135623730951) {
        m *= 0.5;
        *e += 1;
    }
    return m;
}

static int usable(double x)
{
    return x > 0 && x - x == 0; /* neither NaN nor infinite */
}

/*
 * log m = 2 artanh s with s = (m - 1) / (m + 1), |s| <= 0.1716: the series
 * 2(s + s^3/3 + s^5/5 + ...) up to s^21 leaves out less than 2^-58 of it.
 */
double tri_log(double x)
{
    int e;
    double m, s, s2, sum = 0;

    if (!usable(x))
        return 0;
    m = split(x, &e);
    s = (m - 1) / (m + 1);
    s2 = s * s;
    for (int i = 21; i >= 3; i -= 2)
        sum = (sum + 1.0 / i) * s2;
    return e * 0.69314718055994530942 + (2 * s + 2 * s * sum);
}

/*
 * Newton's iteration for 1/sqrt on m in [1/2, 2): a linear guess is off by
 * less than 9 %, and five steps square the error down to nothing; the last
 * correction works on the root itself.
 */
double tri_sqrt(double x)
{
    int e;
    double m, r, root;

    if (!usable(x))
        return 0;
    m = split(x, &e);
    if (e & 1) {
        m *= 0.5;
        e += 1;
    }
    r = 1.79 - 0.80 * m; /* m is in [0.35, 1.42) now */
    for (int i = 0; i < 6; i++)
        r *= 1.5 - 0.5 * m * r * r;
    root = m * r;
    root += 0.5 * r * (m - root * root);
    return root * tri_pow2(e / 2);
}

/*
 * x = n log 2 + r, |r| <= 0.35; log 2 in two parts, the first with 21 zero
 * bits at its end, so that n times it is exact. The series up to r^14 leaves
 * out less than 2^-58.
 */
double tri_exp(double x)
{
    const double hi = 0x1.62e42feep-1, lo = 0x1.a39ef35793c76p-33;
    double r, sum = 1;
    int n;

    if (!(x >= -700))
        return 0;
    if (x > 700)
        x = 700;
    n = (int)tri_round(x / 0.69314718055994530942);
    r = x - n * hi - n * lo;
    for (int i = 14; i >= 1; i--)
        sum = 1 + sum * r / i;
    return sum * tri_pow2(n);
}

/* The series up to x^22 on [0, pi/2], where it leaves out less than 2^-60;
 * reflected beyond. */
double tri_cos(double x)
{
    const double pi = 3.14159265358979323846;
    double sum = 1;
    int up = 1;

    if (!(x > 0))
        return 1;
    if (x >= pi)
        return -1;
    if (x > pi / 2) {
        x = pi - x;
        up = 0;
    }
    for (int i = 22; i >= 2; i -= 2)
        sum = 1 - sum * x * x / (i * (i - 1));
    return up ? sum : -sum;
}
