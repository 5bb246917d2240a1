#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "boards/host/party/aborted.h"
#include "boards/host/party/checkpoint.h"
#include "core/err.h"
#include "core/le.h"
#include "tests/checks.h"
#include "tests/support/three.h"

static const char net_text[] = "input 1 2 2\nfc 3\nrelu\nfc 2\n";
static const char run_text[] = "a run\n";

enum {
    WORDS = 2 * (4 * 3 + 3 + 3 * 2 + 2), /* parameters and velocities */
    TEXT = sizeof run_text - 1 + 5 + 2 * TRI_HASH_BYTES + 1,
    HEAD = TRI_SHARE_PUBLIC + TRI_HASH_BYTES,
    SMALL = HEAD + TEXT, /* party 2 */
    LARGE = SMALL + 8 * WORDS
};

/* ---- a directory that goes away -------------------------------------------
 */

static char dir[64];

static const char *at(const char *name)
{
    static char path[8][128];
    static unsigned turn;

    turn = (turn + 1) % 8;
    snprintf(path[turn], sizeof path[turn], "%s/%s", dir, name);
    return path[turn];
}

/* Names in the directory that contain `part`; removes them if asked to. */
static int count(const char *part, int remove_them)
{
    DIR *const d = opendir(dir);
    struct dirent *e;
    int n = 0;

    while (d != NULL && (e = readdir(d)) != NULL)
        if (e->d_name[0] != '.' && strstr(e->d_name, part) != NULL) {
            n++;
            if (remove_them && unlinkat(dirfd(d), e->d_name, 0) != 0)
                unlinkat(dirfd(d), e->d_name, AT_REMOVEDIR);
        }
    if (d != NULL)
        closedir(d);
    return n;
}

/* In memory, if there is such a place: every save waits for the disk. */
static void within(struct tri_check *c, void (*body)(struct tri_check *c))
{
    snprintf(dir, sizeof dir, "%s/trinn-check-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    CHECK(c, mkdtemp(dir) != NULL, "no temporary directory");
    body(c);
    count("", 1);
    rmdir(dir);
}

static int put(const char *path, const void *data, size_t n)
{
    FILE *const f = fopen(path, "wb");
    const int ok = f != NULL && fwrite(data, 1, n, f) == n;

    return (f == NULL || fclose(f) == 0) && ok;
}

/* All of a file of less than `room` bytes; its length, 0: there is none. */
static size_t get(const char *path, uint8_t *data, size_t room)
{
    FILE *const f = fopen(path, "rb");
    const size_t n = f != NULL ? fread(data, 1, room, f) : 0;

    if (f != NULL)
        fclose(f);
    return n;
}

/* What is in both files of the three, c.p0.a.ckpt to c.p2.b.ckpt. */
struct files {
    uint8_t data[TRI_PARTIES][2][LARGE + 1];
    size_t n[TRI_PARTIES][2];
};

static const char *file_of(unsigned id, int slot)
{
    char name[16];

    snprintf(name, sizeof name, "c.p%u.%c.ckpt", id, 'a' + slot);
    return at(name);
}

static void read_files(struct files *f)
{
    memset(f, 0, sizeof *f);
    for (unsigned id = 0; id < TRI_PARTIES; id++)
        for (int i = 0; i < 2; i++)
            f->n[id][i] =
                get(file_of(id, i), f->data[id][i], sizeof f->data[id][i]);
}

/* ---- one session of the three --------------------------------------------
 */

struct job {
    /* set before */
    int resume;
    int agree_only;
    int after_abort, elsewhere;
    int ends, proving;   /* how the run is said to have ended          */
    uint32_t steps;      /* after the start; each one is saved         */
    uint32_t trouble_at; /* P0 calls trouble() before it saves this one */
    void (*trouble)(void);
    uint32_t lies_at; /* in this step P0 answers otherwise than it should */
    unsigned lie_to, lie_round, lie; /* ... to whom, when, which bits     */
    const char *p0; /* prefix of P0, if it is another one         */
    uint64_t seed;  /* of keys and of what the steps leave        */

    /* results */
    int rc[TRI_PARTIES], blamed[TRI_PARTIES];
    struct tri_why why[TRI_PARTIES];
    uint32_t first[TRI_PARTIES], saved[TRI_PARTIES];
    uint8_t name[TRI_PARTIES][TRI_PAIR_ID]; /* of what is continued   */
    int turn_fits[TRI_PARTIES];             /* the other slot is next */
    uint64_t start[TRI_PARTIES][WORDS];     /* state after the start  */
    uint64_t end[TRI_PARTIES][WORDS];       /* after the steps        */
};

static size_t copy_state(struct tri_model *m, uint64_t *out)
{
    struct tri_ten *t[TRI_MODEL_STATE];
    const size_t n = tri_model_state(m, t);
    size_t sum = 0;

    for (size_t i = 0; i < n && sum + t[i]->n <= WORDS; sum += t[i++]->n)
        memcpy(out + sum, t[i]->v[0], 8 * t[i]->n);
    return sum;
}

/* A step, as far as checkpoints see it: the shares are others afterwards. */
static void change_state(struct tri_model *m, uint64_t *rng)
{
    struct tri_ten *t[TRI_MODEL_STATE];
    const size_t n = tri_model_state(m, t);

    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < t[i]->n; j++)
            ((uint64_t *)t[i]->v[0])[j] = tri_test_rand(rng);
        tri_ten_changed(t[i]);
    }
}

