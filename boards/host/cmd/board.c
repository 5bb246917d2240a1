#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "boards/common/setup.h"
#include "boards/host/cmd/cmd.h"
#include "boards/host/party/keyfile.h"
#include "boards/host/party/party.h"
#include "boards/host/party/peers.h"
#include "boards/host/share/sharefile.h"
#include "boards/host/share/sharetensor.h"
#include "core/err.h"
#include "core/mem.h"
#include "net/host/secret.h"

enum { MOST = INT32_MAX / 4 }; /* bytes of a file */

struct options {
    const char *config, *shares, *model, *owner;
    uint64_t runs;
};

#define AT(FIELD) offsetof(struct options, FIELD)

static const struct tri_option table[] = {
    TRI_TEXT("config", AT(config), "FILE",
             "the board's configuration, as for `trinn party`, on raw\n"
             "Ethernet; `interface` is not used"),
    TRI_TEXT("shares", AT(shares), "FILE", "this party's share of the images"),
    TRI_TEXT("model", AT(model), "FILE", "this party's share of the model"),
    TRI_TEXT(
        "owner", AT(owner), "KEY",
        "in its place: the public key of who will send it (`trinn load`),\n"
        "64 digits"),
    TRI_UINT("runs", AT(runs), "N", 0, UINT32_MAX,
             "the board ends after N classifications (default 0: never)"),
    { .name = NULL }
};

static struct options given;
static struct tri_run_options alike;

/* The bytes of a share of `kind` that this party has to have; none if it holds
 * nothing. */
static int load(const struct tri_peers *peers, const char *name,
                const char *option, enum tri_share_kind kind, uint8_t **buf,
                size_t *len, struct tri_why *why)
{
    const unsigned id = peers->config.id;
    struct tri_kernels k;
    struct tri_share s;
    int rc;

    if (alike.kind->holds[id] == 0)
        return name == NULL ? TRI_OK
                            : tri_why(why, TRI_E_ARG,
                                      "option --%s: party %u holds no shares; "
                                      "leave it out",
                                      option, id);
    if (name == NULL)
        return tri_why(why, TRI_E_ARG,
                       "option --%s is missing: party %u holds shares", option,
                       id);
    tri_kernels_init(&k, tri_cpu_detect());
    rc = tri_share_open(&s, name, kind, -1, &k, why);
    if (rc == TRI_OK)
        rc = tri_share_serves(&s, tri_share_of(alike.kind), id, why);
    if (rc == TRI_OK && s.head.fb != alike.frac)
        rc =
            tri_why(why, TRI_E_ARG,
                    "%s: has %u fraction bits, the run %llu; give --frac %u",
                    name, s.head.fb, (unsigned long long)alike.frac, s.head.fb);
    if (rc == TRI_OK && kind == TRI_SHARE_MODEL &&
        strcmp(s.text, alike.text) != 0)
        rc = tri_why(why, TRI_E_ARG,
                     "%s: is a model of another network than --net %s", name,
                     alike.net_name);
    if (rc == TRI_OK && kind == TRI_SHARE_DATA &&
        (s.head.h != alike.net.h || s.head.w != alike.net.w ||
         s.head.c != alike.net.c))
        rc = tri_why(why, TRI_E_ARG,
                     "%s: its images are %u x %u x %u, network %s takes "
                     "%u x %u x %u",
                     name, s.head.h, s.head.w, s.head.c, alike.net_name,
                     alike.net.h, alike.net.w, alike.net.c);
    if (rc == TRI_OK)
        rc = tri_file_read(name, MOST, buf, len, why);
    tri_share_close(&s);
    return rc;
}

/* Append, and hash. */
static int put(struct tri_out *o, struct tri_hash *h, const void *p, size_t n,
               struct tri_why *why)
{
    tri_hash_update(h, p, n);
    return tri_out_write(o, p, n, why);
}

static int write_setup(const char *path, struct tri_setup *u,
                       struct tri_why *why)
{
    uint8_t head[TRI_SETUP_HEAD], sum[TRI_HASH_BYTES];
    struct tri_hash h;
    struct tri_out o;
    int rc = tri_out_open(&o, path, why);

    if (rc != TRI_OK)
        return rc;
    o.fresh = 1;
    tri_setup_encode(head, u);
    tri_hash_init(&h, NULL, 0);
    rc = put(&o, &h, head, sizeof head, why);
    for (int i = 0; rc == TRI_OK && i < TRI_SETUP_PARTS; i++)
        rc = put(&o, &h, u->part[i], u->bytes[i], why);
    tri_hash_final(&h, sum);
    if (rc == TRI_OK)
        rc = tri_out_write(&o, sum, sizeof sum, why);
    if (rc == TRI_OK)
        rc = tri_out_commit(&o, why);
    tri_out_abort(&o);
    tri_wipe(head, sizeof head);
    return rc;
}

/* Who will send the model, in place of a file of it. */
static int set_owner(struct tri_setup *u, struct tri_why *why)
{
    const int rc = tri_key_option(u->owner, "owner", given.owner, why);

    if (rc != TRI_OK)
        return rc;
    if (given.model != NULL || alike.kind->holds[u->id] == 0)
        return tri_why(why, TRI_E_ARG, "option --owner: %s",
                       given.model != NULL
                           ? "the model is given; leave --model or --owner out"
                           : "this party holds no shares; leave it out");
    for (unsigned j = 0; j < TRI_PARTIES; j++)
        if (memcmp(u->owner, u->keys.peer[j], sizeof u->owner) == 0)
            return tri_why(why, TRI_E_ARG,
                           "option --owner: this is the key of party %u; the "
                           "owner needs one of its own",
                           j);
    return TRI_OK;
}

