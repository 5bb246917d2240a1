#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "bench/bench.h"
#include "bench/parties.h"
#include "boards/host/base/print.h"
#include "core/err.h"
#include "core/prg.h"
#include "boards/host/base/cleanup.h"
#include "boards/host/base/file.h"
#include "boards/host/base/pool.h"
#include "net/host/clock.h"

enum { MAX_TURNS = 99, MAX_TEXT = 4096 };

double bench_now(void)
{
    return (double)tri_clock_ns() * 1e-9;
}

void *bench_alloc(size_t bytes)
{
    void *p = NULL;

    if (posix_memalign(&p, TRI_ALIGN, bytes + TRI_ALIGN) != 0) {
        fprintf(stderr, "bench: no memory for %zu bytes\n", bytes);
        exit(1);
    }
    memset(p, 0, bytes);
    return p;
}

uint64_t *bench_words(size_t n)
{
    uint64_t *w = bench_alloc(n * sizeof *w), x = 88172645463325252u;

    for (size_t i = 0; i < n; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        w[i] = x;
    }
    return w;
}

const char *bench_text(const char *fmt, ...)
{
    char buf[1024], *copy;
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(buf, sizeof buf, fmt, ap);
    va_end(ap);
    copy = bench_alloc(strlen(buf) + 1);
    return strcpy(copy, buf);
}

int bench_wanted(const struct bench *b, const char *area, const char *name,
                 const char *shape)
{
    char all[256];

    snprintf(all, sizeof all, "%s/%s/%s", area, name, shape);
    return b->filter == NULL || strstr(all, b->filter) != NULL;
}

size_t bench_levels(const struct bench *b, struct bench_level out[8])
{
    size_t n = 0;
    unsigned cpu = 0;

    out[n++] = (struct bench_level){ 0, "ref" };
    for (unsigned bit = 1; bit != 0 && n < 8; bit <<= 1)
        if (b->cpu & bit && tri_cpu_name(bit) != NULL) {
            cpu |= bit;
            out[n++] = (struct bench_level){ cpu, tri_cpu_name(bit) };
        }
    return n;
}

