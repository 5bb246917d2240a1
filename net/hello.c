/* No OS header: boards link this file as it is. */
#include "net/hello.h"

#include "core/err.h"
#include "core/hash.h"
#include "core/le.h"
#include "core/mem.h"
#include "core/text.h"
#include "net/fail.h"

enum {
    FRAME = TRI_HELLO_FRAME, /* contribution, text's length (3 bytes), said  */
    SHARE = FRAME - 4,       /* contribution to a key                        */
    SAID = FRAME - 1,        /* where the sender's byte stands               */
    SHOWN = 150,             /* of a value, in an error text                 */
    DONE = 4 + TRI_PARTIES   /* "done", what all three said              */
};

/* ---- texts -------------------------------------------------------------- */

int tri_hello_valid(const char *text, size_t n)
{
    if (n < 1 || n > TRI_HELLO_TEXT || text[n - 1] != '\n')
        return 0;
    for (size_t i = 0; i < n; i++)
        if (text[i] != '\n' && (text[i] < 0x20 || text[i] > 0x7e))
            return 0;
    return 1;
}

/* A line, or part of one. p is NULL where a text has ended. */
struct span {
    const char *p;
    size_t n;
};

static size_t length(const char *text, size_t most)
{
    size_t n = 0;

    while (n < most && text[n] != '\0')
        n++;
    return n;
}

static struct span next_line(const char **text)
{
    struct span line = { *text, 0 };

    if (**text == '\0')
        return (struct span){ NULL, 0 };
    while (line.p[line.n] != '\n' && line.p[line.n] != '\0')
        line.n++;
    *text += line.n + 1;
    return line;
}

