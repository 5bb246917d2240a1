#include "boards/common/virtio/rng.h"
#include "core/err.h"
#include "core/mem.h"

enum { WAIT_US = 10000000 }; /* of an emulator on a busy machine */

int tri_virtio_rng_start(struct tri_virtio_rng *r, const struct tri_virtio *v)
{
    uint32_t features;

    memset(r, 0, sizeof *r);
    r->v = *v;
    if (!tri_virtio_start(&r->v, TRI_VIRTIO_RNG, 0, &features) ||
        !tri_virtq_start(&r->v, &r->q, 0))
        return 0;
    tri_virtio_ready(&r->v);
    return 1;
}

/* Some bytes into buf: how many, or 0 if the device fails. The bytes are those
 * that it wrote: buf is full of zeros before. */
static uint32_t ask(struct tri_virtio_rng *r, uint64_t (*now)(void))
{
    const uint64_t until = now() + WAIT_US;
    uint32_t len = 0;
    unsigned i = TRI_VIRTQ_NONE;

    if (r->lost)
        return 0;
    memset(r->buf, 0, sizeof r->buf);
    tri_virtq_lend(&r->q, 0, r->buf, sizeof r->buf, 1);
    tri_virtq_kick(&r->v, &r->q);
    while (i == TRI_VIRTQ_NONE && !r->v.broken && now() < until)
        i = tri_virtq_back(&r->v, &r->q, &len);
    tri_virtio_quiet(&r->v);
    r->lost = i == TRI_VIRTQ_NONE;
    return r->lost || len > sizeof r->buf ? 0 : len;
}

int tri_virtio_rng_draw(struct tri_virtio_rng *r, void *out, size_t n,
                        uint64_t (*now)(void))
{
    uint8_t *const to = out;

    for (size_t at = 0, got; at < n; at += got) {
        got = ask(r, now);
        if (got == 0) {
            tri_wipe(out, n);
            return TRI_E_IO;
        }
        got = got < n - at ? got : n - at;
        memcpy(to + at, r->buf, got);
    }
    tri_wipe(r->buf, sizeof r->buf);
    return TRI_OK;
}
