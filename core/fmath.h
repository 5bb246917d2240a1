#ifndef TRI_CORE_FMATH_H
#define TRI_CORE_FMATH_H

/** \file core/fmath.h
 *
 * # Elementary functions without a math library
 *
 * For public numbers only (initial weights, learning rates): they branch on
 * their argument. The result is the same on every IEEE 754 platform, which
 * parties on different machines depend on: the build never contracts a product
 * and a sum (-ffp-contract=off).
 */

/** Natural logarithm of a finite x > 0; relative error below 2^-50, absolute
 *  error below 2^-52 near x = 1. 0 for anything else. */
double tri_log(double x);

/** Square root of a finite x >= 0, off by at most one unit in the last place.
 *  0 for anything else. */
double tri_sqrt(double x);

/** e^x for |x| <= 700, relative error below 2^-48; 0 below, and for NaN; the
 *  value at 700 above. */
double tri_exp(double x);

/** Cosine of 0 <= x <= pi, absolute error below 2^-50; at the nearer end for
 *  what is outside. */
double tri_cos(double x);

/** 2^e, -1022 <= e <= 1023. */
double tri_pow2(int e);

/** The integer next to x; halves go away from zero. 2^62 or -2^62 for what is
 *  not between them, 0 for NaN. */
long long tri_round(double x);

#endif
