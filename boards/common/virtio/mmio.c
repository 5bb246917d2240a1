#include "boards/common/virtio/mmio.h"
#include "core/mem.h"

/* Registers (VIRTIO 1.1, table 4.1). */
enum {
    MAGIC = 0x00,
    VERSION = 0x04,
    DEVICE_ID = 0x08,
    DEVICE_FEATURES = 0x10,
    DEVICE_FEATURES_SEL = 0x14,
    DRIVER_FEATURES = 0x20,
    DRIVER_FEATURES_SEL = 0x24,
    QUEUE_SEL = 0x30,
    QUEUE_NUM_MAX = 0x34,
    QUEUE_NUM = 0x38,
    QUEUE_READY = 0x44,
    QUEUE_NOTIFY = 0x50,
    INTERRUPT_STATUS = 0x60,
    INTERRUPT_ACK = 0x64,
    STATUS = 0x70,
    QUEUE_DESC = 0x80,
    QUEUE_DRIVER = 0x90,
    QUEUE_DEVICE = 0xa0
};

enum {
    ACKNOWLEDGE = 1,
    DRIVER = 2,
    DRIVER_OK = 4,
    FEATURES_OK = 8,
    FAILED = 128
};
enum { WRITE = 2 /* the device writes this buffer */, VERSION_1 = 1 };

/* What is written before is visible before what follows, to the device too. */
static void order(void)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static uint16_t peek(const uint16_t *p)
{
    return *(const volatile uint16_t *)p;
}

enum { LEGACY = 1, MODERN = 2 }; /* the interface: VERSION */

static int is_device(const struct tri_virtio *v, uint32_t version)
{
    return v->read(v->ctx, MAGIC) == 0x74726976 &&
           v->read(v->ctx, VERSION) == version;
}

int tri_virtio_legacy(const struct tri_virtio *v)
{
    return is_device(v, LEGACY) && v->read(v->ctx, DEVICE_ID) != 0;
}

int tri_virtio_stop(const struct tri_virtio *v)
{
    enum { TRIES = 100000 };

    if (!is_device(v, MODERN) && !is_device(v, LEGACY))
        return 1;
    v->write(v->ctx, STATUS, 0);
    for (unsigned i = 0; i < TRIES; i++)
        if (v->read(v->ctx, STATUS) == 0)
            return 1;
    return 0;
}

int tri_virtio_start(struct tri_virtio *v, uint32_t kind, uint32_t wanted,
                     uint32_t *got)
{
    v->broken = 0;
    if (!is_device(v, MODERN) || v->read(v->ctx, DEVICE_ID) != kind ||
        !tri_virtio_stop(v))
        return 0;
    v->write(v->ctx, STATUS, ACKNOWLEDGE | DRIVER);
    v->write(v->ctx, DEVICE_FEATURES_SEL, 1);
    if ((v->read(v->ctx, DEVICE_FEATURES) & VERSION_1) == 0)
        return 0;
    v->write(v->ctx, DEVICE_FEATURES_SEL, 0);
    *got = v->read(v->ctx, DEVICE_FEATURES) & wanted;
    v->write(v->ctx, DRIVER_FEATURES_SEL, 0);
    v->write(v->ctx, DRIVER_FEATURES, *got);
    v->write(v->ctx, DRIVER_FEATURES_SEL, 1);
    v->write(v->ctx, DRIVER_FEATURES, VERSION_1);
    v->write(v->ctx, STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
    return (v->read(v->ctx, STATUS) & FEATURES_OK) != 0;
}

static void place(struct tri_virtio *v, unsigned reg, const void *p)
{
    const uint64_t at = (uintptr_t)p;

    v->write(v->ctx, reg, (uint32_t)at);
    v->write(v->ctx, reg + 4, (uint32_t)(at >> 32));
}

int tri_virtq_start(struct tri_virtio *v, struct tri_virtq *q, unsigned number)
{
    memset(q, 0, sizeof *q);
    q->number = number;
    v->write(v->ctx, QUEUE_SEL, number);
    if (v->read(v->ctx, QUEUE_READY) != 0 ||
        v->read(v->ctx, QUEUE_NUM_MAX) < TRI_VIRTQ_SIZE)
        return 0;
    v->write(v->ctx, QUEUE_NUM, TRI_VIRTQ_SIZE);
    place(v, QUEUE_DESC, q->desc);
    place(v, QUEUE_DRIVER, &q->avail);
    place(v, QUEUE_DEVICE, &q->used);
    order();
    v->write(v->ctx, QUEUE_READY, 1);
    return 1;
}

void tri_virtio_ready(struct tri_virtio *v)
{
    v->write(v->ctx, STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
}

void tri_virtq_lend(struct tri_virtq *q, unsigned i, void *buf, uint32_t len,
                    int device_writes)
{
    q->desc[i].at = (uintptr_t)buf;
    q->desc[i].len = len;
    q->desc[i].flags = device_writes ? WRITE : 0;
    q->desc[i].next = 0;
    q->lent[i] = 1;
    q->avail.ring[q->avail.idx % TRI_VIRTQ_SIZE] = (uint16_t)i;
    order();
    *(volatile uint16_t *)&q->avail.idx = (uint16_t)(q->avail.idx + 1);
}

void tri_virtq_kick(struct tri_virtio *v, const struct tri_virtq *q)
{
    order();
    if (!v->broken)
        v->write(v->ctx, QUEUE_NOTIFY, q->number);
}

/* The device may write to the queue at any time: what is checked is what is
 * used, so every word is read once. */
unsigned tri_virtq_back(struct tri_virtio *v, struct tri_virtq *q,
                        uint32_t *len)
{
    const uint16_t idx = peek(&q->used.idx);
    uint32_t id;

    if (v->broken || idx == q->seen)
        return TRI_VIRTQ_NONE;
    order();
    id = *(volatile uint32_t *)&q->used.ring[q->seen % TRI_VIRTQ_SIZE].id;
    *len = *(volatile uint32_t *)&q->used.ring[q->seen % TRI_VIRTQ_SIZE].len;
    if ((uint16_t)(idx - q->seen) > TRI_VIRTQ_SIZE || id >= TRI_VIRTQ_SIZE ||
        !q->lent[id]) {
        v->broken = 1;
        v->write(v->ctx, STATUS, FAILED);
        return TRI_VIRTQ_NONE;
    }
    q->seen++;
    q->lent[id] = 0;
    return id;
}

void tri_virtio_quiet(struct tri_virtio *v)
{
    const uint32_t raised = v->read(v->ctx, INTERRUPT_STATUS);

    if (raised != 0)
        v->write(v->ctx, INTERRUPT_ACK, raised);
}
