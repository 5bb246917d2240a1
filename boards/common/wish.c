#include "boards/common/wish.h"

/* The generator below, the ledger above. */
enum { PRG_MASK = 15, LEDGER_SHIFT = 4 };

#define UNIT UINT64_C(1000000)

unsigned tri_wish_ledger(uint64_t spare, uint64_t rtt_ns)
{
    enum { NEAR_MOST = 7, FAR_MOST = 10, FAR_NS = 5000000 };
    const unsigned most = rtt_ns < FAR_NS ? NEAR_MOST : FAR_MOST;
    unsigned wish = 1;

    while (wish < most && UNIT << wish <= spare / 8)
        wish++;
    return wish;
}

uint8_t tri_wish(enum tri_prg_kind prg, unsigned ledger)
{
    return (uint8_t)((unsigned)prg | ledger << LEDGER_SHIFT);
}

enum tri_prg_kind tri_wishes_prg(const uint8_t said[TRI_PARTIES])
{
    for (unsigned j = 0; j < TRI_PARTIES; j++)
        if ((said[j] & PRG_MASK) != TRI_PRG_AES128)
            return TRI_PRG_CHACHA20;
    return TRI_PRG_AES128;
}

size_t tri_wishes_ledger(const uint8_t said[TRI_PARTIES])
{
    unsigned least = 0;

    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        const unsigned wish = said[j] >> LEDGER_SHIFT;

        if (wish != 0 && (least == 0 || wish < least))
            least = wish;
    }
    return least == 0 ? 0 : (size_t)(UNIT << (least - 1));
}
