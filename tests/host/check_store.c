#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "boards/host/owner/split.h"
#include "boards/host/serve/definition.h"
#include "boards/host/serve/training.h"
#include "boards/host/serve/room.h"
#include "boards/host/serve/upload.h"
#include "boards/host/trial/alone.h"
#include "core/err.h"
#include "core/le.h"
#include "proto/rep3/rep3.h"
#include "tests/checks.h"
#include "tests/support/folder.h"
#include "tests/support/three.h"

/* ---- requests ------------------------------------------------------------ */

static struct tri_work a_training(void)
{
    return (struct tri_work){ .kind = TRI_MESSAGE_TRAIN,
                              .random = { 1, 2, 3 },
                              .name = "both",
                              .allow = { "dave", "carol" },
                              .data = { "a", "b" },
                              .test = { "t" },
                              .text = "epochs 2\nnetwork\ninput 4\nfc 3\n" };
}

/* What is written is read again; no other length, no list with a hole, no name
 * twice, nothing unprintable. */
static void check_work(struct tri_check *c)
{
    const struct tri_work w = a_training();
    uint8_t body[TRI_WORK_MOST], again[TRI_WORK_MOST];
    const size_t n = tri_work_print(body, &w);
    const size_t list = TRI_WORK_HEAD, name = TRI_CONFIG_CLIENT_NAME;
    struct tri_work r;

    CHECK(c, tri_work_parse(&r, w.kind, body, n) == TRI_OK, "a training");
    CHECK(c,
          tri_work_print(again, &r) == n && memcmp(again, body, n) == 0 &&
              strcmp(r.text, w.text) == 0 && strcmp(r.allow[1], "carol") == 0,
          "it becomes something else");
    for (unsigned kind = 0; kind < 100; kind++)
        CHECK(c,
              (tri_work_parse(&r, kind, body, n) == TRI_OK) ==
                  (kind == TRI_MESSAGE_TRAIN),
              "kind %u", kind);
    CHECK(c,
          tri_work_parse(&r, w.kind, body, n - strlen(w.text)) != TRI_OK &&
              tri_work_parse(&r, w.kind, body, 20) != TRI_OK,
          "without an end");
    body[n - 1] = 7;
    CHECK(c, tri_work_parse(&r, w.kind, body, n) != TRI_OK, "unprintable");
    body[n - 1] = '\n';
    memcpy(body + list + name, body + list, name);
    CHECK(c, tri_work_parse(&r, w.kind, body, n) != TRI_OK, "a name twice");
    memset(body + list, 0, name);
    CHECK(c, tri_work_parse(&r, w.kind, body, n) != TRI_OK, "a hole");
    memset(body + list + name, 0, name);
    CHECK(c, tri_work_parse(&r, w.kind, body, n) == TRI_OK, "allowed nobody");
    memset(body + list + TRI_WORK_LIST, 0, TRI_WORK_LIST);
    CHECK(c, tri_work_parse(&r, w.kind, body, n) != TRI_OK, "no data");
    (void)tri_work_print(body, &w);
    body[16] = '/';
    CHECK(c, tri_work_parse(&r, w.kind, body, n) != TRI_OK, "no name");
}

/* A training's text says what was said, and nothing else is one. */
static void check_definition(struct tri_check *c)
{
    static const char *const bad[] = {
        "network\n",          "epochs 0\n",  "epochs 2\nepochs 2\n",
        "rate 0.050\n",       "frac 16\n",   "engine fused\n",
        "security passive\n", "force 1\n",   "batch 32",
        "epochs 2 \n",        " epochs 2\n", "rate nan\n",
        "schedule none\n",
    };
    static struct tri_run_options o, r;
    static char text[TRI_WORK_TEXT + 1], other[TRI_WORK_TEXT + 100];
    struct tri_why why = { "" };

    tri_options_usual(&o);
    o.epochs = 3;
    o.rate = 0.1 + 0.2;
    o.schedule = 2;
    o.seed = UINT64_MAX;
    o.loss_every = 0;
    CHECK(c, tri_options_net(&o, &why) == TRI_OK, "%s", why.text);
    CHECK(c, tri_definition_print(text, sizeof text, &o) == strlen(text),
          "print");
    CHECK(c, tri_definition_print(text, strlen(text), &o) == 0, "no room");
    (void)tri_definition_print(text, sizeof text, &o);
    tri_options_usual(&r);
    r.frac = 13;
    CHECK(c, tri_definition_parse(&r, text, &why) == TRI_OK, "%s", why.text);
    CHECK(c,
          r.epochs == 3 && r.steps == 0 && r.batch == 0 && r.rate == o.rate &&
              r.schedule == 2 && r.seed == UINT64_MAX && r.loss_every == 0 &&
              r.frac == 13 && strcmp(r.text, o.text) == 0 &&
              memcmp(&r.net, &o.net, sizeof r.net) == 0,
          "something else is read");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(other, sizeof other, "%s%s%s", bad[i],
                 i > 0 ? "network\n" : "", i > 0 ? o.text : "");
        tri_options_usual(&r);
        why.text[0] = '\0';
        CHECK(c,
              tri_definition_parse(&r, other, &why) != TRI_OK &&
                  why.text[0] != '\0',
              "'%s' is read", bad[i]);
    }
}

