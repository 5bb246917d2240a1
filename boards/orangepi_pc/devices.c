/* The devices of an Allwinner H3 that a party needs: its Ethernet card, the
 * card slot, a GICv2, a watchdog, for it is that which starts the board anew.
 */
#include "boards/common/allwinner/emac.h"
#include "boards/common/allwinner/mmc.h"
#include "boards/common/arm/irq.h"
#include "boards/common/arm/processor.h"
#include "boards/common/board.h"
#include "boards/common/print.h"
#include "boards/common/sd/slot.h"
#include "core/err.h"
#include "core/mem.h"

enum { EMAC = 0x01c30000, EMAC_IRQ = 114, TRANSCEIVER = 1 };
enum { SD = 0x01c0f000, WATCHDOG = 0x01c20ca0 };

/* board.ld leaves it out, table.S maps it without caches. */
enum { SHARED = 0x47e00000, SHARED_BYTES = 0x200000 };
_Static_assert(sizeof(struct tri_emac_shared) <= SHARED_BYTES,
               "what the card sees");

const struct tri_irq_board tri_irq_board = { .distributor = 0x01c81000,
                                             .cpu = 0x01c82000 };

int tri_board_card(struct tri_partition *s)
{
    static struct tri_sd sd = { .ctx = (void *)(uintptr_t)SD,
                                .read = tri_reg_read,
                                .write = tri_reg_write,
                                .now = tri_board_us };
    const int rc = tri_mmc_start(&sd);

    *s = (struct tri_partition){ .ctx = &sd,
                                 .get = tri_mmc_get,
                                 .put = tri_mmc_put };
    return rc != TRI_OK && !sd.present ? TRI_E_FORMAT : rc;
}

static struct tri_emac registers(void)
{
    return (struct tri_emac){ .ctx = (void *)(uintptr_t)EMAC,
                              .read = tri_reg_read,
                              .write = tri_reg_write,
                              .mem = (void *)(uintptr_t)SHARED,
                              .bus = SHARED,
                              .phy = TRANSCEIVER };
}

void tri_board_still(void)
{
    const struct tri_emac g = registers();

    (void)tri_emac_stop(&g);
}

static void wait(void *ctx, uint64_t until)
{
    (void)ctx;
    tri_irq_wait(EMAC_IRQ, 1, until);
}

int tri_board_net(struct tri_ether_driver *d, uint8_t own[TRI_ETHER_MAC])
{
    static struct tri_cards cards;
    static struct tri_emac emac;
    struct tri_nic card;

    memset(&cards, 0, sizeof cards);
    emac = registers();
    if (!tri_emac_start(&emac, cards.own, &card))
        return TRI_E_IO;
    (void)tri_cards_add(&cards, &card);
    memcpy(own, cards.own, TRI_ETHER_MAC);
    tri_cards_driver(&cards, d);
    d->name = "emac";
    d->wait = wait;
    return TRI_OK;
}

/* The H3's own watchdog, in half a second (Allwinner H3 Datasheet 1.2, chapter
 * 4.4). QEMU 7.2 has none: the board ends. */
_Noreturn void tri_board_restart(void)
{
    enum { CONFIG = 0x14, MODE = 0x18, WHOLE_SYSTEM = 1, ON = 1 };
    void *const w = (void *)(uintptr_t)WATCHDOG;
    const uint64_t end = tri_board_us() + 2000000;

    tri_reg_write(w, CONFIG, WHOLE_SYSTEM);
    tri_reg_write(w, MODE, ON);
    while (tri_board_us() < end)
        ;
    tri_print("this board does not start anew\n");
    tri_board_exit(TRI_BOARD_FAULT);
}
