#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "boards/host/owner/reveal.h"
#include "boards/host/owner/split.h"
#include "boards/common/agree.h"
#include "boards/host/share/sharepair.h"
#include "boards/host/share/sharetensor.h"
#include "core/err.h"
#include "proto/fused/fused.h"
#include "proto/rep3/rep3.h"
#include "tests/checks.h"
#include "tests/support/folder.h"
#include "tests/support/links.h"
#include "tests/support/three.h"

/* Files of a replicated sharing, of which each party holds two components. */

enum { N = 3, PX = 6, CLASSES = 10, SAMPLE = PX + CLASSES };

static char dir[TRI_FOLDER];
static struct tri_kernels kernels;

static const char *at(const char *prefix, unsigned party)
{
    static char path[8][128];
    static unsigned turn;

    turn = (turn + 1) % 8;
    snprintf(path[turn], sizeof path[turn], "%s/%s.p%u.share", dir, prefix,
             party);
    return path[turn];
}

static void within(struct tri_check *c, void (*body)(struct tri_check *c))
{
    static const char *const made[] = { "a", "b", "copy", "t", "r", "s" };

    tri_kernels_init(&kernels, tri_cpu_detect());
    CHECK(c, tri_folder_make(dir), "no temporary directory");
    body(c);
    for (size_t i = 0; i < sizeof made / sizeof *made; i++)
        for (unsigned p = 0; p < TRI_PARTIES; p++)
            unlink(at(made[i], p));
    if (rmdir(dir) != 0)
        tri_check_fail(c, "something is left in %s", dir);
}

/* ---- an owner's data ------------------------------------------------------
 */

static int split(struct tri_check *c, const char *prefix, uint8_t px[N * PX],
                 uint16_t lb[N])
{
    const struct tri_dataset set = { .count = N,
                                     .h = 2,
                                     .w = 3,
                                     .c = 1,
                                     .classes = 10,
                                     .pixels = px,
                                     .labels = lb };
    struct tri_why why = { "" };
    char path[128];

    for (size_t i = 0; i < N * PX; i++)
        px[i] = (uint8_t)(250 - 11 * i);
    for (size_t i = 0; i < N; i++)
        lb[i] = (uint16_t)(4 * i);
    snprintf(path, sizeof path, "%s/%s", dir, prefix);
    if (tri_split(&set, path, TRI_SHARING_REPLICATED, 13, &kernels, &why) !=
        TRI_OK)
        return tri_check_fail(c, "split: %s", why.text);
    return 1;
}

/* Components i and i+1 for party i, random ones, and what they add up to. */
static void data_body(struct tri_check *c)
{
    static const long size[TRI_PARTIES] = {
        TRI_SHARE_HEAD + 64, TRI_SHARE_HEAD + 32 + 8 * N * SAMPLE,
        TRI_SHARE_HEAD + 32 + 8 * N * SAMPLE
    };
    uint8_t px[N * PX];
    uint16_t lb[N];
    struct tri_why why = { "" };
    struct tri_share s[TRI_PARTIES];

    if (!split(c, "a", px, lb))
        return;
    for (unsigned p = 0; p < TRI_PARTIES; p++) {
        struct stat st = { 0 };

        CHECK(c, stat(at("a", p), &st) == 0 && st.st_size == size[p],
              "party %u has %ld bytes", p, (long)st.st_size);
        CHECK(c,
              tri_share_open(&s[p], at("a", p), TRI_SHARE_DATA, (int)p,
                             &kernels, &why) == TRI_OK,
              "%s", why.text);
        for (unsigned q = 0; q < p; q++)
            CHECK(c, tri_share_pair(&s[q], &s[p], &why) == TRI_OK, "%s",
                  why.text);
    }
    for (uint32_t i = N; i-- > 0;) {
        uint64_t w[TRI_PARTIES][2][SAMPLE];

        for (unsigned p = 0; p < TRI_PARTIES; p++) {
            uint64_t *const x[2] = { w[p][0], w[p][1] };
            uint64_t *const y[2] = { w[p][0] + PX, w[p][1] + PX };

            CHECK(c, tri_share_fetch(&s[p], i, x, y, &why) == TRI_OK, "%s",
                  why.text);
        }
        for (unsigned p = 0; p < TRI_PARTIES; p++) {
            uint64_t far = 0;

            CHECK(c, memcmp(w[p][1], w[(p + 1) % 3][0], sizeof w[p][1]) == 0,
                  "component %u has two versions", (p + 1) % 3);
            for (size_t j = 0; j < SAMPLE; j++)
                far |= w[p][0][j];
            CHECK(c, far >> 48 != 0, "component %u is not masked", p);
        }
        for (size_t j = 0; j < SAMPLE; j++) {
            const uint64_t want = j < PX ? (uint64_t)px[i * PX + j] << 5
                                         : (uint64_t)(lb[i] == j - PX);

            CHECK(c, w[0][0][j] + w[1][0][j] + w[2][0][j] == want,
                  "sample %u, word %zu", i, j);
        }
    }
    for (unsigned p = 0; p < TRI_PARTIES; p++)
        tri_share_close(&s[p]);
}

