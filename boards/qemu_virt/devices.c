/* The devices of QEMU's machine `virt`: 32 places for virtio devices, and a
 * GICv2. */
#include "boards/common/aarch64/irq.h"
#include "boards/common/board.h"
#include "boards/common/virtio/net.h"
#include "boards/common/virtio/rng.h"
#include "boards/qemu_virt/fwcfg.h"
#include "core/err.h"
#include "core/mem.h"

enum { VIRTIO = 0x0a000000, STEP = 0x200, PLACES = 32, FIRST_IRQ = 48 };

const struct tri_irq_board tri_irq_board = { .distributor = 0x08000000,
                                             .cpu = 0x08010000 };

static uint32_t reg_read(void *ctx, unsigned reg)
{
    return *(volatile uint32_t *)((uintptr_t)ctx + reg);
}

/* What was written to memory is there before the device hears of it. */
static void reg_write(void *ctx, unsigned reg, uint32_t v)
{
    __asm__ volatile("dsb sy" : : : "memory");
    *(volatile uint32_t *)((uintptr_t)ctx + reg) = v;
}

static struct tri_virtio place(unsigned i)
{
    return (struct tri_virtio){ .ctx = (void *)(uintptr_t)(VIRTIO + STEP * i),
                                .read = reg_read,
                                .write = reg_write };
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
    tri_wipe(out, n);
    return TRI_E_IO;
}

static void wait(void *ctx, uint64_t until)
{
    (void)ctx;
    tri_irq_wait(FIRST_IRQ, PLACES, until);
}

/* Places are filled from the last one on: the first card is the one that was
 * named first. */
int tri_board_net(struct tri_ether_driver *d, uint8_t own[TRI_ETHER_MAC])
{
    static struct tri_vnet net;

    memset(&net, 0, sizeof net);
    for (unsigned i = PLACES; i > 0; i--) {
        const struct tri_virtio v = place(i - 1);

        (void)tri_vnet_add(&net, &v);
    }
    if (net.cards == 0)
        return TRI_E_IO;
    memcpy(own, net.own, TRI_ETHER_MAC);
    d->ctx = &net;
    d->name = "virtio";
    d->mtu = TRI_VNET_MTU;
    d->send = tri_vnet_send;
    d->flush = tri_vnet_flush;
    d->receive = tri_vnet_receive;
    d->wait = wait;
    d->trouble = tri_vnet_trouble;
    return TRI_OK;
}

size_t tri_board_setup(const uint8_t **p, uint8_t *room, size_t n)
{
    const size_t size = tri_fwcfg_read("opt/trinn/setup", room, n);

    if (size > 0 && size <= n)
        *p = room;
    return size;
}

/* PSCI, SYSTEM_RESET (ARM DEN 0022). */
_Noreturn void tri_board_restart(void)
{
    register uint64_t call __asm__("x0") = 0x84000009;

    for (;;)
        __asm__ volatile("hvc #0" : "+r"(call) : : "memory");
}
