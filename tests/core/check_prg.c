#include <stdio.h>
#include <string.h>
#include <time.h>
#include "core/prg.h"
#include "tests/checks.h"

enum { RUN = 16384 };

static void random_bytes(uint8_t *p, size_t n, uint64_t *seed)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)tri_test_rand(seed);
}

/* The key stream by the references: nonce stream | chunk, from block 0 on. */
static void key_stream(uint8_t *out, size_t blocks, const uint8_t key[32],
                       uint64_t id, uint32_t chunk, enum tri_prg_kind kind)
{
    const uint32_t nonce[3] = { (uint32_t)id, (uint32_t)(id >> 32), chunk };
    uint8_t rk[TRI_AES_KEY_BYTES];
    uint32_t words[8];

    for (size_t i = 0; i < 8; i++)
        words[i] = tri_le_load32(key + 4 * i);
    tri_aes_expand_ref(rk, key);
    if (kind == TRI_PRG_AES128)
        tri_aes_ctr_ref(out, rk, nonce, 0, blocks);
    else
        tri_chacha20_ref(out, words, nonce, 0, blocks);
}

/* RFC 8439, 2.3.2, and NIST SP 800-38A, F.5.1: their counter blocks are
 * reached as stream, chunk and block. */
static void check_vectors(struct tri_check *c)
{
    static const uint8_t chacha[16] = { 0x10, 0xf1, 0xe7, 0xe4, 0xd1, 0x3b,
                                        0x59, 0x15, 0x50, 0x0f, 0xdd, 0x1f,
                                        0xa3, 0x20, 0x71, 0xc4 };
    static const uint8_t aes_key[32] = { 0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae,
                                         0xd2, 0xa6, 0xab, 0xf7, 0x15, 0x88,
                                         0x09, 0xcf, 0x4f, 0x3c };
    static const uint8_t aes[16] = { 0xec, 0x8c, 0xdf, 0x73, 0x98, 0x60,
                                     0x7c, 0xb0, 0xf2, 0xd2, 0x16, 0x75,
                                     0xea, 0x9e, 0xa1, 0xe4 };
    uint8_t key[32], got[64];
    struct tri_kernels k;
    struct tri_prg g;
    struct tri_stream s;

    tri_kernels_init(&k, tri_cpu_detect());
    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)i;
    tri_prg_init(&g, &k, key, TRI_PRG_CHACHA20);
    tri_stream_open(&s, &g, 0x4a00000009000000, 0);
    s.block = 1;
    tri_stream_read(&s, got, sizeof got);
    CHECK(c, memcmp(got, chacha, sizeof chacha) == 0, "RFC 8439, 2.3.2");

    /* counter block f0 f1 .. ff: its last four bytes are the block counter,
     * no multiple of 4: three AES blocks into the 64 bytes before */
    tri_prg_init(&g, &k, aes_key, TRI_PRG_AES128);
    tri_stream_open(&s, &g, 0xf7f6f5f4f3f2f1f0, 0xfbfaf9f8);
    s.block = 0xfcfdfeffu / 4;
    tri_stream_read(&s, got, sizeof got);
    CHECK(c, memcmp(got + 48, aes, sizeof aes) == 0, "SP 800-38A, F.5.1");
}

/* A chunk is the key stream under nonce stream | chunk from block 0 on, read
 * on without a gap whatever the sizes of the reads, for both kinds. */