static void check_data(struct tri_check *c)
{
    within(c, data_body);
}

/* Two shares of prefix `from` become shares of prefix `to`. */
static int again(struct tri_check *c, const char *from, unsigned p, unsigned q,
                 const char *to, enum tri_sharing sharing)
{
    struct tri_why why = { "" };
    struct tri_share s[2];
    char path[128];
    int rc = TRI_OK;

    snprintf(path, sizeof path, "%s/%s", dir, to);
    for (int i = 0; i < 2; i++)
        if (tri_share_open(&s[i], at(from, i == 0 ? p : q), TRI_SHARE_DATA, -1,
                           &kernels, &why) != TRI_OK)
            return tri_check_fail(c, "%s", why.text);
    rc = tri_split_again(&s[0], &s[1], path, sharing, &kernels, &why);
    for (int i = 0; i < 2; i++)
        tri_share_close(&s[i]);
    return rc == TRI_OK || tri_check_fail(c, "again: %s", why.text);
}

/* From three shares to two, by every pair, and back: the values stay. */
static void again_body(struct tri_check *c)
{
    uint8_t px[N * PX];
    uint16_t lb[N];

    if (!split(c, "a", px, lb))
        return;
    for (unsigned p = 0; p < TRI_PARTIES; p++)
        for (unsigned q = 0; q < TRI_PARTIES; q++) {
            struct tri_why why = { "" };
            struct tri_share s[2];

            if (p == q)
                continue;
            if (!again(c, "a", p, q, "t", TRI_SHARING_ADDITIVE) ||
                !again(c, "t", 1, 0, "b", TRI_SHARING_REPLICATED) ||
                !again(c, "b", q, p, "s", TRI_SHARING_ADDITIVE))
                return;
            for (int i = 0; i < 2; i++)
                CHECK(c,
                      tri_share_open(&s[i], at("s", (unsigned)i),
                                     TRI_SHARE_DATA, i, &kernels,
                                     &why) == TRI_OK,
                      "%s", why.text);
            CHECK(c, s[0].head.fb == 13 && s[0].head.count == N,
                  "%u samples at scale %u", s[0].head.count, s[0].head.fb);
            for (uint32_t i = 0; i < N; i++) {
                uint64_t x[SAMPLE], room[2 * SAMPLE];

                CHECK(c,
                      tri_reveal_sample(x, room, SAMPLE, i, &s[1], &s[0],
                                        &why) == TRI_OK,
                      "%s", why.text);
                for (size_t j = 0; j < SAMPLE; j++)
                    CHECK(c,
                          x[j] == (j < PX ? (uint64_t)px[i * PX + j] << 5
                                          : (uint64_t)(lb[i] == j - PX)),
                          "by %u and %u: sample %u, word %zu", p, q, i, j);
            }
            for (unsigned i = 0; i < TRI_PARTIES; i++) {
                if (i < 2)
                    tri_share_close(&s[i]);
                unlink(at("t", i));
                unlink(at("b", i));
                unlink(at("s", i));
            }
        }
}

