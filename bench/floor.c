#include "bench/floor.h"

#include <string.h>
#include <unistd.h>

#include "bench/peak.h"

enum { PRODUCTS = 5, COPY = 64 << 20, TURNS = 5 };

double bench_madds(const struct tri_net *net, uint32_t batch, int training)
{
    double sum = 0;
    int first = 1; /* nothing needs the gradient of the network's input */

    for (size_t i = 0; i < net->layers; i++) {
        const struct tri_layer_spec *l = &net->layer[i];
        double n = batch;

        if (l->kind == TRI_LAYER_FC)
            n *= (double)l->ih * l->iw * l->ic * l->out;
        else if (l->kind == TRI_LAYER_CONV)
            n *= (double)l->oh * l->ow * l->out * l->size * l->size * l->ic;
        else
            continue;
        sum += n * (!training ? 1 : first ? 2 : 3);
        first = 0;
    }
    return sum;
}

/* Best of some turns: a floor is what is possible. */
static double best(const struct bench_work *w, double seconds)
{
    double top = 0;

    for (int i = 0; i < TURNS && w->fn != NULL; i++) {
        const double start = bench_now();
        double units = 0, now;

        do {
            w->fn(w->arg);
            units += w->units;
            now = bench_now();
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

struct bench_floor bench_floor(const struct bench *b, double madds,
                               double bytes)
{
    static double peak, rate;
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    struct bench_floor f = { .madds = PRODUCTS * madds,
                             .cores = cores < 1   ? 1
                                      : cores > 3 ? 3 * b->threads
                                                  : (unsigned)cores };

    if (peak == 0) {
        struct bench_level level[8];
        const size_t n = bench_levels(b, level);
        uint8_t *buf = bench_alloc(COPY);
        const struct bench_work w = { copy, buf, COPY / 2 };

        for (size_t i = 0; i < n; i++) {
            const struct bench_work p = bench_peak_gemm(level[i].name);
            const double r = best(&p, 0.02);
            if (r > peak)
                peak = r;
        }
        memset(buf, 1, COPY);
        rate = best(&w, 0.02);
    }
    if (cores > 3 && f.cores > (unsigned)cores)
        f.cores = (unsigned)cores;
    f.peak = peak;
    f.copy = rate;
    f.seconds = (f.madds / peak + bytes / rate) / f.cores;
    return f;
}
