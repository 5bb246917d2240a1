#include "boards/common/sharemem.h"
#include "core/err.h"
#include "core/le.h"
#include "core/mem.h"

int tri_sharemem_open(struct tri_sharemem *s, const uint8_t *p, size_t n,
                      enum tri_share_kind kind, unsigned party,
                      const char *name, const struct tri_kernels *k,
                      struct tri_why *why)
{
    struct tri_share_head *const h = &s->head;
    int rc;

    memset(s, 0, sizeof *s);
    rc = tri_share_decode(h, p, n, name, why);
    if (rc != TRI_OK)
        return rc;
    if (h->kind != kind || h->party != party)
        return tri_why(why, TRI_E_ARG, "%s: is not what party %u needs", name,
                       party);
    if (n != tri_share_header(h) + h->text + h->content)
        return tri_why(
            why, TRI_E_FORMAT, "%s: has %zu bytes, its header promises %llu",
            name, n,
            (unsigned long long)(tri_share_header(h) + h->text + h->content));
    s->text = (const char *)p + tri_share_header(h);
    s->words = p + tri_share_header(h) + h->text;
    for (unsigned c = 0; c < 2; c++)
        if ((h->seeded >> c & 1) != 0) {
            tri_prg_init(&s->prg[c], k, s->words, TRI_PRG_CHACHA20);
            s->words += TRI_SHARE_SEED;
        }
    return TRI_OK;
}

/* n words of every component that is no seed, from word `first` on. */
static void words(const struct tri_sharemem *s, tri_ring *const out[2],
                  size_t n, uint64_t first)
{
    const unsigned each = tri_share_in_words(&s->head);
    const uint8_t *p = s->words + 8 * each * first;

    for (size_t i = 0; i < n; i++)
        for (unsigned c = 0; c < tri_share_components(&s->head); c++)
            if ((s->head.seeded >> c & 1) == 0) {
                out[c][i] = tri_le_load64(p);
                p += 8;
            }
}

int tri_sharemem_tensor(const struct tri_sharemem *s, struct tri_engine *e,
                        struct tri_ten *t, uint64_t *first)
{
    tri_ring buf[2][TRI_SHARE_PIECE];
    tri_ring *const part[2] = { buf[0], buf[1] };
    int rc = TRI_OK;

    for (size_t at = 0, n; rc == TRI_OK && at < t->n; at += n) {
        n = t->n - at < TRI_SHARE_PIECE ? t->n - at : TRI_SHARE_PIECE;
        if (s != NULL && !e->s->dry && e->holds > 0)
            words(s, part, n, *first);
        *first += n;
        rc = tri_import(e, t, at, n, (const tri_ring *const *)part);
    }
    tri_wipe(buf, sizeof buf);
    return rc;
}

int tri_sharemem_image(const struct tri_sharemem *s, struct tri_engine *e,
                       uint32_t i, struct tri_ten *t, uint32_t row)
{
    struct tri_arena *const a = e->s->cx.arena;
    const size_t mark = tri_arena_mark(a), px = t->n / t->shape.d[0];
    tri_ring *part[2] = { NULL, NULL };
    struct tri_stream stream;
    int rc = TRI_OK;

    for (unsigned c = 0; rc == TRI_OK && c < e->holds; c++)
        rc = tri_arena_alloc(a, &part[c], px, sizeof *part[c]);
    for (unsigned c = 0; rc == TRI_OK && !e->s->dry && c < e->holds; c++)
        if ((s->head.seeded >> c & 1) != 0) {
            tri_stream_open(&stream, &s->prg[c], 0, i);
            tri_stream_words(&stream, part[c], sizeof *part[c], px);
            tri_stream_wipe(&stream);
        }
    if (rc == TRI_OK && !e->s->dry && e->holds > 0)
        words(s, part, px, (uint64_t)i * tri_share_sample(&s->head));
    if (rc == TRI_OK)
        rc = tri_import(e, t, row * px, px, (const tri_ring *const *)part);
    tri_arena_release(a, mark);
    return rc;
}

size_t tri_sharemem_bytes(const struct tri_share_head *h)
{
    return tri_share_header(h) + (size_t)h->content;
}

void tri_sharemem_make(uint8_t *out, const struct tri_share_head *h,
                       const tri_ring *const part[2], size_t n)
{
    const unsigned parts = tri_share_components(h);
    uint8_t *const content = out + tri_share_header(h);
    struct tri_share_head whole = *h;
    struct tri_hash hash[2];
    uint8_t word[8];

    memset(whole.sum, 0, sizeof whole.sum);
    tri_share_hash_head(hash, &whole, "");
    for (unsigned c = 0; c < parts; c++) {
        for (size_t i = 0; i < n; i++) {
            tri_le_store64(word, part[c][i]);
            memcpy(content + 8 * (parts * i + c), word, sizeof word);
            tri_hash_update(&hash[c], word, sizeof word);
        }
        tri_hash_final(&hash[c], whole.sum[c]);
    }
    tri_share_encode(out, &whole);
}