static void check_again(struct tri_check *c)
{
    within(c, again_body);
}

static int open_one(const char *path, int party)
{
    struct tri_why why = { "" };
    struct tri_share s;
    const int rc =
        tri_share_open(&s, path, TRI_SHARE_ANY, party, &kernels, &why);

    tri_share_close(&s);
    return rc;
}

/* Every byte of every file counts. */
static void damage_body(struct tri_check *c)
{
    uint8_t px[N * PX];
    uint16_t lb[N];

    if (!split(c, "a", px, lb))
        return;
    for (unsigned p = 0; p < TRI_PARTIES; p++) {
        struct tri_why why = { "" };
        const char *const copy = at("copy", p);
        uint8_t *buf;
        size_t len;
        FILE *f;

        CHECK(c, tri_file_read(at("a", p), 1 << 20, &buf, &len, &why) == TRI_OK,
              "%s", why.text);
        for (size_t i = 0; i <= len; i++) {
            if (i < len)
                buf[i] ^= 1;
            f = fopen(copy, "wb");
            if (f == NULL || fwrite(buf, 1, len, f) != len || fclose(f) != 0)
                tri_check_fail(c, "%s", copy);
            if (open_one(copy, -1) != (i < len ? TRI_E_FORMAT : TRI_OK))
                tri_check_fail(c, "party %u, byte %zu", p, i);
            if (i < len)
                buf[i] ^= 1;
        }
        free(buf);
        CHECK(c, open_one(at("a", p), (int)(p + 1) % 3) == TRI_E_ARG,
              "another party may use the share of party %u", p);
    }
}

static void check_damage(struct tri_check *c)
{
    within(c, damage_body);
}

/* A file says for which engines it is. */
static void engines_body(struct tri_check *c)
{
    uint8_t px[N * PX];
    uint16_t lb[N];
    struct tri_why why = { "" };
    struct tri_share s;

    if (!split(c, "a", px, lb))
        return;
    CHECK(c,
          tri_share_open(&s, at("a", 2), TRI_SHARE_DATA, -1, &kernels, &why) ==
              TRI_OK,
          "%s", why.text);
    CHECK(c,
          tri_share_serves(&s, tri_share_of(&tri_engine_rep3), 2, &why) ==
                  TRI_OK &&
              tri_share_serves(&s, TRI_SHARING_REPLICATED, 1, &why) ==
                  TRI_E_ARG,
          "%s", why.text);
    why.text[0] = '\0';
    CHECK(c,
          tri_share_serves(&s, tri_share_of(&tri_engine_fused), 2, &why) ==
                  TRI_E_ARG &&
              strstr(why.text, "made for engine rep3") != NULL &&
              strstr(why.text, "--engine rep3, or let who") != NULL,
          "'%s'", why.text);
    tri_share_close(&s);
}

static void check_engines(struct tri_check *c)
{
    within(c, engines_body);
}

/* ---- tensors of the three ------------------------------------------------
 */

enum { ROWS = 401, COLS = 11 }; /* more than a piece of a file */

static struct {
    int rc[TRI_PARTIES];
    struct tri_why why[TRI_PARTIES];
    double back[TRI_PARTIES][ROWS * COLS];
    int same[TRI_PARTIES]; /* the file has the shares of the run */
} tensor;

static double value(size_t i)
{
    return ((double)(i % 977) - 488) / 8;
}

static struct tri_share_head head_of(unsigned party, uint32_t rows,
                                     uint32_t cols)
{
    return (struct tri_share_head){ .sharing = TRI_SHARING_REPLICATED,
                                    .kind = TRI_SHARE_SCORES,
                                    .party = party,
                                    .fb = 16,
                                    .pair = { 9 },
                                    .count = rows,
                                    .classes = cols,
                                    .content = 16 * (uint64_t)rows * cols };
}