static int is_refused(const char *name)
{
    for (size_t i = 0; tri_definition_not[i] != NULL; i++)
        if (strcmp(tri_definition_not[i], name) == 0)
            return 1;
    return 0;
}

/* What a command line can say of a training gets into its text or is refused:
 * nothing is left out without a word. */
static void check_all_said(struct tri_check *c)
{
    const struct tri_option *const table[2] = { tri_training_options,
                                                tri_parties_options };
    static struct tri_run_options o;
    static char text[TRI_WORK_TEXT + 2] = "\n";
    char line[40];

    tri_options_usual(&o);
    for (int t = 0; t < 2; t++)
        for (const struct tri_option *i = table[t]; i->name != NULL; i++) {
            void *const at = (char *)&o + i->at;

            if (i->kind == TRI_OPTION_UINT)
                *(uint64_t *)at = i->max;
            else if (i->kind == TRI_OPTION_REAL)
                *(double *)at = i->high;
        }
    CHECK(c,
          tri_definition_print(text + 1, sizeof text - 1, &o) > 0 &&
              strstr(text, "\nschedule ") == NULL,
          "a schedule that nobody has said");
    o.schedule = TRI_RATE_LINEAR;
    CHECK(c, tri_definition_print(text + 1, sizeof text - 1, &o) > 0, "print");
    for (int t = 0; t < 2; t++)
        for (const struct tri_option *i = table[t]; i->name != NULL; i++) {
            snprintf(line, sizeof line, "\n%s ", i->name);
            CHECK(c,
                  strcmp(i->name, "net") == 0 ||
                      (strstr(text, line) != NULL) != is_refused(i->name),
                  "--%s", i->name);
        }
}

/* ---- three stores -------------------------------------------------------- */

static char dir[TRI_FOLDER];
static struct tri_kernels kernels;
static struct tri_peers peers[TRI_PARTIES];
static struct tri_store store[TRI_PARTIES];
static const uint8_t alice[TRI_KEY_BYTES] = { 5 }, bob[TRI_KEY_BYTES] = { 6 };

static char *at(const char *name)
{
    static char path[4][200];
    static unsigned turn;
    char *const p = path[turn++ % 4];

    snprintf(p, sizeof path[0], "%s/%s", dir, name);
    return p;
}

/* Shares of four samples in PREFIX.p0.share and so on. */
static void split(struct tri_check *c, const char *prefix)
{
    static uint8_t pixels[4 * 9] = { 3, 1, 4, 1, 5, 9 };
    static uint16_t labels[4] = { 0, 1, 1, 0 };
    const struct tri_dataset set = { .count = 4,
                                     .h = 3,
                                     .w = 3,
                                     .c = 1,
                                     .classes = 2,
                                     .pixels = pixels,
                                     .labels = labels };
    struct tri_why why = { "" };

    CHECK(c,
          tri_split(&set, at(prefix), TRI_SHARING_REPLICATED, 16, &kernels,
                    &why) == TRI_OK,
          "%s", why.text);
}

static void open_stores(struct tri_check *c)
{
    tri_kernels_init(&kernels, tri_cpu_detect());
    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        struct tri_why why = { "" };

        memset(&peers[j], 0, sizeof peers[j]);
        snprintf(peers[j].path, sizeof peers[j].path, "%s/conf", dir);
        snprintf(peers[j].config.store, sizeof peers[j].config.store, "store%u",
                 j);
        peers[j].config.id = j;
        (void)mkdir(at(peers[j].config.store), 0700);
        CHECK(c, tri_store_open(&store[j], &peers[j], &kernels, &why) == TRI_OK,
              "%s", why.text);
    }
}

static void close_stores(void)
{
    for (unsigned j = 0; j < TRI_PARTIES; j++)
        tri_store_close(&store[j]);
}

static void new_stores(struct tri_check *c)
{
    CHECK(c, tri_folder_make(dir), "no directory");
    open_stores(c);
}

