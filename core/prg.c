#include "core/prg.h"
#include "core/mem.h"

enum { BLOCK = 64 };

enum tri_prg_kind tri_prg_pick(const struct tri_kernels *k)
{
    const unsigned aes = TRI_CPU_AESNI | TRI_CPU_ARMCE;

    /* ChaCha20 in 512-bit registers outruns one AES unit of 128 bits, but not
     * one of 512. */
    return (k->cpu & aes) != 0 && ((k->cpu & TRI_CPU_AVX512) == 0 ||
                                   (k->cpu & TRI_CPU_VAES) != 0)
               ? TRI_PRG_AES128
               : TRI_PRG_CHACHA20;
}

const char *tri_prg_name(enum tri_prg_kind kind)
{
    return kind == TRI_PRG_AES128 ? "aes128" : "chacha20";
}

void tri_prg_init(struct tri_prg *g, const struct tri_kernels *k,
                  const uint8_t key[32], enum tri_prg_kind kind)
{
    g->k = k;
    g->kind = kind;
    if (kind == TRI_PRG_AES128) {
        k->aes_expand(g->rk, key);
    } else {
        memcpy(g->key, key, sizeof g->key);
        tri_le_words(g->key, sizeof g->key, sizeof *g->key);
    }
    g->next = 0;
}

void tri_prg_wipe(struct tri_prg *g)
{
    tri_wipe(g->rk, sizeof g->rk);
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
    s->at = s->end = 0;
}

static void generate(struct tri_stream *s, uint8_t *out, size_t blocks)
{
    const struct tri_prg *g = s->g;
    const uint32_t nonce[3] = { (uint32_t)s->id, (uint32_t)(s->id >> 32),
                                s->chunk };

    if (g->kind == TRI_PRG_AES128)
        g->k->aes_ctr(out, g->rk, nonce, 4 * s->block, blocks);
    else
        g->k->chacha20(out, g->key, nonce, s->block, blocks);
    s->block += (uint32_t)blocks;
}

/* Kernels always run at full width: what is too much stays in the buffer. */
uint8_t *tri_stream_take(struct tri_stream *s, size_t n)
{
    const size_t have = s->end - s->at;
    uint8_t *p;

    if (have < n) {
        const size_t more = (n - have + TRI_STREAM_FULL - 1) / TRI_STREAM_FULL *
                            TRI_STREAM_FULL;

        memmove(s->buf, s->buf + s->at, have);
        generate(s, s->buf + have, more / BLOCK);
        s->at = 0;
        s->end = (uint32_t)(have + more);
    }
    p = s->buf + s->at;
    s->at += (uint32_t)n;
    return p;
}

/* What fills kernels goes straight to `out`. */
void tri_stream_read(struct tri_stream *s, void *out, size_t n)
{
    const size_t have = s->end - s->at, first = n < have ? n : have;
    uint8_t *to = out;

    memcpy(to, s->buf + s->at, first);
    s->at += (uint32_t)first;
    to += first;
    n -= first;
    if (n >= TRI_STREAM_FULL) {
        const size_t whole = n - n % TRI_STREAM_FULL;

        generate(s, to, whole / BLOCK);
        to += whole;
        n -= whole;
    }
    if (n > 0)
        memcpy(to, tri_stream_take(s, n), n);
}

void tri_stream_wipe(struct tri_stream *s)
{
    tri_wipe(s->buf, sizeof s->buf);
    s->at = s->end = 0;
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
    tri_stream_words(&s, w->out + at, sizeof *w->out, n);
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