/* A liar's link: it alters one byte of one round of answers. */
static struct {
    const struct tri_link_ops *real;
    struct tri_link_ops ops;
    unsigned to, round, bits;
} liar;

static int lying_send(struct tri_link *l, unsigned to, const void *buf,
                      size_t len)
{
    static uint8_t said;

    if (to != liar.to || len != 1 || liar.round-- != 0)
        return liar.real->send(l, to, buf, len);
    said = *(const uint8_t *)buf ^ (uint8_t)liar.bits;
    return liar.real->send(l, to, &said, len);
}

static void begin_to_lie(const struct job *j, struct tri_link *l)
{
    liar.real = l->ops;
    liar.ops = *l->ops;
    liar.ops.send = lying_send;
    liar.to = j->lie_to;
    liar.round = j->lie_round;
    liar.bits = j->lie;
    l->ops = &liar.ops;
}

static int train(struct job *j, struct tri_checkpoint *ck, struct tri_model *m)
{
    const unsigned id = ck->id;
    uint64_t rng = j->seed * 5 + id;
    int rc = tri_checkpoint_start(ck, m, &j->why[id]);

    if (rc == TRI_OK && id < 2 && copy_state(m, j->start[id]) != WORDS)
        return TRI_E_ARG;
    for (uint32_t s = ck->first + 1; rc == TRI_OK && s <= ck->first + j->steps;
         s++) {
        if (id < 2)
            change_state(m, &rng);
        if (id == 0 && s == j->trouble_at)
            j->trouble(); /* the others hear of this step afterwards */
        if (id == 0 && s == j->lies_at)
            begin_to_lie(j, m->e->s->link);
        rc = tri_checkpoint_step(ck, m, s, 1000, &j->why[id]);
    }
    if (id < 2)
        copy_state(m, j->end[id]);
    if (id == 0 && j->lies_at != 0)
        m->e->s->link->ops = liar.real;
    return rc;
}

static void session(struct tri_engine *e, void *arg)
{
    static struct tri_model model[TRI_PARTIES];
    struct job *const j = arg;
    const unsigned id = e->s->id;
    const uint8_t digest[TRI_HASH_BYTES] = { 0xd1 };
    struct tri_checkpoint ck = { .every = 1,
                                 .resume = j->resume,
                                 .after_abort = j->after_abort,
                                 .elsewhere = j->elsewhere };
    struct tri_net net;
    char prefix[128], err[160];
    int rc;

    snprintf(prefix, sizeof prefix, "%s/c", dir);
    rc = tri_checkpoint_open(&ck, id == 0 && j->p0 != NULL ? j->p0 : prefix, id,
                             e->s->cx.k, &j->why[id]);
    if (rc == TRI_OK)
        rc = tri_checkpoint_agree(&ck, e->s->link, run_text, digest,
                                  &j->why[id]);
    j->first[id] = ck.first;
    j->turn_fits[id] = ck.from < 0 || ck.turn == 1 - ck.from;
    if (rc == TRI_OK && ck.from >= 0)
        memcpy(j->name[id], ck.slot[ck.from].head.pair, TRI_PAIR_ID);
    if (rc == TRI_OK && !j->agree_only) {
        rc = tri_net_parse(&net, net_text, sizeof net_text - 1, err);
        if (rc == TRI_OK)
            rc = tri_model_build(&model[id], e, &net, 2, 1, 1);
        if (rc == TRI_OK)
            rc = tri_model_init(&model[id], 1);
        if (rc == TRI_OK)
            rc = train(j, &ck, &model[id]);
    }
    if (rc == TRI_OK) {
        if (j->ends != TRI_OK)
            tri_why(&j->why[id], j->ends, "batch 5: proof of P1");
        rc = tri_checkpoint_ended(&ck, j->ends, j->proving, &j->why[id]);
    }
    j->saved[id] = ck.saved;
    j->rc[id] = rc;
    tri_checkpoint_close(&ck);
}

static struct job play(struct job j)
{
    struct tri_three t;

    tri_three_default(&t);
    t.arena = (size_t)1 << 20;
    t.seed = j.seed;
    tri_three_run(&t, session, &j);
    for (unsigned id = 0; id < TRI_PARTIES; id++) {
        j.blamed[id] = t.blamed[id];
        if (j.why[id].text[0] == '\0')
            (void)tri_why(&j.why[id], 0, "%s", t.error[id]);
    }
    return j;
}

/* All three end well, after step `saved`. Returns 0 with a text otherwise. */
static int well(struct tri_check *c, const struct job *j, uint32_t saved)
{
    for (unsigned id = 0; id < TRI_PARTIES; id++)
        if (j->rc[id] != TRI_OK || j->saved[id] != saved)
            return tri_check_fail(c, "party %u: %d, step %u, not %u: %s", id,
                                  j->rc[id], j->saved[id], saved,
                                  j->why[id].text);
    return 1;
}