static void drop_stores(struct tri_check *c)
{
    close_stores();
    CHECK(c, tri_folder_drop(dir), "cannot remove %s", dir);
}

/* What a client announces of the files PREFIX. */
static void announce(struct tri_check *c, struct tri_work *w,
                     const char *prefix, const char *name)
{
    *w = (struct tri_work){ .kind = TRI_MESSAGE_UPLOAD,
                            .allow = { "carol" },
                            .key = { { 7 } } };
    strcpy(w->name, name);
    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        struct tri_share s;
        struct tri_why why = { "" };
        struct stat st;
        char file[80];

        snprintf(file, sizeof file, "%s.p%u.share", prefix, j);
        CHECK(c,
              tri_share_open(&s, at(file), TRI_SHARE_DATA, -1, &kernels,
                             &why) == TRI_OK &&
                  stat(at(file), &st) == 0,
              "%s", why.text);
        w->bytes[j] = (uint64_t)st.st_size;
        memcpy(w->random, s.head.pair, sizeof w->random);
        tri_share_close(&s);
    }
}

static void name_of(uint8_t id[TRI_JOB_ID], const struct tri_work *w)
{
    static const uint8_t parties[TRI_PARTIES][TRI_KEY_BYTES];
    uint8_t body[TRI_WORK_MOST];

    tri_job_id(id, parties, alice, w->kind, body, tri_work_print(body, w));
}

/* Send party j its file in pieces, with a break after each. */
static void send(struct tri_check *c, unsigned j, const char *prefix,
                 const struct tri_work *w)
{
    uint8_t part[8 + 100], id[TRI_JOB_ID];
    struct tri_upload u;
    char file[80];
    FILE *f;

    name_of(id, w);
    snprintf(file, sizeof file, "%s.p%u.share", prefix, j);
    f = fopen(at(file), "rb");
    for (int i = 0; i < 1000; i++) {
        struct tri_why why = { "" };
        size_t n;

        CHECK(c,
              tri_upload_open(&u, &store[j], alice, id, w, 100000, &why) ==
                  TRI_OK,
              "%s", why.text);
        if (u.have == u.bytes)
            break;
        (void)fseek(f, (long)u.have, SEEK_SET);
        n = fread(part + 8, 1, 100, f);
        tri_le_store64(part, u.have + 1);
        CHECK(c, tri_upload_part(&u, part, 8 + n, &why) == TRI_E_PROTO,
              "a part that is not the next one");
        tri_le_store64(part, u.have);
        CHECK(c, tri_upload_part(&u, part, 8 + n, &why) == TRI_OK, "a part");
        tri_upload_close(&u);
    }
    CHECK(c, u.have == u.bytes, "party %u: it does not end", j);
    tri_le_store64(part, u.have);
    CHECK(c,
          u.fd < 0 || tri_upload_part(&u, part, 9, &(struct tri_why){ "" }) ==
                          TRI_E_PROTO,
          "more than was announced");
    tri_upload_close(&u);
    fclose(f);
}

/* Three parties, each with its own view. */
struct placing {
    const struct tri_work *w;
    int rc[TRI_PARTIES], refused[TRI_PARTIES];
    struct tri_why why[TRI_PARTIES];
};

static void place(struct tri_engine *e, void *arg)
{
    static const struct tri_room all; /* no limit */
    struct placing *const p = arg;
    const unsigned id = e->s->id;
    struct tri_job j = { .work = malloc(sizeof *j.work) };

    *j.work = *p->w;
    name_of(j.id, p->w);
    memcpy(j.key, alice, sizeof j.key);
    p->why[id] = (struct tri_why){ "" };
    p->refused[id] = TRI_OK;
    p->rc[id] = tri_store_agree(&store[id], e->s->link);
    if (p->rc[id] == TRI_OK)
        p->rc[id] = tri_upload_place(&store[id], e->s->link, e->kind, &all, &j,
                                     &p->refused[id], &p->why[id]);
    free(j.work);
}

static void three(struct placing *p, const struct tri_work *w)
{
    struct tri_three t;

    p->w = w;
    tri_three_default(&t);
    t.engine = &tri_engine_rep3;
    tri_three_run(&t, place, p);
}

static void is_placed(struct tri_check *c, const struct placing *p,
                      const char *name, int yes, int refused, const char *when)
{
    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        CHECK(c, p->rc[j] == TRI_OK, "%s: party %u: %d", when, j, p->rc[j]);
        CHECK(c, p->refused[j] == refused, "%s: party %u: %d %s", when, j,
              p->refused[j], p->why[j].text);
        CHECK(c,
              (tri_store_find(&store[j], name, TRI_SHARE_DATA) != NULL) == yes,
              "%s: party %u has it: %d", when, j, !yes);
    }
}

