#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "boards/host/serve/card.h"
#include "boards/host/serve/order.h"
#include "boards/host/serve/query.h"
#include "boards/host/serve/talk.h"
#include "boards/host/serve/work.h"
#include "core/err.h"
#include "core/le.h"
#include "core/mem.h"
#include "net/host/clock.h"
#include "net/host/secret.h"
#include "tests/checks.h"
#include "tests/support/three.h"

/* ---- queries ------------------------------------------------------------- */

enum { IMAGES = 3, SIDE = 4, VALUES = SIDE * SIDE, CLASSES = 5 };

static struct tri_kernels kernels;

static struct tri_dataset images(uint8_t *pixels)
{
    for (unsigned i = 0; i < IMAGES * VALUES; i++)
        pixels[i] = (uint8_t)(7 * i + 1);
    return (struct tri_dataset){
        .count = IMAGES, .h = SIDE, .w = SIDE, .c = 1, .pixels = pixels
    };
}

static int split(struct tri_query *q, uint32_t first, uint32_t n)
{
    static uint8_t pixels[IMAGES * VALUES];
    const struct tri_dataset set = images(pixels);
    struct tri_why why = { "" };

    tri_kernels_init(&kernels, tri_cpu_detect());
    *q = (struct tri_query){ .ask = { .model = "m", .fb = 16 } };
    return tri_query_split(q, &set, first, n, &kernels, &why);
}

/* What the three are sent adds up to the images, and any two have the same of
 * what both hold. */
static void check_split(struct tri_check *c)
{
    struct tri_query q;
    uint64_t word[3][2][VALUES];
    uint8_t *body[3];

    CHECK(c, split(&q, 1, 2) == TRI_OK, "split");
    for (unsigned p = 0; p < 3; p++) {
        struct tri_ask a;

        body[p] = malloc((size_t)tri_ask_bytes(&q.ask, p));
        tri_query_body(body[p], &q, p);
        CHECK(c,
              tri_ask_parse(&a, body[p], tri_ask_bytes(&q.ask, p), p) == TRI_OK,
              "party %u cannot read it", p);
        CHECK(c,
              a.count == 2 && a.h == SIDE && a.w == SIDE && a.c == 1 &&
                  a.fb == 16 && a.scores == 0 && strcmp(a.model, "m") == 0,
              "party %u reads something else", p);
        CHECK(c, tri_ask_true(&a, body[p], p), "party %u: commitments", p);
    }
    for (uint32_t i = 0; i < 2; i++) {
        for (unsigned p = 0; p < 3; p++) {
            uint64_t *const part[2] = { word[p][0], word[p][1] };

            tri_query_sample(part, &q.ask, body[p], p, i, &kernels);
        }
        for (unsigned p = 0; p < 3; p++)
            CHECK(c,
                  memcmp(word[p][1], word[(p + 1) % 3][0], sizeof word[p][1]) ==
                      0,
                  "copies of component %u differ", (p + 1) % 3);
        for (unsigned v = 0; v < VALUES; v++)
            CHECK(c,
                  word[0][0][v] + word[1][0][v] + word[2][0][v] ==
                      (uint64_t)(uint8_t)(7 * ((i + 1) * VALUES + v) + 1) << 8,
                  "value %u of image %u", v, i);
    }
    for (unsigned p = 0; p < 3; p++)
        free(body[p]);
    tri_query_end(&q);
}

/* Every byte of the private part is committed to; every byte of the public part
 * is in the name. */
static void check_commitments(struct tri_check *c)
{
    const uint8_t parties[3][TRI_KEY_BYTES] = { { 1 }, { 2 }, { 3 } };
    const uint8_t alice[TRI_KEY_BYTES] = { 4 }, bob[TRI_KEY_BYTES] = { 5 };
    uint8_t id[TRI_JOB_ID], other[TRI_JOB_ID];
    struct tri_query q;

    CHECK(c, split(&q, 0, IMAGES) == TRI_OK, "split");
    for (unsigned p = 0; p < 3; p++) {
        const size_t n = (size_t)tri_ask_bytes(&q.ask, p);
        uint8_t *const body = malloc(n);

        tri_query_body(body, &q, p);
        for (size_t at = TRI_ASK_PUBLIC; at < n; at++) {
            body[at] ^= 4;
            CHECK(c, !tri_ask_true(&q.ask, body, p),
                  "party %u: byte %zu is not committed to", p, at);
            body[at] ^= 4;
        }
        free(body);
    }
    tri_job_id(id, parties, alice, TRI_MESSAGE_ASK, q.public, TRI_ASK_PUBLIC);
    tri_job_id(other, parties, bob, TRI_MESSAGE_ASK, q.public, TRI_ASK_PUBLIC);
    CHECK(c, memcmp(id, other, sizeof id) != 0,
          "the client is not in the name");
    for (size_t at = 0; at < TRI_ASK_PUBLIC; at++) {
        q.public[at] ^= 4;
        tri_job_id(other, parties, alice, TRI_MESSAGE_ASK, q.public,
                   TRI_ASK_PUBLIC);
        CHECK(c, memcmp(id, other, sizeof id) != 0,
              "byte %zu is not in the name", at);
        q.public[at] ^= 4;
    }
    tri_query_end(&q);
}