static int same(struct span a, struct span b)
{
    return (a.p == NULL) == (b.p == NULL) && a.n == b.n &&
           (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static struct span name_of(struct span line)
{
    for (size_t i = 0; i < line.n; i++)
        if (line.p[i] == ' ')
            return (struct span){ line.p, i };
    return line;
}

static struct span value_of(struct span line)
{
    const size_t skip = name_of(line).n;

    if (line.p == NULL || skip == line.n)
        return (struct span){ line.p, 0 };
    return (struct span){ line.p + skip + 1, line.n - skip - 1 };
}

static void append(char *err, const char *before, struct span s)
{
    struct tri_text t = { err, TRI_HELLO_ERROR, length(err, TRI_HELLO_ERROR) };

    tri_text_add(&t, "%s%.*s%s", before, (int)(s.n < SHOWN ? s.n : SHOWN),
                 s.n > 0 ? s.p : "", s.n > SHOWN ? "..." : "");
}

static void describe(char *err, const struct span line[TRI_PARTIES])
{
    static const char *const party[TRI_PARTIES] = { " P0: ", "; P1: ",
                                                    "; P2: " };
    static const struct span nothing = { "(nothing)", 9 };
    const int one_name = same(name_of(line[0]), name_of(line[1])) &&
                         same(name_of(line[0]), name_of(line[2]));

    err[0] = '\0';
    if (one_name) {
        append(err, "the parties differ in ", name_of(line[0]));
        append(err, ".", (struct span){ NULL, 0 });
    } else {
        append(err, "the parties differ in what they describe.",
               (struct span){ NULL, 0 });
    }
    for (unsigned i = 0; i < TRI_PARTIES; i++) {
        struct span s = one_name ? value_of(line[i]) : line[i];

        append(err, party[i], s.n > 0 ? s : nothing);
    }
}

int tri_hello_compare(const char *const text[3], char *err)
{
    const char *at[TRI_PARTIES] = { text[0], text[1], text[2] };
    struct span line[TRI_PARTIES];

    do {
        for (unsigned i = 0; i < TRI_PARTIES; i++)
            line[i] = next_line(&at[i]);
        if (!same(line[0], line[1]) || !same(line[0], line[2])) {
            describe(err, line);
            return TRI_E_MISMATCH;
        }
    } while (line[0].p != NULL);
    return TRI_OK;
}

/* A text that begins with this is no description of a run. */
static const char refusal[] = "cannot take part: ";

static int refuses(const char *text)
{
    return length(text, sizeof refusal - 1) == sizeof refusal - 1 &&
           memcmp(text, refusal, sizeof refusal - 1) == 0;
}

/* Who refuses, and why; else where the texts differ. */
static int judge(const char *const text[TRI_PARTIES], char *err, int *blamed)
{
    struct tri_text t = { err, TRI_HELLO_ERROR, 0 };

    *blamed = TRI_NOBODY;
    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        const char *at = text[j];
        const size_t n = next_line(&at).n;

        if (!refuses(text[j]))
            continue;
        if (t.n == 0)
            *blamed = (int)j;
        tri_text_add(&t, "%sP%u %.*s", t.n > 0 ? "; " : "", j,
                     (int)(n < TRI_HELLO_REFUSAL ? n : TRI_HELLO_REFUSAL),
                     text[j]);
    }
    return t.n > 0 ? TRI_E_IO : tri_hello_compare(text, err);
}

/* ---- keys --------------------------------------------------------------- */

static void derive(uint8_t key[32], const struct tri_link *l,
                   const struct tri_hello *h, unsigned peer,
                   const uint8_t digest[TRI_HASH_BYTES])
{
    static const char label[16] = { 't', 'r', 'i', 'n', 'n', ' ', 'p', 'a',
                                    'i', 'r', ' ', 'k', 'e', 'y', ' ', '1' };
    const unsigned self = l->id;
    const int low = self < peer;
    const uint8_t ids[2] = { (uint8_t)(low ? self : peer),
                             (uint8_t)(low ? peer : self) };
    struct tri_hash s;

    tri_hash_init(&s, l->secret[peer], sizeof(l->secret[peer]));
    tri_hash_update(&s, label, sizeof(label));
    tri_hash_update(&s, ids, sizeof(ids));
    tri_hash_update(&s, low ? h->mine[peer] : h->theirs[peer], SHARE);
    tri_hash_update(&s, low ? h->theirs[peer] : h->mine[peer], SHARE);
    tri_hash_update(&s, digest, TRI_HASH_BYTES);
    tri_hash_final(&s, key);
}

/* ---- exchange ----------------------------------------------------------- */

static int get_text(struct tri_link *l, struct tri_hello *h, unsigned j)
{
    const uint8_t *b = h->theirs[j] + SHARE;
    int rc = tri_recv(l, j, h->theirs[j], FRAME);
    const uint32_t n = tri_le_load32(b) & 0xffffff;

    if (rc != TRI_OK)
        return rc;
    if (n >= 1 && n <= TRI_HELLO_TEXT) {
        rc = tri_recv(l, j, (uint8_t *)h->text[j], n);
        if (rc != TRI_OK)
            return rc;
    }
    if (n < 1 || n > TRI_HELLO_TEXT || !tri_hello_valid(h->text[j], n))
        return tri_link_end(l, TRI_E_PROTO, (int)j,
                            "P%u describes the run in a malformed text", j);
    return TRI_OK;
}

static int unfinished(struct tri_link *l, unsigned j)
{
    return tri_link_end(l, TRI_E_PROTO, (int)j,
                        "P%u does not end the agreement on the run as all do",
                        j);
}

/* What this party says of the run, once it has heard P0. Who refuses proposes
 * nothing. */
static int adopt(struct tri_link *l, struct tri_hello *h,
                 const struct tri_hello_adopt *adopt, uint8_t *said)
{
    static const char nothing[] = "nothing proposed\n";
    const int rc = get_text(l, h, 0);

    if (rc != TRI_OK)
        return rc;
    if (refuses(h->text[0]))
        memcpy(h->text[l->id], nothing, sizeof nothing);
    else
        adopt->adopt(adopt->self, h->text[0], h->text[l->id], said);
    return TRI_OK;
}

static int malformed(struct tri_link *l)
{
    return tri_link_end(l, TRI_E_ARG, (int)l->id,
                        "P%u has a malformed description of the run", l->id);
}

/*
 *   P_i -> P_j   contribution to k_ij, length, byte  36 bytes  \
 *   P_i -> P_j   text                                 n bytes  / one round
 *   P_i -> P_j   "done", all three bytes              7 bytes    one round
 *
 * for all i != j. Everybody reads both others before it decides, and says so
 * before it ends: a party that ends at a mismatch could otherwise take the
 * reason away from one that still waits. Who adopts reads P0 before it sends.
 */
static int exchange(struct tri_link *l, struct tri_hello *h,
                    const struct tri_hello_adopt *late,
                    uint8_t said[TRI_PARTIES], char *err)
{
    const unsigned a = (l->id + 1) % TRI_PARTIES, b = (l->id + 2) % TRI_PARTIES;
    const char *const text[3] = { h->text[0], h->text[1], h->text[2] };
    uint8_t done[TRI_PARTIES][DONE] = { { 0 } };
    uint8_t *const mine = done[l->id];
    int rc = late != NULL ? adopt(l, h, late, &said[l->id]) : TRI_OK;
    int end, blamed;
    size_t n;

    if (rc != TRI_OK)
        return rc;
    n = length(text[l->id], TRI_HELLO_TEXT + 1);
    if (!tri_hello_valid(text[l->id], n))
        return malformed(l);
    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        tri_le_store32(h->mine[j] + SHARE, (uint32_t)n);
        h->mine[j][SAID] = said[l->id];
    }
    for (unsigned j = 0; j < TRI_PARTIES && rc == TRI_OK; j++) {
        if (j == l->id)
            continue;
        rc = tri_send(l, j, h->mine[j], FRAME);
        if (rc == TRI_OK)
            rc = tri_send(l, j, (const uint8_t *)h->text[l->id], n);
    }
    if (rc == TRI_OK && (late == NULL || a != 0))
        rc = get_text(l, h, a);
    if (rc == TRI_OK && (late == NULL || b != 0))
        rc = get_text(l, h, b);
    if (rc != TRI_OK)
        return rc;

    said[a] = h->theirs[a][SAID];
    said[b] = h->theirs[b][SAID];
    memcpy(mine, "done", 4);
    memcpy(mine + 4, said, TRI_PARTIES);
    end = tri_exchange(l, done[0], DONE);

    rc = judge(text, err, &blamed);
    if (rc != TRI_OK) { /* the reason, even if others have ended meanwhile */
        (void)tri_link_end(l, rc, blamed, "%s", err);
        l->dead = rc;
        l->blamed = blamed;
        l->error[0] = '\0';
        return tri_link_fail(l, rc, "%s", err);
    }
    if (end == TRI_OK && memcmp(done[a], mine, DONE) != 0)
        end = unfinished(l, a);
    if (end == TRI_OK && memcmp(done[b], mine, DONE) != 0)
        end = unfinished(l, b);
    return end;
}