static void touch(struct tri_check *c, const char *name)
{
    FILE *const f = fopen(at(name), "w");

    CHECK(c, f != NULL && fclose(f) == 0, "cannot write %s", name);
}

/* What is dropped leaves no file: a share without an owner would belong to
 * nobody. A share that somebody has put there stays. */
static void check_files(struct tri_check *c)
{
    static const char *const file[] = { "store0/t0.share", "store0/t0.about",
                                        "store0/t0.p0.a.ckpt",
                                        "store0/t0.p0.aborted" };
    struct tri_entry *e = tri_store_any(&store[0], "t0");
    struct tri_work w = a_training();
    const uint8_t id[TRI_JOB_ID] = { 7 };
    struct tri_why why = { "" };

    for (int i = 0; i < 4; i++)
        if (i != 1)
            touch(c, file[i]);
    CHECK(c, e != NULL, "no t0");
    if (e != NULL)
        tri_store_drop(&store[0], e);
    for (int i = 0; i < 4; i++)
        CHECK(c, access(at(file[i]), F_OK) != 0, "%s stays", file[i]);
    touch(c, file[0]);
    memset(w.name, 0, sizeof w.name);
    snprintf(w.name, sizeof w.name, "t0");
    CHECK(c,
          tri_store_begin(&store[0], &e, alice, id, &w, &why) == TRI_E_ARG &&
              access(at(file[0]), F_OK) == 0,
          "over a share that somebody has put there");
    CHECK(c, unlink(at(file[0])) == 0, "it is not there");
    snprintf(w.who, sizeof w.who, "alice");
    CHECK(c, tri_store_begin(&store[0], &e, alice, id, &w, &why) == TRI_OK,
          "%s", why.text);
}

/* Files that come in at party j. */
static int parts(unsigned j)
{
    char name[20];
    const struct dirent *e;
    DIR *d;
    int n = 0;

    snprintf(name, sizeof name, "store%u", j);
    d = opendir(at(name));
    while (d != NULL && (e = readdir(d)) != NULL)
        n += strstr(e->d_name, ".part") != NULL;
    if (d != NULL)
        (void)closedir(d);
    return n;
}

/* Files of a client that nobody completes: so many, and for a week. */
static void check_parts(struct tri_check *c)
{
    struct tri_work w = { .kind = TRI_MESSAGE_UPLOAD, .name = "x" };
    const struct timespec old[2] = { { time(NULL) - 8 * 24 * 3600, 0 },
                                     { time(NULL) - 8 * 24 * 3600, 0 } };
    char last[TRI_UPLOAD_PATH] = "";
    uint8_t id[TRI_JOB_ID] = { 0 };
    struct tri_upload u;
    struct tri_why why;

    new_stores(c);
    /* Requests whose names begin alike, which a client can find: who still
     * writes one file must not write in another that was checked. */
    w.bytes[1] = 100;
    for (unsigned i = 0; i < 2; i++) {
        id[8] = (uint8_t)i;
        CHECK(c,
              tri_upload_open(&u, &store[1], bob, id, &w, 100000, &why) ==
                      TRI_OK &&
                  strcmp(last, u.path) != 0,
              "two names of requests, one file %s", u.path);
        tri_upload_close(&u);
        strcpy(last, u.path);
    }
    CHECK(c, parts(1) == 2, "%d files", parts(1));
    for (unsigned i = 0; i < TRI_STORE_EACH + 3; i++) {
        const int want = i < 2                    ? TRI_E_ARG
                         : i < TRI_STORE_EACH + 2 ? TRI_OK
                                                  : TRI_E_NOMEM;

        id[0] = (uint8_t)i;
        w.bytes[1] = i == 0 ? 0 : i == 1 ? TRI_SHARE_PUBLIC - 1 : 100;
        why.text[0] = '\0';
        CHECK(c,
              tri_upload_open(&u, &store[1], alice, id, &w, 100000, &why) ==
                  want,
              "file %u: %s", i, why.text);
        tri_upload_close(&u);
        if (want == TRI_OK)
            strcpy(last, u.path);
    }
    CHECK(c, parts(1) == 2 + TRI_STORE_EACH, "%d files", parts(1));
    CHECK(c,
          tri_upload_open(&u, &store[1], bob, id, &w, 100000, &why) == TRI_OK,
          "another client pays for it: %s", why.text);
    tri_upload_close(&u);
    CHECK(c, utimensat(AT_FDCWD, last, old, 0) == 0, "utimensat");
    CHECK(c,
          tri_upload_open(&u, &store[1], alice, id, &w, 100000, &why) ==
                  TRI_OK &&
              access(last, F_OK) != 0,
          "after a week: %s", why.text);
    tri_upload_close(&u);
    drop_stores(c);
}

