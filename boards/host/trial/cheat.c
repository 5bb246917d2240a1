#include "boards/host/trial/cheat.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "boards/host/base/cleanup.h"
#include "boards/host/share/sharefile.h"
#include "boards/host/share/sharepair.h"
#include "core/err.h"
#include "core/ring.h"
#include "proto/fused/fused.h"

/* Steps until a cheat must have been seen. */
enum { SHORT = 8 };

/* Attacks are written for one network and the usual numbers. */
static int check(const struct tri_run_options *o, struct tri_why *why)
{
    static struct tri_run_options usual;
    const char *wrong;

    tri_options_usual(&usual);
    wrong = o->engine != NULL                     ? "engine"
            : o->security != usual.security       ? "security"
            : strcmp(o->net_name, usual.net_name) ? "net"
            : o->batch != usual.batch             ? "batch"
            : o->frac != usual.frac               ? "frac"
            : o->compare != usual.compare         ? "compare"
            : o->schedule != TRI_RATE_CONSTANT    ? "schedule"
                                                  : NULL;

    return wrong == NULL ? TRI_OK
                         : tri_why(why, TRI_E_ARG,
                                   "option --%s: with --attack it has to be "
                                   "left away",
                                   wrong);
}

int tri_cheat_find(const struct tri_attack **attack, const char *name,
                   const struct tri_run_options *o, struct tri_why *why)
{
    char list[200] = "";

    *attack = tri_attack_find(name);
    if (*attack != NULL && !(*attack)->answers)
        return check(o, why);
    for (size_t i = 0; tri_attacks[i] != NULL; i++)
        if (!tri_attacks[i]->answers)
            snprintf(list + strlen(list), sizeof list - strlen(list), "%s %s",
                     i > 0 ? "," : "", tri_attacks[i]->name);
    return tri_why(why, TRI_E_ARG,
                   "option --attack: there is no '%s'; give one of%s", name,
                   list);
}

/* Where the shares of the revealed model are, until they are joined. */
static int make_dir(struct tri_cheat *c, struct tri_why *why)
{
    const char *const tmp = getenv("TMPDIR");
    const int n = snprintf(c->dir, sizeof c->dir, "%s/trinn-XXXXXX",
                           tmp != NULL && tmp[0] != '\0' ? tmp : "/tmp");

    if (n < 0 || (size_t)n >= sizeof c->dir || mkdtemp(c->dir) == NULL) {
        c->dir[0] = '\0';
        return tri_why(why, TRI_E_IO, "no directory for the model: %s",
                       strerror(errno));
    }
    c->slot[0] = tri_cleanup_path(c->dir);
    for (int p = 0; p < TRI_PARTIES; p++) {
        snprintf(c->model[p], sizeof c->model[p], "%s/model.p%d", c->dir, p);
        c->slot[1 + p] = tri_cleanup_path(c->model[p]);
    }
    return TRI_OK;
}

