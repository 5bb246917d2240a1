#ifndef TRI_ARCH_FILL_H
#define TRI_ARCH_FILL_H

#include "arch/kernels.h"

/** \file arch/fill.h
 *
 * For the fillers: one macro for each family, which takes all of its slots of
 * the table `k` for the kernels of one instruction set.
 */
#define FILL_RING(k, isa)                 \
    do {                                  \
        (k)->add = tri_add_##isa;         \
        (k)->sub = tri_sub_##isa;         \
        (k)->mul = tri_mul_##isa;         \
        (k)->muladd = tri_muladd_##isa;   \
        (k)->addc = tri_addc_##isa;       \
        (k)->rsubc = tri_rsubc_##isa;     \
        (k)->scale = tri_scale_##isa;     \
        (k)->axpy = tri_axpy_##isa;       \
        (k)->axpys = tri_axpys_##isa;     \
        (k)->dot = tri_dot_##isa;         \
        (k)->shr = tri_shr_##isa;         \
        (k)->rss_mul = tri_rss_mul_##isa; \
        (k)->ring_name = #isa;            \
    } while (0)

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

#define FILL_AES(k, isa)                  \
    do {                                  \
        (k)->aes_ctr = tri_aes_ctr_##isa; \
        (k)->ghash = tri_ghash_##isa;     \
        (k)->gcm = tri_gcm_##isa;         \
        (k)->aes_name = #isa;             \
    } while (0)

#define FILL_ZP(k, isa)                       \
    do {                                      \
        (k)->zp_digits = tri_zp_digits_##isa; \
        (k)->zp_unpack = tri_zp_unpack_##isa; \
        (k)->zp_pack = tri_zp_pack_##isa;     \
        (k)->zp_reject = tri_zp_reject_##isa; \
        (k)->zp_fill = tri_zp_fill_##isa;     \
        (k)->zp_sub = tri_zp_sub_##isa;       \
        (k)->zp_deal = tri_zp_deal_##isa;     \
        (k)->zp_cmp4 = tri_zp_cmp4_##isa;     \
        (k)->zp_cmp2 = tri_zp_cmp2_##isa;     \
        (k)->zp_rotate = tri_zp_rotate_##isa; \
        (k)->zp_zero = tri_zp_zero_##isa;     \
        (k)->zp_name = #isa;                  \
    } while (0)

#define FILL_LANE(k, isa)                         \
    do {                                          \
        (k)->lane_mask = tri_lane_mask_##isa;     \
        (k)->lane_join = tri_lane_join_##isa;     \
        (k)->lane_test = tri_lane_test_##isa;     \
        (k)->lane_bits = tri_lane_bits_##isa;     \
        (k)->lane_pack = tri_lane_pack_##isa;     \
        (k)->lane_spread = tri_lane_spread_##isa; \
        (k)->lane_share = tri_lane_share_##isa;   \
        (k)->lane_pick = tri_lane_pick_##isa;     \
        (k)->lane_keep = tri_lane_keep_##isa;     \
        (k)->lane_flip = tri_lane_flip_##isa;     \
        (k)->lane_choose = tri_lane_choose_##isa; \
        (k)->lane_trunc = tri_lane_trunc_##isa;   \
        (k)->lane_name = #isa;                    \
    } while (0)

#define FILL_SLICE(k, isa)                                \
    do {                                                  \
        (k)->slice_transpose = tri_slice_transpose_##isa; \
        (k)->slice_and = tri_slice_and_##isa;             \
        (k)->slice_maj = tri_slice_maj_##isa;             \
        (k)->slice_name = #isa;                           \
    } while (0)

#define FILL_GF(k, isa)                     \
    do {                                    \
        (k)->gf_mul = tri_gf_mul_##isa;     \
        (k)->gf_dot = tri_gf_dot_##isa;     \
        (k)->gf_comb = tri_gf_comb_##isa;   \
        (k)->gf_gram = tri_gf_gram_##isa;   \
        (k)->gf_map = tri_gf_map_##isa;     \
        (k)->gf_fold = tri_gf_fold_##isa;   \
        (k)->gf_cross = tri_gf_cross_##isa; \
        (k)->gf_name = #isa;                \
    } while (0)

#define FILL_FIELD(k, isa)                            \
    do {                                              \
        (k)->field_weights = tri_field_weights_##isa; \
        (k)->field_scale = tri_field_scale_##isa;     \
        (k)->field_comb = tri_field_comb_##isa;       \
        (k)->field_fold = tri_field_fold_##isa;       \
        (k)->field_values = tri_field_values_##isa;   \
        (k)->field_name = #isa;                       \
    } while (0)

#define FILL_WORDS(k, isa)                            \
    do {                                              \
        (k)->words_carry = tri_words_carry_##isa;     \
        (k)->words_project = tri_words_project_##isa; \
        (k)->words_dots = tri_words_dots_##isa;       \
        (k)->words_name = #isa;                       \
    } while (0)

#endif
