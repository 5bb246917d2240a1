#include "boards/common/sd/slot.h"
#include "boards/common/board.h"
#include "core/err.h"

/* Looked for once. TRI_E_FORMAT: none, and no card or another's. */
static int partition(struct tri_partition **store)
{
    static struct tri_partition s;
    static int asked, rc;

    *store = &s;
    if (!asked) {
        rc = tri_board_card(&s);
        if (rc == TRI_OK)
            rc = tri_partition_find(&s);
    }
    asked = 1;
    return rc;
}

int tri_board_setup(const uint8_t **p, size_t *n, uint8_t *room, size_t bytes)
{
    struct tri_partition *s;
    int rc = partition(&s);

    *n = 0;
    if (rc == TRI_E_FORMAT)
        return TRI_OK;
    if (rc == TRI_OK)
        rc = tri_partition_setup(s, n, room, bytes);
    if (rc == TRI_OK && *n > 0)
        *p = room;
    return rc;
}

int tri_board_random(void *out, size_t n)
{
    static struct tri_seed seed;
    static int asked;
    struct tri_partition *s;

    if (!asked && partition(&s) == TRI_OK)
        (void)tri_seed_start(&seed, s);
    asked = 1;
    return tri_seed_draw(&seed, out, n);
}
