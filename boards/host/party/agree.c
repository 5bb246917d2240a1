#include "boards/host/party/agree.h"
#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "core/le.h"
#include "net/fail.h"

/* On the wire a file is the header of a share file up to the checksum, which
 * differs between the parties like the bytes that follow it. */
enum {
    PART = TRI_SHARE_HEAD - TRI_HASH_BYTES,
    COUNTS = 4 * TRI_FILES,
    MOST = TRI_FILES * TRI_MAX_LIST
};

static const char *const what[TRI_FILES] = { "training data", "test data",
                                             "models" };

/* What P0 or P1 says: how many files of each kind, then the files. */
struct speech {
    uint8_t counts[COUNTS];
    uint8_t part[MOST * PART];
    size_t n[TRI_FILES], total;
};

/* What the file of another party would have to say as well. */
static void describe(uint8_t *out, const struct tri_share *s)
{
    uint8_t buf[TRI_SHARE_HEAD];
    struct tri_share_head h = s->head;

    h.party = 0;
    h.seeded = h.kind == TRI_SHARE_DATA;
    h.content = h.seeded ? TRI_SHARE_SEED : h.content;
    tri_share_encode(buf, &h);
    memcpy(out, buf, PART);
}

static void compose(struct speech *t, const struct tri_shares file[TRI_FILES])
{
    for (int i = 0; i < TRI_FILES; i++) {
        t->n[i] = file[i].n;
        tri_le_store32(t->counts + 4 * i, (uint32_t)t->n[i]);
        for (size_t j = 0; j < t->n[i]; j++)
            describe(t->part + PART * t->total++, &file[i].share[j]);
    }
}

/* Read the counts: nothing beyond the room there is. */
static int count(struct speech *t)
{
    t->total = 0;
    for (int i = 0; i < TRI_FILES; i++) {
        const uint32_t n = tri_le_load32(t->counts + 4 * i);

        if (n > TRI_MAX_LIST)
            return TRI_E_PROTO;
        t->n[i] = n;
        t->total += n;
    }
    return TRI_OK;
}

/* Of what the first n parties said. */
static void digest_of(uint8_t out[TRI_HASH_BYTES],
                      const struct speech text[TRI_PARTIES], unsigned n)
{
    struct tri_hash hash;

    tri_hash_init(&hash, NULL, 0);
    for (unsigned i = 0; i < n; i++) {
        tri_hash_update(&hash, text[i].counts, COUNTS);
        tri_hash_update(&hash, text[i].part, PART * text[i].total);
    }
    tri_hash_final(&hash, out);
}

int tri_agree_same(struct tri_link *l, const uint8_t digest[TRI_HASH_BYTES],
                   const char *of)
{
    uint8_t heard[TRI_PARTIES][TRI_HASH_BYTES];
    int rc;

    memcpy(heard[l->id], digest, TRI_HASH_BYTES);
    rc = tri_exchange(l, heard, TRI_HASH_BYTES);
    for (unsigned j = 0; rc == TRI_OK && j < TRI_PARTIES; j++)
        if (memcmp(heard[j], digest, TRI_HASH_BYTES) != 0)
            rc = tri_link_end(l, TRI_E_PROTO, TRI_NOBODY,
                              "P%u and P%u were not told the same of %s: a "
                              "party tells one this and another that",
                              l->id, j, of);
    return rc;
}

/*
 *   P0 -> P1, P2   12 bytes, 64 n bytes   \  one round
 *   P1 -> P0, P2   12 bytes, 64 n bytes   /
 *   P_i -> P_j     32 bytes: a hash of both, for all i != j; one round
 *
 * All public. All three parties compare the same two texts, so all three stop
 * or none.
 */
static int swap(struct tri_link *l, const struct tri_engine_kind *kind,
                struct speech text[TRI_PARTIES])
{
    const unsigned id = l->id, *const holds = kind->holds;
    uint8_t digest[TRI_HASH_BYTES];
    int rc = TRI_OK;

    for (unsigned to = 0; holds[id] > 0 && rc == TRI_OK && to < TRI_PARTIES;
         to++) {
        if (to == id)
            continue;
        rc = tri_send(l, to, text[id].counts, COUNTS);
        if (rc == TRI_OK)
            rc = tri_send(l, to, text[id].part, PART * text[id].total);
    }
    for (unsigned from = 0; rc == TRI_OK && from < TRI_PARTIES; from++) {
        if (from == id || holds[from] == 0)
            continue;
        rc = tri_recv(l, from, text[from].counts, COUNTS);
        if (rc == TRI_OK && count(&text[from]) != TRI_OK)
            rc = tri_link_end(l, TRI_E_PROTO, (int)from,
                              "P%u speaks of more files than there can be",
                              from);
        if (rc == TRI_OK)
            rc = tri_recv(l, from, text[from].part, PART * text[from].total);
    }
    if (rc == TRI_OK)
        rc = tri_flush(l);
    digest_of(digest, text, TRI_PARTIES);
    return rc == TRI_OK ? tri_agree_same(l, digest, "the files of the run")
                        : rc;
}