/* Shares of one-hot rows, joined; each of all words altered once. */
static void check_join(struct tri_check *c)
{
    enum { ALL = IMAGES * CLASSES, BYTES = TRI_ANSWER_HEAD + 16 * ALL };
    const struct tri_ask a = { .count = IMAGES, .fb = 16 };
    static uint8_t answer[3][BYTES];
    const uint8_t *const body[3] = { answer[0], answer[1], answer[2] };
    const uint8_t id[TRI_JOB_ID] = { 9 };
    uint64_t seed = c->seed;
    struct tri_results r;
    struct tri_why why;
    uint32_t classes;

    for (unsigned i = 0; i < ALL; i++) {
        const uint64_t v = i % CLASSES == (i / CLASSES) * 2;
        uint64_t x[3] = { tri_test_rand(&seed), tri_test_rand(&seed), 0 };

        x[2] = v - x[0] - x[1];
        for (unsigned p = 0; p < 3; p++)
            for (unsigned k = 0; k < 2; k++)
                tri_le_store64(answer[p] + TRI_ANSWER_HEAD +
                                   8 * ((size_t)k * ALL + i),
                               x[(p + k) % 3]);
    }
    for (unsigned p = 0; p < 3; p++) {
        tri_answer_print(answer[p], id, IMAGES, CLASSES);
        CHECK(c,
              tri_answer_parse(&classes, answer[p], BYTES, id, IMAGES) ==
                      TRI_OK &&
                  classes == CLASSES,
              "head");
        CHECK(c,
              tri_answer_parse(&classes, answer[p], BYTES - 8, id, IMAGES) !=
                      TRI_OK &&
                  tri_answer_parse(&classes, answer[p], BYTES, id,
                                   IMAGES - 1) != TRI_OK,
              "a head that does not fit");
    }
    why.text[0] = '\0';
    CHECK(c, tri_query_join(&r, &a, CLASSES, body, &why) == TRI_OK, "%s",
          why.text);
    CHECK(c, r.class[0] == 0 && r.class[1] == 2 && r.class[2] == 4, "classes");
    tri_results_free(&r);
    for (unsigned p = 0; p < 3; p++)
        for (size_t at = TRI_ANSWER_HEAD; at < BYTES; at += 8) {
            answer[p][at] ^= 1;
            why.text[0] = '\0';
            CHECK(c, tri_query_join(&r, &a, CLASSES, body, &why) == TRI_E_CHEAT,
                  "party %u: word at %zu altered", p, at);
            tri_results_free(&r);
            answer[p][at] ^= 1;
        }
    for (unsigned p = 1; p < 3; p++) /* both copies: no class any more */
        answer[p][TRI_ANSWER_HEAD + 8 * ALL * (2 - p)] ^= 1;
    why.text[0] = '\0';
    CHECK(c, tri_query_join(&r, &a, CLASSES, body, &why) == TRI_E_FORMAT,
          "two parties together: %s", why.text);
    tri_results_free(&r);
}

/* ---- the queue ----------------------------------------------------------- */

static struct tri_job *job(uint8_t id, unsigned client, const char *model,
                           uint32_t count)
{
    struct tri_job *const j = calloc(1, sizeof *j);

    j->id[0] = id;
    j->client = client;
    j->ask = (struct tri_ask){ .count = count, .h = 1, .w = 1, .c = 1 };
    strcpy(j->ask.model, model);
    j->since = tri_clock_ns();
    j->len = 10;
    return j;
}

/* Who comes anew is not ahead of those who have used the service for long, nor
 * behind them. */