/* ---- what is loaded has new shares ----------------------------------------
 */

static void refresh_body(struct tri_check *c)
{
    const struct job a = play((struct job){ .steps = 3, .seed = 1 });
    uint64_t saved[2][WORDS];
    struct files f;

    if (!well(c, &a, 3))
        return;
    read_files(&f);
    for (unsigned id = 0; id < 2; id++) {
        CHECK(c, f.n[id][1] == LARGE, "party %u writes %zu bytes", id,
              f.n[id][1]);
        for (size_t i = 0; i < WORDS; i++)
            saved[id][i] = tri_le_load64(f.data[id][1] + SMALL + 8 * i);
    }
    for (size_t i = 0; i < WORDS; i++) {
        CHECK(c, saved[0][i] + saved[1][i] == a.end[0][i] + a.end[1][i],
              "word %zu of the files is another value", i);
        CHECK(c, saved[0][i] != a.end[0][i] && saved[1][i] != a.end[1][i],
              "word %zu goes to the files with the shares of the run", i);
    }
    CHECK(c, f.n[2][1] == SMALL, "party 2 writes %zu bytes", f.n[2][1]);
    for (uint64_t seed = 2; seed < 4; seed++) {
        const struct job b = play((struct job){ .resume = 1, .seed = seed });
        if (!well(c, &b, 3))
            return;
        for (size_t i = 0; i < WORDS; i++) {
            CHECK(c, b.start[0][i] + b.start[1][i] == a.end[0][i] + a.end[1][i],
                  "word %zu changes its value", i);
            CHECK(c,
                  b.start[0][i] != a.end[0][i] && b.start[1][i] != a.end[1][i],
                  "word %zu keeps its shares", i);
        }
    }
    {
        const struct job b = play((struct job){ .resume = 1, .seed = 2 });
        const struct job d = play((struct job){ .resume = 1, .seed = 3 });
        for (size_t i = 0; i < WORDS; i++)
            CHECK(c, b.start[0][i] != d.start[0][i],
                  "word %zu has one mask in two sessions", i);
    }
}

static void check_refresh(struct tri_check *c)
{
    within(c, refresh_body);
}

/* ---- which ones belong together -------------------------------------------
 */

/* A checkpoint as the header describes it, made without the code that writes
 * them; its length. `words` of content. */
static size_t make(uint8_t out[LARGE], unsigned id, uint8_t name, uint32_t step,
                   size_t words)
{
    struct tri_share_head h = { .kind = TRI_SHARE_CHECKPOINT,
                                .party = id,
                                .fb = 16,
                                .pair = { name, 7 },
                                .count = step,
                                .text = TEXT,
                                .content = 8 * words };
    struct tri_hash hash;
    char text[TEXT + 1];

    snprintf(text, sizeof text, "%sdata d1%062d\n", run_text, 0);
    memcpy(out + HEAD, text, TEXT);
    for (size_t i = 0; i < 8 * words; i++)
        out[SMALL + i] = (uint8_t)(7 * i + id);
    tri_share_encode(out, &h);
    tri_hash_init(&hash, NULL, 0);
    tri_hash_update(&hash, out, 64);
    tri_hash_update(&hash, out + HEAD, TEXT + 8 * words);
    tri_hash_final(&hash, h.sum[0]);
    tri_share_encode(out, &h);
    return SMALL + 8 * words;
}

/* One party's two files: name and step; name 0: none. */
struct holds {
    uint8_t name;
    uint32_t step;
};

static void lay_out(const struct holds h[TRI_PARTIES][2])
{
    uint8_t buf[LARGE];

    count("ckpt", 1);
    for (unsigned id = 0; id < TRI_PARTIES; id++)
        for (int i = 0; i < 2; i++)
            if (h[id][i].name != 0)
                put(file_of(id, i), buf,
                    make(buf, id, h[id][i].name, h[id][i].step, 0));
}

static int has(const struct holds h[2], unsigned name, uint32_t step)
{
    return (h[0].name == name && h[0].step == step) ||
           (h[1].name == name && h[1].step == step);
}

/* Do the three choose step `want` (0: none)? 0 with a text if not. */
static int chosen(struct tri_check *c, const struct holds h[TRI_PARTIES][2],
                  uint32_t want, const char *what)
{
    static struct files before, after;
    struct job j;

    lay_out(h);
    read_files(&before);
    j = play((struct job){ .resume = 1, .agree_only = 1, .seed = 1 });
    read_files(&after);
    if (memcmp(&before, &after, sizeof before) != 0)
        return tri_check_fail(c, "%s: files change", what);
    for (unsigned id = 0; id < TRI_PARTIES; id++) {
        const int rc = want > 0 ? TRI_OK : TRI_E_MISMATCH;
        if (j.rc[id] != rc || (rc == TRI_OK && j.first[id] != want))
            return tri_check_fail(c, "%s: party %u: %d, step %u, not %u: %s",
                                  what, id, j.rc[id], j.first[id], want,
                                  j.why[id].text);
        if (rc != TRI_OK &&
            (strstr(j.why[id].text, "no checkpoint that all three") == NULL ||
             tri_exit_code(j.rc[id]) != TRI_EXIT_INPUT))
            return tri_check_fail(c, "%s: '%s'", what, j.why[id].text);
        if (memcmp(j.name[id], j.name[0], TRI_PAIR_ID) != 0 ||
            (rc == TRI_OK && !has(h[id], j.name[id][0], want)))
            return tri_check_fail(c, "%s: party %u takes another session", what,
                                  id);
        if (!j.turn_fits[id])
            return tri_check_fail(c, "%s: party %u would write over it", what,
                                  id);
    }
    return 1;
}

