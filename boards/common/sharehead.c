#include "boards/common/sharehead.h"
#include "core/err.h"
#include "core/le.h"
#include "core/mem.h"
#include "net/link.h"
#include "proto/nn/net.h"

static const uint8_t magic[8] = { 't', 'r', 'i', 'n', 'n', 's', 'h', 'r' };

enum {
    ADDITIVE = 1, /* versions */
    REPLICATED = 2,
    AT_VERSION = 8,
    AT_MOST = 10, /* two bytes */
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
    AT_SUM = TRI_SHARE_PUBLIC,
    MAX_SIDE = 1 << 16,
    MAX_CHANNELS = 1 << 16,
    MAX_SAMPLE = 1 << 26, /* numbers, as a network's input */
    LEAST_MOST = 48,      /* 2^-16 and 2^63 */
    MOST_MOST = 127,
    MAX_CLASSES = 1 << 10
};

size_t tri_share_sample(const struct tri_share_head *h)
{
    return (size_t)h->h * h->w * h->c + h->classes;
}

size_t tri_share_header(const struct tri_share_head *h)
{
    return h->sharing == TRI_SHARING_REPLICATED ? TRI_SHARE_HEAD
                                                : AT_SUM + TRI_HASH_BYTES;
}

unsigned tri_share_components(const struct tri_share_head *h)
{
    return h->sharing == TRI_SHARING_REPLICATED ? 2 : h->party < 2;
}

unsigned tri_share_in_words(const struct tri_share_head *h)
{
    return tri_share_components(h) - (h->seeded & 1) - (h->seeded >> 1 & 1);
}

unsigned tri_share_number(const struct tri_share_head *h, unsigned c)
{
    return (h->party + c) % TRI_PARTIES;
}

const char *tri_sharing_engines(enum tri_sharing sharing)
{
    return sharing == TRI_SHARING_REPLICATED ? "engine rep3"
                                             : "engines fused and paper";
}

const char *tri_sharing_engine(enum tri_sharing sharing)
{
    return sharing == TRI_SHARING_REPLICATED ? "rep3" : "fused";
}

static void encode(uint8_t out[TRI_SHARE_PUBLIC],
                   const struct tri_share_head *h)
{
    memcpy(out, magic, sizeof magic);
    tri_le_store16(out + AT_VERSION, h->sharing == TRI_SHARING_REPLICATED
                                         ? REPLICATED
                                         : ADDITIVE);
    out[AT_MOST] = (uint8_t)h->most[0];
    out[AT_MOST + 1] = (uint8_t)h->most[1];
    out[AT_KIND] = (uint8_t)h->kind;
    out[AT_PARTY] = (uint8_t)h->party;
    out[AT_CONTENT] = (uint8_t)h->seeded;
    out[AT_SCALE] = (uint8_t)h->fb;
    memcpy(out + AT_PAIR, h->pair, TRI_PAIR_ID);
    tri_le_store32(out + AT_COUNT, h->count);
    tri_le_store32(out + AT_H, h->h);
    tri_le_store32(out + AT_W, h->w);
    tri_le_store32(out + AT_C, h->c);
    tri_le_store32(out + AT_CLASSES, h->classes);
    tri_le_store32(out + AT_TEXT, h->text);
    tri_le_store64(out + AT_BYTES, h->content);
}

void tri_share_encode(uint8_t out[TRI_SHARE_HEAD],
                      const struct tri_share_head *h)
{
    encode(out, h);
    memcpy(out + AT_SUM, h->sum, tri_share_header(h) - AT_SUM);
}

/* In bytes. Seeds are there instead of words in the files of data only. */
static uint64_t component(const struct tri_share_head *h, unsigned c)
{
    const unsigned words = tri_share_in_words(h);

    if ((h->seeded >> c & 1) != 0)
        return TRI_SHARE_SEED;
    return (h->content -
            TRI_SHARE_SEED * (uint64_t)(tri_share_components(h) - words)) /
           words;
}

