#include "boards/host/trial/table.h"
#include <stdio.h>

static double percent(const struct tri_outcome *o)
{
    return o->tested > 0 ? 100.0 * o->right / o->tested : 0;
}

/* "97.00 %", or the RMSE of a regression. */
static const char *quality(char out[32], const struct tri_outcome *o)
{
    if (o->rmse > 0)
        snprintf(out, 32, "%.5g", o->rmse);
    else
        snprintf(out, 32, "%.2f %%", percent(o));
    return out;
}

static const char *name(const struct tri_outcome *o)
{
    return o->rmse > 0 ? "RMSE, held-out" : "right, held-out";
}

static void traffic(const struct tri_trio *t)
{
    char text[3][24];

    puts("\nbytes sent                 to party 0    to party 1    to party 2");
    for (unsigned i = 0; i < TRI_PARTIES; i++) {
        for (unsigned j = 0; j < TRI_PARTIES; j++)
            if (i == j)
                snprintf(text[j], sizeof text[j], "-");
            else
                tri_bytes_text(text[j], t->party[i].stats.sent[j]);
        printf("  by party %u          %16s%14s%14s\n", i, text[0], text[1],
               text[2]);
    }
}

static uint64_t longest(const struct tri_trio *t)
{
    uint64_t rounds = 0;

    for (unsigned i = 0; i < TRI_PARTIES; i++)
        if (t->party[i].stats.rounds > rounds)
            rounds = t->party[i].stats.rounds;
    return rounds;
}

static uint64_t all_sent(const struct tri_trio *t)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < TRI_PARTIES; i++)
        for (unsigned j = 0; j < TRI_PARTIES; j++)
            sum += t->party[i].stats.sent[j];
    return sum;
}

/* With verification, without it, and in the clear. */
static void three_ways(const struct tri_trio *active,
                       const struct tri_trio *passive,
                       const struct tri_outcome *clear)
{
    const struct tri_outcome *const a = &active->party[0];
    const struct tri_outcome *const b = &passive->party[0];
    char x[32], y[32], z[32];

    printf("\n%-22s %14s %14s %14s\n%-22s %14s %14s\n", "", "active", "passive",
           "float, clear", "", "engine rep3", "engine fused");
    printf("%-22s %14s %14s %14s\n", name(clear), quality(x, a), quality(y, b),
           quality(z, clear));
    printf("%-22s %12.2f s %12.2f s %12.2f s\n", "training", a->train_s,
           b->train_s, clear->train_s);
    printf("%-22s %12.2f s\n", "  of it verification",
           (double)a->proofs.ns / 1e9 - a->test_proofs_s);
    printf("%-22s %12.2f s %12.2f s %12.2f s\n", "evaluation", a->test_s,
           b->test_s, clear->test_s);
    printf("%-22s %14s %14s\n", "traffic", tri_bytes_text(x, all_sent(active)),
           tri_bytes_text(y, all_sent(passive)));
    printf("%-22s %14s %14s\n", "a party that cheats", "ends the run",
           "is not seen");
}

void tri_table_print(const struct tri_demo *d, const struct tri_trio *t,
                     const struct tri_trio *passive,
                     const struct tri_outcome *clear)
{
    const struct tri_outcome *const p = &t->party[0];
    char a[32], b[32], c[24];
    uint64_t payload = 0;

    if (t->parties == 0) {
        printf("\n%-22s %14s\n%-22s %14s\n", "", "float, clear", name(clear),
               quality(a, clear));
        printf("%-22s %12.2f s\n%-22s %12.2f s\n", "training", clear->train_s,
               "evaluation", clear->test_s);
        return;
    }
    if (passive != NULL) {
        three_ways(t, passive, clear);
    } else {
        printf("\n%-22s %14s %14s\n", "",
               t->parties == 1 ? "fixed point" : "three parties",
               "float, clear");
        printf("%-22s %14s %14s\n", name(clear), quality(a, p),
               quality(b, clear));
        printf("%-22s %12.2f s %12.2f s\n", "training", p->train_s,
               clear->train_s);
        printf("%-22s %12.2f s %12.2f s\n", "evaluation", p->test_s,
               clear->test_s);
    }
    if (t->parties == 1) {
        printf("%-22s %14s %14s\n", "memory", tri_bytes_text(a, p->peak),
               tri_bytes_text(b, clear->peak));
        return;
    }
    traffic(t);
    for (unsigned i = 0; i < TRI_PARTIES; i++)
        for (unsigned j = 0; j < TRI_PARTIES; j++)
            payload += t->party[i].stats.payload[j];
    printf("\nall traffic  %s in %llu rounds, %u steps of %llu images\n",
           tri_bytes_text(a, all_sent(t)), (unsigned long long)longest(t),
           p->steps, (unsigned long long)d->o->batch);
    printf("payload      %llu bytes, %s %llu\n", (unsigned long long)payload,
           payload == tri_cost_bytes(&p->cost) ? "as planned:" : "planned",
           (unsigned long long)tri_cost_bytes(&p->cost));
    printf("connections  %s; random numbers from %s",
           p->sealed ? "sealed" : "INSECURE PLAINTEXT", tri_prg_name(p->prg));
    if (d->o->active)
        printf("; products verified");
    if (d->o->line.rate != 0)
        printf("; emulated network %s", d->o->link);
    printf("\nmemory       party 0 %s, party 1 %s, party 2 %s\n",
           tri_bytes_text(a, t->party[0].peak),
           tri_bytes_text(b, t->party[1].peak),
           tri_bytes_text(c, t->party[2].peak));
}
