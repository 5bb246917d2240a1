#ifndef TRI_CORE_AES_H
#define TRI_CORE_AES_H

#include <stdint.h>
#include "arch/kernels.h"

/** \file core/aes.h
 *
 * # AES-128 (FIPS 197): the key schedule
 *
 * Everything else about AES happens in kernels (arch/kernels.h). Constant
 * time: the S-box is computed, not looked up.
 */

/** Round keys of `key`. */
void tri_aes_expand(uint8_t rk[TRI_AES_KEY_BYTES], const uint8_t key[16]);

#endif