void tri_share_encode_component(uint8_t out[TRI_SHARE_PUBLIC],
                                const struct tri_share_head *h, unsigned c)
{
    struct tri_share_head own = *h;

    own.party = tri_share_number(h, c);
    own.seeded = h->seeded >> c & 1;
    own.content = component(h, c);
    encode(out, &own);
}

/* The components of party 0's file that are seeds. */
static unsigned first_seeded(const struct tri_share_head *h)
{
    return h->kind != TRI_SHARE_DATA              ? 0
           : h->sharing == TRI_SHARING_REPLICATED ? 3
                                                  : 1;
}

void tri_share_encode_public(uint8_t out[TRI_SHARE_PUBLIC],
                             const struct tri_share_head *h)
{
    struct tri_share_head first = *h;

    first.party = 0;
    first.seeded = first_seeded(h);
    if (first.seeded != 0)
        first.content = TRI_SHARE_SEED * (uint64_t)tri_share_components(&first);
    encode(out, &first);
}

unsigned tri_share_sums(const struct tri_share_head *h)
{
    return h->sharing == TRI_SHARING_REPLICATED ? 2 : 1;
}

void tri_share_hash_head(struct tri_hash hash[2],
                         const struct tri_share_head *h, const char *text)
{
    uint8_t head[TRI_SHARE_HEAD];

    for (unsigned c = 0; c < tri_share_sums(h); c++) {
        if (h->sharing == TRI_SHARING_REPLICATED)
            tri_share_encode_component(head, h, c);
        else
            tri_share_encode(head, h);
        tri_hash_init(&hash[c], NULL, 0);
        tri_hash_update(&hash[c], head, TRI_SHARE_PUBLIC);
        tri_hash_update(&hash[c], text, h->text);
    }
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
    const int two = h->sharing == TRI_SHARING_REPLICATED;
    /* Components 0 and 1 are pseudo-random, 2 is what is missing. */
    static const unsigned seeds[TRI_PARTIES] = { 3, 1, 2 };
    uint64_t want;

    if (two ? h->seeded != (data ? seeds[h->party] : 0)
            : h->seeded > (data && h->party == 0))
        return bad(name, AT_CONTENT, h->seeded, "the form of the content", why);
    if (model ? h->count != 0 : !state && !within(h->count, 1, INT32_MAX))
        return bad(name, AT_COUNT, h->count, "the number of samples", why);
    if (data ? !within(h->h, 1, MAX_SIDE) : h->h != 0)
        return bad(name, AT_H, h->h, "the height", why);
    if (data ? !within(h->w, 1, MAX_SIDE) : h->w != 0)
        return bad(name, AT_W, h->w, "the width", why);
    if (data ? !within(h->c, 1, MAX_CHANNELS) : h->c != 0)
        return bad(name, AT_C, h->c, "the number of channels", why);
    if (data && (uint64_t)h->h * h->w * h->c > MAX_SAMPLE)
        return bad(name, AT_H, (uint64_t)h->h * h->w * h->c,
                   "the size of a sample", why);
    for (unsigned i = 0; i < 2; i++)
        if (h->most[i] != 0 &&
            (!data || !within(h->most[i], LEAST_MOST, MOST_MOST) ||
             (i == 1 && h->classes == 0)))
            return bad(name, AT_MOST + i, h->most[i], "the largest value", why);
    if (model || state ? h->classes != 0
        : data         ? h->classes > MAX_CLASSES
                       : !within(h->classes, 1, MAX_CLASSES))
        return bad(name, AT_CLASSES, h->classes, "the number of classes", why);
    if (model   ? !within(h->text, 1, TRI_NET_TEXT)
        : state ? !within(h->text, 1, TRI_SHARE_TEXT)
                : h->text != 0)
        return bad(name, AT_TEXT, h->text, "the length of the text", why);
    if (tri_share_components(h) == 0 && h->content != 0)
        return bad(name, AT_BYTES, h->content, "the length of the content",
                   why);
    if (model || state)
        return h->content % (two ? 16 : 8) == 0 && h->content >> 43 == 0
                   ? TRI_OK
                   : bad(name, AT_BYTES, h->content,
                         "the length of the content", why);
    want = TRI_SHARE_SEED *
               (uint64_t)(tri_share_components(h) - tri_share_in_words(h)) +
           (uint64_t)8 * h->count * tri_share_sample(h) * tri_share_in_words(h);
    if (h->content != want)
        return bad(name, AT_BYTES, h->content, "the length of the content",
                   why);
    return TRI_OK;
}

