#include "boards/host/share/sharehead.h"
#include "core/err.h"
#include "core/le.h"
#include "core/mem.h"
#include "proto/nn/net.h"

static const uint8_t magic[8] = { 't', 'r', 'i', 'n', 'n', 's', 'h', 'r' };

enum {
    VERSION = 1,
    AT_VERSION = 8,
    AT_KIND = 12,
    AT_PARTY = 13,
    AT_CONTENT = 14,
    AT_SCALE = 15,
    AT_PAIR = 16,
    AT_COUNT = 32,
    AT_H = 36,
    AT_W = 40,
    AT_C = 44,
    AT_CLASSES = 48,
    AT_TEXT = 52,
    AT_BYTES = 56,
    AT_SUM = 64,
    MAX_SIDE = 1 << 16,
    MAX_CHANNELS = 1 << 10,
    MAX_CLASSES = 1 << 10
};

size_t tri_share_sample(const struct tri_share_head *h)
{
    return (size_t)h->h * h->w * h->c + h->classes;
}

void tri_share_encode(uint8_t out[TRI_SHARE_HEAD],
                      const struct tri_share_head *h)
{
    memcpy(out, magic, sizeof magic);
    tri_le_store32(out + AT_VERSION, VERSION);
    out[AT_KIND] = (uint8_t)h->kind;
    out[AT_PARTY] = (uint8_t)h->party;
    out[AT_CONTENT] = h->seeded != 0;
    out[AT_SCALE] = (uint8_t)h->fb;
    memcpy(out + AT_PAIR, h->pair, TRI_PAIR_ID);
    tri_le_store32(out + AT_COUNT, h->count);
    tri_le_store32(out + AT_H, h->h);
    tri_le_store32(out + AT_W, h->w);
    tri_le_store32(out + AT_C, h->c);
    tri_le_store32(out + AT_CLASSES, h->classes);
    tri_le_store32(out + AT_TEXT, h->text);
    tri_le_store64(out + AT_BYTES, h->content);
    memcpy(out + AT_SUM, h->sum, TRI_HASH_BYTES);
}

static int bad(const char *name, unsigned at, uint64_t value, const char *what,
               struct tri_why *why)
{
    return tri_why(why, TRI_E_FORMAT,
                   "%s: byte %u, %s, is %llu, which no share file has", name,
                   at, what, (unsigned long long)value);
}

static int within(uint32_t v, uint32_t lo, uint32_t hi)
{
    return v >= lo && v <= hi;
}

/* The sizes that a kind has, and with them the length of its content; a
 * model's follows from its text and is checked by tri_share_open(). */
static int sizes(const struct tri_share_head *h, const char *name,
                 struct tri_why *why)
{
    const int data = h->kind == TRI_SHARE_DATA;
    const int model = h->kind == TRI_SHARE_MODEL;
    const int state = h->kind == TRI_SHARE_CHECKPOINT;
    uint64_t want;

    if (h->seeded && (!data || h->party != 0))
        return bad(name, AT_CONTENT, 1, "the form of the content", why);
    if (model ? h->count != 0 : !state && !within(h->count, 1, INT32_MAX))
        return bad(name, AT_COUNT, h->count, "the number of samples", why);
    if (data ? !within(h->h, 1, MAX_SIDE) : h->h != 0)
        return bad(name, AT_H, h->h, "the height", why);
    if (data ? !within(h->w, 1, MAX_SIDE) : h->w != 0)
        return bad(name, AT_W, h->w, "the width", why);
    if (data ? !within(h->c, 1, MAX_CHANNELS) : h->c != 0)
        return bad(name, AT_C, h->c, "the number of channels", why);
    if (model || state ? h->classes != 0
        : data         ? h->classes > MAX_CLASSES
                       : !within(h->classes, 1, MAX_CLASSES))
        return bad(name, AT_CLASSES, h->classes, "the number of classes", why);
    if (model   ? !within(h->text, 1, TRI_NET_TEXT)
        : state ? !within(h->text, 1, TRI_SHARE_TEXT)
                : h->text != 0)
        return bad(name, AT_TEXT, h->text, "the length of the text", why);
    if (state && h->party == 2 && h->content != 0)
        return bad(name, AT_BYTES, h->content, "the length of the content",
                   why);
    if (model || state)
        return h->content % 8 == 0 && h->content >> 43 == 0
                   ? TRI_OK
                   : bad(name, AT_BYTES, h->content,
                         "the length of the content", why);
    want = h->seeded ? TRI_SHARE_SEED
                     : (uint64_t)8 * h->count * tri_share_sample(h);
    if (h->content != want)
        return bad(name, AT_BYTES, h->content, "the length of the content",
                   why);
    return TRI_OK;
}

int tri_share_decode(struct tri_share_head *h, const uint8_t *buf, size_t len,
                     const char *name, struct tri_why *why)
{
    if (len < sizeof magic || memcmp(buf, magic, sizeof magic) != 0)
        return tri_why(why, TRI_E_FORMAT,
                       "%s: is not a share file (it does not start with "
                       "\"trinnshr\"); make one with: trinn share",
                       name);
    if (len < TRI_SHARE_HEAD)
        return tri_why(why, TRI_E_FORMAT,
                       "%s: has %zu bytes, the header of a share file %d", name,
                       len, TRI_SHARE_HEAD);
    if (tri_le_load32(buf + AT_VERSION) != VERSION)
        return tri_why(why, TRI_E_FORMAT,
                       "%s: byte %d says version %llu; this program reads "
                       "version %d",
                       name, AT_VERSION,
                       (unsigned long long)tri_le_load32(buf + AT_VERSION),
                       VERSION);
    if (buf[AT_KIND] < TRI_SHARE_DATA || buf[AT_KIND] > TRI_SHARE_SCORES)
        return bad(name, AT_KIND, buf[AT_KIND], "the kind", why);
    if (buf[AT_PARTY] > (buf[AT_KIND] == TRI_SHARE_CHECKPOINT ? 2 : 1))
        return bad(name, AT_PARTY, buf[AT_PARTY], "the party", why);
    if (buf[AT_CONTENT] > 1)
        return bad(name, AT_CONTENT, buf[AT_CONTENT], "the form of the content",
                   why);
    if (!within(buf[AT_SCALE], 8, 16))
        return bad(name, AT_SCALE, buf[AT_SCALE], "the scale", why);
    h->kind = (enum tri_share_kind)buf[AT_KIND];
    h->party = buf[AT_PARTY];
    h->seeded = buf[AT_CONTENT];
    h->fb = buf[AT_SCALE];
    memcpy(h->pair, buf + AT_PAIR, TRI_PAIR_ID);
    h->count = tri_le_load32(buf + AT_COUNT);
    h->h = tri_le_load32(buf + AT_H);
    h->w = tri_le_load32(buf + AT_W);
    h->c = tri_le_load32(buf + AT_C);
    h->classes = tri_le_load32(buf + AT_CLASSES);
    h->text = tri_le_load32(buf + AT_TEXT);
    h->content = tri_le_load64(buf + AT_BYTES);
    memcpy(h->sum, buf + AT_SUM, TRI_HASH_BYTES);
    return sizes(h, name, why);
}
