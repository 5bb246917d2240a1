#ifndef TRI_ARCH_FILL_H
#define TRI_ARCH_FILL_H

#include "arch/kernels.h"

/** \file arch/fill.h
 *
 * For the fillers: one macro for each family, which takes all of its slots of
 * the table `k` for the kernels of one instruction set.
 */
#define FILL_SLOT(isa, form, name) table_->name = tri_##name##_##isa;
#define FILL_FAMILY(k, FAMILY, isa, called)   \
    do {                                      \
        struct tri_kernels *const table_ = k; \
        FAMILY(FILL_SLOT, isa)                \
        table_->called = #isa;                \
    } while (0)

#define FILL_RING(k, isa) FILL_FAMILY(k, TRI_RING_FAMILY, isa, ring_name)
#define FILL_ZP(k, isa)   FILL_FAMILY(k, TRI_ZP_FAMILY, isa, zp_name)
#define FILL_LANE(k, isa) FILL_FAMILY(k, TRI_LANE_FAMILY, isa, lane_name)
/* With what brings words into planes. */
#define FILL_CHAIN(k, isa)                                 \
    do {                                                   \
        FILL_FAMILY(k, TRI_CHAIN_FAMILY, isa, chain_name); \
        (k)->slice_transpose = tri_slice_transpose_##isa;  \
    } while (0)
#define FILL_AES(k, isa)    FILL_FAMILY(k, TRI_AES_FAMILY, isa, aes_name)
#define FILL_SLICE(k, isa)  FILL_FAMILY(k, TRI_SLICE_FAMILY, isa, slice_name)
#define FILL_GF(k, isa)     FILL_FAMILY(k, TRI_GF_FAMILY, isa, gf_name)
#define FILL_FIELD(k, isa)  FILL_FAMILY(k, TRI_FIELD_FAMILY, isa, field_name)
#define FILL_WORDS(k, isa)  FILL_FAMILY(k, TRI_WORDS_FAMILY, isa, words_name)
#define FILL_NARROW(k, isa) FILL_FAMILY(k, TRI_NARROW_FAMILY, isa, narrow_name)

#define FILL_GEMM(k, isa, pairs_, mr_, nr_, mc_, kc_, nc_) \
    do {                                                   \
        (k)->gemm = (struct tri_gemm_kernel){              \
            .fn = tri_gemm_##isa,                          \
            .pairs = (pairs_),                             \
            .ku = (pairs_) != NULL ? 2 : 1,                \
            .weave = tri_weave_##isa,                      \
            .mr = (mr_),                                   \
            .nr = (nr_),                                   \
            .mc = (mc_),                                   \
            .kc = (kc_),                                   \
            .nc = (nc_),                                   \
        };                                                 \
        (k)->gemm_name = #isa;                             \
    } while (0)

#define FILL_CHACHA20(k, isa)               \
    do {                                    \
        (k)->chacha20 = tri_chacha20_##isa; \
        (k)->chacha20_name = #isa;          \
    } while (0)

#define FILL_XOR(k, isa)                \
    do {                                \
        (k)->xor_bytes = tri_xor_##isa; \
        (k)->xor_name = #isa;           \
    } while (0)

#define FILL_POLY1305(k, isa)               \
    do {                                    \
        (k)->poly1305 = tri_poly1305_##isa; \
        (k)->poly1305_name = #isa;          \
    } while (0)

#endif