/* Public numbers go into a file as fresh shares, and come back. */
static void tensor_party(struct tri_engine *e, void *arg)
{
    const unsigned id = e->s->id;
    const struct tri_share_head h = head_of(id, ROWS, COLS);
    struct tri_why *const why = &tensor.why[id];
    double *const v = tensor.back[id];
    struct tri_share_out o;
    struct tri_share s = { .fd = -1 };
    struct tri_ten x, y;
    uint64_t first = 0;
    char path[128];
    int rc = tri_ten_alloc(e, &x, tri_shape2(ROWS, COLS), 16, 0);

    (void)arg;
    snprintf(path, sizeof path, "%s/t.p%u.share", dir, id);
    for (size_t i = 0; i < ROWS * COLS; i++)
        v[i] = value(i);
    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &y, tri_shape2(ROWS, COLS), 16, 0);
    if (rc == TRI_OK)
        rc = e->ops->constant(e, &x, v);
    if (rc == TRI_OK)
        rc = tri_share_create(&o, path, &h, "", why);
    if (rc == TRI_OK)
        rc = tri_share_put_tensor(&o, e, &x, 0, x.n, why);
    if (rc == TRI_OK)
        rc = tri_share_finish(&o, why);
    if (rc == TRI_OK)
        rc = tri_share_open(&s, path, TRI_SHARE_SCORES, (int)id, &kernels, why);
    if (rc == TRI_OK)
        rc = tri_share_get_tensor(&s, e, &y, &first, why);
    tri_share_close(&s);
    if (rc == TRI_OK)
        rc = tri_open(e, v, &y, TRI_OPEN_ALL);
    for (size_t i = 0; rc == TRI_OK && i < x.n; i++)
        for (unsigned c = 0; c < 2; c++)
            tensor.same[id] |=
                ((uint64_t *)x.v[c])[i] == ((uint64_t *)y.v[c])[i];
    tensor.rc[id] = rc;
}

/* Of each two shares the values come out, with a third one as well. */
static void tensor_body(struct tri_check *c)
{
    struct tri_share s[TRI_PARTIES];
    struct tri_why why = { "" };
    struct tri_three t;

    tri_three_default(&t);
    t.engine = &tri_engine_rep3;
    memset(&tensor, 0, sizeof tensor);
    tri_three_run(&t, tensor_party, NULL);
    for (unsigned p = 0; p < TRI_PARTIES; p++) {
        CHECK(c, tensor.rc[p] == TRI_OK, "party %u: %d %s %s", p, tensor.rc[p],
              tensor.why[p].text, t.error[p]);
        CHECK(c, !tensor.same[p], "party %u keeps its shares as they are", p);
        for (size_t i = 0; i < ROWS * COLS; i++)
            CHECK(c, tensor.back[p][i] == value(i), "party %u, value %zu", p,
                  i);
        CHECK(c,
              tri_share_open(&s[p], at("t", p), TRI_SHARE_SCORES, (int)p,
                             &kernels, &why) == TRI_OK,
              "%s", why.text);
    }
    for (unsigned p = 0; p < TRI_PARTIES; p++)
        for (unsigned q = 0; q < TRI_PARTIES; q++) {
            struct tri_results r = { 0 };
            int rc = tri_share_pair(&s[p], &s[q], &why);

            CHECK(c, rc == (p == q ? TRI_E_MISMATCH : TRI_OK), "%u, %u: %s", p,
                  q, why.text);
            if (p == q)
                continue;
            rc = tri_reveal_result(&r, &s[p], &s[q], &why);
            for (size_t i = 0; rc == TRI_OK && i < ROWS * COLS; i++)
                if (r.score[i] != value(i))
                    tri_check_fail(c, "%u with %u: value %zu is %g", p, q, i,
                                   r.score[i]);
            tri_results_free(&r);
            CHECK(c, rc == TRI_OK, "%s", why.text);
        }
    for (unsigned p = 0; p < TRI_PARTIES; p++)
        tri_share_close(&s[p]);
}

