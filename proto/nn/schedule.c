#include "proto/nn/schedule.h"
#include "core/fmath.h"

/* How far step `at` of 0 .. last is: 0 .. 1. A single step is at the start. */
static double part(uint32_t at, uint32_t last)
{
    return last > 0 ? (double)at / last : 0;
}

double tri_schedule_rate(const struct tri_schedule *s, double rate,
                         uint32_t step, uint32_t total, uint32_t per_epoch)
{
    const double pi = 3.14159265358979323846, fall = rate - s->end;
    double r = rate;

    if (step < s->warmup) {
        r = rate * ((double)step + 1) / ((double)s->warmup + 1);
    } else if (s->kind == TRI_RATE_LINEAR) {
        r = rate - fall * part(step - s->warmup, total - s->warmup - 1);
    } else if (s->kind == TRI_RATE_COSINE) {
        const double at = part(step - s->warmup, total - s->warmup - 1);
        r = s->end + fall * (0.5 + 0.5 * tri_cos(pi * at));
    } else if (s->kind == TRI_RATE_STEP) {
        const double at = part(step / per_epoch, (total - 1) / per_epoch);
        r = rate * tri_exp(at * tri_log(s->end / rate));
    }
    return r > tri_pow2(-28) ? r : tri_pow2(-28);
}
