#include "core/aes.h"

#include "arch/ref/aes_sbox.h"
#include "core/mem.h"

/* FIPS 197, 5.2, with Nk = 4. */
void tri_aes_expand(uint8_t rk[TRI_AES_KEY_BYTES], const uint8_t key[16])
{
    uint64_t rcon = 1;

    memcpy(rk, key, 16);
    for (unsigned i = 16; i < TRI_AES_KEY_BYTES; i += 4) {
        uint32_t w, before;

        memcpy(&w, rk + i - 4, sizeof w);
        if (i % 16 == 0) {
            w = w >> 8 | w << 24; /* RotWord of a little-endian word */
            w = (uint32_t)tri_aes_sbox(w) ^ (uint32_t)rcon;
            rcon = tri_aes_xtime(rcon);
        }
        memcpy(&before, rk + i - 16, sizeof before);
        w ^= before;
        memcpy(rk + i, &w, sizeof w);
    }
}
