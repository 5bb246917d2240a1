#include "bench/floor.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bench/peak.h"
#include "core/aead.h"
#include "core/err.h"
#include "core/prg.h"
#include "net/record.h"
#include "net/tcp/names.h"
#include "net/tcp/socket.h"
#include "net/tcp/tcp.h"
#include "proto/fused/fused.h"
#include "proto/nn/kind.h"
#include "proto/paper/paper.h"

enum { COPY = 64 << 20, TURNS = 5, RECORD = TRI_RECORD_MAX };

/* ---- amounts ------------------------------------------------------------- */

double bench_madds(const struct tri_net *net, uint32_t batch, int training)
{
    double sum = 0;
    int first = 1; /* nothing needs the gradient of the network's input */

    for (size_t i = 0; i < net->layers; i++) {
        const struct tri_layer_spec *l = &net->layer[i];
        double n = batch;
        size_t w, b;

        if (!l->kind->product)
            continue;
        tri_layer_params(l, &w, &b);
        n *= (double)w * l->oh * l->ow;
        sum += n * (!training ? 1 : first ? 2 : 3);
        first = 0;
    }
    return sum;
}

/* Comparisons, and elements that layers read and write. */
static void sizes(const struct tri_net *net, double *compared, double *moved)
{
    *compared = *moved = 0;
    for (size_t i = 0; i < net->layers; i++) {
        const struct tri_layer_spec *l = &net->layer[i];
        const double in = (double)l->ih * l->iw * l->ic;
        const double out = (double)l->oh * l->ow * l->oc;

        if (l->kind->view)
            continue;
        *moved += in + out;
        if (l->kind->compares != NULL)
            *compared += l->kind->compares(l) * out;
    }
}

/* Products that party `id` computes where a plain network has one. */
static double products(const struct tri_engine_kind *engine, int id)
{
    if (engine == &tri_engine_fused)
        return 1;
    return engine == &tri_engine_paper && id == 2 ? 1 : 2;
}

/* ---- rates --------------------------------------------------------------- */

