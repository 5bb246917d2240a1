/*
 * Constant time of the kernels that valgrind cannot run (AVX-512, VAES): the
 * processor executes them step by step, and every secret must lead through
 * exactly the same instructions. Run by `make ct`.
 *
 * A child process runs each part with several secrets: all zeros, all ones,
 * random ones. The parent traces it (ptrace(2)) and compares the sequences of
 * instruction addresses. A branch that depends on a secret shows as soon as
 * two secrets differ in it; addresses of data do not show, so this is less
 * than what main.c finds in the other variants. A part that branches on
 * purpose must be caught.
 *
 * Sizes are those of a few blocks and their tails. What a sampler rejects is
 * public (core/zp.h), so zp_reject and zp_fill are not among the parts.
 */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/aead.h"
#include "core/err.h"
#include "core/gemm.h"
#include "core/prg.h"
#include "core/zp.h"
#include "tests/support/check.h"

#if defined(__x86_64__)
#include <sys/user.h>

enum { WORDS = 37, MOST = 50000000 };

static struct tri_kernels kernels;
static uint64_t rng = 0x5eed;
static unsigned secret_no;

/* least..most: zeros and ones become the ends of the range. */
static void secret(void *p, size_t n, unsigned least, unsigned most)
{
    uint8_t *b = p;

    for (size_t i = 0; i < n; i++) {
        const unsigned r = (unsigned)(tri_test_rand(&rng) % (most - least + 1));

        b[i] = (uint8_t)(secret_no == 0   ? least
                         : secret_no == 1 ? most
                                          : least + r);
    }
}

/* ---- parts: first fill in, then run ------------------------------------- */

static uint64_t x[WORDS], y[WORDS], z[WORDS], c;
static uint8_t key[32], text[3300], out[3300], tag[16]; /* over three turns */
static tri_ring A[9 * 21], B[21 * 13], C[9 * 13];
static _Alignas(64) uint8_t block[1 << 20];
static _Alignas(64) tri_plane p0[TRI_PLANES], p1[TRI_PLANES], p2[TRI_PLANES],
    p3[TRI_PLANES], result[TRI_PLANES];
static uint8_t beta[TRI_LANES], spec[TRI_LANES], rho[TRI_LANES];
static uint64_t v[TRI_LANES];

static void fill_words(void)
{
    secret(x, sizeof x, 0, 255);
    secret(y, sizeof y, 0, 255);
    secret(&c, sizeof c, 0, 255);
}

static void ring(const struct tri_kernels *k)
{
    const tri_ring3_fn two[] = { k->add, k->sub, k->mul, k->muladd };
    const tri_ringc_fn one[] = { k->addc, k->rsubc, k->scale, k->axpy };

    for (size_t i = 0; i < 4; i++) {
        two[i](z, x, y, WORDS);
        one[i](z, x, c, WORDS);
    }
    k->shr(z, x, 13, WORDS);
}

static void fill_matrices(void)
{
    secret(A, sizeof A, 0, 255);
    secret(B, sizeof B, 0, 255);
}

static void gemm(const struct tri_kernels *k)
{
    struct tri_arena arena;
    const struct tri_cx cx = { k, NULL, &arena };

    tri_arena_init(&arena, block, sizeof block);
    (void)tri_gemm(&cx, 0, 0, 9, 13, 21, A, 21, B, 13, C, 13);
}

static void fill_text(void)
{
    secret(key, sizeof key, 0, 255);
    secret(text, sizeof text, 0, 255);
}

static void seal_and_open(const struct tri_kernels *k, int alg)
{
    const uint8_t nonce[TRI_AEAD_NONCE] = { 1 };
    struct tri_aead a;

    (void)tri_aead_init(&a, k, alg, key);
    (void)tri_aead_seal(&a, out, tag, nonce, "ad", 2, text, sizeof text);
    (void)tri_aead_open(&a, text, tag, nonce, "ad", 2, out, sizeof text);
}

static void chachapoly(const struct tri_kernels *k)
{
    seal_and_open(k, TRI_AEAD_CHACHAPOLY);
}

