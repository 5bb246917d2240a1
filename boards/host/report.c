#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
#include "boards/host/report.h"

static const uint64_t second = 1000000000u;

uint64_t tri_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * second + (uint64_t)t.tv_nsec;
}

void tri_progress_start(struct tri_progress *p, const char *who, int silent)
{
    *p = (struct tri_progress){ .who = who,
                                .silent = silent,
                                .tty = isatty(STDERR_FILENO),
                                .begun = tri_now() };
    p->last = p->begun;
}

void tri_progress_step(struct tri_progress *p, uint32_t epoch, uint32_t step,
                       uint32_t total)
{
    const uint64_t now = tri_now();
    const uint64_t pause = p->tty ? second / 10 : 5 * second;
    const double took = (double)(now - p->begun) / 1e9;
    const double rate = took > 0 ? (step - p->first) / took : 0;

    if (p->silent || (now - p->last < pause && step != total))
        return;
    p->last = now;
    fprintf(stderr, "%s%sepoch %u, step %u of %u, %.1f steps/s, %.0f s left%s",
            p->tty ? "\r" : "", p->who, epoch, step, total, rate,
            rate > 0 ? (total - step) / rate : 0.0, p->tty ? "\033[K" : "\n");
    p->open = p->tty;
    fflush(stderr);
}

void tri_progress_note(struct tri_progress *p, const char *fmt, ...)
{
    va_list ap;

    if (p->silent)
        return;
    if (p->open)
        fputs("\r\033[K", stderr);
    p->open = 0;
    fputs(p->who, stderr);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
}

const char *tri_bytes_text(char out[24], uint64_t bytes)
{
    static const char *const unit[] = { "B", "kB", "MB", "GB", "TB" };
    double v = (double)bytes;
    int u = 0;

    for (; v >= 999.95 && u < 4; u++)
        v /= 1000;
    snprintf(out, 24, u == 0 ? "%.0f %s" : "%.1f %s", v, unit[u]);
    return out;
}
