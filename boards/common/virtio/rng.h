#ifndef TRI_BOARDS_COMMON_VIRTIO_RNG_H
#define TRI_BOARDS_COMMON_VIRTIO_RNG_H

#include "boards/common/virtio/mmio.h"

/** \file boards/common/virtio/rng.h
 *
 * # A source of random bytes (VIRTIO 1.1, section 5.4)
 */
struct tri_virtio_rng {
    struct tri_virtio v;
    struct tri_virtq q;
    uint8_t buf[64];
    int lost; /**< a request was never answered: buf is the device's */
};

/** Non-zero if v is such a device. r is overwritten. */
int tri_virtio_rng_start(struct tri_virtio_rng *r, const struct tri_virtio *v);

/** n bytes, asked for again and again until all are there; each wait ends after
 *  ten seconds of `now` (microseconds). TRI_OK; TRI_E_IO, out is wiped. */
int tri_virtio_rng_draw(struct tri_virtio_rng *r, void *out, size_t n,
                        uint64_t (*now)(void));

#endif