static void check_stream(struct tri_check *c)
{
    static uint8_t want[RUN], got[RUN + 16];
    const unsigned have = tri_cpu_detect();
    uint64_t seed = c->seed;

    for (unsigned cpu = 0; cpu <= have; cpu++) {
        struct tri_kernels k;

        if (cpu & ~have)
            continue;
        tri_kernels_init(&k, cpu);
        for (unsigned turn = 0; turn < 40; turn++) {
            const enum tri_prg_kind kind =
                turn / 2 % 2 ? TRI_PRG_AES128 : TRI_PRG_CHACHA20;
            const uint64_t id = tri_test_rand(&seed);
            const uint32_t chunk = (uint32_t)tri_test_rand(&seed);
            /* small, mixed, or all in one piece */
            const size_t most = turn < 4 ? RUN : turn % 3 ? 2500 : 90;
            uint8_t key[32];
            struct tri_prg g;
            struct tri_stream s;
            size_t at = 0;

            random_bytes(key, sizeof key, &seed);
            key_stream(want, RUN / 64, key, id, chunk, kind);
            tri_prg_init(&g, &k, key, kind);
            tri_stream_open(&s, &g, id, chunk);
            while (at < RUN) {
                const uint64_t r = tri_test_rand(&seed);
                size_t n = turn < 4 ? RUN - at : (size_t)(r % most);

                if (n > RUN - at)
                    n = RUN - at;
                if (r >> 32 & 1 && n <= TRI_STREAM_TAKE) {
                    CHECK(c, memcmp(tri_stream_take(&s, n), want + at, n) == 0,
                          "%zu bytes taken at %zu of %s", n, at,
                          tri_prg_name(kind));
                    memcpy(got + at, want + at, n);
                    at += n;
                    continue;
                }
                memset(got + at, 0xa5, sizeof got - at);
                tri_stream_read(&s, got + at, n);
                at += n;
                for (size_t i = 0; i < 16; i++)
                    CHECK(c, got[at + i] == 0xa5, "%zu bytes: wrote past", n);
            }
            CHECK(c, memcmp(got, want, RUN) == 0,
                  "%s, %s, %s: reads below %zu bytes, seed %llx",
                  k.chacha20_name, k.aes_name, tri_prg_name(kind), most,
                  (unsigned long long)c->seed);
            tri_stream_wipe(&s);
            for (size_t i = 0; i < sizeof s.buf; i++)
                CHECK(c, s.buf[i] == 0, "buffered bytes are left behind");
            tri_prg_wipe(&g);
            for (size_t i = 0; i < sizeof g.rk; i++)
                CHECK(c, g.rk[i] == 0, "the key is left behind");
        }
    }
}

/* The shortest time of many short runs, in seconds: a busy machine delays
 * some of them, not all. */
static double shortest(const struct tri_kernels *k, enum tri_prg_kind kind,
                       double best)
{
    static uint8_t out[RUN];
    const uint8_t key[32] = { 1 };
    struct timespec from, to;
    struct tri_prg g;

    tri_prg_init(&g, k, key, kind);
    for (unsigned i = 0; i < 4; i++) {
        double t;

        clock_gettime(CLOCK_MONOTONIC, &from);
        tri_prg_bytes(&g, out, sizeof out);
        clock_gettime(CLOCK_MONOTONIC, &to);
        t = (double)(to.tv_sec - from.tv_sec) +
            1e-9 * (double)(to.tv_nsec - from.tv_nsec);
        if (t < best)
            best = t;
    }
    return best;
}

/* An emulator is known by vector kernels that lose against plain C. */
static int emulated(void)
{
    double plain = 1, best = 1;
    struct tri_kernels ref, k;

    tri_kernels_init(&ref, 0);
    tri_kernels_init(&k, tri_cpu_detect());
    for (unsigned turn = 0; turn < 16; turn++) {
        plain = shortest(&ref, TRI_PRG_CHACHA20, plain);
        best = shortest(&k, TRI_PRG_CHACHA20, best);
    }
    return best > 1.5 * plain;
}

/* What is picked runs in hardware and is the faster one, for all that the CPU
 * can run and for less: here by the clock, since no list of CPUs stays
 * complete. Kinds that take about the same time may win in turn. */