static void aesgcm(const struct tri_kernels *k)
{
    seal_and_open(k, TRI_AEAD_AESGCM);
}

static void generator(const struct tri_kernels *k)
{
    for (int kind = TRI_PRG_CHACHA20; kind <= TRI_PRG_AES128; kind++) {
        struct tri_prg g;

        tri_prg_init(&g, k, key, (enum tri_prg_kind)kind);
        tri_prg_words(&g, NULL, z, WORDS);
        tri_prg_bytes(&g, out, 777);
        tri_prg_wipe(&g);
    }
}

static void fill_planes(void)
{
    secret(v, sizeof v, 0, 255);
    secret(p0, sizeof p0, 0, 126);
    secret(p1, sizeof p1, 0, 1);
    secret(p2, sizeof p2, 1, 126);
    secret(p3, sizeof p3, 0, 126);
    secret(rho, sizeof rho, 0, 15);
    secret(beta, sizeof beta, 0, 1);
    secret(spec, sizeof spec, 0, 1);
    for (size_t i = 0; i < TRI_LANES; i++) {
        beta[i] = (uint8_t)-beta[i];
        spec[i] = (uint8_t)-spec[i];
    }
}

static void compare(const struct tri_kernels *k)
{
    enum { N = 16 };

    k->zp_bits(result, v, N);
    k->zp_sub(result, (const tri_plane *)p0, (const tri_plane *)p3, N);
    for (unsigned one = 0; one < 2; one++)
        k->zp_cmp(result, (const tri_plane *)p0, (const tri_plane *)p1, beta,
                  spec, (const tri_plane *)p2, (const tri_plane *)p3, N, one);
    k->zp_rotate(result, rho, N);
    c = k->zp_zero((const tri_plane *)p0, (const tri_plane *)p3, N);
    k->zp_unpack(p1, (const tri_plane *)result, N);
}

static void fill_bits(void)
{
    secret(p0, sizeof p0, 0, 255);
    secret(p1, sizeof p1, 0, 255);
    secret(p2, sizeof p2, 0, 255);
    secret(p3, sizeof p3, 0, 255);
}

static void chain(const struct tri_kernels *k)
{
    for (unsigned w = 1; w <= TRI_CHAIN_BITS; w++)
        for (unsigned one = 0; one < 2; one++) {
            const struct tri_chain_step step = {
                .b = (const tri_plane *)p0,
                .c = (const tri_plane *)p0 + 64,
                .to = (const tri_plane *)p1,
                .from = w == 1 ? NULL : (const tri_plane *)p2,
                .u = (const tri_plane *)p3,
                .w = w,
                .W = 9 - w,
                .one = one,
            };

            k->chain_deal(result, (const tri_plane *)p1, (const tri_plane *)p0,
                          w);
            k->chain_answer(result, &step);
            k->chain_open(p1, (const tri_plane *)result, (const tri_plane *)p3,
                          9 - w, w == 1);
        }
}

static void lane(const struct tri_kernels *k)
{
    const struct tri_lane_choice choice = { .t = x,
                                            .e = y,
                                            .k = x,
                                            .r = y,
                                            .tn = x,
                                            .en = y,
                                            .width = 2,
                                            .shift = 13,
                                            .c = c,
                                            .own = ~(uint64_t)0 };
    const struct tri_lane_wrap wrap = { .w = y,
                                        .width = 2,
                                        .shift = 13,
                                        .below = 8191,
                                        .h = c,
                                        .f = x[0],
                                        .g = x[1],
                                        .e = x[2] };
    uint64_t bits = k->lane_bits(x, c, 63, WORDS);

    k->lane_spread(out, bits, 0xff, WORDS);
    bits ^= k->lane_pack((const uint8_t *)y, WORDS);
    k->lane_mask(z, v, x, c, y, x, WORDS);
    k->lane_choose(z, bits, &choice, WORDS);
    k->lane_trunc(z, x, &wrap, WORDS);
    k->lane_pick(z, bits, x, 13, y, WORDS);
    for (unsigned width = 2; width <= 8; width *= 2) {
        k->lane_share(z, bits, x, width, WORDS);
        k->lane_keep(z, bits, z, y, width, WORDS);
        k->lane_flip(z, bits, z, y, width, WORDS);
    }
}

