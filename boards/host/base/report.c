#include "boards/host/base/report.h"
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>
#include "net/host/clock.h"

static const uint64_t second = 1000000000u;

void tri_progress_start(struct tri_progress *p, const char *who, int silent)
{
    *p = (struct tri_progress){ .who = who,
                                .silent = silent,
                                .tty = isatty(STDERR_FILENO),
                                .begun = tri_clock_ns() };
    p->last = p->begun;
}

void tri_progress_loss(struct tri_progress *p, double loss, uint32_t right,
                       uint32_t of)
{
    p->lossy = 1;
    p->loss = loss;
    p->right = right;
    p->of = of;
}

const char *tri_time_text(char out[TRI_TIME_TEXT], double s)
{
    const unsigned long t = s < 1e9 ? (unsigned long)(s + 0.5) : 1000000000ul;

    if (t >= 3600)
        snprintf(out, TRI_TIME_TEXT, "%lu h %02lu min", t / 3600, t / 60 % 60);
    else if (t >= 60)
        snprintf(out, TRI_TIME_TEXT, "%lu min %02lu s", t / 60, t % 60);
    else
        snprintf(out, TRI_TIME_TEXT, "%lu s", t);
    return out;
}

void tri_progress_step(struct tri_progress *p, uint32_t epoch, uint32_t epochs,
                       uint32_t step, uint32_t total)
{
    const uint64_t now = tri_clock_ns();
    const uint64_t pause = p->tty ? second / 10 : 5 * second;
    const double took = (double)(now - p->begun) / 1e9;
    const double rate = took > 0 ? (step - p->first) / took : 0;
    char left[TRI_TIME_TEXT];

    if (p->silent || (now - p->last < pause && step != total))
        return;
    p->last = now;
    fprintf(stderr, "%s%s", p->tty ? "\r" : "", p->who);
    if (epochs > 0)
        fprintf(stderr, "epoch %u of %u, ", epoch, epochs);
    fprintf(stderr, "step %u of %u, %.1f steps/s, %s left", step, total, rate,
            tri_time_text(left, rate > 0 ? (total - step) / rate : 0.0));
    if (p->lossy)
        fprintf(stderr, ", loss %.4f", p->loss);
    if (p->lossy && p->of > 0)
        fprintf(stderr, ", %.1f %% right", 100.0 * p->right / p->of);
    fputs(p->tty ? "\033[K" : "\n", stderr);
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