static void check_newcomer(struct tri_check *c)
{
    uint8_t id[TRI_QUEUE_BATCH][TRI_JOB_ID];
    const uint64_t s = 100000000000; /* what a machine takes beside is less */
    static struct tri_queue q;
    struct tri_job *j;
    unsigned had = 0;
    int wake[2];

    CHECK(c,
          pipe2(wake, O_NONBLOCK) == 0 &&
              tri_queue_start(&q, wake[1]) == TRI_OK,
          "start");
    /* Client 0 alone, for long; then there is always one more of each. */
    for (uint8_t i = 0; i < 50; i++) {
        (void)tri_queue_add(&q, job(i, 0, "a", 1));
        CHECK(c, tri_queue_pick(&q, id, 0) == 1 && id[0][0] == i, "alone");
        j = tri_queue_take(&q, id[0]);
        j->taken -= 2 * s;
        tri_queue_refuse(&q, j, TRI_E_IO, "");
    }
    (void)tri_queue_add(&q, job(50, 0, "a", 1));
    (void)tri_queue_add(&q, job(51, 1, "b", 1));
    for (uint8_t i = 52; i < 72; i++) {
        CHECK(c, tri_queue_pick(&q, id, 0) == 1, "pick");
        j = tri_queue_take(&q, id[0]);
        had += j->client == 0;
        j->taken -= s;
        (void)tri_queue_add(&q, job(i, j->client, j->ask.model, 1));
        tri_queue_refuse(&q, j, TRI_E_IO, "");
    }
    CHECK(c, had >= 9 && had <= 11, "%u of 20 turns", had);
    /* Client 1 goes; who has its place next owes nothing. */
    q.used[1] += 100 * s;
    q.spurned[1] = 1;
    tri_queue_forget(&q, 1);
    CHECK(c, q.used[1] == q.least && q.spurned[1] == 0,
          "%llu s are owed by somebody else",
          (unsigned long long)((q.used[1] - q.least) / s));
    tri_queue_end(&q);
    close(wake[0]);
    close(wake[1]);
}

