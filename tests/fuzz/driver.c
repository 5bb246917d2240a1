#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include "tests/fuzz/fuzz.h"

/*
 * A plain driver for fuzz targets, where libFuzzer is not at hand:
 *
 *   fuzz-TARGET [-max_total_time=SECONDS] [-seed=N] [FILE|DIRECTORY...]
 *
 * Runs every file of the corpus, then mutations of them for so many seconds.
 * The input that runs stands in TARGET.input: after a crash it is the one
 * that caused it, and `fuzz-TARGET TARGET.input -max_total_time=0` runs it
 * again. (libFuzzer takes the same options.)
 */
enum { INPUT = 1 << 14, SEEDS = 1024 };

struct seed {
    uint8_t *data;
    size_t len;
};

static struct seed corpus[SEEDS];
static size_t seeds;
static uint64_t rng;
static uint8_t *shown; /* the mapped TARGET.input */
static int shown_fd;

static uint64_t next(void)
{
    uint64_t z = rng += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static size_t below(size_t n)
{
    return (size_t)(next() % n);
}

static void add_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    struct seed s = { malloc(INPUT), 0 };

    if (f == NULL || s.data == NULL) {
        fprintf(stderr, "fuzz: %s cannot be read\n", path);
        exit(2);
    }
    s.len = fread(s.data, 1, INPUT, f);
    fclose(f);
    if (seeds < SEEDS)
        corpus[seeds++] = s;
}

static void add(const char *path)
{
    DIR *d = opendir(path);
    struct dirent *e;

    if (d == NULL) {
        add_file(path);
        return;
    }
    while ((e = readdir(d)) != NULL)
        if (e->d_name[0] != '.') {
            char name[4096];
            snprintf(name, sizeof name, "%s/%s", path, e->d_name);
            add_file(name);
        }
    closedir(d);
}

static void run(const uint8_t *data, size_t len)
{
    /* Of its exact length, so that a sanitizer sees one byte too far. */
    uint8_t *copy = malloc(len > 0 ? len : 1);

    if (copy == NULL)
        exit(1);
    memcpy(copy, data, len);
    memcpy(shown, data, len);
    if (ftruncate(shown_fd, (off_t)len) != 0 || ftruncate(shown_fd, INPUT) != 0)
        exit(1);
    (void)LLVMFuzzerTestOneInput(copy, len);
    free(copy);
}

/* One change in place; returns the new length. */
static size_t mutate(uint8_t *p, size_t n)
{
    static const uint64_t odd[] = { 0,     1,          127,     128,
                                    255,   256,        32767,   32768,
                                    65535, 65536,      1 << 20, 0x80000000u,
                                    ~0u,   1ull << 32, ~0ull };
    const size_t at = n > 0 ? below(n) : 0;
    const size_t some = 1 + below(16);

    switch (below(8)) {
    case 0:
        if (n > 0)
            p[at] ^= (uint8_t)(1u << below(8));
        return n;
    case 1:
        if (n > 0)
            p[at] = (uint8_t)next();
        return n;
    case 2: { /* a number that is often wrong, in either byte order */
        uint64_t v = odd[below(sizeof odd / sizeof *odd)] + below(3) - 1;
        const size_t w = (size_t)1 << below(4);

        if (next() & 1)
            v = __builtin_bswap64(v) >> (64 - 8 * w);
        if (n >= w)
            memcpy(p + below(n - w + 1), &v, w);
        return n;
    }
    case 3: /* leave out */
        if (n > some) {
            const size_t from = below(n - some);
            memmove(p + from, p + from + some, n - from - some);
            return n - some;
        }
        return n;
    case 4: /* put in */
        if (n + some <= INPUT) {
            memmove(p + at + some, p + at, n - at);
            for (size_t i = 0; i < some; i++)
                p[at + i] = (uint8_t)next();
            return n + some;
        }
        return n;
    case 5: /* repeat a part elsewhere */
        if (n > some)
            memmove(p + below(n - some), p + below(n - some), some);
        return n;
    case 6: /* cut */
        return n > 0 ? below(n + 1) : 0;
    default: { /* a piece of another seed */
        const struct seed *s = &corpus[below(seeds)];
        const size_t from = s->len > 0 ? below(s->len) : 0;
        size_t len = s->len - from;

        if (len > INPUT - at)
            len = INPUT - at;
        len = len > 0 ? 1 + below(len) : 0;
        memcpy(p + at, s->data + from, len);
        return at + len > n ? at + len : n;
    }
    }
}

int main(int argc, char **argv)
{
    const char *slash = strrchr(argv[0], '/');
    static uint8_t buf[INPUT];
    char name[4096];
    long seconds = 10;
    unsigned long long runs = 0, seed = 1;
    time_t end;

    for (int i = 1; i < argc; i++)
        if (sscanf(argv[i], "-max_total_time=%ld", &seconds) != 1 &&
            sscanf(argv[i], "-seed=%llu", &seed) != 1 && argv[i][0] != '-')
            add(argv[i]);
    rng = seed;
    if (seeds == 0)
        corpus[seeds++] = (struct seed){ buf, 0 };
    snprintf(name, sizeof name, "%s.input",
             slash != NULL ? slash + 1 : argv[0]);
    shown_fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0666);
    if (shown_fd < 0 || ftruncate(shown_fd, INPUT) != 0)
        return 1;
    shown = mmap(NULL, INPUT, PROT_READ | PROT_WRITE, MAP_SHARED, shown_fd, 0);
    if (shown == MAP_FAILED)
        return 1;
    for (size_t i = 0; i < seeds; i++, runs++)
        run(corpus[i].data, corpus[i].len);
    for (end = time(NULL) + seconds; time(NULL) < end;)
        for (int i = 0; i < 100; i++, runs++) {
            const struct seed *s = &corpus[below(seeds)];
            size_t n = s->len;

            memcpy(buf, s->data, n);
            for (size_t k = 1 + below(6); k > 0; k--)
                n = mutate(buf, n);
            run(buf, n);
        }
    unlink(name);
    printf("%s: %zu seeds, %llu runs, no failure\n",
           slash != NULL ? slash + 1 : argv[0], seeds, runs);
    return 0;
}