static void check_upload(struct tri_check *c)
{
    const struct tri_config_client owner = { .name = "alice", .key = { 5 } },
                                   friend = { .name = "carol", .key = { 7 } },
                                   other = { .name = "carol", .key = { 6 } };
    struct placing p;
    struct tri_work w, mixed, zero;
    struct tri_entry *e = NULL;
    struct tri_upload u;
    struct tri_why why = { "" };
    uint8_t id[TRI_JOB_ID];
    char text[400];
    FILE *saved;
    size_t size;
    int fd;

    new_stores(c);
    split(c, "a");
    split(c, "b");
    announce(c, &w, "a", "mine");
    name_of(id, &w);
    CHECK(c,
          tri_upload_open(&u, &store[1], alice, id, &w, w.bytes[1] - 1, &why) ==
              TRI_E_NOMEM,
          "beyond the limit");
    tri_upload_close(&u);
    /* One party does not have all of it; then all three have. */
    send(c, 0, "a", &w);
    send(c, 1, "a", &w);
    three(&p, &w);
    is_placed(c, &p, "mine", 0, TRI_E_IO, "a half");
    send(c, 2, "a", &w);
    three(&p, &w);
    is_placed(c, &p, "mine", 1, TRI_OK, "whole");
    three(&p, &w);
    is_placed(c, &p, "mine", 1, TRI_OK, "once more");
    CHECK(c,
          tri_entry_allows(tri_store_find(&store[0], "mine", TRI_SHARE_DATA),
                           &owner) &&
              tri_entry_allows(
                  tri_store_find(&store[0], "mine", TRI_SHARE_DATA), &friend) &&
              !tri_entry_allows(
                  tri_store_find(&store[0], "mine", TRI_SHARE_DATA), &other) &&
              tri_store_find(&store[0], "mine", TRI_SHARE_MODEL) == NULL,
          "who may use it");
    CHECK(c,
          tri_store_list(&store[2], &other, text, sizeof text) == 0 &&
              tri_store_list(&store[2], &friend, text, sizeof text) > 0,
          "who sees it");
    size = tri_store_list(&store[2], &owner, text, sizeof text);
    for (size_t room = 1; room <= size + 1; room++)
        CHECK(c,
              tri_store_list(&store[2], &owner, text, room) ==
                      (room > size ? size : 0) &&
                  text[room > size ? size : 0] == '\0',
              "a line in part, of %zu bytes", room);
    CHECK(c,
          tri_store_bytes(&store[1], alice) > 4 * 8 * 9 &&
              tri_store_bytes(&store[1], bob) == 0,
          "whose bytes");
    /* A name that is taken. */
    announce(c, &mixed, "b", "mine");
    name_of(id, &mixed);
    CHECK(c,
          tri_upload_open(&u, &store[0], alice, id, &mixed, 100000, &why) ==
              TRI_E_ARG,
          "the same name");
    tri_upload_close(&u);
    /* Party 2 is dealt another sharing, which says that it is the first. */
    announce(c, &w, "a", "mixed");
    send(c, 0, "a", &w);
    send(c, 1, "a", &w);
    send(c, 2, "b", &w);
    three(&p, &w);
    CHECK(c, p.refused[2] == TRI_E_ARG && p.refused[0] == TRI_E_IO,
          "two sharings: %s", p.why[2].text);
    CHECK(c, parts(2) == 0, "a file that is none stays");
    /* Bytes that are no share; the client is not told where they are kept. */
    fd = open(at("b.p2.share"), O_WRONLY);
    CHECK(c, pwrite(fd, "?", 1, 0) == 1 && close(fd) == 0, "write");
    send(c, 2, "b", &w);
    three(&p, &w);
    CHECK(c,
          p.refused[2] != TRI_OK && parts(2) == 0 &&
              strncmp(p.why[2].text, "mixed: ", 7) == 0 &&
              strstr(p.why[2].text, dir) == NULL,
          "no share: %s", p.why[2].text);
    for (unsigned j = 0; j < TRI_PARTIES; j++)
        CHECK(c, tri_store_find(&store[j], "mixed", TRI_SHARE_DATA) == NULL,
              "two sharings: party %u has it", j);
    for (int i = 0; i < TRI_STORE_EACH; i++) {
        w = a_training();
        memset(w.name, 0, sizeof w.name);
        snprintf(w.name, sizeof w.name, "t%d", i);
        why.text[0] = '\0';
        CHECK(c,
              tri_store_begin(&store[0], &e, alice, id, &w, &why) ==
                  (i < TRI_STORE_EACH - 1 ? TRI_OK : TRI_E_NOMEM),
              "%d of a client: %s", i + 1, why.text);
    }
    check_files(c);
    close_stores();

    /* Party 1 loses its share: nobody has it, until it is sent again. */
    CHECK(c, unlink(at("store1/mine.share")) == 0, "no share");
    open_stores(c);
    CHECK(c,
          tri_store_any(&store[0], "t0") != NULL &&
              strcmp(tri_store_any(&store[0], "t0")->work.who, "alice") == 0,
          "who has asked is forgotten");
    CHECK(c, access(at("store1/mine.about"), F_OK) != 0,
          "what is half there stays");
    announce(c, &w, "a", "mine");
    three(&p, &w);
    is_placed(c, &p, "mine", 0, TRI_E_IO, "lost by one");
    CHECK(c, tri_store_any(&store[0], "t0") != NULL,
          "a training goes for a party that has an empty directory");
    zero = a_training();
    strcpy(zero.name, "zero");
    why.text[0] = '\0';
    CHECK(c, tri_store_begin(&store[1], &e, alice, id, &zero, &why) == TRI_OK,
          "%s", why.text);
    saved = fopen(at("store0/t1.p0.b.ckpt"), "w");
    CHECK(c, saved != NULL && fclose(saved) == 0, "no checkpoint");
    three(&p, &w);
    is_placed(c, &p, "mine", 0, TRI_E_IO, "lost by one");
    CHECK(c,
          tri_store_any(&store[0], "t1") != NULL &&
              access(at("store0/t1.p0.b.ckpt"), F_OK) == 0,
          "a checkpoint goes for a party whose store is another one");
    CHECK(c,
          tri_store_any(&store[0], "t0") == NULL &&
              tri_store_any(&store[1], "zero") == NULL,
          "a training that one party alone has begun stays");
    send(c, 1, "a", &w);
    three(&p, &w);
    is_placed(c, &p, "mine", 1, TRI_OK, "sent again");
    drop_stores(c);
}

