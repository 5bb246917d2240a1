#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "boards/host/base/args.h"
#include "boards/host/party/party.h"
#include "boards/host/party/proposal.h"
#include "core/err.h"
#include "tests/checks.h"

enum { WORDS = 24, TEXT = TRI_PARTY_TEXT };

/* A party's command line. */
struct line {
    struct tri_run_options o;
    struct tri_command cmd;
    struct tri_args a;
    char words[400], *argv[WORDS];
};

static int type(struct line *l, const char *text, struct tri_why *why)
{
    int n = 0;

    memset(l, 0, sizeof *l);
    tri_options_usual(&l->o);
    l->cmd = (struct tri_command){ .name = "party",
                                   .usage = "",
                                   .group = {
                                       { tri_training_options, &l->o, NULL },
                                       { tri_parties_options, &l->o, NULL } } };
    snprintf(l->words, sizeof l->words, "%s", text);
    for (char *p = l->words, *word; (word = strsep(&p, " ")) != NULL;)
        if (*word != '\0' && n < WORDS)
            l->argv[n++] = word;
    return tri_args_parse(&l->a, &l->cmd, n, l->argv, why);
}

static int complete(struct tri_run_options *o, int net, struct tri_why *why)
{
    int rc = tri_options_engine(o, 3, why);

    if (rc == TRI_OK)
        rc = tri_options_security(o, why);
    if (rc == TRI_OK && net)
        rc = tri_options_net(o, why);
    return rc == TRI_OK ? tri_options_link(o, why) : rc;
}

static void print(char out[TEXT], const struct tri_run_options *o,
                  uint32_t every)
{
    const struct tri_party p = { .task = TRI_TASK_TRAIN,
                                 .o = o,
                                 .checkpoint = every > 0 ? "c" : NULL,
                                 .every = every };

    (void)tri_party_text(&p, out, TEXT);
}

/* What party 0 says of this command line. */
static int propose(char out[TEXT], const char *words, uint32_t every,
                   struct tri_why *why)
{
    static struct line l;
    int rc = type(&l, words, why);

    if (rc == TRI_OK)
        rc = complete(&l.o, 1, why);
    if (rc == TRI_OK)
        print(out, &l.o, every);
    free(l.o.weight);
    return rc;
}

/* What the other party then says, its own checkpoints every 100 steps. */
static int answer(char out[TEXT], struct line *l, struct tri_proposal *p,
                  const char *text, struct tri_why *why)
{
    int rc = tri_proposal_adopt(p, &l->o, &l->a, text, why);

    if (rc == TRI_OK)
        rc = complete(&l->o, 0, why);
    if (rc == TRI_OK)
        print(out, &l->o, p->every);
    return rc;
}

/* Whatever party 0 says, who adopts it says the same; but for what everybody
 * has to say, and for what it says otherwise. */
static void check_adopted(struct tri_check *c)
{
    static const struct {
        const char *first, *other; /* command lines */
        int alike;                 /* -1: refused */
    } way[] = {
        { "", "", 1 },
        { "--net C --epochs 7 --batch 64 --rate 0.3 --seed 9", "", 1 },
        { "--steps 9 --schedule cosine --rate-end 0.002 --warmup 5", "", 1 },
        { "--momentum 0 --decay 0.0005 --frac 13 --compare 40", "", 1 },
        { "--class-weights 1,2,3,1,1,1,1,1,1,0.5 --max tree", "", 1 },
        { "--prg chacha20 --ledger 66M --loss-every 0", "", 1 },
        { "--link 10.123456ms:100MB/s --tune wan", "", 1 },
        { "--link lan --rate 0.1", "", 1 },
        { "--optimizer adam", "", 1 },
        { "--memory 2G", "", 1 },
        { "--memory 2G", "--memory 2G", 1 },
        { "--memory 2G", "--memory 3G", 1 },
        { "--memory 2G", "--memory 1G", 0 },
        { "", "--memory 1G", 0 },
        { "--optimizer adam --beta2 0.99 --epsilon 0.001", "", 1 },
        { "--epochs 7", "--epochs 7 --threads 2 --deadline 9", 1 },
        { "--epochs 7", "--epochs 8", 0 },
        { "--net C", "--net B", 0 },
        { "--net C", "--net C", 1 },
        { "", "--engine rep3 --security active", 1 },
        { "--security passive --engine fused", "", -1 },
        { "--security passive --engine rep3", "--security active", -1 },
        { "--security passive --engine fused", "--security passive", 1 },
        { "--security passive --engine fused",
          "--security passive --engine paper", 0 },
        { "", "--security passive", 1 },
        { "--loss-every 49", "", 0 },
        { "--loss-every 49", "--loss-every 49", 1 },
        { "--loss-every 51", "", 1 },
        { "--loss-every 7", "--loss-every 0", 0 },
        { "--reveal-small", "", 0 },
        { "--reveal-small", "--reveal-small", 1 },
        { "--force --no-spin --threads 3", "", 1 },
    };
    static struct line other;
    static char said[TEXT], heard[TEXT];
    static struct tri_proposal p;

    for (size_t i = 0; i < sizeof way / sizeof *way; i++)
        for (uint32_t every = 0; every < 8; every += 7) {
            struct tri_why why = { "" };
            int rc;

            CHECK(c,
                  propose(said, way[i].first, every, &why) == TRI_OK &&
                      type(&other, way[i].other, &why) == TRI_OK,
                  "%s | %s: %s", way[i].first, way[i].other, why.text);
            heard[0] = '\0';
            rc = answer(heard, &other, &p, said, &why);
            CHECK(c, (rc == TRI_OK) == (way[i].alike >= 0), "%s | %s: %d %s",
                  way[i].first, way[i].other, rc, why.text);
            CHECK(c, rc != TRI_OK || (strcmp(said, heard) == 0) == way[i].alike,
                  "%s | %s becomes %s", way[i].first, way[i].other, heard);
            CHECK(c, rc == TRI_OK || strstr(why.text, "--security") != NULL,
                  "%s", why.text);
            free(other.o.weight);
        }
}