/* Everything but the files. */
static int fill(struct tri_setup *u, const struct tri_peers *peers, char *text,
                size_t size, struct tri_why *why)
{
    const struct tri_config *const c = &peers->config;
    const struct tri_party p = { .task = TRI_TASK_INFER, .o = &alike };

    if (!c->party[c->id].ether)
        return tri_why(why, TRI_E_ARG,
                       "%s: a board is reached by raw Ethernet: give all "
                       "parties ether:... in place of HOST:PORT",
                       given.config);
    if (alike.batch == 0)
        return tri_why(why, TRI_E_ARG,
                       "option --batch is missing: a board does not choose how "
                       "many images it takes at once; give it to all parties");
    if (alike.line.rate != 0)
        return tri_why(why, TRI_E_ARG,
                       "option --link: a board emulates no network; leave it "
                       "out for all parties");
    *u = (struct tri_setup){ .id = c->id,
                             .config = tri_options_config(&alike),
                             .prg = (unsigned)alike.prg,
                             .runs = (uint32_t)given.runs,
                             .batch = (uint32_t)alike.batch,
                             .deadline_ms = (uint32_t)alike.deadline * 1000,
                             .keys = *peers->keys };
    snprintf(u->engine, sizeof u->engine, "%s", alike.kind->name);
    for (unsigned j = 0; j < TRI_PARTIES; j++)
        memcpy(u->mac[j], c->party[j].mac, sizeof u->mac[j]);
    (void)tri_party_text(&p, text, size);
    u->part[TRI_SETUP_TEXT] = (const uint8_t *)text;
    u->bytes[TRI_SETUP_TEXT] = (uint32_t)strlen(text) + 1;
    u->part[TRI_SETUP_NET] = (const uint8_t *)alike.text;
    u->bytes[TRI_SETUP_NET] = (uint32_t)strlen(alike.text) + 1;
    return given.owner != NULL ? set_owner(u, why) : TRI_OK;
}

static int make(struct tri_setup *u, const struct tri_peers *peers,
                const char *out, struct tri_why *why)
{
    static char text[TRI_PARTY_TEXT];
    const char *const name[2] = { given.model, given.shares };
    uint8_t *buf[2] = { NULL, NULL };
    size_t len[2] = { 0, 0 };
    int rc = fill(u, peers, text, sizeof text, why);

    if (rc == TRI_OK && given.owner == NULL)
        rc = load(peers, name[0], "model", TRI_SHARE_MODEL, &buf[0], &len[0],
                  why);
    if (rc == TRI_OK)
        rc = load(peers, name[1], "shares", TRI_SHARE_DATA, &buf[1], &len[1],
                  why);
    for (int i = 0; i < 2; i++) {
        u->part[TRI_SETUP_MODEL + i] = buf[i];
        u->bytes[TRI_SETUP_MODEL + i] = (uint32_t)len[i];
    }
    if (rc == TRI_OK)
        rc = write_setup(out, u, why);
    for (int i = 0; i < 2; i++) {
        if (buf[i] != NULL)
            tri_wipe(buf[i], len[i]);
        free(buf[i]);
    }
    return rc;
}

/* What a board has not: it takes --batch images at once, in the memory that it
 * has, and agrees on no other number of them. */
static const char *const programs_only[] = { "threads", "log", "no-spin",
                                             "memory", NULL };

static int run(const struct tri_args *a, struct tri_why *why)
{
    static struct tri_peers peers;
    struct tri_setup *u;
    int rc = tri_options_engine(&alike, 3, why);

    if (rc == TRI_OK)
        rc = tri_options_security(&alike, why);
    if (rc == TRI_OK)
        rc = tri_args_refuse(a, tri_training_only, "board", why);
    if (rc == TRI_OK)
        rc = tri_args_refuse(a, programs_only, "board", why);
    if (rc == TRI_OK && given.config == NULL)
        rc = tri_why(why, TRI_E_ARG, "option --config is missing");
    if (rc == TRI_OK)
        rc = tri_out_check(a->word[0], why);
    if (rc == TRI_OK)
        rc = tri_peers_open(&peers, given.config, why);
    if (rc != TRI_OK)
        return rc;
    if (!tri_args_given(a, "deadline"))
        alike.deadline = peers.config.deadline;
    u = tri_secret_alloc(sizeof *u);
    rc = u == NULL ? tri_why(why, TRI_E_NOMEM, "no memory")
                   : tri_options_net(&alike, why);
    if (rc == TRI_OK)
        rc = tri_options_link(&alike, why);
    if (rc == TRI_OK)
        rc = make(u, &peers, a->word[0], why);
    tri_secret_free(u);
    tri_peers_wipe(&peers);
    return rc;
}

const struct tri_command tri_cmd_board = {
    .name = "board",
    .what = "make a board without an operating system a party",
    .usage = "board FILE --config FILE [OPTIONS]",
    .about =
        "Write FILE, all that makes a board (boards/README.md) a party of "
        "`party infer`: the private key, the others' public keys and "
        "addresses, the options of the run, and this party's shares of a model "
        "and of images. The options are those that the two others give to "
        "`trinn party infer`, or to this command for boards of their own, but "
        "for --threads, --log and --no-spin, which a board has not, and "
        "--memory, which then nobody gives. Who has FILE is this party: it "
        "goes to the board and nowhere else.",
    .group = { { table, &given, NULL },
               TRI_TRAINING_GROUP(&alike),
               TRI_PARTIES_GROUP(&alike) },
    .min_words = 1,
    .max_words = 1,
    .usual = &alike,
    .run = run
};