/* The parties' answers to a cancellation of what party `odd` takes for another
 * training. */
struct cancelling {
    unsigned odd;
    int rc[TRI_PARTIES], refused[TRI_PARTIES];
};

static void cancel(struct tri_engine *e, void *arg)
{
    struct cancelling *const p = arg;
    const unsigned id = e->s->id;
    struct tri_work w = a_training();
    struct tri_host *const h = calloc(1, sizeof *h);
    struct tri_training *const t = calloc(1, sizeof *t);
    const struct tri_job j = { .work = &w };
    struct tri_why why = { "" };

    h->link = *e->s->link;
    t->h = h;
    t->store = &store[id];
    (void)pthread_mutex_init(&t->lock, NULL);
    w.of[0] = id == p->odd ? 8 : 7;
    p->rc[id] = tri_training_cancel(t, &j, &p->refused[id], &why);
    *e->s->link = h->link;
    (void)pthread_mutex_destroy(&t->lock);
    free(t);
    free(h);
}

/* Who may cancel one training does not cancel the next by its name, nor do some
 * of the parties alone. */
static void check_cancel(struct tri_check *c)
{
    const struct tri_work w = a_training();
    const uint8_t id[TRI_JOB_ID] = { 7 };
    struct tri_three t;

    new_stores(c);
    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        struct tri_entry *e = NULL;
        struct tri_why why = { "" };

        CHECK(c, tri_store_begin(&store[j], &e, alice, id, &w, &why) == TRI_OK,
              "%s", why.text);
        tri_store_begun(&store[j], e);
    }
    for (unsigned odd = 0; odd <= TRI_PARTIES; odd++) {
        struct cancelling p = { .odd = odd };

        tri_three_default(&t);
        t.engine = &tri_engine_rep3;
        tri_three_run(&t, cancel, &p);
        for (unsigned j = 0; j < TRI_PARTIES; j++)
            CHECK(c,
                  p.rc[j] == TRI_OK &&
                      p.refused[j] == (odd == TRI_PARTIES ? TRI_OK
                                       : odd == j         ? TRI_E_ARG
                                                          : TRI_E_IO) &&
                      (tri_store_any(&store[j], w.name) == NULL) ==
                          (odd == TRI_PARTIES),
                  "party %u, odd one %u: %d", j, odd, p.refused[j]);
    }
    drop_stores(c);
}

/* A training that party `odd` has a byte too little room for. */
struct beginning {
    struct tri_work w;
    uint64_t room[TRI_PARTIES];
    int rc[TRI_PARTIES], refused[TRI_PARTIES];
};