static void choose_body(struct tri_check *c)
{
    static const struct {
        const char *what;
        uint32_t want;
        struct holds h[TRI_PARTIES][2];
    } fixed[] = {
        { "all alike",
          15,
          { { { 1, 10 }, { 1, 15 } },
            { { 1, 10 }, { 1, 15 } },
            { { 1, 10 }, { 1, 15 } } } },
        { "party 2 is ahead",
          10,
          { { { 1, 10 }, { 1, 5 } },
            { { 1, 10 }, { 1, 5 } },
            { { 1, 10 }, { 1, 15 } } } },
        { "party 1 is behind",
          10,
          { { { 1, 10 }, { 1, 15 } },
            { { 1, 10 }, { 1, 5 } },
            { { 1, 15 }, { 1, 10 } } } },
        { "an old outcome of step 15",
          10,
          { { { 1, 10 }, { 2, 15 } },
            { { 1, 10 }, { 1, 15 } },
            { { 1, 10 }, { 2, 15 } } } },
        { "only P0 has a name's step",
          0,
          { { { 2, 10 }, { 2, 15 } },
            { { 1, 10 }, { 1, 15 } },
            { { 1, 10 }, { 1, 15 } } } },
        { "party 1 has nothing",
          0,
          { { { 1, 10 }, { 1, 15 } },
            { { 0, 0 }, { 0, 0 } },
            { { 1, 10 }, { 1, 15 } } } },
        { "a party's newest is gone",
          10,
          { { { 1, 10 }, { 1, 15 } },
            { { 1, 10 }, { 0, 0 } },
            { { 1, 15 }, { 1, 10 } } } },
        { "a new session's small step",
          40,
          { { { 1, 40 }, { 2, 5 } },
            { { 1, 40 }, { 2, 5 } },
            { { 1, 40 }, { 2, 5 } } } },
    };
    unsigned found = 0, none = 0;

    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        if (!chosen(c, fixed[i].h, fixed[i].want, fixed[i].what))
            return;
    for (unsigned round = 0; round < 240; round++) {
        struct holds h[TRI_PARTIES][2];
        uint32_t want = 0;
        char what[32];
        for (unsigned i = 0; i < 2 * TRI_PARTIES; i++) {
            const uint64_t r = tri_test_rand(&c->seed);
            h[i / 2][i % 2] =
                (struct holds){ (uint8_t)(r % 8 == 0 ? 0 : 1 + r / 8 % 2),
                                (uint32_t)(5 + r / 64 % 3 * 5) };
        }
        for (unsigned name = 1; name <= 2; name++)
            for (uint32_t step = 5; step <= 15; step += 5)
                if (step > want && has(h[0], name, step) &&
                    has(h[1], name, step) && has(h[2], name, step))
                    want = step;
        found += want > 0;
        none += want == 0;
        snprintf(what, sizeof what, "random files, round %u", round);
        if (!chosen(c, (const struct holds(*)[2])h, want, what))
            return;
    }
    CHECK(c, found >= 5 && none >= 5, "%u have a common one, %u none", found,
          none);
}

static void check_choose(struct tri_check *c)
{
    within(c, choose_body);
}

/* ---- damage ----------------------------------------------------------------
 */

/* P0 opens what is there. */
static int open_alone(int resume, struct tri_why *why)
{
    struct tri_checkpoint ck = { .every = 1, .resume = resume };
    struct tri_kernels k;
    char prefix[128];
    int rc;

    why->text[0] = '\0';
    tri_kernels_init(&k, tri_cpu_detect());
    snprintf(prefix, sizeof prefix, "%s/c", dir);
    rc = tri_checkpoint_open(&ck, prefix, 0, &k, why);
    tri_checkpoint_close(&ck);
    return rc;
}

/* Is a file of these bytes refused, with a text that helps, and kept? */
static int refused(struct tri_check *c, int slot, const uint8_t *buf, size_t n,
                   const char *what, size_t where)
{
    const char *const path = file_of(0, slot);
    uint8_t back[LARGE + 2];
    struct tri_why why;
    int rc;

    put(path, buf, n);
    rc = open_alone(1, &why);
    if (rc != TRI_E_FORMAT || tri_exit_code(rc) != TRI_EXIT_INPUT)
        return tri_check_fail(c, "%s %zu passes: %d", what, where, rc);
    if (strncmp(why.text, path, strlen(path)) != 0 ||
        strstr(why.text, file_of(0, 1 - slot)) == NULL)
        return tri_check_fail(c, "%s %zu: '%s'", what, where, why.text);
    if (get(path, back, sizeof back) != n || memcmp(back, buf, n) != 0)
        return tri_check_fail(c, "%s %zu: the file changes", what, where);
    return 1;
}

