#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "tests/support/check.h"
#include "tests/support/single.h"
#include "proto/plain/float.h"
#include "proto/plain/plain.h"

int tri_single_open(struct tri_single *p, int kind, unsigned f, size_t bytes)
{
    const struct tri_engine_config config = { .f = f, .k = 32 };

    memset(p, 0, sizeof *p);
    tri_kernels_init(&p->k, tri_cpu_detect());
    if (bytes == 0) {
        tri_arena_measure(&p->arena);
        p->s.dry = 1;
    } else {
        bytes = (bytes + TRI_ALIGN - 1) / TRI_ALIGN * TRI_ALIGN;
        p->block = aligned_alloc(TRI_ALIGN, bytes);
        if (p->block == NULL)
            return 0;
        /* nothing may rely on zeroed memory; 0xff is NaN as a float */
        memset(p->block, 0xff, bytes);
        tri_arena_init(&p->arena, p->block, bytes);
    }
    p->s.cx.k = &p->k;
    p->s.cx.arena = &p->arena;
    return tri_engine_start(&p->e,
                            kind == TRI_SINGLE_FLOAT ? &tri_engine_float
                                                     : &tri_engine_plain,
                            &p->s, &config) == TRI_OK;
}

void tri_single_close(struct tri_single *p)
{
    free(p->block);
    p->block = NULL;
}

struct tri_ten tri_single_ten(struct tri_single *p, struct tri_shape shape,
                              int fb, const double *v)
{
    struct tri_ten t;

    if (tri_ten_alloc(&p->e, &t, shape, fb, 0) != TRI_OK ||
        p->e.ops->constant(&p->e, &t, v) != TRI_OK) {
        fprintf(stderr, "test tensor: no memory, or out of range\n");
        abort();
    }
    return t;
}

double tri_single_get(const struct tri_single *p, const struct tri_ten *t,
                      size_t i)
{
    return p->e.elem == sizeof(float)
               ? (double)((const float *)t->v[0])[i]
               : tri_fixed_decode(((const tri_ring *)t->v[0])[i], t->fb);
}

double tri_test_unit(uint64_t *rng)
{
    return (double)(tri_test_rand(rng) >> 11) / (double)(1ull << 52) - 1;
}