static void check_queue(struct tri_check *c)
{
    uint8_t id[TRI_QUEUE_BATCH][TRI_JOB_ID] = { { 0 } };
    struct tri_config cfg = { .limit_bytes = 25,
                              .limit_jobs = 2,
                              .limit_rate = 3 };
    struct tri_why why = { "" };
    const uint64_t now = 1000000000, long_ns = 100 * now;
    uint64_t within = 0;
    static struct tri_queue q;
    struct tri_queue_count n;
    struct tri_job *j, *older;
    int wake[2];

    CHECK(c, pipe(wake) == 0 && tri_queue_start(&q, wake[1]) == TRI_OK,
          "start");
    CHECK(c, tri_queue_pick(&q, id, 1) == 0, "an empty queue has something");
    for (int i = 0; i < 3; i++)
        CHECK(c, tri_queue_admit(&q, &cfg, 0, 10, now, &why) == TRI_OK,
              "request %d: %s", i, why.text);
    CHECK(c,
          tri_queue_admit(&q, &cfg, 0, 10, now, &why) == TRI_E_NOMEM &&
              strstr(why.text, "rate") != NULL,
          "four at once: %s", why.text);
    CHECK(c, tri_queue_admit(&q, &cfg, 1, 10, now, &why) == TRI_OK,
          "another client pays for it");
    CHECK(c, tri_queue_admit(&q, &cfg, 0, 10, now + 400000000, &why) == TRI_OK,
          "a third of a second later");

    (void)tri_queue_add(&q, job(1, 0, "a", 100));
    (void)tri_queue_add(&q, job(2, 1, "b", 1));
    (void)tri_queue_add(&q, job(3, 0, "a", 28));
    (void)tri_queue_add(&q, job(4, 2, "a", 1));
    j = job(4, 2, "a", 1);
    CHECK(c, tri_queue_add(&q, j) == TRI_E_ARG, "the same twice");
    tri_job_free(j);
    why.text[0] = '\0';
    CHECK(c,
          tri_queue_admit(&q, &cfg, 0, 1, 99 * now, &why) == TRI_E_NOMEM &&
              strstr(why.text, "jobs") != NULL,
          "three wait: %s", why.text);
    cfg.limit_jobs = 9;
    why.text[0] = '\0';
    CHECK(c,
          tri_queue_admit(&q, &cfg, 0, 6, 99 * now, &why) == TRI_E_NOMEM &&
              strstr(why.text, "bytes") != NULL,
          "26 bytes wait: %s", why.text);
    CHECK(c, tri_queue_pick(&q, id, 0) == 2 && id[0][0] == 1 && id[1][0] == 3,
          "128 images of model a: %u, %u", id[0][0], id[1][0]);
    CHECK(c, tri_queue_have(&q, (const uint8_t(*)[TRI_JOB_ID])id, 2, 1) == 3,
          "have both");
    id[1][0] = 77;
    CHECK(c, tri_queue_have(&q, (const uint8_t(*)[TRI_JOB_ID])id, 2, 1) == 1,
          "have one");
    j = tri_queue_take(&q, id[0]);
    CHECK(c, j != NULL && tri_queue_take(&q, id[0]) == NULL, "take once");
    j->since -= 3 * now;
    j->taken -= 4 * long_ns;
    j->part = 0.5;
    tri_queue_answer(&q, j, tri_talk_block(1), 1);
    /* Client 0 has had its share: the oldest of another one is next. */
    CHECK(c, tri_queue_pick(&q, id, 0) == 1 && id[0][0] == 2, "whose turn: %u",
          id[0][0]);
    j = tri_queue_take(&q, id[0]);
    j->since -= 9 * now;
    j->taken -= 3 * long_ns;
    tri_queue_return(&q, j, TRI_QUEUE_TRIES);
    (void)tri_queue_add(&q, job(5, 1, "a", 1));
    CHECK(c, tri_queue_pick(&q, id, 0) == 2 && id[0][0] == 4 && id[1][0] == 3,
          "what others did not follow waits at the end: %u", id[0][0]);
    q.spurned[1] -= TRI_QUEUE_ALONE_S * now;
    CHECK(c, tri_queue_pick(&q, id, 0) == 3 && id[2][0] == 5,
          "a client is alone for ever");
    CHECK(c, q.used[0] / long_ns == 2 && q.used[1] / long_ns == 3,
          "half of 400 s, and 300 s for nothing: %llu and %llu ns",
          (unsigned long long)q.used[0], (unsigned long long)q.used[1]);
    id[0][0] = 2;
    for (unsigned i = 1; i < TRI_QUEUE_TRIES; i++)
        tri_queue_return(&q, tri_queue_take(&q, id[0]), TRI_QUEUE_TRIES);
    CHECK(c, tri_queue_take(&q, id[0]) == NULL, "it waits for ever");
    /* Those that are not agreed on go back to where they were. */
    id[0][0] = 3;
    id[1][0] = 4;
    older = tri_queue_take(&q, id[0]);
    j = tri_queue_take(&q, id[1]);
    tri_queue_return(&q, older, 0);
    tri_queue_return(&q, j, 0);
    CHECK(c, q.first == older && older->next == j && j->next == q.last,
          "the younger one is before the older one");
    j = tri_queue_take(&q, id[0]);
    j->taken -= 5 * long_ns;
    tri_queue_tell(&q, j, "done");
    CHECK(c, q.used[0] / long_ns == 7,
          "what is no query costs nothing: %llu ns",
          (unsigned long long)q.used[0]);
    tri_queue_gone(&q, 0, 0);
    CHECK(c,
          tri_queue_pick(&q, id, 0) == 0 && q.bytes[0] == 0 && q.jobs[0] == 0 &&
              q.jobs[1] == 0,
          "who has hung up still waits");
    j = tri_queue_done(&q);
    CHECK(c, j->id[0] == 1 && j->reply.kind == TRI_MESSAGE_ANSWER, "answer");
    tri_job_free(j);
    j = tri_queue_done(&q);
    CHECK(c, j->id[0] == 2 && j->reply.kind == TRI_MESSAGE_REFUSED, "refusal");
    tri_job_free(j);
    j = tri_queue_done(&q);
    CHECK(c, j->id[0] == 3 && j->reply.kind == TRI_MESSAGE_TEXT_REPLY, "text");
    tri_job_free(j);
    CHECK(c, tri_queue_done(&q) == NULL && read(wake[0], id, 9) == 3, "wakes");
    /* Times to an answer, after 3 s and at once; a refusal is none. */
    n = tri_queue_counts(&q);
    for (unsigned i = 0; i < TRI_METRICS_BOUNDS; i++)
        within += n.within[i];
    CHECK(c,
          n.answered == 2 && n.failed == 1 && within == 2 &&
              n.wait_ns >= 3 * now && n.wait_ns < 60 * now,
          "%llu answers, %llu of them within a span, in %llu ns",
          (unsigned long long)n.answered, (unsigned long long)within,
          (unsigned long long)n.wait_ns);
    /* What nobody has begun for too long is given back, and no more. */
    for (uint8_t i = 8; i < 10; i++)
        (void)tri_queue_add(&q, job(i, 0, "a", 1));
    q.first->since = now;
    within = q.used[0];
    tri_queue_expire(&q, 2 * now, "late");
    j = tri_queue_done(&q);
    CHECK(c,
          j != NULL && j->id[0] == 8 && j->reply.kind == TRI_MESSAGE_REFUSED &&
              tri_queue_done(&q) == NULL,
          "it waits for ever, or others do not");
    tri_job_free(j);
    CHECK(c, q.used[0] == within, "what was not begun costs something");
    CHECK(c, tri_queue_pick(&q, id, 0) == 1 && id[0][0] == 9 && q.jobs[0] == 1,
          "what is not late: %u", id[0][0]);
    j = tri_queue_take(&q, id[0]);
    j->taken -= 2 * long_ns;
    tri_queue_refuse(&q, j, TRI_E_IO, "no");
    CHECK(c,
          q.used[0] - within >= 2 * long_ns && q.used[0] - within < 3 * long_ns,
          "a refusal costs nothing");
    tri_queue_end(&q);
    close(wake[0]);
    close(wake[1]);
}

