#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench/bench.h"
#include "bench/peak.h"
#include "core/aead.h"
#include "core/err.h"
#include "net/record.h"

/* Text and sealed text are two arrays, both at the start of a cache line, as a
 * record's payload is, and not at the same place in a page. */
enum { MOST = 1 << 20, SHIFT = 2048 + 64 };
/* The reference in C, of AES above all, is slow. */
enum { REF = 16 << 10 };

struct job {
    struct tri_kernels k;
    struct tri_aead a;
    uint8_t *text, *sealed, tag[TRI_AEAD_TAG];
    size_t n;
};

static const uint8_t nonce[TRI_AEAD_NONCE] = { 1 };

static void seal(void *arg)
{
    struct job *j = arg;

    if (tri_aead_seal(&j->a, j->sealed, j->tag, nonce, NULL, 0, j->text,
                      j->n) != TRI_OK)
        abort();
}

static void open(void *arg)
{
    struct job *j = arg;

    if (tri_aead_open(&j->a, j->text, j->tag, nonce, NULL, 0, j->sealed,
                      j->n) != TRI_OK) {
        fprintf(stderr, "bench: what was sealed does not open\n");
        exit(1);
    }
}

static void prepare(struct job *j, unsigned cpu, int alg)
{
    static const uint8_t key[TRI_AEAD_KEY] = { 1 };

    tri_kernels_init(&j->k, cpu);
    if (tri_aead_init(&j->a, &j->k, alg, key) != TRI_OK)
        abort();
    seal(j);
}

static void rows(struct bench *b, struct job *j, struct job *ref, int alg,
                 int opening)
{
    const int gcm = alg == TRI_AEAD_AESGCM;
    void (*const fn)(void *) = opening ? open : seal;
    const double units = (double)j->n;
    struct bench_level level[8];
    const size_t levels = bench_levels(b, level);

    ref->n = REF;
    prepare(ref, 0, alg);
    for (size_t l = 0; l < levels; l++) {
        const char *isa;

        tri_kernels_init(&j->k, level[l].cpu);
        isa = gcm ? j->k.aes_name : j->k.poly1305_name;
        if (j->n > TRI_RECORD_MAX && strcmp(isa, "ref") == 0)
            continue; /* too slow for so much */
        prepare(j, level[l].cpu, alg);
        bench_measure(
            b,
            (struct bench_row){
                .area = "aead",
                .name = gcm ? "aes128-gcm" : "chacha20-poly1305",
                .isa = isa,
                .shape = bench_text("%s %zu KiB", opening ? "open" : "seal",
                                    j->n / 1024),
                .unit = "B/s",
                .alone = 1 },
            (struct bench_work){ fn, j, units },
            gcm ? bench_peak_gcm(isa) : bench_peak_chachapoly(isa),
            l == 0 ? (struct bench_work){ 0 }
                   : (struct bench_work){ fn, ref, REF });
    }
}

void bench_aead(struct bench *b)
{
    static const size_t sizes[] = { TRI_RECORD_MAX, MOST };
    struct job j = { .text = bench_alloc(MOST),
                     .sealed = (uint8_t *)bench_alloc(MOST + SHIFT) + SHIFT };
    struct job ref = j;

    for (int alg = TRI_AEAD_CHACHAPOLY; alg <= TRI_AEAD_AESGCM; alg++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
            for (int opening = 0; opening < 2; opening++) {
                j.n = sizes[s];
                rows(b, &j, &ref, alg, opening);
            }
}