static void slice(const struct tri_kernels *k)
{
    k->slice_transpose(v, 1, WORDS, x, 1, WORDS, 13);
    k->slice_and(z, x, v, y, v, x, WORDS);
    k->slice_maj(z, z, x, y, WORDS);
    k->rss_mul(z, x, y, v, z, y, WORDS);
    k->slice_transpose(v, 1, 64, z, 1, WORDS, 0);
    k->slice_transpose(z, 1, WORDS, v, 1, 64, 0);
}

/* Words stand for elements: what is wrong takes as long as what is right. */
static void field(const struct tri_kernels *k)
{
    static uint64_t q[TRI_FIELD_VALUES], d[64][3], sums[TRI_SUMS * TRI_ROW];
    static uint64_t ones[TRI_SUMS * TRI_PLACES], carried[TRI_CARRIED];
    static const struct tri_field f = {
        .p = 1125899906842597,
        .shift = 14,
        .scaled = (uint64_t)1125899906842597 << 14,
        .recip = 442368,
        .minus = 1,
        .two104 = 1,
    };
    const uint64_t mask[8] = { 0x123456789abc, 0xfedcba987654 };
    const size_t rows = WORDS / TRI_ROW < 8 ? WORDS / TRI_ROW : 8;

    k->field_scale(z, x, y, rows, &f);
    k->field_scale(v, y, x, rows, &f);
    k->field_comb(z, x, rows, y, 64, 0, TRI_ROW, 1, TRI_ROW, &f);
    k->field_values(q, z, v, 1, rows / 2, &f);
    k->field_first(q, x, y, z, 64, v, 64, rows / 4, &f);
    k->field_fold(z, x, y, 2, v, 64, rows / 2, &f);
    k->words_carry(carried, x, y, y, x, x, 16, 1);
    k->words_project(sums, TRI_ROW, x, TRI_ROW, mask, rows, TRI_ROW);
    k->words_dots(d, x, y, TRI_ROW, rows, y, x, TRI_ROW, rows, TRI_ROW);
    k->words_outer(d, rows, x, y, TRI_ROW, rows, y, x, rows, rows, TRI_ROW);
    for (unsigned bytes = 2; bytes <= 8; bytes *= 2) {
        k->narrow_borrow(ones, x, y, x, bytes, mask, 1);
        k->narrow_widen(z, y, bytes, WORDS);
    }
    k->narrow_rest(z, x, y, y, x, WORDS);
}

/* Fields of characteristic 2; matrices are secret, too. */
static uint64_t gf_in[4][2 * 64], gf_matrix[512], gf_out[2 * 64];
static uint8_t gf_bytes[TRI_GF_CROSS];

static void fill_fields(void)
{
    secret(gf_in, sizeof gf_in, 0, 255);
    secret(gf_matrix, sizeof gf_matrix, 0, 255);
}

static void fields(const struct tri_kernels *k)
{
    k->gf_mul(gf_out, gf_in[0], gf_in[1], WORDS);
    gf_out[0] = k->gf_dot(gf_in[0], gf_in[1], WORDS);
    k->gf_comb(gf_out, gf_in[0], gf_in[1], 7);
    k->gf_gram(gf_out, gf_in[0], gf_in[1], 2, 3);
    k->gf_gram(gf_out, gf_in[0], gf_in[1], 8, 2);
    k->gf_map(gf_out, 64, gf_in[0], gf_matrix, 2);
    k->gf_fold(gf_out, gf_in[0], gf_matrix, 2);
    k->gf_cross(gf_bytes, gf_in[0], gf_in[1], gf_in[2], gf_in[3], gf_matrix, 2);
}

/* Leaks: one branch. */
static volatile uint64_t sink;

static void control(const struct tri_kernels *k)
{
    (void)k;
    if (x[7] & 1)
        sink = 1;
}