static void damage_body(struct tri_check *c)
{
    uint8_t good[LARGE + 1] = { 0 }, bad[LARGE];
    struct tri_why why;

    for (int slot = 0; slot < 2; slot++) {
        make(good, 0, 1, 10, WORDS);
        put(file_of(0, 1 - slot), good, LARGE);
        make(good, 0, 1, 15, WORDS);
        put(file_of(0, slot), good, LARGE);
        CHECK(c, open_alone(1, &why) == TRI_OK, "%s", why.text);
        CHECK(c,
              open_alone(0, &why) == TRI_E_ARG &&
                  strstr(why.text, "is there already, with step") != NULL,
              "no --resume: '%s'", why.text);
        for (size_t n = 0; n < LARGE; n++)
            if (!refused(c, slot, good, n, "length", n))
                return;
        if (!refused(c, slot, good, LARGE + 1, "length", LARGE + 1))
            return;
        for (size_t i = 0; i < LARGE; i++) {
            memcpy(bad, good, LARGE);
            bad[i] ^= (uint8_t)(1u << tri_test_rand(&c->seed) % 8);
            if (!refused(c, slot, bad, LARGE, "a bit in byte", i))
                return;
        }
    }
    CHECK(c, count("", 0) == 2, "files appear");
}

static void check_damage(struct tri_check *c)
{
    within(c, damage_body);
}

/* ---- what a killed process leaves behind ----------------------------------
 */

static void left_over_body(struct tri_check *c)
{
    static const char *const gone[] = { "c.p0.a.ckpt.new-AbC123",
                                        "c.p0.b.ckpt.new-000000",
                                        "c.p1.a.ckpt.new-zzzzzz",
                                        "c.p2.b.ckpt.new-Z9Z9Z9" };
    static const char *const stay[] = {
        "c.p0.a.ckpt.new-AbC12",   "c.p0.a.ckpt.new-AbC1234",
        "c.p0.a.ckpt.old-AbC123",  "c.p0.a.ckpt",
        "cc.p0.a.ckpt.new-AbC123", "c.p3.a.ckpt.new-AbC123"
    };
    enum {
        GONE = sizeof gone / sizeof *gone,
        STAY = sizeof stay / sizeof *stay
    };
    const struct job a = play((struct job){ .steps = 3, .seed = 1 });
    uint8_t buf[LARGE];
    struct tri_why why;
    struct job b;
    size_t n;

    if (!well(c, &a, 3))
        return;
    n = get(file_of(0, 1), buf, sizeof buf);
    for (size_t i = 0; i < GONE; i++) /* whole ones, too, are not looked at */
        put(at(gone[i]), buf, i % 2 ? n : n / 2);
    for (size_t i = 0; i < STAY; i++)
        if (strcmp(stay[i], "c.p0.a.ckpt") != 0)
            put(at(stay[i]), buf, n);
    CHECK(c, open_alone(1, &why) == TRI_OK, "%s", why.text);
    CHECK(c, count("", 0) == 6 + GONE + STAY - 1,
          "a party that is alone removes files");
    b = play((struct job){ .resume = 1, .seed = 2 });
    if (!well(c, &b, 3))
        return;
    for (size_t i = 0; i < GONE; i++)
        CHECK(c, access(at(gone[i]), F_OK) != 0, "%s stays", gone[i]);
    for (size_t i = 0; i < STAY; i++)
        CHECK(c, access(at(stay[i]), F_OK) == 0, "%s is gone", stay[i]);
}

static void check_left_over(struct tri_check *c)
{
    within(c, left_over_body);
}

/* ---- verification has ended a run ------------------------------------------
 */

static void aborted_body(struct tri_check *c)
{
    struct job a = play((struct job){ .steps = 3, .seed = 1 });
    struct tri_why why;

    if (!well(c, &a, 3))
        return;
    a = play((struct job){ .resume = 1, .seed = 2, .ends = TRI_E_IO });
    CHECK(c, a.rc[0] == TRI_E_IO && count(".aborted", 0) == 0,
          "a lost connection is taken for an abort");
    a = play((struct job){ .resume = 1, .seed = 3, .ends = TRI_E_CHEAT });
    for (unsigned id = 0; id < TRI_PARTIES; id++)
        CHECK(c,
              a.rc[id] == TRI_E_CHEAT &&
                  strstr(a.why[id].text, ".aborted") != NULL,
              "party %u: %d, %s", id, a.rc[id], a.why[id].text);
    CHECK(c, count(".aborted", 0) == 3, "an abort is not noted by all");
    CHECK(c,
          open_alone(1, &why) == TRI_E_ARG &&
              strstr(why.text, "batch 5: proof of P1") != NULL &&
              strstr(why.text, "--after-abort") != NULL,
          "goes on after an abort: %s", why.text);
    a = play((struct job){ .resume = 1, .seed = 4, .after_abort = 1 });
    if (!well(c, &a, 3))
        return;
    CHECK(c, count(".aborted", 0) == 0, "the abort that was forgiven stays");
    CHECK(c, open_alone(1, &why) == TRI_OK, "%s", why.text);
    count("", 1); /* before a first checkpoint a new try is one, too */
    put(at("c.p0.aborted"), "batch 1\n", 8);
    CHECK(c, open_alone(0, &why) == TRI_E_ARG, "starts anew after an abort");
}

