/* The devices of QEMU's machine `virt`: 32 places for virtio devices, and a
 * GICv2. */
#include "boards/common/aarch64/cores.h"
#include "boards/common/arm/irq.h"
#include "boards/common/arm/processor.h"
#include "boards/common/board.h"
#include "boards/common/print.h"
#include "boards/common/virtio/net.h"
#include "boards/common/virtio/rng.h"
#include "boards/qemu_virt/fwcfg.h"
#include "core/err.h"
#include "core/mem.h"

enum { VIRTIO = 0x0a000000, STEP = 0x200, PLACES = 32, FIRST_IRQ = 48 };

const struct tri_irq_board tri_irq_board = { .distributor = 0x08000000,
                                             .cpu = 0x08010000 };
const struct tri_cores_board tri_cores_board = { .stacks = 0x47e00000 };

static struct tri_virtio place(unsigned i)
{
    return (struct tri_virtio){ .ctx = (void *)(uintptr_t)(VIRTIO + STEP * i),
                                .read = tri_reg_read,
                                .write = tri_reg_write };
}

void tri_board_still(void)
{
    for (unsigned i = 0; i < PLACES; i++) {
        const struct tri_virtio v = place(i);

        (void)tri_virtio_stop(&v);
    }
}

/* Before this board takes no part, for want of a device. */
static void tell_legacy(void)
{
    for (unsigned i = 0; i < PLACES; i++) {
        const struct tri_virtio v = place(i);

        if (tri_virtio_legacy(&v)) {
            tri_print("virtio devices are legacy ones, which this board does "
                      "not use: start QEMU with "
                      "-global virtio-mmio.force-legacy=false\n");
            return;
        }
    }
}

int tri_board_random(void *out, size_t n)
{
    static struct tri_virtio_rng rng;
    static int started;

    for (unsigned i = 0; !started && i < PLACES; i++) {
        const struct tri_virtio v = place(i);

        started = tri_virtio_rng_start(&rng, &v);
    }
    if (started)
        return tri_virtio_rng_draw(&rng, out, n, tri_board_us);
    tell_legacy();
    tri_wipe(out, n);
    return TRI_E_IO;
}

static void wait(void *ctx, uint64_t until)
{
    (void)ctx;
    tri_irq_wait(FIRST_IRQ, PLACES, until);
}

/* Places are filled from the last one on: the first card is the one that was
 * named first, and its address is that of all. */
int tri_board_net(struct tri_ether_driver *d, uint8_t own[TRI_ETHER_MAC])
{
    static struct tri_cards cards;
    static struct tri_vnet net[TRI_CARDS];
    struct tri_nic card;
    uint8_t mac[TRI_ETHER_MAC];

    memset(&cards, 0, sizeof cards);
    for (unsigned i = PLACES; i > 0 && cards.n < TRI_CARDS; i--) {
        const struct tri_virtio v = place(i - 1);

        if (!tri_vnet_start(&net[cards.n], &v, mac, &card))
            continue;
        if (cards.n == 0)
            memcpy(own, mac, TRI_ETHER_MAC);
        (void)tri_cards_add(&cards, &card);
    }
    if (cards.n == 0)
        return TRI_E_IO;
    memcpy(cards.own, own, TRI_ETHER_MAC);
    tri_cards_driver(&cards, d);
    d->name = "virtio";
    d->wait = wait;
    return TRI_OK;
}

int tri_board_setup(const uint8_t **p, size_t *n, uint8_t *room, size_t bytes)
{
    const int rc = tri_fwcfg_read("opt/trinn/setup", n, room, bytes);

    if (rc == TRI_OK && *n > 0)
        *p = room;
    return rc;
}
