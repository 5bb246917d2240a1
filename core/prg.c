#include "core/prg.h"
#include "core/mem.h"

enum { BLOCK = 64 };

void tri_prg_init(struct tri_prg *g, const struct tri_kernels *k,
                  const uint8_t key[32])
{
    g->k = k;
    memcpy(g->key, key, sizeof g->key);
    g->next = 0;
}

void tri_prg_wipe(struct tri_prg *g)
{
    tri_wipe(g->key, sizeof g->key);
}

uint64_t tri_prg_next(struct tri_prg *g)
{
    return g->next++;
}

void tri_stream_open(struct tri_stream *s, const struct tri_prg *g, uint64_t id,
                     uint32_t chunk)
{
    s->g = g;
    s->id = id;
    s->chunk = chunk;
    s->block = 0;
    s->have = 0;
}

static void generate(struct tri_stream *s, uint8_t *out, size_t blocks)
{
    const uint32_t nonce[3] = { (uint32_t)s->id, (uint32_t)(s->id >> 32),
                                s->chunk };

    s->g->k->chacha20(out, s->g->key, nonce, s->block, blocks);
    s->block += (uint32_t)blocks;
}

/* Whole buffers' worth goes straight to `out`; the buffer serves the pieces
 * before and after, so that kernels always run at full width. */
void tri_stream_read(struct tri_stream *s, void *out, size_t n)
{
    uint8_t *to = out;

    while (n > 0) {
        size_t take = s->have;

        if (take == 0 && n >= sizeof s->buf) {
            take = n - n % sizeof s->buf;
            generate(s, to, take / BLOCK);
        } else {
            if (take == 0) {
                generate(s, s->buf, sizeof s->buf / BLOCK);
                take = sizeof s->buf;
                s->have = (uint32_t)take;
            }
            if (take > n)
                take = n;
            memcpy(to, s->buf + sizeof s->buf - s->have, take);
            s->have -= (uint32_t)take;
        }
        to += take;
        n -= take;
    }
}

void tri_stream_wipe(struct tri_stream *s)
{
    tri_wipe(s->buf, sizeof s->buf);
    s->have = 0;
}

struct words {
    const struct tri_prg *g;
    uint64_t id;
    uint64_t *out;
    size_t n;
};

static void words_chunk(void *arg, size_t task, unsigned worker)
{
    const struct words *w = arg;
    const size_t at = task * TRI_PRG_CHUNK_WORDS;
    size_t n = w->n - at;
    struct tri_stream s;

    (void)worker;
    if (n > TRI_PRG_CHUNK_WORDS)
        n = TRI_PRG_CHUNK_WORDS;
    tri_stream_open(&s, w->g, w->id, (uint32_t)task);
    tri_stream_read(&s, w->out + at, n * sizeof *w->out);
    tri_stream_wipe(&s);
}

void tri_prg_words(struct tri_prg *g, const struct tri_par *par, uint64_t *out,
                   size_t n)
{
    struct words w = { g, tri_prg_next(g), out, n };

    tri_par_run(par, words_chunk, &w,
                n / TRI_PRG_CHUNK_WORDS + (n % TRI_PRG_CHUNK_WORDS != 0));
}

void tri_prg_bytes(struct tri_prg *g, void *out, size_t n)
{
    struct tri_stream s;

    tri_stream_open(&s, g, tri_prg_next(g), 0);
    tri_stream_read(&s, out, n);
    tri_stream_wipe(&s);
}