int tri_share_decode(struct tri_share_head *h, const uint8_t *buf, size_t len,
                     const char *name, struct tri_why *why)
{
    uint32_t version;
    int two;

    if (len < sizeof magic || memcmp(buf, magic, sizeof magic) != 0)
        return tri_why(why, TRI_E_FORMAT,
                       "%s: is not a share file (it does not start with "
                       "\"trinnshr\"); make one with: trinn share",
                       name);
    if (len < AT_SUM + TRI_HASH_BYTES)
        return tri_why(why, TRI_E_FORMAT,
                       "%s: has %zu bytes, the header of a share file %d", name,
                       len, AT_SUM + TRI_HASH_BYTES);
    version = tri_le_load16(buf + AT_VERSION);
    if (version != ADDITIVE && version != REPLICATED)
        return tri_why(why, TRI_E_FORMAT,
                       "%s: byte %d says version %u; this program reads "
                       "versions %d and %d",
                       name, AT_VERSION, version, ADDITIVE, REPLICATED);
    two = version == REPLICATED;
    if (two && len < TRI_SHARE_HEAD)
        return tri_why(why, TRI_E_FORMAT,
                       "%s: has %zu bytes, the header of a share file of "
                       "version 2 %d",
                       name, len, TRI_SHARE_HEAD);
    if (buf[AT_KIND] < TRI_SHARE_DATA || buf[AT_KIND] > TRI_SHARE_SCORES)
        return bad(name, AT_KIND, buf[AT_KIND], "the kind", why);
    if (buf[AT_PARTY] > (two || buf[AT_KIND] == TRI_SHARE_CHECKPOINT ? 2 : 1))
        return bad(name, AT_PARTY, buf[AT_PARTY], "the party", why);
    if (buf[AT_CONTENT] > 3)
        return bad(name, AT_CONTENT, buf[AT_CONTENT], "the form of the content",
                   why);
    if (!within(buf[AT_SCALE], 8, 16))
        return bad(name, AT_SCALE, buf[AT_SCALE], "the scale", why);
    h->sharing = two ? TRI_SHARING_REPLICATED : TRI_SHARING_ADDITIVE;
    h->kind = (enum tri_share_kind)buf[AT_KIND];
    h->party = buf[AT_PARTY];
    h->seeded = buf[AT_CONTENT];
    h->fb = buf[AT_SCALE];
    h->most[0] = buf[AT_MOST];
    h->most[1] = buf[AT_MOST + 1];
    memcpy(h->pair, buf + AT_PAIR, TRI_PAIR_ID);
    h->count = tri_le_load32(buf + AT_COUNT);
    h->h = tri_le_load32(buf + AT_H);
    h->w = tri_le_load32(buf + AT_W);
    h->c = tri_le_load32(buf + AT_C);
    h->classes = tri_le_load32(buf + AT_CLASSES);
    h->text = tri_le_load32(buf + AT_TEXT);
    h->content = tri_le_load64(buf + AT_BYTES);
    memset(h->sum, 0, sizeof h->sum);
    memcpy(h->sum, buf + AT_SUM, tri_share_header(h) - AT_SUM);
    return sizes(h, name, why);
}
