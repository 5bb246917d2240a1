#include "core/mask.h"
#include "core/mem.h"

/* Words of one task that pass through the L1 cache at a time. */
enum { PIECE = 256 };

struct mask_job {
    const struct tri_prg *g;
    uint64_t id;
    uint64_t *out;
    const uint64_t *x;
    size_t n;
    int sign;
};

static void mask_task(void *arg, size_t task, unsigned worker)
{
    const struct mask_job *j = arg;
    size_t at = task * TRI_PRG_CHUNK_WORDS;
    const size_t end =
        j->n - at < TRI_PRG_CHUNK_WORDS ? j->n : at + TRI_PRG_CHUNK_WORDS;
    uint64_t w[PIECE];
    struct tri_stream s;

    (void)worker;
    tri_stream_open(&s, j->g, j->id, (uint32_t)task);
    for (size_t len; at < end; at += len) {
        len = end - at < PIECE ? end - at : PIECE;
        tri_stream_words(&s, w, sizeof *w, len);
        if (j->sign > 0)
            j->g->k->add(j->out + at, j->x + at, w, len);
        else
            j->g->k->sub(j->out + at, j->x + at, w, len);
    }
    tri_stream_wipe(&s);
    tri_wipe(w, sizeof w);
}

void tri_prg_mask(struct tri_prg *g, const struct tri_par *par, uint64_t *out,
                  const uint64_t *x, size_t n, int sign)
{
    struct mask_job j = { g, tri_prg_next(g), out, x, n, sign };

    tri_par_run(par, mask_task, &j,
                (n + TRI_PRG_CHUNK_WORDS - 1) / TRI_PRG_CHUNK_WORDS);
}