static void check_tensor(struct tri_check *c)
{
    within(c, tensor_body);
}

/* ---- one component, two versions -----------------------------------------
 */

/* A share of one row whose component `other` has one word changed; itself it is
 * without fault. -1: none. */
static int deal(const char *prefix, unsigned party, int other)
{
    const struct tri_share_head h = head_of(party, 1, 4);
    uint64_t w[2][4];
    const uint64_t *const part[2] = { w[0], w[1] };
    struct tri_why why = { "" };
    struct tri_share_out o;
    int rc = tri_share_create(&o, at(prefix, party), &h, "", &why);

    for (unsigned c = 0; c < 2; c++)
        for (unsigned i = 0; i < 4; i++)
            w[c][i] = 1000 * ((party + c) % 3) + i +
                      ((int)c == other && i == 3 ? 1 : 0);
    if (rc == TRI_OK)
        rc = tri_share_put(&o, part, 4, &why);
    if (rc == TRI_OK)
        rc = tri_share_finish(&o, &why);
    tri_share_abort(&o);
    return rc;
}

struct common {
    int rc[TRI_PARTIES];
    struct tri_why why[TRI_PARTIES];
};

/* Each with its own two files, of which the second may not fit. */
static void common_party(struct tri_check *c, struct tri_link *l, void *arg)
{
    struct common *const q = arg;
    struct tri_share s[2] = { { .fd = -1 }, { .fd = -1 } };
    struct tri_named_head both[2];
    struct tri_why *const why = &q->why[l->id];
    char path[128];
    int rc = TRI_OK;

    (void)c;
    for (int i = 0; rc == TRI_OK && i < 2; i++) {
        snprintf(path, sizeof path, "%s/%c.p%u.share", dir, "rs"[i], l -> id);
        rc = tri_share_open(&s[i], path, TRI_SHARE_SCORES, (int)l->id, &kernels,
                            why);
    }
    for (int i = 0; i < 2; i++)
        both[i] = (struct tri_named_head){ s[i].path, &s[i].head };
    q->rc[l->id] = rc == TRI_OK ? tri_agree_components(l, both, 2, why) : rc;
    tri_share_close(&s[0]);
    tri_share_close(&s[1]);
}

/* Who gets the shares of all three finds what two of them do not have alike. */
static int joined(struct tri_check *c, int other)
{
    struct tri_share s[TRI_PARTIES];
    struct tri_why why = { "" };
    int found = 0;

    for (unsigned p = 0; p < TRI_PARTIES; p++)
        if (tri_share_open(&s[p], at("s", p), TRI_SHARE_SCORES, (int)p,
                           &kernels, &why) != TRI_OK)
            return tri_check_fail(c, "%s", why.text);
    for (unsigned p = 0; p < TRI_PARTIES; p++) {
        const int rc = tri_share_pair(&s[p], &s[(p + 1) % 3], &why);

        found += rc == TRI_E_MISMATCH && (int)p == other;
        found -= rc != TRI_OK && (int)p != other;
    }
    for (unsigned p = 0; p < TRI_PARTIES; p++)
        tri_share_close(&s[p]);
    return found == (other >= 0);
}