/* Requests that are computed at once fill half of the rows at least; and how
 * long more of them are waited for. */
static void check_batches(struct tri_check *c)
{
    static const struct {
        uint32_t count[4];
        size_t one, taken; /* `one` requests of one image before them */
    } want[] = {
        { { 0 }, 3, 1 },           { { 0 }, 4, 4 },
        { { 0 }, 9, 8 },           { { 0 }, 15, 8 },
        { { 0 }, 16, 16 },         { { 20 }, 0, 1 },
        { { 20, 20 }, 0, 1 },      { { 20, 20, 20, 20 }, 0, 4 },
        { { 100, 30, 20 }, 0, 2 }, { { 128, 1 }, 0, 1 },
    };
    const uint64_t ms = 1000000;
    int wake[2];

    CHECK(c, pipe(wake) == 0, "pipe");
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        uint8_t id[TRI_QUEUE_BATCH][TRI_JOB_ID] = { { 0 } };
        static struct tri_queue q;
        uint64_t begun;
        uint8_t name = 0;
        size_t n;

        CHECK(c, tri_queue_start(&q, wake[1]) == TRI_OK, "start");
        while (name < want[i].one)
            (void)tri_queue_add(&q, job(++name, 0, "a", 1));
        for (size_t j = 0; j < 4 && want[i].count[j] > 0; j++)
            (void)tri_queue_add(&q, job(++name, 0, "a", want[i].count[j]));
        n = tri_queue_pick(&q, id, 0);
        CHECK(c, n == want[i].taken, "case %zu: %zu requests", i, n);
        begun = tri_clock_ns();
        tri_queue_gather(&q, name, 100000 * ms);
        CHECK(c, tri_clock_ns() - begun < 50000 * ms,
              "waits for what is there");
        begun = tri_clock_ns();
        tri_queue_gather(&q, name + 1u, 10 * ms);
        CHECK(c, tri_clock_ns() - begun >= 10 * ms, "does not wait for more");
        tri_queue_end(&q);
    }
    close(wake[0]);
    close(wake[1]);
}

/* Every refusal is a message, and says something. */
static void check_refusal(struct tri_check *c)
{
    static const char *const said[] = { "", "busy", "much too long" };
    static const char *const heard[] = { NULL, "busy", "much too" };

    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        const char *const want =
            heard[i] != NULL ? heard[i] : tri_strerror(TRI_E_NOMEM);
        const size_t size = i == 2 ? 4 + 8 : 200;
        uint8_t body[200];
        char text[200];
        const size_t n = tri_refusal_print(body, size, TRI_E_NOMEM, said[i]);

        CHECK(c,
              n == 4 + strlen(want) &&
                  tri_refusal_parse(body, n, text, sizeof text) ==
                      TRI_E_NOMEM &&
                  strcmp(text, want) == 0,
              "'%s' becomes '%s'", said[i], text);
    }
}

