#ifndef TRI_BOARDS_COMMON_ARMV7_NUMBERS_H
#define TRI_BOARDS_COMMON_ARMV7_NUMBERS_H

#include <stdint.h>

/** \file boards/common/armv7/numbers.h
 *
 * # Numbers of 64 bits, as a compiler asks a library for them
 *
 * Names and conventions are those of Arm IHI 0043: parameters and results are
 * in integer registers. Division is in divide.S.
 */
#ifdef __arm__
#define TRI_ARM_BASE __attribute__((pcs("aapcs")))

/** Rounded once, as IEEE 754 asks for. */
TRI_ARM_BASE double __aeabi_l2d(int64_t v);
TRI_ARM_BASE double __aeabi_ul2d(uint64_t v);

/** Towards zero; v must fit. */
TRI_ARM_BASE int64_t __aeabi_d2lz(double v);
TRI_ARM_BASE uint64_t __aeabi_d2ulz(double v);

/** Zeros below the lowest one; v is not 0. */
int __ctzdi2(uint64_t v);

#endif
#endif
