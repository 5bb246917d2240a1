#ifndef TRI_PROTO_VERIFY_PRIME_H
#define TRI_PROTO_VERIFY_PRIME_H

#include "arch/field.h"
#include "proto/verify/coin.h"

/** \file proto/verify/prime.h
 *
 * # A random prime field
 *
 * The prime is public to all who take part in a proof; it is drawn when
 * nothing that it decides about can change any more.
 */

/** Prepare arithmetic modulo an odd p, 2 < p < 2^50. Public. */
void tri_field_init(struct tri_field *f, uint64_t p);

/** 1 if an odd n, 2 < n < 2^50, is prime, else 0: Miller-Rabin with the bases
 *  2, 3, 5, 7, 11, 13, 17, 19, 23, which is a proof below 3.8e18 (Jiang, Deng:
 *  Strong pseudoprimes to the first eight prime bases, 2014). n is public. */
int tri_is_prime(uint64_t n);

/** Prepare a uniform prime of `bits` bits: of every word of the coin the low
 *  ones, with the highest and the lowest set, until one is prime. */
void tri_field_draw(struct tri_field *f, struct tri_coin *coin, unsigned bits);

/** A number of 128 bits modulo p: of random words it is uniform but for
 *  2^-78. */
uint64_t tri_field_wide(const struct tri_field *f, const uint64_t w[2]);

/** `n` such elements of a coin. */
void tri_field_elements(const struct tri_field *f, struct tri_coin *coin,
                        uint64_t *out, size_t n);

#endif
