/* The devices of a Zynq UltraScale+ MPSoC that a party needs: four Ethernet
 * cards (the ZCU102 has a socket for the last one), the card slot, a GICv2. */
#include "boards/common/aarch64/cores.h"
#include "boards/common/arm/fault.h"
#include "boards/common/arm/irq.h"
#include "boards/common/arm/processor.h"
#include "boards/common/board.h"
#include "boards/common/cadence/gem.h"
#include "boards/common/sd/sdhci.h"
#include "boards/common/sd/slot.h"
#include "core/err.h"
#include "core/mem.h"

enum { CARDS = 4, FIRST_CARD = 0xff0b0000, STEP = 0x10000 };
enum { FIRST_IRQ = 89, IRQS = 8 }; /* of each card: frames, wake-up */
enum { SD = 0xff170000 };

/* board.ld leaves it out, table.S maps it without caches. */
enum { SHARED = 0x07e00000, SHARED_BYTES = 0x200000 };
_Static_assert(TRI_CARDS * sizeof(struct tri_gem_shared) <= SHARED_BYTES,
               "what the cards see");

const struct tri_irq_board tri_irq_board = { .distributor = 0xf9010000,
                                             .cpu = 0xf9020000 };
const struct tri_cores_board tri_cores_board = { .stacks = 0x07c00000,
                                                 .smc = 1 };

int tri_board_card(struct tri_partition *s)
{
    static struct tri_sd sd = { .ctx = (void *)(uintptr_t)SD,
                                .read = tri_reg_read,
                                .write = tri_reg_write,
                                .now = tri_board_us };
    const int rc = tri_sdhci_start(&sd);

    *s = (struct tri_partition){ .ctx = &sd,
                                 .get = tri_sdhci_get,
                                 .put = tri_sdhci_put };
    return rc != TRI_OK && !sd.present ? TRI_E_FORMAT : rc;
}

/* ---- the network ----------------------------------------------------------
 */

static struct tri_gem registers(unsigned card)
{
    return (struct tri_gem){ .ctx =
                                 (void *)(uintptr_t)(FIRST_CARD + STEP * card),
                             .read = tri_reg_read,
                             .write = tri_reg_write };
}

void tri_board_still(void)
{
    for (unsigned i = 0; i < CARDS; i++) {
        const struct tri_gem g = registers(i);

        (void)tri_gem_stop(&g);
    }
}

static void wait(void *ctx, uint64_t until)
{
    (void)ctx;
    tri_irq_wait(FIRST_IRQ, IRQS, until);
}

/* Those that a boot loader, or the emulator, has given an address, the lowest
 * first; that of the first one is the address of all. */
int tri_board_net(struct tri_ether_driver *d, uint8_t own[TRI_ETHER_MAC])
{
    static struct tri_cards cards;
    static struct tri_gem gem[TRI_CARDS];
    struct tri_nic card;

    memset(&cards, 0, sizeof cards);
    /* A loader may have had it in caches. */
    tri_board_clean((const uint8_t *)(uintptr_t)SHARED, SHARED_BYTES);
    for (unsigned i = 0; i < CARDS && cards.n < TRI_CARDS; i++) {
        struct tri_gem *const g = &gem[cards.n];
        uint8_t mac[TRI_ETHER_MAC];

        *g = registers(i);
        g->mem = (struct tri_gem_shared *)(uintptr_t)SHARED + cards.n;
        g->bus = SHARED + (uint32_t)(cards.n * sizeof *g->mem);
        if (!tri_gem_start(g, cards.n > 0 ? cards.own : NULL, mac, &card))
            continue;
        memcpy(cards.own, mac, TRI_ETHER_MAC);
        (void)tri_cards_add(&cards, &card);
    }
    if (cards.n == 0)
        return TRI_E_IO;
    memcpy(own, cards.own, TRI_ETHER_MAC);
    tri_cards_driver(&cards, d);
    d->name = "gem";
    d->wait = wait;
    return TRI_OK;
}