/* Ends in the middle of a verification are counted, in runs that would have
 * been complete and in others, until a run is; then somebody has to say that
 * they were none of a cheat. */
static void hung_up_body(struct tri_check *c)
{
    static const int codes[] = { TRI_E_IO, TRI_E_TIMEOUT, TRI_E_PROTO };
    struct job a = play((struct job){ .steps = 1, .seed = 1 });
    struct tri_why why;

    for (unsigned round = 0; round < 2; round++) {
        const unsigned few = round == 0 ? 3 : TRI_ABORTED_FREE;

        for (unsigned i = 0; i < few; i++) {
            const int code = codes[i % 3];

            if (!well(c, &a, 1))
                return;
            a = play((struct job){
                .resume = 1, .seed = 2 + i, .ends = code, .proving = 1 });
            CHECK(c, count(".aborted", 0) == 3, "end %u is not noted", i);
            CHECK(c, a.rc[0] == code && strstr(a.why[0].text, "c.p0.aborted"),
                  "P0: %d, %s", a.rc[0], a.why[0].text);
            CHECK(c, open_alone(1, &why) == TRI_OK || i + 1 == TRI_ABORTED_FREE,
                  "end %u: %s", i, why.text);
            if (i + 1 < few) /* neither counts nor forgives */
                a = play((struct job){
                    .resume = 1, .seed = 50 + i, .ends = TRI_E_IO });
            for (unsigned id = 0; id < TRI_PARTIES; id++)
                a.rc[id] = TRI_OK;
        }
        if (round == 0) {
            a = play((struct job){ .resume = 1, .seed = 90 });
            CHECK(c, count(".aborted", 0) == 0, "a complete run forgets none");
        }
    }
    CHECK(c,
          open_alone(1, &why) == TRI_E_ARG &&
              strstr(why.text, "--after-abort") != NULL &&
              strstr(why.text, "hangs up") != NULL,
          "so many ends, and it goes on: %s", why.text);
    a = play((struct job){ .resume = 1, .seed = 91, .after_abort = 1 });
    if (!well(c, &a, 1))
        return;
    a = play((struct job){
        .resume = 1, .seed = 92, .ends = TRI_E_IO, .proving = 1 });
    a = play((struct job){ .resume = 1, .seed = 93, .ends = TRI_E_CHEAT });
    CHECK(c,
          open_alone(1, &why) == TRI_E_ARG &&
              strstr(why.text, "batch 5: proof of P1") != NULL,
          "an abort after a hang-up: %s", why.text);
    /* A service counts for itself, and says for itself that it goes on. */
    a = play((struct job){ .resume = 1, .seed = 94, .elsewhere = 1 });
    if (!well(c, &a, 1))
        return;
    count(".aborted", 1);
    for (unsigned i = 0; i <= TRI_ABORTED_FREE; i++)
        a = play((struct job){ .resume = 1,
                               .seed = 95 + i,
                               .ends = i > 0 ? TRI_E_IO : TRI_E_CHEAT,
                               .proving = 1,
                               .elsewhere = 1 });
    CHECK(c, count(".aborted", 0) == 0 && a.rc[0] == TRI_E_IO,
          "noted in two places: %s", a.why[0].text);
}

static void check_hung_up(struct tri_check *c)
{
    within(c, hung_up_body);
}

static void check_aborted(struct tri_check *c)
{
    within(c, aborted_body);
}

/* ---- two answers to one question --------------------------------------------
 */

/* A lie in the first round is found by both others before they save; one in the
 * second by whom it was told. */
static void answers_body(struct tri_check *c)
{
    static const struct {
        unsigned to, round, bits;
        unsigned knows, suspects; /* parties, bits: it was P0; it was one of
                                     two */
    } lies[] = {
        { 2, 0, 1, 4, 2 },     /* asked to stop, says P0 to P2 only        */
        { 1, 0, 1, 2, 4 },     /* ... to P1                                */
        { 1, 1, 1, 2, 0 },     /* to P1: P0 has said so                    */
        { 1, 1, 2, 2, 0 },     /* ... P1 has                               */
        { 1, 1, 4, 0, 2 },     /* ... P2 has                               */
        { 2, 1, 1 << 7, 4, 0 } /* no answer at all                         */
    };

    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        const struct job a = play((struct job){ .steps = 5,
                                                .lies_at = 3,
                                                .lie_to = lies[i].to,
                                                .lie_round = lies[i].round,
                                                .lie = lies[i].bits,
                                                .seed = 1 + i });

        for (unsigned id = 1; id < TRI_PARTIES; id++) {
            const int finds = (lies[i].knows | lies[i].suspects) >> id & 1;
            const int heard = strstr(a.why[id].text, "says so") != NULL;
            const int knows = lies[i].knows >> id & 1;

            CHECK(c, a.rc[id] == TRI_E_CHEAT && (a.saved[id] == 2 || !finds),
                  "lie %zu: P%u ends with %d and step %u: %s", i, id, a.rc[id],
                  a.saved[id], a.why[id].text);
            CHECK(c, finds || heard, "lie %zu: P%u knows without a word", i,
                  id);
            CHECK(c, heard || a.blamed[id] == (knows ? 0 : TRI_NOBODY),
                  "lie %zu: P%u blames %d: %s", i, id, a.blamed[id],
                  a.why[id].text);
        }
        count("", 1);
    }
}