int tri_hello_in(struct tri_hello *h, struct tri_link *l, const char *text,
                 const struct tri_hello_adopt *a, uint8_t said[3],
                 uint8_t keys[3][32], char *err)
{
    uint8_t nothing[TRI_PARTIES] = { 0 };
    uint8_t digest[TRI_HASH_BYTES];
    char why[TRI_HELLO_ERROR] = "";
    size_t n;
    int rc;

    tri_wipe(keys, 3 * 32);
    if (said == NULL)
        said = nothing;
    if (l->dead != TRI_OK) {
        rc = TRI_E_DEAD;
        goto out;
    }
    n = text != NULL ? length(text, TRI_HELLO_TEXT + 1) : 0;
    if (n > TRI_HELLO_TEXT || (text == NULL && (a == NULL || l->id == 0))) {
        rc = malformed(l);
        goto out;
    }
    memset(h->text, 0, sizeof h->text);
    if (text != NULL)
        memcpy(h->text[l->id], text, n);
    rc = exchange(l, h, text == NULL ? a : NULL, said, why);
    if (rc != TRI_OK)
        goto out;
    tri_hash(digest, h->text[l->id], length(h->text[l->id], TRI_HELLO_TEXT));
    for (unsigned j = 0; j < TRI_PARTIES; j++)
        if (j != l->id)
            derive(keys[j], l, h, j, digest);
out:
    if (err != NULL)
        (void)tri_text_print(err, TRI_HELLO_ERROR, "%s",
                             rc == TRI_OK          ? ""
                             : why[0] != '\0'      ? why
                             : l->error[0] != '\0' ? l->error
                                                   : tri_strerror(rc));
    tri_wipe(h, sizeof *h);
    return rc;
}

size_t tri_hello_refusal(char out[TRI_HELLO_REFUSAL], const char *why)
{
    size_t n = sizeof refusal - 1;

    memcpy(out, refusal, n);
    for (; *why != '\0' && n < TRI_HELLO_REFUSAL - 2; why++, n++)
        out[n] = *why;
    for (size_t i = 0; i < n; i++)
        if (out[i] < 0x20 || out[i] > 0x7e)
            out[i] = '?';
    out[n] = '\n';
    out[n + 1] = '\0';
    return n;
}