int tri_cheat_start(struct tri_cheat *c, struct tri_demo *d,
                    const struct tri_attack *attack,
                    const struct tri_dataset *train,
                    const struct tri_dataset *test, struct tri_why *why)
{
    *c = (struct tri_cheat){ .attack = attack,
                             .o = *d->o,
                             .slot = { -1, -1, -1, -1 } };
    d->cheat = c;
    while ((attack->by >> c->by & 1) == 0)
        c->by++;
    c->o.loss_every = attack->loss_every;
    c->o.log = NULL;
    if (attack->steps > 0)
        c->o.steps = attack->steps;
    if (c->o.active && (c->o.steps == 0 || c->o.steps > SHORT))
        c->o.steps = SHORT;
    c->loot = mmap(NULL, sizeof *c->loot, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (c->loot == MAP_FAILED) {
        c->loot = NULL;
        return tri_why(why, TRI_E_NOMEM, "no memory for what is stolen");
    }
    c->corrupt = (struct tri_corrupt){ .attack = attack,
                                       .batch = (uint32_t)c->o.batch,
                                       .steps = (uint32_t)tri_run_steps(
                                           &c->o, train->count),
                                       .tested = test->count,
                                       .rate = c->o.rate,
                                       .loot = c->loot,
                                       .rng = c->o.seed };
    return make_dir(c, why);
}

void tri_cheat_party(struct tri_cheat *c, struct tri_party *p)
{
    p->o = &c->o;
    p->log = NULL;
    p->silent = 1;
    if (c->o.kind->holds[p->id] > 0)
        p->model_out = c->model[p->id];
    if (p->id == c->by) {
        tri_corrupt_kind(&c->corrupt, &c->kind, &c->ops, c->o.kind);
        c->o.kind = &c->kind;
    }
}

/* The revealed model: what its owner gets by joining both shares. */
static int reveal(const struct tri_cheat *c, double **model,
                  struct tri_why *why)
{
    struct tri_kernels k;
    uint64_t *word[2] = { NULL, NULL };
    size_t n = 0;
    int rc = TRI_OK;

    tri_kernels_init(&k, tri_cpu_detect());
    for (int p = 0; rc == TRI_OK && p < 2; p++) {
        struct tri_share s;

        rc = tri_share_open(&s, c->model[p], TRI_SHARE_MODEL, p, &k, why);
        n = rc == TRI_OK ? (size_t)(s.head.content / 8) : 0;
        word[p] = malloc(n * 8 + 1);
        if (rc == TRI_OK)
            rc = word[p] == NULL ? tri_why(why, TRI_E_NOMEM, "no memory")
                                 : tri_share_words(&s, &word[p], n, 0, why);
        tri_share_close(&s);
    }
    *model = malloc(n * sizeof **model + 1);
    if (rc == TRI_OK && *model == NULL)
        rc = tri_why(why, TRI_E_NOMEM, "no memory");
    for (size_t i = 0; rc == TRI_OK && i < n; i++)
        (*model)[i] = tri_fixed_decode(word[0][i] + word[1][i], (int)c->o.frac);
    free(word[0]);
    free(word[1]);
    return rc;
}

static void row(const char *what, const struct tri_trio *t, unsigned by)
{
    printf("%-24s", what);
    for (unsigned p = 0; p < TRI_PARTIES; p++) {
        const struct tri_outcome *const o = &t->party[p];

        printf("%10.2f %%%s", o->tested > 0 ? 100.0 * o->right / o->tested : 0,
               p == by               ? "*"
               : p + 1 < TRI_PARTIES ? " "
                                     : "");
    }
    puts("");
}

int tri_cheat_print(const struct tri_cheat *c, const struct tri_trio *honest,
                    const struct tri_trio *attacked,
                    const struct tri_dataset *train,
                    const struct tri_dataset *test, struct tri_why *why)
{
    double *model = NULL;
    const int rc = reveal(c, &model, why);
    struct tri_trial t = { .net = &c->o.net,
                           .f = (unsigned)c->o.frac,
                           .seed = c->o.seed,
                           .batch = (uint32_t)c->o.batch,
                           .steps = c->corrupt.steps,
                           .rate = c->o.rate,
                           .train = train,
                           .test = test,
                           .honest = honest->party[0].right,
                           .model = model,
                           .loot = c->loot };
    char text[TRI_ATTACK_TEXT];
    int ok;

    for (unsigned p = 0; p < TRI_PARTIES; p++)
        t.right[p] = attacked->party[p].right;
    if (rc == TRI_OK) {
        ok = c->attack->gained(&t, text);
        printf("\nattack %s: party %u %s\n\n%-24s %12s %12s  %12s\n",
               c->attack->name, c->by, c->attack->alters,
               "right, held-out, told to", "party 0", "party 1", "party 2");
        row("all follow the protocol", honest, TRI_PARTIES);
        row("one does not (*)", attacked, c->by);
        printf("\n%s: %s\n\n"
               "engine %s: all three parties ended with success, as it checks "
               "nothing of what\na party computes\n",
               ok ? "gained" : "NOT gained here", text, c->o.kind->name);
    }
    free(model);
    return rc;
}

/* Who joins the model has two copies of each component. */
static int compare(const struct tri_cheat *c, struct tri_why *why)
{
    struct tri_share s[TRI_PARTIES] = { { .fd = -1 },
                                        { .fd = -1 },
                                        { .fd = -1 } };
    struct tri_kernels k;
    int rc = TRI_OK;

    tri_kernels_init(&k, tri_cpu_detect());
    for (int p = 0; rc == TRI_OK && p < TRI_PARTIES; p++) {
        rc = tri_share_open(&s[p], c->model[p], TRI_SHARE_MODEL, p, &k, why);
        for (int q = 0; rc == TRI_OK && q < p; q++)
            rc = tri_share_pair(&s[q], &s[p], why);
    }
    for (int p = 0; p < TRI_PARTIES; p++)
        tri_share_close(&s[p]);
    return rc;
}

/* The names without the directory, which is gone when they are read. */
static void without_dir(char *text, const char *dir)
{
    const size_t n = strlen(dir) + 1;

    for (char *p = text; (p = strstr(p, dir)) != NULL && p[n - 1] == '/';)
        memmove(p, p + n, strlen(p + n) + 1);
}

int tri_cheat_print_stop(const struct tri_cheat *c, int rc, struct tri_why *why)
{
    const char *when = "";

    if (rc == TRI_OK) {
        when = "as the model is joined: ";
        rc = compare(c, why);
        if (rc == TRI_E_MISMATCH)
            rc = TRI_E_CHEAT;
    }
    if (rc != TRI_OK && rc != TRI_E_CHEAT)
        return rc;
    without_dir(why->text, c->dir);
    printf("engine %s, --security active: %s%s%s\n", c->o.kind->name,
           rc == TRI_OK ? "NOT stopped" : "STOPPED: ", rc == TRI_OK ? "" : when,
           why->text);
    *why = (struct tri_why){ 0 };
    return TRI_OK;
}

void tri_cheat_end(struct tri_cheat *c)
{
    for (int p = 0; p < TRI_PARTIES && c->dir[0] != '\0'; p++)
        (void)unlink(c->model[p]);
    if (c->dir[0] != '\0')
        (void)rmdir(c->dir);
    for (int i = TRI_PARTIES; i >= 0; i--)
        tri_cleanup_forget(c->slot[i]);
    if (c->loot != NULL)
        (void)munmap(c->loot, sizeof *c->loot);
}