/* Sizes that no message has. What party 0 is sent has no words: it alone would
 * not miss those of images that are too many or too large. */
static void check_absurd(struct tri_check *c)
{
    static const struct {
        uint32_t count, h, w, c;
        int rc;
    } want[] = {
        { TRI_ASK_IMAGES, 2, 2, 1, TRI_OK },
        { TRI_ASK_IMAGES + 1, 2, 2, 1, TRI_E_PROTO },
        { UINT32_MAX, 1, 1, 1, TRI_E_PROTO },
        { 0, 2, 2, 1, TRI_E_PROTO },
        { 1, 4096, 4096, 1, TRI_OK },
        { 1, 4096, 4096, 2, TRI_E_PROTO },
        { 2, 4096, 4096, 1, TRI_E_PROTO },
        { 1, 1 << 16, 1 << 16, 1 << 16, TRI_E_PROTO },
        { 1, 1 << 24, 1, 1, TRI_E_PROTO },
        { 1, 1, 1, 0, TRI_E_PROTO },
    };
    static const struct {
        uint32_t kind;
        uint64_t len;
        int rc;
    } head[] = {
        { 0, 0, TRI_E_PROTO },
        { TRI_MESSAGE_STATUS, 0, TRI_OK },
        { TRI_MESSAGE_STATUS, 1, TRI_E_PROTO },
        { TRI_MESSAGE_STORE, 1, TRI_E_PROTO },
        { TRI_MESSAGE_PART, 7, TRI_E_PROTO },
        { TRI_MESSAGE_PART, 8 + TRI_PART_MOST, TRI_OK },
        { TRI_MESSAGE_PART, 8 + TRI_PART_MOST + 1, TRI_E_PROTO },
        { TRI_MESSAGE_FILE, 8 + TRI_PART_MOST + 1, TRI_E_PROTO },
        { TRI_MESSAGE_READ, 7, TRI_E_PROTO },
        { TRI_MESSAGE_READ, 8, TRI_OK },
        { TRI_MESSAGE_READ + 1, 8, TRI_E_PROTO },
        { TRI_MESSAGE_FETCH, TRI_WORK_HEAD, TRI_OK },
        { TRI_MESSAGE_FETCH, TRI_WORK_HEAD + 1, TRI_E_PROTO },
        { TRI_MESSAGE_TRAIN, TRI_WORK_MOST, TRI_OK },
        { TRI_MESSAGE_TRAIN, TRI_WORK_MOST + 1, TRI_E_PROTO },
        { TRI_MESSAGE_ASK, UINT64_MAX, TRI_E_PROTO },
        { TRI_MESSAGE_TEXT_REPLY, TRI_MESSAGE_TEXT + 1, TRI_E_PROTO },
        { TRI_MESSAGE_FILE + 1, 8, TRI_E_PROTO },
    };

    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        struct tri_ask a = { .model = "m",
                             .count = want[i].count,
                             .h = want[i].h,
                             .w = want[i].w,
                             .c = want[i].c,
                             .fb = 16 };
        uint8_t body[TRI_ASK_PUBLIC + 2 * TRI_ASK_SECRET] = { 0 };

        tri_ask_print(body, &a);
        CHECK(c, tri_ask_parse(&a, body, sizeof body, 0) == want[i].rc,
              "query %zu", i);
    }
    for (size_t i = 0; i < sizeof head / sizeof *head; i++) {
        struct tri_message m = { head[i].kind, 7, head[i].len };
        uint8_t wire[TRI_MESSAGE_HEAD];

        tri_message_print(wire, &m);
        CHECK(c, tri_message_parse(&m, wire) == head[i].rc, "message %zu", i);
    }
}

