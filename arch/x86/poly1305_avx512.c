/* Poly1305, 8 blocks side by side, 16 in one step; reached only through the
 * kernel table. */
#include <immintrin.h>

#include "arch/kernels.h"

#include "arch/x86/poly1305_avx512.inc"

/* h = ((h + Ma) * r^8 + Mb) * r^8 for each 16 blocks but the last, where the
 * lanes take the powers that their blocks lack. */
TRI_DECL_POLY1305(tri_poly1305_avx512)
{
    const size_t wide = nblocks < TRI_POLY1305_WIDE ? 0 : nblocks / 16;

    if (wide > 0) {
        const __m512i closing = _mm512_set1_epi64((long long)hibit << 24);
        struct factor r16, r8;
        struct limbs x, m, d;

        power(&r16, p, 16);
        power(&r8, p, 8);
        for (unsigned l = 0; l < 5; l++)
            x.v[l] = _mm512_set_epi64(0, 0, 0, 0, 0, 0, 0, h[l]);
        for (size_t i = 1; i < wide; i++, in += 256) {
            split(&m, in, closing);
            add(&x, &m);
            mul(&d, &x, &r16);
            split(&m, in + 128, closing);
            muladd(&d, &m, &r8);
            carry(&d);
            for (unsigned l = 0; l < 5; l++)
                x.v[l] = d.v[l];
        }
        powers(&r16, p, 9);
        powers(&r8, p, 1);
        split(&m, in, closing);
        add(&x, &m);
        mul(&d, &x, &r16);
        split(&m, in + 128, closing);
        muladd(&d, &m, &r8);
        carry(&d);
        fold(h, &d);
        in += 256;
        nblocks -= 16 * wide;
    }
    tri_poly1305_ref(h, p, in, nblocks, hibit);
}