/* P1's is changed in neither, in component 1 (P0 has it as well), in 2 (P2). */
static void common_body(struct tri_check *c)
{
    static const char *const with[2] = { "party 0 and party 1",
                                         "party 1 and party 2" };

    for (unsigned p = 0; p < TRI_PARTIES; p++)
        CHECK(c, deal("r", p, -1) == TRI_OK, "no file");
    for (int other = -1; other < 2; other++) {
        struct common q = { { 0 }, { { "" } } };

        for (unsigned p = 0; p < TRI_PARTIES; p++) {
            unlink(at("s", p));
            CHECK(c, deal("s", p, p == 1 ? other : -1) == TRI_OK, "no file");
        }
        CHECK(c, joined(c, other), "component %d: joined", other);
        tri_links_go(c, TRI_LINKS_MEM, 5000, common_party, &q);
        for (unsigned p = 0; p < TRI_PARTIES; p++) {
            char name[32];

            snprintf(name, sizeof name, "/s.p%u.share: ", p);
            CHECK(c, q.rc[p] == (other < 0 ? TRI_OK : TRI_E_MISMATCH),
                  "component %d, P%u: %d %s", other, p, q.rc[p], q.why[p].text);
            CHECK(c,
                  other < 0 || (strstr(q.why[p].text, name) != NULL &&
                                strstr(q.why[p].text, with[other]) != NULL &&
                                (strstr(q.why[p].text, "says so)") != NULL) ==
                                    (p == (other == 0 ? 2 : 0))),
                  "component %d, P%u: '%s'", other, p, q.why[p].text);
        }
    }
}

static void check_common(struct tri_check *c)
{
    within(c, common_body);
}

/* P0 finds fault to one of them and none to the other: neither takes it for the
 * other's. */
static void lying_party(struct tri_check *c, struct tri_link *l, void *arg)
{
    const uint8_t fault[4] = { 1 << 2 | 1 }, none[4] = { 0 };
    uint8_t sum[TRI_HASH_BYTES], heard[TRI_HASH_BYTES];
    struct tri_share s;
    struct tri_why why = { "" };
    char path[128];
    int rc;

    (void)arg;
    snprintf(path, sizeof path, "%s/r.p%u.share", dir, l->id);
    rc = tri_share_open(&s, path, TRI_SHARE_SCORES, (int)l->id, &kernels, &why);
    CHECK(c, rc == TRI_OK, "%s", why.text);
    if (l->id != 0) {
        const struct tri_named_head one = { s.path, &s.head };

        rc = tri_agree_components(l, &one, 1, &why);
        tri_share_close(&s);
        CHECK(c, rc == TRI_E_PROTO && l->blamed != 1 && l->blamed != 2,
              "P%u: %d, names %d: %s", l->id, rc, l->blamed, why.text);
        return;
    }
    for (unsigned to = 1; to < TRI_PARTIES; to++) {
        memcpy(sum, s.head.sum[to == 1], sizeof sum);
        rc |= tri_send(l, to, sum, sizeof sum);
        rc |= tri_send(l, to, to == 1 ? fault : none, 4);
        rc |= tri_send(l, to, sum, sizeof sum);
        rc |= tri_flush(l);
    }
    tri_share_close(&s);
    CHECK(c, rc == TRI_OK, "P0: %s", l->error);
    (void)tri_recv(l, 2, heard, sizeof heard); /* as long as P2 lives */
    (void)tri_recv(l, 2, heard, 4);
    (void)tri_recv(l, 2, heard, sizeof heard);
    (void)tri_recv(l, 2, heard, 1);
}

static void lying_body(struct tri_check *c)
{
    for (unsigned p = 0; p < TRI_PARTIES; p++)
        CHECK(c, deal("r", p, -1) == TRI_OK, "no file");
    for (int kind = 0; kind < TRI_LINKS_KINDS; kind++)
        tri_links_go(c, kind, 2000, lying_party, NULL);
}

static void check_lying(struct tri_check *c)
{
    within(c, lying_body);
}

const struct tri_check_entry tri_checks_replicated[] = {
    { "replicated: data", check_data },
    { "replicated: from one sharing to another", check_again },
    { "replicated: damage", check_damage },
    { "replicated: engines", check_engines },
    { "replicated: tensors", check_tensor },
    { "replicated: in common", check_common },
    { "replicated: a party that lies", check_lying },
};
const size_t tri_checks_replicated_n =
    sizeof tri_checks_replicated / sizeof *tri_checks_replicated;