static void check_answers(struct tri_check *c)
{
    within(c, answers_body);
}

/* ---- no room ---------------------------------------------------------------
 */

static struct rlimit no_limit;

static void limit_on(void) /* enough for party 2 */
{
    setrlimit(RLIMIT_FSIZE,
              &(const struct rlimit){ LARGE - 100, no_limit.rlim_max });
}

static void limit_off(void)
{
    setrlimit(RLIMIT_FSIZE, &no_limit);
}

/* Party `id` ends with TRI_E_IO and both texts, nobody without an error. */
static int fails(struct tri_check *c, const struct job *j, unsigned id,
                 const char *a, const char *b)
{
    for (unsigned i = 0; i < TRI_PARTIES; i++)
        if (j->rc[i] == TRI_OK)
            return tri_check_fail(c, "party %u does not notice: %s", i, a);
    if (j->rc[id] != TRI_E_IO || strstr(j->why[id].text, a) == NULL ||
        strstr(j->why[id].text, b) == NULL)
        return tri_check_fail(c, "party %u: %d, no '%s', '%s': %s", id,
                              j->rc[id], a, b, j->why[id].text);
    if (count(".new-", 0) > 0)
        return tri_check_fail(c, "'%s': a temporary file stays", a);
    return 1;
}

/* P0 and P1 fail, and the first one may end the other before it finds out by
 * itself: is P1 the one that tells why? */
static unsigned second(const struct job *j)
{
    return strstr(j->why[0].text, "File too large") == NULL;
}

/* Files beyond the limit: at the start, at a resumption, on the way. */
static void limit_body(struct tri_check *c)
{
    static struct files before, after;
    uint32_t last;
    struct job j;

    limit_on();
    j = play((struct job){ .steps = 2, .seed = 1 });
    limit_off();
    if (!fails(c, &j, second(&j), ".a.ckpt: no room for its", "File too large"))
        return;
    CHECK(c, count("c.p0", 0) + count("c.p1", 0) == 0, "files appear");
    count("c.p2", 1);

    j = play((struct job){ .steps = 3, .seed = 2 });
    if (!well(c, &j, 3))
        return;
    read_files(&before);
    limit_on();
    j = play((struct job){ .resume = 1, .steps = 2, .seed = 3 });
    limit_off();
    if (!fails(c, &j, second(&j), ".a.ckpt: no room for its", "File too large"))
        return;
    read_files(&after);
    CHECK(c, memcmp(before.data, after.data, 4 * (LARGE + 1)) == 0,
          "shares change in a training that did not start");

    j = play((struct job){ .resume = 1,
                           .steps = 9,
                           .trouble_at = 6,
                           .trouble = limit_on,
                           .seed = 4 });
    limit_off();
    /* P1 may still be busy with step 5. */
    if (!fails(c, &j, second(&j), ".ckpt: cannot be written", "File too large"))
        return;
    CHECK(c, j.saved[0] == 5 && (j.saved[1] == 4 || j.saved[1] == 5),
          "saved %u and %u", j.saved[0], j.saved[1]);
    last = j.saved[1];
    j = play((struct job){ .resume = 1, .seed = 5 });
    (void)well(c, &j, last);
}

static void check_limit(struct tri_check *c)
{
    getrlimit(RLIMIT_FSIZE, &no_limit);
    signal(SIGXFSZ, SIG_IGN); /* as the program does */
    within(c, limit_body);
}

/* P0's disk: so many pages, in a name space of this process alone. */
static int disk(unsigned pages, unsigned long flags)
{
    char size[32];

    snprintf(size, sizeof size, "size=%ld", pages * sysconf(_SC_PAGESIZE));
    return mount("check", at("disk"), "tmpfs", flags, size);
}

static void fill_disk(void)
{
    static const uint8_t junk[1] = { 1 };

    put(at("disk/full"), junk, sizeof junk); /* the last page */
}