static void check_pick(struct tri_check *c)
{
    const unsigned have = tri_cpu_detect();
    const int real = !emulated();

    for (unsigned cpu = 0; cpu <= have; cpu++) {
        double time[2] = { 1, 1 };
        struct tri_kernels k;
        enum tri_prg_kind kind;

        if (cpu & ~have)
            continue;
        tri_kernels_init(&k, cpu);
        kind = tri_prg_pick(&k);
        if (k.aes_ctr == tri_aes_ctr_ref) {
            CHECK(c, kind == TRI_PRG_CHACHA20, "aes128 in software is picked");
            continue;
        }
        for (unsigned turn = 0; real && turn < 16; turn++)
            for (unsigned i = 0; i < 2; i++)
                time[i] = shortest(&k, (enum tri_prg_kind)i, time[i]);
        CHECK(c, time[kind] < 2 * time[1 - kind],
              "%s is picked, which takes %.1f times as long as the other one "
              "(aes %s, chacha20 %s)",
              tri_prg_name(kind), time[kind] / time[1 - kind], k.aes_name,
              k.chacha20_name);
    }
    if (!real)
        snprintf(c->skip, sizeof c->skip, "times of an emulator tell nothing");
}

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, 16);
}

/* Sort rows of 16 bytes by insertion; returns whether two are equal. */
static int any_twice(uint8_t (*row)[16], size_t n)
{
    for (size_t i = 1; i < n; i++)
        for (size_t j = i; j > 0; j--) {
            const int order = by_bytes(row[j - 1], row[j]);
            uint8_t t[16];

            if (order == 0)
                return 1;
            if (order < 0)
                break;
            memcpy(t, row[j], 16);
            memcpy(row[j], row[j - 1], 16);
            memcpy(row[j - 1], t, 16);
        }
    return 0;
}

/* Streams, chunks and blocks never share a place. */
static void check_apart(struct tri_check *c)
{
    static const uint64_t ids[] = {
        0, 1, 2, 0xffffffff, 0x100000000, 0x100000001, 0xffffffffffffffff
    };
    static const uint32_t chunks[] = { 0, 1, 2, 0xffffffff };
    static uint8_t rows[2 * 7 * 4 * 40][16];
    const uint8_t key[32] = { 1 };
    struct tri_kernels k;
    struct tri_prg g;
    size_t n = 0;

    tri_kernels_init(&k, tri_cpu_detect());
    for (size_t i = 0; i < 2 * 7; i++)
        for (size_t j = 0; j < 4; j++) {
            struct tri_stream s;

            tri_prg_init(&g, &k, key,
                         i < 7 ? TRI_PRG_CHACHA20 : TRI_PRG_AES128);
            tri_stream_open(&s, &g, ids[i % 7], chunks[j]);
            for (size_t b = 0; b < 40; b++)
                tri_stream_read(&s, rows[n++], 16);
        }
    CHECK(c, !any_twice(rows, n), "two places hold the same bytes");
    memcpy(rows[5], rows[100], 16);
    CHECK(c, any_twice(rows, n), "the search misses a repetition");
}

/* Draws number their streams from 0 up, one each; two parties that draw alike
 * see the same, and other keys something else. */