/* ---- timing
 * ------------------------------------------------------------------ */

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *v, int n)
{
    qsort(v, (size_t)n, sizeof *v, by_value);
    return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

static double own_time(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Units a second over at least `seconds`, at least one call; of the thread's
 * own time where `alone` is set. */
static double rate_of(const struct bench_work *w, double seconds, int alone)
{
    const double own = own_time(), start = bench_now();
    double now = start, units = 0;

    do {
        w->fn(w->arg);
        units += w->units;
        now = bench_now();
    } while (now - start < seconds);
    return units / (alone ? own_time() - own : now - start);
}

void bench_measure(struct bench *b, struct bench_row row,
                   struct bench_work work, struct bench_work peak,
                   struct bench_work ref)
{
    const struct bench_work *const all[3] = { &work, &peak, &ref };
    double rate[3][MAX_TURNS], ratio[MAX_TURNS];

    const struct bench_row *last = b->n > 0 ? &b->rows[b->n - 1] : NULL;

    if (!bench_wanted(b, row.area, row.name, row.shape))
        return;
    /* A level that brings nothing for this kernel. */
    if (last != NULL && strcmp(last->area, row.area) == 0 &&
        strcmp(last->name, row.name) == 0 &&
        strcmp(last->shape, row.shape) == 0 && strcmp(last->isa, row.isa) == 0)
        return;
    work.fn(work.arg); /* warm caches and page tables */
    for (int t = 0; t < b->turns; t++)
        for (int i = 0; i < 3; i++)
            if (all[i]->fn != NULL)
                rate[i][t] = rate_of(all[i], b->turn_seconds, row.alone);
    for (int i = 1; i < 3; i++)
        if (all[i]->fn != NULL) {
            for (int t = 0; t < b->turns; t++)
                ratio[t] = rate[0][t] / rate[i][t];
            *(i == 1 ? &row.peak : &row.speedup) = median(ratio, b->turns);
        }
    row.rate = median(rate[0], b->turns);
    row.spread = (rate[0][b->turns - 1] - rate[0][0]) / row.rate;
    bench_add(b, row);
}

/* ---- output
 * ------------------------------------------------------------------- */

static void head(const struct bench *b, const char *area)
{
    const int wired =
        strcmp(area, "protocol") == 0 || strcmp(area, "network") == 0;

    printf("\n%s%s%s\n%-18s %-8s %-28s %14s %7s %7s %7s\n", area,
           !wired         ? ""
           : b->plaintext ? ", plaintext TCP, "
                          : ", sealed TCP, ",
           wired ? tri_prg_name((enum tri_prg_kind)b->prg) : "", "name", "isa",
           "shape", "rate", "+-", "peak",
           strcmp(area, "threads") == 0   ? "vs one"
           : strcmp(area, "machine") == 0 ? "a cycle"
                                          : "vs C");
}

static void explain(void)
{
    puts("All of it takes about 10 minutes on two cores; --filter TEXT "
         "measures less.\n\n"
         "rate    median of the turns\n"
         "+-      fastest less slowest turn, as a part of the median\n"
         "peak    part of what this machine can do at most, measured as well\n"
         "vs C    how many times the reference in plain C; in area threads:\n"
         "        one thread; in area machine: operations a clock cycle");
}

static void scaled(char out[32], double rate, const char *unit)
{
    static const char *const prefix[] = { "", "k", "M", "G", "T" };
    int i = 0;

    while (rate >= 1000 && i < 4) {
        rate /= 1000;
        i++;
    }
    snprintf(out, 32, "%.3g %s%s", rate, prefix[i], unit);
}

void bench_add(struct bench *b, struct bench_row row)
{
    char rate[32], peak[16] = "", speedup[16] = "";

    if (b->n == b->size) {
        b->size = 2 * b->size + 64;
        b->rows = realloc(b->rows, b->size * sizeof *b->rows);
        if (b->rows == NULL)
            abort();
    }
    if (b->n == 0 || strcmp(b->rows[b->n - 1].area, row.area) != 0)
        head(b, row.area);
    b->rows[b->n++] = row;
    scaled(rate, row.rate, row.unit);
    if (row.peak > 0)
        snprintf(peak, sizeof peak, "%.0f %%", 100 * row.peak);
    if (row.speedup > 0)
        snprintf(speedup, sizeof speedup,
                 strcmp(row.area, "machine") == 0 ? "%.1f" : "%.1fx",
                 row.speedup);
    printf("%-18s %-8s %-28s %14s %6.0f%% %7s %7s\n", row.name, row.isa,
           row.shape, rate, 100 * row.spread, peak, speedup);
    fflush(stdout);
}

static int print_json(FILE *f, const void *arg, struct tri_why *why)
{
    const struct bench *const b = arg;

    (void)why;
    fprintf(f,
            "{ \"threads\": %u, \"channels\": \"%s\", \"prg\": \"%s\", "
            "\"rows\": [",
            b->threads, b->plaintext ? "plaintext" : "sealed",
            tri_prg_name((enum tri_prg_kind)b->prg));
    for (size_t i = 0; i < b->n; i++) {
        const struct bench_row *r = &b->rows[i];
        fprintf(f,
                "%s\n  { \"area\": \"%s\", \"name\": \"%s\", \"isa\": \"%s\", "
                "\"shape\": \"%s\", \"unit\": \"%s\", \"rate\": %.6g, "
                "\"spread\": %.4f, \"peak\": %.4f, \"speedup\": %.3f%s%s }",
                i ? "," : "", r->area, r->name, r->isa, r->shape, r->unit,
                r->rate, r->spread, r->peak, r->speedup,
                r->more != NULL ? ", " : "", r->more != NULL ? r->more : "");
    }
    fprintf(f, "\n] }\n");
    return TRI_OK;
}

/* ---- command line
 * --------------------------------------------------------------- */

static const char usage[] =
    "usage: bench [OPTIONS]\n\n"
    "  --filter TEXT  only rows whose AREA/NAME/SHAPE contains TEXT\n"
    "  --isa NAME     only the reference and this level: avx2, avx512, ...\n"
    "  --threads N    threads for gemm and conv, 1 to 64 (default 1)\n"
    "  --turns N      turns of each measurement, 1 to 99 (default 7)\n"
    "  --seconds S    length of a turn (default 0.03)\n"
    "  --json FILE    also write the rows as JSON\n"
    "  --prg KIND     three parties: chacha20 or aes128 (default: the faster\n"
    "                 one here)\n"
    "  --engine NAME  three parties: only fused, paper or rep3\n"
    "  --security KIND  three parties: active, where the engine can, or "
    "passive\n"
    "                 (default; --profile without --engine: active)\n"
    "  --insecure-plaintext  three parties: connections are not sealed\n"
    "  --profile NET  instead: a training step of A, B, C or D by layers, of\n"
    "                 the engine that --engine names, or rep3\n"
    "  --published    instead: the SecureNN paper's tables, its figures and "
    "ours,\n"
    "                 over emulated networks (--filter selects rows)\n";

static int usage_error(const char *what, const char *value)
{
    fprintf(stderr, "bench: %s: '%s'; try: bench --help\n", what, value);
    return 2;
}

static int number(const char *text, double min, double max, double *out)
{
    char *end;

    /* no blanks, no hexadecimal numbers */
    if (text[strspn(text, "0123456789.eE-")] != '\0')
        return 0;
    *out = strtod(text, &end);
    return *text != '\0' && *end == '\0' && *out >= min && *out <= max;
}

static unsigned cpu_named(const char *name)
{
    for (unsigned bit = 1; bit != 0; bit <<= 1)
        if (tri_cpu_name(bit) != NULL && strcmp(tri_cpu_name(bit), name) == 0)
            return bit == TRI_CPU_VAES ? bit | TRI_CPU_AESNI | TRI_CPU_AVX2 |
                                             (tri_cpu_detect() & TRI_CPU_AVX512)
                   : bit == TRI_CPU_AMX ? bit | TRI_CPU_AVX512
                                        : bit;
    return 0;
}

int main(int argc, char **argv)
{
    struct bench b = {
        .cpu = tri_cpu_detect(), .threads = 1, .turns = 7, .turn_seconds = 0.03
    };
    struct tri_kernels kernels;
    struct tri_pool pool;
    const char *json = NULL, *profile = NULL;
    struct tri_out out = { .fd = -1 };
    struct tri_why why = { "" };
    double v = 0;
    int published = 0, security = -1, engine = 0;

    tri_kernels_init(&kernels, b.cpu);
    b.prg = tri_prg_pick(&kernels);
    for (int i = 1; i < argc; i++) {
        const char *const opt = argv[i], *const val = argv[i + 1];
        if (strcmp(opt, "--help") == 0) {
            fputs(usage, stdout);
            return 0;
        }
        if (strcmp(opt, "--insecure-plaintext") == 0) {
            b.plaintext = 1;
            continue;
        }
        if (strcmp(opt, "--published") == 0) {
            published = 1;
            continue;
        }
        if (val == NULL)
            return usage_error("unknown option, or its value is missing", opt);
        i++;
        if (strcmp(opt, "--filter") == 0) {
            b.filter = val;
        } else if (strcmp(opt, "--json") == 0) {
            json = val;
        } else if (strcmp(opt, "--profile") == 0) {
            profile = val;
        } else if (strcmp(opt, "--engine") == 0) {
            if (!bench_only(val))
                return usage_error("--engine takes fused, paper or rep3", val);
            engine = 1;
        } else if (strcmp(opt, "--security") == 0) {
            security = strcmp(val, "active") == 0;
            if (!security && strcmp(val, "passive") != 0)
                return usage_error("--security takes active or passive", val);
        } else if (strcmp(opt, "--prg") == 0) {
            b.prg = strcmp(val, "aes128") == 0;
            if (!b.prg && strcmp(val, "chacha20") != 0)
                return usage_error("--prg takes chacha20 or aes128", val);
        } else if (strcmp(opt, "--isa") == 0) {
            const unsigned bit = cpu_named(val);
            if (bit == 0 && strcmp(val, "ref") != 0)
                return usage_error("no such ISA", val);
            if ((bit & b.cpu) != bit)
                return usage_error("this CPU does not have", val);
            b.cpu = bit;
        } else if (strcmp(opt, "--threads") == 0) {
            if (!number(val, 1, 64, &v) || v != floor(v))
                return usage_error("--threads takes 1 to 64", val);
            b.threads = (unsigned)v;
        } else if (strcmp(opt, "--turns") == 0) {
            if (!number(val, 1, MAX_TURNS, &v) || v != floor(v))
                return usage_error("--turns takes 1 to 99", val);
            b.turns = (int)v;
        } else if (strcmp(opt, "--seconds") == 0) {
            if (!number(val, 0.0001, 100, &v))
                return usage_error("--seconds takes 0.0001 to 100", val);
            b.turn_seconds = v;
        } else {
            return usage_error("unknown option", opt);
        }
    }
    b.active = security < 0 ? profile != NULL && !engine : security;
    if (profile != NULL && !engine)
        (void)bench_only("rep3");
    if (profile != NULL)
        return bench_profile(&b, profile);
    if (published) {
        const int rc = bench_published(&b);
        return rc == 2 ? usage_error("nothing matches the filter", b.filter)
                       : rc;
    }
    tri_cleanup_start();
    /* Before measuring: it takes minutes. */
    if (json != NULL && tri_out_open(&out, json, &why) != TRI_OK) {
        fprintf(stderr, "bench: %s\n", why.text);
        return 2;
    }
    explain();
    if (tri_pool_start(&pool, b.threads) != TRI_OK) {
        fprintf(stderr, "bench: cannot start %u threads\n", b.threads);
        return 1;
    }
    b.par = tri_pool_par(&pool);
    bench_machine(&b);
    bench_ring(&b);
    bench_gemm(&b);
    bench_conv(&b);
    bench_threads(&b);
    bench_prg(&b);
    bench_aead(&b);
    bench_zp(&b);
    bench_chain(&b);
    bench_lane(&b);
    bench_slice(&b);
    bench_verify(&b);
    bench_products(&b);
    bench_proto(&b);
    bench_net(&b);
    bench_link(&b);
    if (b.n == 0) {
        tri_out_abort(&out);
        return usage_error("nothing matches the filter",
                           b.filter != NULL ? b.filter : "");
    }
    tri_pool_stop(&pool);
    if (json != NULL && tri_out_print(&out, print_json, &b, &why) != TRI_OK) {
        fprintf(stderr, "bench: %s\n", why.text);
        return 1;
    }
    return 0;
}