static void begin(struct tri_engine *e, void *arg)
{
    struct beginning *const p = arg;
    const unsigned id = e->s->id;
    struct tri_host *const h = calloc(1, sizeof *h);
    struct tri_training *const t = calloc(1, sizeof *t);
    struct tri_job j = { .work = &p->w, .store = p->room[id] };
    struct tri_why why = { "" };

    h->link = *e->s->link;
    t->h = h;
    t->store = &store[id];
    memcpy(j.key, alice, sizeof j.key);
    memcpy(j.id, p->w.name,
           sizeof p->w.name < sizeof j.id ? sizeof p->w.name : sizeof j.id);
    p->rc[id] = tri_training_begin(t, &j, &p->refused[id], &why);
    *e->s->link = h->link;
    free(t);
    free(h);
}

/* What trainings are to make is counted, from their beginning and by a party
 * that is started again; and once more by all three, as the door may have let
 * several in. */
static void check_room(struct tri_check *c)
{
    static const uint8_t id[TRI_JOB_ID] = { 9 };
    static const char *const name[] = { "one", "two", "two" };
    static struct tri_run_options o;
    static struct beginning p;
    struct tri_three t;
    struct tri_entry *e = NULL;
    struct tri_why why = { "" };
    uint64_t need;

    new_stores(c);
    tri_options_usual(&o);
    CHECK(c, tri_options_net(&o, &why) == TRI_OK, "%s", why.text);
    p.w = (struct tri_work){ .kind = TRI_MESSAGE_TRAIN };
    CHECK(c, tri_definition_print(p.w.text, sizeof p.w.text, &o) > 0, "print");
    need = tri_definition_bytes(p.w.text, 0);
    /* a model, and three times its parameters and their velocities */
    CHECK(c, need % 7 == 0 && need / 7 > 16 * 118282 && need / 7 < 16 * 118400,
          "%llu bytes", (unsigned long long)need);
    for (unsigned i = 0; i < 3; i++) {
        const unsigned odd = i == 1 ? 2 : TRI_PARTIES;

        strcpy(p.w.name, name[i]);
        for (unsigned j = 0; j < TRI_PARTIES; j++)
            p.room[j] = 2 * need - (j == odd);
        tri_three_default(&t);
        t.engine = &tri_engine_rep3;
        tri_three_run(&t, begin, &p);
        for (unsigned j = 0; j < TRI_PARTIES; j++)
            CHECK(c,
                  p.rc[j] == TRI_OK &&
                      p.refused[j] == (odd == TRI_PARTIES ? TRI_OK
                                       : odd == j         ? TRI_E_NOMEM
                                                          : TRI_E_IO) &&
                      tri_store_bytes(&store[j], alice) ==
                          (i == 2 ? 2 : 1) * need,
                  "training %u, party %u: %d", i, j, p.refused[j]);
    }
    for (unsigned j = 0; j < TRI_PARTIES; j++)
        for (unsigned i = 0; i < 2; i++)
            tri_store_drop(&store[j], tri_store_any(&store[j], name[i]));
    CHECK(c, tri_store_bytes(&store[0], alice) == 0, "of nothing");
    strcpy(p.w.data[0], "a");
    CHECK(c, tri_store_begin(&store[0], &e, alice, id, &p.w, &why) == TRI_OK,
          "%s", why.text);
    close_stores();
    open_stores(c);
    CHECK(c, tri_store_bytes(&store[0], alice) == need, "started again");
    drop_stores(c);
}

static void rejoin(struct tri_engine *e, void *arg)
{
    ((int *)arg)[e->s->id] = tri_store_agree(&store[e->s->id], e->s->link);
}

/* Whose turn it is at all three; 0: they differ. */
static char whose(void)
{
    char first[TRI_PARTIES];

    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        const struct tri_entry *const e = tri_store_next(&store[j]);

        first[j] = '\0';
        if (e != NULL)
            first[j] = e->name[1];
    }
    return first[0] == first[1] && first[0] == first[2] ? first[0] : '\0';
}

/* Clients take turns with their trainings, whatever the order in which a party
 * has found them in its directory, and also after joining again. */