/* Sets x and y, both number j of n, differ. */
static int differ(const uint8_t *x, const uint8_t *y, size_t j, size_t n,
                  const char *name, struct tri_why *why)
{
    for (size_t i = 0; i < n; i++)
        if (i != j && memcmp(x + j * PART, y + i * PART, PART) == 0)
            return tri_why(why, TRI_E_MISMATCH,
                           "the shares of %s come in another order: number %zu "
                           "of party 0 is number %zu of party 1; give them in "
                           "the same order to both",
                           name, j + 1, i + 1);
    return tri_why(why, TRI_E_MISMATCH,
                   "the shares of %s that party 0 and party 1 hold belong to "
                   "different sessions (number %zu of %zu); give both the "
                   "files that were made together",
                   name, j + 1, n);
}

static int compare(const struct speech text[2], struct tri_why *why)
{
    const uint8_t *x = text[0].part, *y = text[1].part;

    for (int i = 0; i < TRI_FILES; i++) {
        const size_t n = text[0].n[i], m = text[1].n[i];
        if (n != m && (n == 0 || m == 0))
            return tri_why(why, TRI_E_MISMATCH,
                           "only one of party 0 and party 1 was given a share "
                           "of %s; give it to both",
                           what[i]);
        if (n != m)
            return tri_why(why, TRI_E_MISMATCH,
                           "party 0 was given %zu shares of %s, party 1 %zu; "
                           "give both the share of every owner",
                           n, what[i], m);
        for (size_t j = 0; j < n; j++)
            if (memcmp(x + j * PART, y + j * PART, PART) != 0)
                return differ(x, y, j, n, what[i], why);
        x += n * PART;
        y += n * PART;
    }
    return TRI_OK;
}

static int decode(struct tri_heads head[TRI_FILES], const struct speech *t,
                  struct tri_why *why)
{
    uint8_t buf[TRI_SHARE_HEAD] = { 0 };
    const uint8_t *part = t->part;

    for (int i = 0; i < TRI_FILES; i++) {
        head[i].n = t->n[i];
        for (size_t j = 0; j < t->n[i]; j++, part += PART) {
            memcpy(buf, part, PART);
            if (tri_share_decode(&head[i].head[j], buf, sizeof buf,
                                 "what party 0 and party 1 sent",
                                 why) != TRI_OK)
                return TRI_E_PROTO;
        }
    }
    return TRI_OK;
}

/* One data set of many: the same images and classes, nothing twice. */
static int unite(const struct tri_heads *s, const char *name,
                 struct tri_why *why)
{
    const struct tri_share_head *const a = s->head;
    uint64_t total = 0;

    for (size_t j = 0; j < s->n; j++) {
        const struct tri_share_head *const b = s->head + j;
        total += b->count;
        if (b->h != a->h || b->w != a->w || b->c != a->c ||
            b->classes != a->classes || b->fb != a->fb)
            return tri_why(why, TRI_E_MISMATCH,
                           "the %s do not go together: number %zu has images "
                           "of %u x %u x %u in %u classes, number 1 of "
                           "%u x %u x %u in %u",
                           name, j + 1, b->h, b->w, b->c, b->classes, a->h,
                           a->w, a->c, a->classes);
        for (size_t i = 0; i < j; i++)
            if (memcmp(s->head[i].pair, b->pair, TRI_PAIR_ID) == 0)
                return tri_why(why, TRI_E_MISMATCH,
                               "the %s hold one set twice, as number %zu and "
                               "%zu; give the share of every owner once",
                               name, i + 1, j + 1);
    }
    if (total > INT32_MAX)
        return tri_why(why, TRI_E_MISMATCH,
                       "the %s hold %llu samples; %d are "
                       "the most that a run takes",
                       name, (unsigned long long)total, INT32_MAX);
    return TRI_OK;
}

int tri_agree(struct tri_link *l, const struct tri_engine_kind *kind,
              const struct tri_shares file[TRI_FILES],
              struct tri_heads head[TRI_FILES], uint8_t digest[TRI_HASH_BYTES],
              struct tri_why *why)
{
    struct speech *const text = calloc(TRI_PARTIES, sizeof *text);
    int rc;

    if (text == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory");
    if (kind->holds[l->id] > 0)
        compose(&text[l->id], file);
    rc = swap(l, kind, text);
    if (rc != TRI_OK)
        tri_why(why, rc, "%s", l->error);
    if (rc == TRI_OK)
        rc = compare(text, why);
    if (rc == TRI_OK)
        rc = decode(head, text, why);
    for (int i = 0; rc == TRI_OK && i < TRI_FILES; i++)
        rc = unite(&head[i], what[i], why);
    digest_of(digest, text, 1);
    free(text);
    return rc;
}
