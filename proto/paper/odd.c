#include "proto/paper/odd.h"
#include "core/err.h"
#include "proto/wire.h"

struct job {
    const struct tri_prg *g;
    uint64_t stream;
    tri_ring *out;
    size_t n;
};

static void odd_task(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;
    tri_ring *out = j->out + task * TRI_PRG_CHUNK_WORDS;
    const size_t left = j->n - task * TRI_PRG_CHUNK_WORDS;
    const size_t len = left < TRI_PRG_CHUNK_WORDS ? left : TRI_PRG_CHUNK_WORDS;
    struct tri_stream st;
    uint64_t any = 0;

    (void)worker;
    tri_stream_open(&st, j->g, j->stream, (uint32_t)task);
    tri_stream_words(&st, out, sizeof *out, len);
    for (size_t i = 0; i < len; i++)
        any |= tri_is_ones(out[i]);
    /* Branches only on what is rejected, as in tri_zp_uniform(). */
    for (size_t i = 0; any != 0 && i < len; i++)
        while (tri_is_ones(out[i]))
            tri_stream_words(&st, &out[i], sizeof *out, 1);
    tri_stream_wipe(&st);
}

void tri_odd_words(struct tri_prg *g, const struct tri_par *par, tri_ring *out,
                   size_t n)
{
    struct job j = { g, tri_prg_next(g), out, n };

    tri_par_run(par, odd_task, &j,
                (n + TRI_PRG_CHUNK_WORDS - 1) / TRI_PRG_CHUNK_WORDS);
}

int tri_odd_recv(struct tri_session *s, unsigned from, tri_ring *out, size_t n,
                 const char *where)
{
    const int rc = tri_recv_words(s->link, from, out, n);
    uint64_t any = 0;

    for (size_t i = 0; rc == TRI_OK && i < n; i++)
        any |= tri_is_ones(out[i]);
    return any == 0 ? rc : tri_session_fail(s, TRI_E_PROTO, where, (int)from);
}