static void check_turns(struct tri_check *c)
{
    static const char *const name[] = { "t1", "t2", "t3", "t4" };
    static struct tri_config conf;
    struct tri_three t;
    int rc[TRI_PARTIES];

    new_stores(c);
    for (unsigned j = 0; j < TRI_PARTIES; j++)
        for (unsigned i = 0; i < 4; i++) {
            struct tri_work w = a_training();
            const uint8_t id[TRI_JOB_ID] = { (uint8_t)(20 + i) };
            struct tri_why why = { "" };
            struct tri_entry *e = NULL;

            memset(w.name, 0, sizeof w.name);
            strcpy(w.name, name[i]);
            CHECK(c,
                  tri_store_begin(&store[j], &e, i == 3 ? bob : alice, id, &w,
                                  &why) == TRI_OK,
                  "%s", why.text);
            tri_store_begun(&store[j], e);
            if (j == 1 && i == 3) { /* another directory */
                struct tri_entry *const first = store[j].entry[0];

                store[j].entry[0] = store[j].entry[2];
                store[j].entry[2] = first;
            }
        }
    CHECK(c,
          tri_store_others(&store[0], alice) &&
              tri_store_others(&store[0], bob),
          "nobody waits");
    memcpy(conf.client[0].key, alice, TRI_KEY_BYTES);
    CHECK(c, tri_store_others_than(&store[0], &conf) == 4, "of nobody");
    conf.clients = 1;
    CHECK(c, tri_store_others_than(&store[0], &conf) == 1, "of bob");
    for (unsigned i = 0; i < 12; i++) {
        const char now = i % 2 == 0 ? '1' : '4';

        CHECK(c, whose() == now, "turn %u: %c", i, whose());
        for (unsigned j = 0; j < TRI_PARTIES; j++)
            tri_store_yield(&store[j], now == '4' ? bob : alice);
        if (i % 4 != 2)
            continue;
        tri_three_default(&t);
        tri_three_run(&t, rejoin, rc);
        for (unsigned j = 0; j < TRI_PARTIES; j++)
            CHECK(c, rc[j] == TRI_OK, "party %u: %d", j, rc[j]);
    }
    for (unsigned j = 0; j < TRI_PARTIES; j++)
        tri_store_drop(&store[j], tri_store_any(&store[j], "t4"));
    CHECK(c, whose() == '1' && !tri_store_others(&store[0], alice),
          "alice alone: %c", whose());
    drop_stores(c);
}

struct seen {
    unsigned counted, done;
    uint32_t last, total;
};

static int see(void *self, uint32_t step, uint32_t total, enum tri_when when)
{
    struct seen *const s = self;

    s->total = total;
    s->counted += when == TRI_STEP_COUNTED;
    s->done += when != TRI_STEP_COUNTED;
    if (when != TRI_STEP_LAST)
        return TRI_OK;
    s->last = step;
    return TRI_E_STOPPED;
}

/* However long a training is, a turn of it counts and does few steps, and
 * clients are heard while it counts. */
static void check_turn(struct tri_check *c)
{
    static struct tri_run_options o;
    struct tri_rundata data, test;
    struct seen s = { 0 };
    struct tri_run r = { .task = TRI_TASK_TRAIN,
                         .o = &o,
                         .train = &data.data,
                         .test = &test.data,
                         .progress = { .who = "", .silent = 1 },
                         .between = see,
                         .between_self = &s,
                         .turn = 100 };
    struct tri_outcome out;
    struct tri_why why = { "" };

    tri_options_usual(&o);
    o.engine = "plain";
    o.epochs = 100;
    o.batch = 16;
    o.schedule = TRI_RATE_LINEAR;
    o.rate = 0.001;
    o.loss_every = 0;
    CHECK(c,
          tri_options_net(&o, &why) == TRI_OK &&
              tri_options_engine(&o, 1, &why) == TRI_OK,
          "%s", why.text);
    tri_options_fit(&o, 160);
    r.engine = o.kind;
    tri_rundata_zeros(&data, 160, 28, 28, 1, 10);
    tri_rundata_zeros(&test, 40, 28, 28, 1, 10);
    CHECK(c, tri_alone_run(&r, 1, &out, &why) == TRI_E_STOPPED, "%s", why.text);
    /* 10 steps and 3 passes of an evaluation, 100 times over; one hears after
     * every 16th step and every evaluation that is counted, and then before
     * each pass of 7 evaluations. */
    CHECK(c,
          s.total == 1000 && s.last == 76 && s.done == 76 &&
              s.counted == 11 + 7 * 3,
          "of %u steps %u are done up to %u, heard %u times", s.total, s.done,
          s.last, s.counted);
}

const struct tri_check_entry tri_checks_store[] = {
    { "store_work", check_work },     { "store_definition", check_definition },
    { "store_said", check_all_said }, { "store_upload", check_upload },
    { "store_parts", check_parts },   { "store_cancel", check_cancel },
    { "store_turns", check_turns },   { "store_turn", check_turn },
    { "store_room", check_room },
};
const size_t tri_checks_store_n =
    sizeof tri_checks_store / sizeof *tri_checks_store;
