#include "arch/fill.h"

unsigned tri_fill_ref(struct tri_kernels *k, unsigned cpu)
{
    (void)cpu;
    FILL_RING(k, ref);
    FILL_GEMM(k, ref, NULL, 4, 4, 64, 256, 512);
    FILL_CHACHA20(k, ref);
    FILL_XOR(k, ref);
    FILL_POLY1305(k, ref);
    FILL_ZP(k, ref);
    FILL_CHAIN(k, ref);
    FILL_LANE(k, ref);
    return 0;
}

unsigned tri_fill_aes_ref(struct tri_kernels *k, unsigned cpu)
{
    (void)cpu;
    k->aes_expand = tri_aes_expand_ref;
    FILL_AES(k, ref);
    return 0;
}

unsigned tri_fill_slice_ref(struct tri_kernels *k, unsigned cpu)
{
    (void)cpu;
    FILL_SLICE(k, ref);
    FILL_GF(k, ref);
    FILL_FIELD(k, ref);
    FILL_WORDS(k, ref);
    FILL_NARROW(k, ref);
    return 0;
}