/* Processor time of this thread: other work on the machine does not count. */
static double own_time(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double bench_best(const struct bench_work *w)
{
    const double seconds = 0.02;
    double top = 0;

    for (int i = 0; i < TURNS && w->fn != NULL; i++) {
        const double start = own_time();
        double units = 0, now;

        do {
            w->fn(w->arg);
            units += w->units;
            now = own_time();
        } while (now - start < seconds);
        if (units / (now - start) > top)
            top = units / (now - start);
    }
    return top;
}

static void copy(void *arg)
{
    uint8_t *const p = arg;

    memcpy(p, p + COPY / 2, COPY / 2);
    __asm__ volatile("" : : "r"(p) : "memory");
}

/* Both ends of a connection, and a record at each. */
struct pipe {
    int fd[2];
    uint8_t *out, *in;
};

static void transfer(void *arg)
{
    const struct pipe *const p = arg;

    for (size_t sent = 0, got = 0; got < RECORD;) {
        ssize_t n = sent < RECORD ? send(p->fd[0], p->out + sent, RECORD - sent,
                                         MSG_DONTWAIT | MSG_NOSIGNAL)
                                  : 0;

        sent += n > 0 ? (size_t)n : 0;
        n = recv(p->fd[1], p->in + got, RECORD - got, MSG_DONTWAIT);
        got += n > 0 ? (size_t)n : 0;
        if (n == 0)
            abort();
    }
}

/* Bytes a second that one core sends and receives. */
static double loopback(void)
{
    struct pipe p = { .out = bench_alloc(RECORD), .in = bench_alloc(RECORD) };
    const struct bench_work w = { transfer, &p, RECORD };
    union tri_tcp_addr at;
    char error[256];
    uint16_t port;
    double rate = 0;
    int fd;

    if (tri_tcp_listen(&fd, &port, "127.0.0.1:0", error) != TRI_OK)
        return 0;
    (void)tri_tcp_numeric(&at, "127.0.0.1", port);
    p.fd[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    tri_tcp_buffers(p.fd[0]);
    if (connect(p.fd[0], &at.sa, tri_tcp_addr_len(&at)) == 0 &&
        (p.fd[1] = accept(fd, NULL, NULL)) >= 0) {
        tri_tcp_options(p.fd[0], 1000);
        tri_tcp_options(p.fd[1], 1000);
        rate = bench_best(&w);
        close(p.fd[1]);
    }
    close(p.fd[0]);
    close(fd);
    free(p.out);
    free(p.in);
    return rate;
}

struct cipher {
    struct tri_aead a;
    struct tri_prg g;
    struct tri_stream s;
    uint8_t *buf, tag[TRI_AEAD_TAG];
};

static void seal(void *arg)
{
    static const uint8_t nonce[TRI_AEAD_NONCE] = { 1 };
    struct cipher *const c = arg;

    (void)tri_aead_seal(&c->a, c->buf, c->tag, nonce, NULL, 0, c->buf, RECORD);
}

static void draw(void *arg)
{
    struct cipher *const c = arg;

    for (int i = 0; i < 64; i++)
        (void)tri_stream_take(&c->s, TRI_STREAM_FULL);
}

static void ciphers(const struct bench *b, double *sealing, double *drawing)
{
    static const uint8_t key[TRI_AEAD_KEY] = { 1 };
    struct cipher c = { .buf = bench_alloc(RECORD) };
    const struct bench_work s = { seal, &c, RECORD };
    const struct bench_work d = { draw, &c, 64 * TRI_STREAM_FULL };
    struct tri_kernels k;

    tri_kernels_init(&k, b->cpu);
    if (tri_aead_init(&c.a, &k, tri_aead_best(&k), key) == TRI_OK)
        *sealing = bench_best(&s);
    tri_prg_init(&c.g, &k, key, (enum tri_prg_kind)b->prg);
    tri_stream_open(&c.s, &c.g, tri_prg_next(&c.g), 0);
    *drawing = bench_best(&d);
    free(c.buf);
}

static double multiplying(const struct bench *b)
{
    struct bench_level level[8];
    const size_t n = bench_levels(b, level);
    double peak = 0;

    for (size_t i = 0; i < n; i++) {
        const struct bench_work p = bench_peak_gemm(level[i].name);
        const double r = bench_best(&p);

        if (r > peak)
            peak = r;
    }
    return peak;
}

static double copying(void)
{
    uint8_t *const buf = bench_alloc(COPY);
    const struct bench_work w = { copy, buf, COPY / 2 };
    double rate;

    memset(buf, 1, COPY);
    rate = bench_best(&w);
    free(buf);
    return rate;
}

/* ---- the floor ----------------------------------------------------------- */

const char *const bench_part_name[BENCH_PARTS] = { "products",    "TCP",
                                                   "sealing",     "generator",
                                                   "comparisons", "passes" };

struct bench_floor bench_floor(const struct bench *b,
                               const struct tri_engine_kind *engine,
                               const struct tri_net *net, uint32_t batch,
                               int training,
                               const struct bench_party p[TRI_PARTIES])
{
    static double peak, copied, tcp, sealed, drawn, compared[TRI_PARTIES];
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    const double madds = bench_madds(net, batch, training);
    struct bench_floor f = { .cores = cores < 1   ? 1
                                      : cores > 3 ? 3 * b->threads
                                                  : (unsigned)cores };
    double comparisons, elements, all = 0;

    if (peak == 0) {
        peak = multiplying(b);
        copied = copying();
        tcp = loopback();
        ciphers(b, &sealed, &drawn);
        for (int i = 0; i < TRI_PARTIES; i++)
            compared[i] = bench_comparison(b, i);
    }
    sizes(net, &comparisons, &elements);
    for (int i = 0; i < TRI_PARTIES; i++) {
        const double wire = (double)(p[i].sent + p[i].received);
        double *const part = f.part[i];

        part[BENCH_PRODUCTS] = products(engine, i) * madds / peak;
        /* The rate is that of both ends. */
        part[BENCH_TCP] = tcp > 0 ? wire / 2 / tcp : 0;
        part[BENCH_SEALING] = b->plaintext ? 0 : wire / sealed;
        part[BENCH_GENERATOR] = (double)p[i].drawn / drawn;
        part[BENCH_COMPARISONS] =
            engine == &tri_engine_fused ? comparisons * batch * compared[i] : 0;
        part[BENCH_PASSES] = engine->holds[i] * elements * batch * 8 / 2 *
                             (training ? 2 : 1) / copied;
        f.madds += products(engine, i) * madds;
        for (int k = 0; k < BENCH_PARTS; k++)
            all += part[k];
    }
    if (cores > 3 && f.cores > (unsigned)cores)
        f.cores = (unsigned)cores;
    f.peak = peak;
    f.copy = copied;
    f.tcp = tcp;
    f.seal = sealed;
    f.prg = drawn;
    f.seconds = all / f.cores;
    return f;
}