static void check_draws(struct tri_check *c)
{
    const uint8_t key[32] = { 7 }, other[32] = { 7, 1 };
    uint8_t a[100], b[100], x[100];
    uint64_t wa[5], wb[5];
    struct tri_kernels k;
    struct tri_prg p, q, r;
    struct tri_stream s;

    tri_kernels_init(&k, tri_cpu_detect());
    tri_prg_init(&p, &k, key, TRI_PRG_CHACHA20);
    tri_prg_init(&q, &k, key, TRI_PRG_CHACHA20);
    tri_prg_init(&r, &k, other, TRI_PRG_CHACHA20);
    for (uint64_t draw = 0; draw < 20; draw += 4) {
        tri_prg_bytes(&p, a, sizeof a);
        tri_prg_bytes(&q, b, sizeof b);
        tri_prg_bytes(&r, x, sizeof x);
        CHECK(c, memcmp(a, b, sizeof a) == 0, "two parties differ");
        CHECK(c, memcmp(a, x, sizeof a) != 0, "the key has no effect");
        tri_stream_open(&s, &p, draw, 0);
        tri_stream_read(&s, x, sizeof x);
        CHECK(c, memcmp(a, x, sizeof a) == 0, "draw %u is not stream %u",
              (unsigned)draw, (unsigned)draw);

        tri_prg_words(&p, NULL, wa, 5);
        tri_prg_words(&q, NULL, wb, 5);
        CHECK(c, memcmp(wa, wb, sizeof wa) == 0, "two parties' words differ");
        tri_stream_open(&s, &p, draw + 1, 0);
        for (size_t i = 0; i < 5; i++) {
            tri_stream_read(&s, x, 8);
            wb[i] = tri_le_load64(x);
        }
        CHECK(c, memcmp(wa, wb, sizeof wa) == 0, "words are not stream %u",
              (unsigned)draw + 1);

        CHECK(c, tri_prg_next(&p) == draw + 2, "next is not %u",
              (unsigned)draw + 2);
        tri_prg_words(&p, NULL, wa, 0); /* takes a number all the same */
        tri_prg_bytes(&q, b, 0);
        tri_prg_bytes(&q, b, 0);
        CHECK(c, p.next == draw + 4 && q.next == draw + 4,
              "an empty draw takes no stream");
        tri_prg_next(&r);
        tri_prg_next(&r);
        tri_prg_next(&r);
    }
}

static void run_backwards(void *self, tri_task_fn *fn, void *arg, size_t n)
{
    size_t *tasks = self;

    *tasks += n;
    while (n-- > 0)
        fn(arg, n, (unsigned)(n % 3));
}

/* Words come chunk by chunk, whoever runs the tasks in whatever order. */
static void check_words(struct tri_check *c)
{
    static uint64_t got[3 * TRI_PRG_CHUNK_WORDS + 8];
    static uint64_t want[TRI_PRG_CHUNK_WORDS];
    static const size_t sizes[] = { 1, TRI_PRG_CHUNK_WORDS - 1,
                                    TRI_PRG_CHUNK_WORDS,
                                    TRI_PRG_CHUNK_WORDS + 1,
                                    3 * TRI_PRG_CHUNK_WORDS };
    const uint8_t key[32] = { 9 };
    size_t tasks = 0;
    const struct tri_par par = { 3, &tasks, run_backwards };
    struct tri_kernels k;
    struct tri_prg g;

    tri_kernels_init(&k, tri_cpu_detect());
    tri_prg_init(&g, &k, key, TRI_PRG_CHACHA20);
    for (unsigned turn = 0; turn < 10; turn++) {
        const size_t n = sizes[turn / 2];

        memset(got, 0xa5, sizeof got);
        tri_prg_words(&g, turn % 2 ? &par : NULL, got, n);
        for (size_t at = 0; at < n; at += TRI_PRG_CHUNK_WORDS) {
            const size_t some =
                n - at < TRI_PRG_CHUNK_WORDS ? n - at : TRI_PRG_CHUNK_WORDS;
            struct tri_stream s;

            tri_stream_open(&s, &g, turn, (uint32_t)(at / TRI_PRG_CHUNK_WORDS));
            tri_stream_read(&s, want, 8 * some);
            for (size_t i = 0; i < some; i++)
                want[i] = tri_le_load64((const uint8_t *)&want[i]);
            CHECK(c, memcmp(got + at, want, 8 * some) == 0,
                  "chunk at %zu of %zu words", at, n);
        }
        for (size_t i = n; i < n + 8; i++)
            CHECK(c, got[i] == 0xa5a5a5a5a5a5a5a5, "%zu words: wrote past", n);
    }
    CHECK(c, tasks == 5, "%zu tasks on several workers", tasks);
}

const struct tri_check_entry tri_checks_prg[] = {
    { "prg_vectors", check_vectors }, { "prg_stream", check_stream },
    { "prg_pick", check_pick },       { "prg_apart", check_apart },
    { "prg_draws", check_draws },     { "prg_words", check_words },
};
const size_t tri_checks_prg_n = sizeof tri_checks_prg / sizeof *tri_checks_prg;
