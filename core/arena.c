#include "core/arena.h"
#include "core/err.h"
#include "core/mem.h"

void tri_arena_init(struct tri_arena *a, void *block, size_t size)
{
    a->base = block;
    a->size = block != NULL ? size / TRI_ALIGN * TRI_ALIGN : 0;
    a->used = a->far = a->far_most = a->peak = 0;
}

void tri_arena_measure(struct tri_arena *a)
{
    a->base = NULL;
    a->size = SIZE_MAX;
    a->used = a->far = a->far_most = a->peak = 0;
}

int tri_arena_measuring(const struct tri_arena *a)
{
    return a->base == NULL && a->size == SIZE_MAX;
}

/* As many bytes more at one end. */
static int take(struct tri_arena *a, size_t *end, size_t count, size_t each)
{
    size_t n;

    if (each != 0 && count > (SIZE_MAX - TRI_ALIGN) / each)
        return TRI_E_NOMEM;
    n = (count * each + TRI_ALIGN - 1) / TRI_ALIGN * TRI_ALIGN;
    if (n > a->size - a->used - a->far)
        return TRI_E_NOMEM;
    *end += n;
    if (a->used + a->far > a->peak)
        a->peak = a->used + a->far;
    return TRI_OK;
}

int tri_arena_alloc(struct tri_arena *a, void *out, size_t count, size_t each)
{
    const size_t at = a->used;
    const int rc = take(a, &a->used, count, each);
    void *const p = rc == TRI_OK && a->base != NULL ? a->base + at : NULL;

    /* `out` is the address of some object pointer; C has no type for that. */
    memcpy(out, &p, sizeof p);
    return rc;
}

int tri_arena_alloc_far(struct tri_arena *a, void *out, size_t count,
                        size_t each)
{
    const int rc = take(a, &a->far, count, each);
    void *const p =
        rc == TRI_OK && a->base != NULL ? a->base + a->size - a->far : NULL;

    if (a->far > a->far_most)
        a->far_most = a->far;
    memcpy(out, &p, sizeof p);
    return rc;
}

void tri_arena_drop_far(struct tri_arena *a)
{
    a->far = 0;
}

void tri_arena_release_far(struct tri_arena *a)
{
    if (a->base != NULL)
        tri_wipe(a->base + a->size - a->far_most, a->far_most);
    a->far = a->far_most = 0;
}

size_t tri_arena_mark(const struct tri_arena *a)
{
    return a->used;
}

void tri_arena_drop(struct tri_arena *a, size_t mark)
{
    if (mark < a->used)
        a->used = mark;
}

void tri_arena_release(struct tri_arena *a, size_t mark)
{
    if (mark >= a->used)
        return;
    if (a->base != NULL)
        tri_wipe(a->base + mark, a->used - mark);
    a->used = mark;
}