static void disk_steps(struct tri_check *c, const char *p0)
{
    uint8_t before[2][LARGE], after[2][LARGE];
    struct job j;

    /* Room for two files only: that is too little for a training. */
    CHECK(c, disk(2, MS_REMOUNT) == 0, "remount: %s", strerror(errno));
    j = play((struct job){ .steps = 2, .p0 = p0, .seed = 1 });
    if (!fails(c, &j, 0, "disk/c.p0.a.ckpt: no room for its",
               "No space left on device"))
        return;
    CHECK(c, access(at("disk/c.p0.a.ckpt"), F_OK) != 0, "a file appears");
    count("c.p", 1);

    CHECK(c, disk(3, MS_REMOUNT) == 0, "remount: %s", strerror(errno));
    j = play((struct job){ .steps = 3, .p0 = p0, .seed = 2 });
    if (!well(c, &j, 3))
        return;
    get(at("disk/c.p0.a.ckpt"), before[0], LARGE);
    get(at("disk/c.p0.b.ckpt"), before[1], LARGE);
    fill_disk();
    j = play((struct job){ .resume = 1, .steps = 2, .p0 = p0, .seed = 3 });
    if (!fails(c, &j, 0, "no room for its", "No space left on device"))
        return;
    unlink(at("disk/full"));

    /* The disk may be read, but not written. */
    CHECK(c, disk(3, MS_REMOUNT | MS_RDONLY) == 0, "remount: %s",
          strerror(errno));
    j = play((struct job){ .resume = 1, .steps = 2, .p0 = p0, .seed = 4 });
    CHECK(c, disk(3, MS_REMOUNT) == 0, "remount: %s", strerror(errno));
    if (!fails(c, &j, 0, "cannot be created", "Read-only file system"))
        return;
    CHECK(c,
          get(at("disk/c.p0.a.ckpt"), after[0], LARGE) == LARGE &&
              get(at("disk/c.p0.b.ckpt"), after[1], LARGE) == LARGE &&
              memcmp(before, after, sizeof before) == 0,
          "checkpoints change before the training starts");

    j = play((struct job){ .resume = 1,
                           .steps = 9,
                           .trouble_at = 6,
                           .trouble = fill_disk,
                           .p0 = p0,
                           .seed = 5 });
    if (!fails(c, &j, 0, "disk/c.p0.a.ckpt: cannot be written",
               "No space left on device"))
        return;
    CHECK(c, j.saved[0] == 5, "saved %u", j.saved[0]);
    unlink(at("disk/full"));
    j = play((struct job){ .resume = 1, .steps = 1, .p0 = p0, .seed = 6 });
    (void)well(c, &j, 6);
}

static void disk_body(struct tri_check *c)
{
    char p0[128];

    snprintf(p0, sizeof p0, "%s/disk/c", dir);
    CHECK(c, mkdir(at("disk"), 0700) == 0, "no directory");
    if (unshare(CLONE_NEWNS) != 0 ||
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        disk(3, 0) != 0) {
        snprintf(c->skip, sizeof c->skip,
                 "a small disk cannot be mounted (%s); run it as root",
                 strerror(errno));
        return;
    }
    disk_steps(c, p0);
    umount2(at("disk"), MNT_DETACH);
}

static void check_disk(struct tri_check *c)
{
    within(c, disk_body);
}

/* Without root's rights, a directory that must not be written. */
static void read_only_body(struct tri_check *c)
{
    static struct files before, after;
    struct job j = play((struct job){ .steps = 3, .seed = 1 });
    const uid_t me = geteuid();

    if (!well(c, &j, 3))
        return;
    read_files(&before);
    /* As nobody: who is root may write everywhere. */
    if (me == 0 && (chown(dir, 65534, (gid_t)-1) != 0 ||
                    chown(file_of(0, 0), 65534, (gid_t)-1) != 0 ||
                    chown(file_of(0, 1), 65534, (gid_t)-1) != 0 ||
                    chmod(dir, 0500) != 0 || seteuid(65534) != 0)) {
        snprintf(c->skip, sizeof c->skip, "cannot become somebody else: %s",
                 strerror(errno));
        return;
    }
    if (me != 0)
        chmod(dir, 0500);
    {
        struct tri_why why;
        const int rc = open_alone(1, &why);
        if (me == 0 && seteuid(0) != 0)
            abort();
        chmod(dir, 0700);
        CHECK(c,
              rc == TRI_E_IO && strstr(why.text, "c.p0.a.ckpt: cannot be "
                                                 "created: Permission") != NULL,
              "%d: '%s'", rc, why.text);
    }
    read_files(&after);
    CHECK(c, memcmp(&before, &after, sizeof before) == 0, "files change");
    j = play((struct job){ .resume = 1, .seed = 2 });
    (void)well(c, &j, 3);
}

static void check_read_only(struct tri_check *c)
{
    within(c, read_only_body);
}

const struct tri_check_entry tri_checks_checkpoint[] = {
    { "checkpoint: loaded shares are fresh", check_refresh },
    { "checkpoint: the newest common one", check_choose },
    { "checkpoint: damage", check_damage },
    { "checkpoint: left-over files", check_left_over },
    { "checkpoint: an abort by verification", check_aborted },
    { "checkpoint: hung up", check_hung_up },
    { "checkpoint: two answers to one question", check_answers },
    { "checkpoint: files beyond the limit", check_limit },
    { "checkpoint: a full disk", check_disk },
    { "checkpoint: a read-only directory", check_read_only },
};
const size_t tri_checks_checkpoint_n =
    sizeof tri_checks_checkpoint / sizeof *tri_checks_checkpoint;