/* A party that breaks the rules says this: refused, or a difference. */
static void check_hostile(struct tri_check *c)
{
    static const struct {
        const char *line, *other;
    } put[] = {
        { "epochs 0", "epochs 10001" },
        { "epochs 0", "epochs 2\nepochs 2" },
        { "batch 0", "batch 99999999999999999999999" },
        { "rate 0.050000000000000003", "rate nan" },
        { "rate 0.050000000000000003", "rate 1e300" },
        { "rate 0.050000000000000003", "log /tmp/x" },
        { "version ", "model-out /tmp/x\nversion " },
        { "engine rep3", "engine " },
        { "engine rep3", "engine plain" },
        { "engine rep3", "engine fused" },
        { "engine rep3", "engine --help" },
        { "security active", "security none" },
        { "security active", "security active\nsecurity passive" },
        { "task train", "task infer" },
        { "link none", "link 18446744073709551615 ns, 1 B/s" },
        { "link none", "link 1 ns" },
        { "ledger by memory", "ledger 18446744073709551615" },
        { "class-weights none", "class-weights 1,2" },
        { "reveal-small no", "reveal-small yes" },
        { "reveal-small no", "reveal-all no" },
        { "input 28 28 1", "input 9999 9999 9999" },
        { "input 28 28 1", "input 28 28 1\nfc" },
        { "checkpoint every 7", "checkpoint every 4294967296" },
        { "checkpoint every 7", "checkpoint every 0" },
        { "checkpoint every 7", "checkpoint" },
        { "resume no", "resume yes" },
        { "resume no", "resume no\nmore 1" },
    };
    static struct line other;
    static char said[TEXT], bad[TEXT + 100], heard[TEXT];
    static struct tri_proposal p;
    struct tri_why why = { "" };

    CHECK(c, propose(said, "", 7, &why) == TRI_OK, "%s", why.text);
    for (size_t i = 0; i < sizeof put / sizeof *put; i++) {
        const char *const at = strstr(said, put[i].line);
        int rc;

        CHECK(c, at != NULL, "no '%s' in %s", put[i].line, said);
        snprintf(bad, sizeof bad, "%.*s%s%s", (int)(at - said), said,
                 put[i].other, at + strlen(put[i].line));
        why.text[0] = heard[0] = '\0';
        CHECK(c, type(&other, "", &why) == TRI_OK, "%s", why.text);
        rc = answer(heard, &other, &p, bad, &why);
        CHECK(c,
              rc == TRI_OK ? strcmp(heard, bad) != 0 && other.o.active
                           : why.text[0] != '\0',
              "'%s' is adopted: %d %s", put[i].other, rc, why.text);
        CHECK(c, other.o.log == NULL, "'%s' names a file", put[i].other);
        free(other.o.weight);
    }
    /* Cut anywhere. */
    for (size_t n = 0; n < strlen(said); n++) {
        snprintf(bad, sizeof bad, "%.*s", (int)n, said);
        why.text[0] = '\0';
        CHECK(c, type(&other, "", &why) == TRI_OK, "%s", why.text);
        CHECK(c,
              answer(heard, &other, &p, bad, &why) != TRI_OK ||
                  strcmp(heard, bad) != 0,
              "%zu characters of it are adopted", n);
    }
}

/* The end of an epoch opens a loss, too: batches that are small, or make epochs
 * short, are the word of each party. And what a training costs has a bound. */