/* What a party says of a file, piece by piece, and what it may not say. */
static void check_pieces(struct tri_check *c)
{
    static const struct {
        uint64_t at, says, len;
        int rc;
    } want[] = {
        { 0, 100, 40, TRI_OK },        { 40, 100, 60, TRI_OK },
        { 100, 100, 0, TRI_OK },       { 40, 101, 60, TRI_E_PROTO },
        { 40, 100, 61, TRI_E_PROTO },  { 40, 100, 0, TRI_E_PROTO },
        { 0, 0, 0, TRI_OK },           { 0, 0, 1, TRI_E_PROTO },
        { 0, UINT64_MAX, 99, TRI_OK }, { 99, UINT64_MAX, 99, TRI_OK },
    };
    /* Of a share of 100 bytes. */
    const struct {
        uint64_t at, sent, says;
        int rc;
    } offset[] = {
        { 0, UINT64_MAX, 0, TRI_OK },   { 0, UINT64_MAX, 100, TRI_OK },
        { 70, UINT64_MAX, 30, TRI_OK }, { 0, UINT64_MAX, 101, TRI_E_PROTO },
        { 30, 70, 100, TRI_OK },        { 30, 60, 90, TRI_OK },
        { 30, 60, 30, TRI_E_PROTO },    { 30, 60, 89, TRI_E_PROTO },
        { 30, 60, 91, TRI_E_PROTO },    { 100, 0, 100, TRI_OK },
        { 100, 0, 99, TRI_E_PROTO },    { 100, 0, 0, TRI_E_PROTO },
    };
    uint64_t all = 0;

    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        uint8_t body[200] = { 0 };

        tri_le_store64(body, want[i].says);
        CHECK(c,
              tri_file_parse(&all, want[i].at, body, 8 + want[i].len) ==
                  want[i].rc,
              "piece %zu", i);
    }
    for (size_t i = 0; i < sizeof offset / sizeof *offset; i++) {
        const int good = offset[i].rc == TRI_OK;
        uint64_t at = offset[i].at;
        uint32_t most = 0;
        uint8_t body[TRI_OFFSET];

        tri_le_store64(body, offset[i].says);
        tri_le_store32(body + 8, TRI_PART_MOST);
        CHECK(c,
              tri_offset_parse(&at, &most, 100, offset[i].sent, body) ==
                      offset[i].rc &&
                  at == (good ? offset[i].says : offset[i].at) &&
                  most == (good ? TRI_PART_MOST : 0),
              "offset %zu: %llu", i, (unsigned long long)at);
        for (unsigned k = 0; k < 2; k++) {
            at = offset[i].at;
            tri_le_store32(body + 8, k == 0 ? 0 : TRI_PART_MOST + 1);
            CHECK(c,
                  tri_offset_parse(&at, &most, 100, offset[i].sent, body) ==
                      TRI_E_PROTO,
                  "offset %zu, and parts that cannot be sent", i);
        }
    }
}

/* ---- the card ------------------------------------------------------------ */

static void check_card(struct tri_check *c)
{
    static struct tri_config cfg;
    static const char *const bad[] = {
        "", "party 0 h:1\n", "key k\n", "id 0\n", "store x\n", "party 0 - 00\n",
    };
    struct tri_why why = { "" };
    struct tri_card card;
    char text[1000];
    FILE *f = fmemopen(text, sizeof text, "w");

    for (unsigned j = 0; j < 3; j++) {
        snprintf(cfg.service[j], sizeof cfg.service[j], "host%u:7%u", j, j);
        memset(cfg.party[j].key, 9 + (int)j, TRI_KEY_BYTES);
    }
    CHECK(c, tri_card_print(f, &cfg, &why) == TRI_OK, "%s", why.text);
    fclose(f);
    CHECK(c, tri_card_parse(&card, text, strlen(text), "card", &why) == TRI_OK,
          "%s", why.text);
    for (unsigned j = 0; j < 3; j++)
        CHECK(c,
              strcmp(card.addr[j], cfg.service[j]) == 0 &&
                  memcmp(card.key[j], cfg.party[j].key, TRI_KEY_BYTES) == 0,
              "party %u", j);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char more[1200];

        snprintf(more, sizeof more, "%s%s", i > 1 ? text : "", bad[i]);
        why.text[0] = '\0';
        CHECK(c,
              tri_card_parse(&card, more, strlen(more), "card", &why) ==
                      TRI_E_FORMAT &&
                  why.text[0] != '\0',
              "'%s' is a card", bad[i]);
    }
    cfg.service[1][0] = '\0';
    CHECK(c, tri_card_print(stdout, &cfg, &why) == TRI_E_ARG,
          "half a card is printed");
}

const struct tri_check_entry tri_checks_service[] = {
    { "service_split", check_split },
    { "service_commitments", check_commitments },
    { "service_join", check_join },
    { "service_queue", check_queue },
    { "service_newcomer", check_newcomer },
    { "service_refusal", check_refusal },
    { "service_batches", check_batches },
    { "service_card", check_card },
    { "service_absurd", check_absurd },
    { "service_pieces", check_pieces },
};
const size_t tri_checks_service_n =
    sizeof tri_checks_service / sizeof *tri_checks_service;