static const struct part {
    const char *name;
    void (*fill)(void);
    void (*run)(const struct tri_kernels *k);
    unsigned secrets; /* how many are tried */
    int leaks;
} parts[] = {
    { "ring", fill_words, ring, 24, 0 },
    { "gemm", fill_matrices, gemm, 6, 0 },
    { "ChaCha20-Poly1305", fill_text, chachapoly, 6, 0 },
    { "AES-128-GCM", fill_text, aesgcm, 6, 0 },
    { "prg", fill_text, generator, 4, 0 },
    { "zp", fill_planes, compare, 24, 0 },
    { "chain", fill_bits, chain, 24, 0 },
    { "lane", fill_words, lane, 24, 0 },
    { "slice", fill_words, slice, 24, 0 },
    { "field", fill_words, field, 24, 0 },
    { "gf", fill_fields, fields, 12, 0 },
    { "control", fill_words, control, 24, 1 },
};
enum { PARTS = sizeof parts / sizeof *parts };

/* ---- the child ---------------------------------------------------------- */

/* The parent steps from the signal to here. */
__attribute__((noinline)) static void traced_end(void)
{
    __asm__ volatile("" ::: "memory");
}

static void child(void)
{
    (void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    for (size_t i = 0; i < PARTS; i++)
        parts[i].run(&kernels); /* the linker finds its functions once */
    traced_end();
    for (size_t i = 0; i < PARTS; i++)
        for (secret_no = 0; secret_no < parts[i].secrets; secret_no++) {
            parts[i].fill();
            (void)raise(SIGSTOP);
            parts[i].run(&kernels);
            traced_end();
        }
    _exit(0);
}

/* ---- the parent --------------------------------------------------------- */

struct trace {
    uint64_t hash, steps;
};

/* From the child's next SIGSTOP to traced_end(). 0, or -1. */
static int follow(pid_t pid, struct trace *t)
{
    int status;

    *t = (struct trace){ 0xcbf29ce484222325u, 0 };
    if (waitpid(pid, &status, 0) < 0 || !WIFSTOPPED(status))
        return -1;
    for (; t->steps < MOST; t->steps++) {
        long at;

        if (ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) != 0 ||
            waitpid(pid, &status, 0) < 0 || !WIFSTOPPED(status))
            return -1;
        errno = 0;
        at =
            ptrace(PTRACE_PEEKUSER, pid, offsetof(struct user, regs.rip), NULL);
        if (errno != 0)
            return -1;
        if ((uintptr_t)at == (uintptr_t)traced_end)
            return ptrace(PTRACE_CONT, pid, NULL, NULL) == 0 ? 0 : -1;
        t->hash = (t->hash ^ (uint64_t)at) * 0x100000001b3u;
    }
    return -1;
}

static int run(unsigned cpu)
{
    unsigned failed = 0;
    pid_t pid;

    tri_kernels_init(&kernels, cpu);
    (void)fflush(stdout);
    pid = fork();
    if (pid == 0)
        child();
    for (size_t i = 0; i < PARTS; i++) {
        struct trace first = { 0, 0 }, t;
        int same = 1;

        for (unsigned s = 0; s < parts[i].secrets; s++) {
            if (follow(pid, &t) != 0) {
                printf("FAIL trace: this system does not let us step\n");
                (void)kill(pid, SIGKILL);
                return 1;
            }
            if (s == 0)
                first = t;
            same &= t.hash == first.hash && t.steps == first.steps;
        }
        printf("%s trace, %s: %llu instructions, %s for %u secrets\n",
               same != parts[i].leaks ? "ok  " : "FAIL", parts[i].name,
               (unsigned long long)first.steps,
               same ? "the same" : "not the same", parts[i].secrets);
        failed += same == parts[i].leaks;
    }
    (void)waitpid(pid, NULL, 0);
    return (int)failed;
}

int main(void)
{
    const unsigned have = tri_cpu_detect();

    if (!(have & (TRI_CPU_AVX512 | TRI_CPU_VAES))) {
        printf("skip trace: no AVX-512 or VAES here\n");
        return 0;
    }
    return run(have) != 0;
}

#else

int main(void)
{
    printf("skip trace: for x86-64\n");
    return 0;
}

#endif
