#include "core/arena.h"
#include "core/err.h"
#include "core/mem.h"

void tri_arena_init(struct tri_arena *a, void *block, size_t size)
{
    a->base = block;
    a->size = block != NULL ? size / TRI_ALIGN * TRI_ALIGN : 0;
    a->used = 0;
    a->peak = 0;
}

void tri_arena_measure(struct tri_arena *a)
{
    a->base = NULL;
    a->size = SIZE_MAX;
    a->used = 0;
    a->peak = 0;
}

int tri_arena_measuring(const struct tri_arena *a)
{
    return a->base == NULL && a->size == SIZE_MAX;
}

int tri_arena_alloc(struct tri_arena *a, void *out, size_t count, size_t each)
{
    void *p = NULL;
    size_t n = 0;
    int rc = TRI_E_NOMEM;

    if (each != 0 && count > (SIZE_MAX - TRI_ALIGN) / each)
        goto done;
    n = (count * each + TRI_ALIGN - 1) / TRI_ALIGN * TRI_ALIGN;
    if (n > a->size - a->used)
        goto done;
    if (a->base != NULL)
        p = a->base + a->used;
    a->used += n;
    if (a->used > a->peak)
        a->peak = a->used;
    rc = TRI_OK;

done:
    /* `out` is the address of some object pointer; C has no type for that. */
    memcpy(out, &p, sizeof p);
    return rc;
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
