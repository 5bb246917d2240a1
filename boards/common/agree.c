#include "boards/common/agree.h"
#include "core/err.h"
#include "core/le.h"
#include "core/mem.h"
#include "net/fail.h"

/* On the wire a file is the header of a share file up to the digests, which
 * differ between the parties like the bytes that follow. */
enum {
    PART = TRI_SHARE_PUBLIC,
    COUNTS = 4 * TRI_FILES,
    MOST = TRI_FILES * TRI_AGREE_MOST
};

static const char *const what[TRI_FILES] = { "training data", "test data",
                                             "models" };

/* What a holder says: how many files of each kind, then the files. */
struct speech {
    uint8_t counts[COUNTS];
    uint8_t part[MOST * PART];
    size_t n[TRI_FILES], total;
};

static void compose(struct speech *t, const struct tri_at_hand file[TRI_FILES])
{
    for (int i = 0; i < TRI_FILES; i++) {
        t->n[i] = file[i].n;
        tri_le_store32(t->counts + 4 * i, (uint32_t)t->n[i]);
        for (size_t j = 0; j < t->n[i]; j++)
            tri_share_encode_public(t->part + PART * t->total++,
                                    file[i].file[j].head);
    }
}

/* Read the counts: nothing beyond the room there is. */
static int count(struct speech *t)
{
    t->total = 0;
    for (int i = 0; i < TRI_FILES; i++) {
        const uint32_t n = tri_le_load32(t->counts + 4 * i);

        if (n > TRI_AGREE_MOST)
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
    rc = tri_exchange(l, heard[0], TRI_HASH_BYTES);
    for (unsigned j = 0; rc == TRI_OK && j < TRI_PARTIES; j++)
        if (memcmp(heard[j], digest, TRI_HASH_BYTES) != 0)
            rc = tri_link_end(l, TRI_E_PROTO, TRI_NOBODY,
                              "P%u and P%u were not told the same of %s: a "
                              "party tells one this and another that",
                              l->id, j, of);
    return rc;
}

int tri_agree_said(struct tri_link *l, void *said, size_t n, const char *of)
{
    uint8_t digest[TRI_HASH_BYTES];
    const int rc = tri_exchange(l, said, n);

    if (rc != TRI_OK)
        return rc;
    tri_hash(digest, said, TRI_PARTIES * n);
    return tri_agree_same(l, digest, of);
}

/*
 *   P_i -> P_j   12 bytes, 64 n bytes     for all i != j, if P_i holds shares;
 *                                         one round
 *   P_i -> P_j   32 bytes: a hash of all  for all i != j; one round
 *
 * All public. All three parties compare the same texts, so all three stop
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

/* Sets x of party 0 and y of another, both number j of n, differ. */
static int differ(const uint8_t *x, const uint8_t *y, size_t j, size_t n,
                  unsigned other, const char *name, struct tri_why *why)
{
    for (size_t i = 0; i < n; i++)
        if (i != j && memcmp(x + j * PART, y + i * PART, PART) == 0)
            return tri_why(why, TRI_E_MISMATCH,
                           "the shares of %s come in another order: number %zu "
                           "of party 0 is number %zu of party %u; give them in "
                           "the same order to all",
                           name, j + 1, i + 1, other);
    return tri_why(why, TRI_E_MISMATCH,
                   "the shares of %s that party 0 and party %u hold belong to "
                   "different sessions (number %zu of %zu); give all the "
                   "files that were made together",
                   name, other, j + 1, n);
}

/* What party 0 says with what another holder says. */
static int compare(const struct speech text[TRI_PARTIES], unsigned other,
                   struct tri_why *why)
{
    const uint8_t *x = text[0].part, *y = text[other].part;

    for (int i = 0; i < TRI_FILES; i++) {
        const size_t n = text[0].n[i], m = text[other].n[i];
        if (n != m && (n == 0 || m == 0))
            return tri_why(why, TRI_E_MISMATCH,
                           "only one of party 0 and party %u was given a share "
                           "of %s; give it to both",
                           other, what[i]);
        if (n != m)
            return tri_why(why, TRI_E_MISMATCH,
                           "party 0 was given %zu shares of %s, party %u %zu; "
                           "give all the share of every owner",
                           n, what[i], other, m);
        for (size_t j = 0; j < n; j++)
            if (memcmp(x + j * PART, y + j * PART, PART) != 0)
                return differ(x, y, j, n, other, what[i], why);
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
                                 "what party 0 sent", why) != TRI_OK)
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
        if ((b->most[1] != 0) != (a->most[1] != 0))
            return tri_why(why, TRI_E_MISMATCH,
                           "the %s do not go together: of number %zu and "
                           "number 1 one has targets and the other labels",
                           name, j + 1);
        if (b->h != a->h || b->w != a->w || b->c != a->c ||
            b->classes != a->classes || b->fb != a->fb)
            return tri_why(why, TRI_E_MISMATCH,
                           "the %s do not go together: number %zu has images "
                           "of %u x %u x %u in %u classes, number 1 of "
                           "%u x %u x %u in %u; `trinn share --classes` says "
                           "how many there are",
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

/* ---- what the parties have in common --------------------------------------
 */

/* What a party finds: nothing, 0; else which share, from 1, differs from that
 * of the next party (1) or the one before (2). */
enum { VERDICT = 4, NEXT = 1, PREV = 2 };

/* The first verdict that is none of TRI_OK, this party's own before all others,
 * as a text on all three. */
static int judge(uint8_t said[TRI_PARTIES][VERDICT], unsigned id,
                 const struct tri_named_head *file, size_t n,
                 struct tri_why *why)
{
    static const char *const heard[TRI_PARTIES] = { " (P0 says so)",
                                                    " (P1 says so)",
                                                    " (P2 says so)" };

    for (unsigned k = 0; k < TRI_PARTIES; k++) {
        const unsigned i = (id + k) % TRI_PARTIES;
        const unsigned at = tri_le_load32(said[i]) >> 2;
        const unsigned way = tri_le_load32(said[i]) & 3;
        const unsigned other = (i + way) % TRI_PARTIES;

        if (at == 0 || at > n)
            continue;
        return tri_why(why, TRI_E_MISMATCH,
                       "%s: party %u and party %u do not hold the same in what "
                       "they have in common of these shares; let their owner "
                       "make new ones and give each party its own%s",
                       file[at - 1].name, i < other ? i : other,
                       i < other ? other : i, i == id ? "" : heard[i]);
    }
    return TRI_OK;
}

/*
 *   P_i -> P_{i+1}   32 n bytes: digests of component i+1   \ one round
 *   P_i -> P_{i-1}   32 n bytes: digests of component i     /
 *   P_i -> P_j       4 bytes: what differs                  for all i != j;
 *                                                           one round
 *   P_i -> P_j       32 bytes: a hash of what all said      likewise
 *
 * A digest goes to the other holder alone: it would let the third party, which
 * lacks one component, try values.
 */
int tri_agree_components(struct tri_link *l, const struct tri_named_head *file,
                         size_t n, struct tri_why *why)
{
    const unsigned to[2] = { (l->id + 2) % TRI_PARTIES,
                             (l->id + 1) % TRI_PARTIES };
    uint8_t said[TRI_PARTIES][VERDICT], digest[TRI_HASH_BYTES];
    uint32_t fault = UINT32_MAX;
    int rc = TRI_OK;

    for (unsigned c = 0; c < 2; c++)
        for (size_t j = 0; rc == TRI_OK && j < n; j++)
            rc = tri_send(l, to[c], file[j].head->sum[c], TRI_HASH_BYTES);
    for (unsigned c = 0; c < 2; c++)
        for (size_t j = 0; rc == TRI_OK && j < n; j++) {
            const uint32_t here =
                (uint32_t)(j + 1) << 2 | (c == 0 ? PREV : NEXT);

            rc = tri_recv(l, to[c], digest, TRI_HASH_BYTES);
            if (rc == TRI_OK && here < fault &&
                memcmp(file[j].head->sum[c], digest, TRI_HASH_BYTES) != 0)
                fault = here;
        }
    if (rc == TRI_OK)
        rc = tri_flush(l);
    tri_le_store32(said[l->id], fault == UINT32_MAX ? 0 : fault);
    if (rc == TRI_OK)
        rc = tri_agree_said(l, said, VERDICT, "what they have in common");
    return rc == TRI_OK ? judge(said, l->id, file, n, why)
                        : tri_why(why, rc, "%s", l->error);
}

/* The same of all files of the run. */
static int compare_components(struct tri_link *l,
                              const struct tri_at_hand file[TRI_FILES],
                              struct tri_why *why)
{
    struct tri_named_head all[MOST];
    size_t n = 0;

    for (int i = 0; i < TRI_FILES; i++)
        for (size_t j = 0; j < file[i].n; j++)
            all[n++] = file[i].file[j];
    return n == 0 || all[0].head->sharing != TRI_SHARING_REPLICATED
               ? TRI_OK
               : tri_agree_components(l, all, n, why);
}

int tri_agree(struct tri_link *l, const struct tri_engine_kind *kind,
              const struct tri_at_hand file[TRI_FILES],
              struct tri_heads head[TRI_FILES], uint8_t digest[TRI_HASH_BYTES],
              struct tri_why *why)
{
    struct speech text[TRI_PARTIES] = { 0 };
    int rc;

    if (kind->holds[l->id] > 0)
        compose(&text[l->id], file);
    rc = swap(l, kind, text);
    if (rc != TRI_OK)
        tri_why(why, rc, "%s", l->error);
    for (unsigned j = 1; rc == TRI_OK && j < TRI_PARTIES; j++)
        if (kind->holds[j] > 0)
            rc = compare(text, j, why);
    if (rc == TRI_OK)
        rc = decode(head, text, why);
    for (int i = 0; rc == TRI_OK && i < TRI_FILES; i++)
        rc = unite(&head[i], what[i], why);
    if (rc == TRI_OK)
        rc = compare_components(l, file, why);
    digest_of(digest, text, 1);
    return rc;
}
