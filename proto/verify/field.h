#ifndef TRI_PROTO_VERIFY_FIELD_H
#define TRI_PROTO_VERIFY_FIELD_H

#include "arch/kernels.h"

/** \file proto/verify/field.h
 *
 * # Polynomials over G64
 *
 * The fields are those of arch/kernels.h. G8 lies in G64: the embedding phi
 * takes t to a root of its polynomial, and is linear on bits. A number n used
 * as an element of G64 is the sum of X^b over its bits b.
 *
 * Polynomials are given by their values on K nodes, K a power of two, which are
 * a group under +: the numbers 0..K-1, or the images of 0..K-1 in G8.
 */
enum { TRI_FIELD_NODES = 256 };

/** M[h] = phi(t^h) * X^c for h = 8c + b: with this matrix T a word of bytes
 *  t_c becomes the sum of phi(t_c) * X^c, one to one. */
void tri_field_tower(const struct tri_kernels *k, uint64_t T[64]);

/** Nodes s[0..n) = phi(0), phi(1), ...; n <= 256. */
void tri_field_nodes(const struct tri_kernels *k, uint64_t *s, size_t n);

/** x*y. */
uint64_t tri_field_mul(const struct tri_kernels *k, uint64_t x, uint64_t y);

/**
 * Lagrange's polynomials at r: the value at r of a polynomial f of degree below
 * n is the sum of L[j] * f(s[j]).
 * \param s  n <= TRI_FIELD_NODES nodes, n a power of two: those of
 *           tri_field_nodes(), or NULL: 0..n-1
 */
void tri_field_lagrange(const struct tri_kernels *k, uint64_t *L,
                        const uint64_t *s, size_t n, uint64_t r);

/** The product of r + j over j < n. */
uint64_t tri_field_zero(const struct tri_kernels *k, size_t n, uint64_t r);

/** Non-zero (a mask) if r is in the image of G8. */
uint64_t tri_field_in_small(const struct tri_kernels *k, uint64_t r);

#endif