static void check_may(struct tri_check *c)
{
    static const struct {
        const char *first, *other;
        uint64_t samples;
        int may;
        uint64_t epochs;
    } way[] = {
        { "", "", 60000, 1, 0 },
        { "", "", 320, 1, 0 },
        { "", "", 17, 1, 0 },
        { "--epochs 100", "", 60000, 1, 0 },
        { "--epochs 101", "", 60000, 0, 0 },
        { "--epochs 10000", "", 60000, 0, 0 },
        { "--epochs 10000", "--epochs 10000", 60000, 1, 0 },
        { "--epochs 10000 --steps 46800", "", 60000, 1, 0 },
        { "--epochs 10000 --steps 46801", "", 60000, 0, 0 },
        { "", "", 16, 1, 0 }, /* 400 epochs */
        { "--epochs 401 --batch 16", "--batch 16", 16, 0, 0 },
        { "--epochs 7", "", 60000, 1, 7 },
        { "--epochs 8", "", 60000, 0, 7 },
        { "--epochs 8 --steps 3276", "", 60000, 1, 7 },
        { "--epochs 10000", "", 60000, 1, 10000 },
        { "--batch 127", "", 60000, 0, 0 },
        { "--batch 127", "--batch 127", 60000, 1, 0 },
        { "--batch 127", "--epochs 4", 60000, 0, 0 },
        { "--batch 127 --loss-every 0", "--loss-every 0", 60000, 1, 0 },
        { "--batch 1200", "", 60000, 1, 0 },
        { "--batch 1201", "", 60000, 0, 0 },
        { "--batch 1201 --epochs 9", "--epochs 9", 60000, 1, 0 },
        { "--batch 1201", "--loss-every 49", 60000, 1, 0 },
        { "--batch 1201 --loss-every 49", "--loss-every 49", 60000, 1, 0 },
        { "--batch 1201 --loss-every 90", "--loss-every 90", 60000, 0, 0 },
        { "--batch 320", "", 320, 0, 0 },
        { "--batch 320", "--batch 320", 320, 1, 0 },
        { "--batch 321 --steps 9", "--batch 321", 320, 1, 0 }, /* no batch */
        { "--batch 15", "", 320, 0, 0 },
        { "--batch 16", "", 320, 1, 0 },
        { "--epochs 10000", "", 320, 0, 10000 },
        { "--batch 128", "", 2048, 1, 0 },
    };
    static struct line other;
    static char said[TEXT], heard[TEXT];
    static struct tri_proposal p;

    for (size_t i = 0; i < sizeof way / sizeof *way; i++) {
        struct tri_why why = { "" };
        int rc;

        CHECK(c,
              propose(said, way[i].first, 0, &why) == TRI_OK &&
                  type(&other, way[i].other, &why) == TRI_OK,
              "%s | %s: %s", way[i].first, way[i].other, why.text);
        p.most_epochs = way[i].epochs;
        CHECK(c, answer(heard, &other, &p, said, &why) == TRI_OK, "%s",
              why.text);
        tri_options_fit(&other.o, way[i].samples);
        rc = tri_proposal_may(&p, &other.o, way[i].samples, &why);
        CHECK(c,
              rc == (way[i].may ? TRI_OK : TRI_E_ARG) &&
                  (way[i].may || strstr(why.text, "give --batch") != NULL ||
                   strstr(why.text, "give --accept-epochs") != NULL),
              "%s | %s, %d samples: %d %s", way[i].first, way[i].other,
              (int)way[i].samples, rc, why.text);
        free(other.o.weight);
    }
}

static int is_own(const char *line)
{
    static const char *const own[] = { "version ", "task ", "frozen ",
                                       "security ", "reveal-small " };

    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (strncmp(line, own[i], strlen(own[i])) == 0)
            return 1;
    return 0;
}

/* Every line that is not each party's own is read: nonsense in it is found. */
static void check_all_read(struct tri_check *c)
{
    static struct line other;
    static char said[TEXT], bad[TEXT + 100], heard[TEXT];
    static struct tri_proposal p;
    struct tri_why why = { "" };

    CHECK(c, propose(said, "", 0, &why) == TRI_OK, "%s", why.text);
    for (const char *at = said; strncmp(at, "input ", 6) != 0;
         at += strcspn(at, "\n") + 1) {
        const int name = (int)strcspn(at, " ");

        snprintf(bad, sizeof bad, "%.*s %s%s", (int)(at - said) + name, said,
                 strncmp(at, "link", 4) == 0 || strncmp(at, "tune", 4) == 0
                     ? "0 ns, 1 B/s"
                 : strncmp(at, "ledger", 6) == 0 ||
                         strncmp(at, "memory", 6) == 0
                     ? "1000"
                     : "@",
                 at + strcspn(at, "\n"));
        why.text[0] = '\0';
        CHECK(c, type(&other, "", &why) == TRI_OK, "%s", why.text);
        CHECK(c, is_own(at) || answer(heard, &other, &p, bad, &why) != TRI_OK,
              "'%.*s' is not read", name, at);
        free(other.o.weight);
    }
}

const struct tri_check_entry tri_checks_proposal[] = {
    { "proposal_adopted", check_adopted },
    { "proposal_hostile", check_hostile },
    { "proposal_may", check_may },
    { "proposal_all_read", check_all_read },
};
const size_t tri_checks_proposal_n =
    sizeof tri_checks_proposal / sizeof *tri_checks_proposal;
