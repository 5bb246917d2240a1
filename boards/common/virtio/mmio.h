#ifndef TRI_BOARDS_COMMON_VIRTIO_MMIO_H
#define TRI_BOARDS_COMMON_VIRTIO_MMIO_H

#include <stddef.h>
#include <stdint.h>

/** \file boards/common/virtio/mmio.h
 *
 * # Devices of a virtual machine
 *
 * VIRTIO 1.1 over memory-mapped registers (section 4.2), split queues (2.6),
 * without interrupts of its own: a driver asks. Registers are reached by two
 * functions, so that a test can be the device.
 *
 * What a device says is believed only after a check: a queue's elements by
 * number and state, lengths by the room there is. A device that breaks the
 * rules is not spoken to any more.
 */
enum {
    TRI_VIRTIO_NET = 1,
    TRI_VIRTIO_RNG = 4,
    TRI_VIRTIO_CONFIG = 0x100, /**< register: first byte of the device's own */
    TRI_VIRTQ_SIZE = 64,
    TRI_VIRTQ_NONE = TRI_VIRTQ_SIZE
};

/** The registers of one device. */
struct tri_virtio {
    void *ctx;
    uint32_t (*read)(void *ctx, unsigned reg);
    void (*write)(void *ctx, unsigned reg, uint32_t v);
    int broken; /**< the device broke the rules */
};

/** A queue: memory that device and driver share. */
struct tri_virtq {
    struct {
        uint64_t at;
        uint32_t len;
        uint16_t flags, next;
    } desc[TRI_VIRTQ_SIZE];
    struct {
        uint16_t flags, idx, ring[TRI_VIRTQ_SIZE], unused;
    } avail;
    _Alignas(4) struct {
        uint16_t flags, idx;
        struct {
            uint32_t id, len;
        } ring[TRI_VIRTQ_SIZE];
    } used;
    /* the driver's own */
    unsigned number;
    uint16_t seen;                /* of used.idx         */
    uint8_t lent[TRI_VIRTQ_SIZE]; /* is at the device    */
};

/** Is there a device with the interface from before VIRTIO 1.0 (4.2.4)? It can
 *  be stopped, and is not used. */
int tri_virtio_legacy(const struct tri_virtio *v);

/** Reset the device, if there is one: it forgets its queues and writes to no
 *  memory any more. Non-zero once it says so; 0 if it does not in a while. */
int tri_virtio_stop(const struct tri_virtio *v);

/** Is there a device of this kind? Reset it, and agree on the features that are
 *  in `wanted` and offered: *got. \return non-zero if it may be set up */
int tri_virtio_start(struct tri_virtio *v, uint32_t kind, uint32_t wanted,
                     uint32_t *got);

/** Set up queue `number`. Non-zero if the device has it. */
int tri_virtq_start(struct tri_virtio *v, struct tri_virtq *q, unsigned number);

/** All queues are there: go. */
void tri_virtio_ready(struct tri_virtio *v);

/** Lend element i with its buffer to the device. Visible after the kick. */
void tri_virtq_lend(struct tri_virtq *q, unsigned i, void *buf, uint32_t len,
                    int device_writes);
void tri_virtq_kick(struct tri_virtio *v, const struct tri_virtq *q);

/** An element that the device has given back, and how many bytes it says that
 *  it wrote, or TRI_VIRTQ_NONE: none now. Breaks what breaks the rules. */
unsigned tri_virtq_back(struct tri_virtio *v, struct tri_virtq *q,
                        uint32_t *len);

/** Nothing is to be asked for: the device lowers its interrupt. */
void tri_virtio_quiet(struct tri_virtio *v);

#endif
