#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "boards/common/agree.h"
#include "boards/host/party/checkpoint.h"
#include "boards/host/party/run.h"
#include "boards/host/party/session_open.h"
#include "core/err.h"
#include "proto/fused/fused.h"
#include "tests/checks.h"
#include "tests/support/folder.h"
#include "tests/support/links.h"

enum { COUNTS = 4 * TRI_FILES, PART = TRI_SHARE_PUBLIC };

/* P0 speaks of a file to P1 and of none to P2. Neither P1 nor P2 takes it for a
 * mistake of the other. */
static void say_two_things(struct tri_check *c, struct tri_link *l, void *arg)
{
    static const struct tri_at_hand none[TRI_FILES];
    static struct tri_heads head[TRI_PARTIES][TRI_FILES];
    uint8_t one[COUNTS] = { 1 }, nothing[COUNTS] = { 0 }, part[PART] = { 0 },
            digest[TRI_HASH_BYTES];
    struct tri_why why = { "" };
    int rc;

    (void)arg;
    if (l->id != 0) {
        rc = tri_agree(l, &tri_engine_fused, none, head[l->id], digest, &why);
        CHECK(c, rc == TRI_E_PROTO && l->blamed != 1 && l->blamed != 2,
              "P%u: %d, names %d: %s", l->id, rc, l->blamed, why.text);
        return;
    }
    rc = tri_send(l, 1, one, sizeof one);
    rc |= tri_send(l, 1, part, sizeof part);
    rc |= tri_send(l, 2, nothing, sizeof nothing);
    rc |= tri_recv(l, 1, digest, COUNTS);
    rc |= tri_send(l, 1, part, TRI_HASH_BYTES);
    rc |= tri_send(l, 2, part, TRI_HASH_BYTES);
    rc |= tri_flush(l);
    CHECK(c, rc == TRI_OK, "P0: %s", l->error);
    (void)tri_recv(l, 2, digest, sizeof digest);
    (void)tri_recv(l, 2, digest, sizeof digest); /* as long as P2 lives */
}

static void check_two_things(struct tri_check *c)
{
    for (int kind = 0; kind < TRI_LINKS_KINDS; kind++)
        tri_links_go(c, kind, 2000, say_two_things, NULL);
}

/* P0 says n bytes to P1 and others to P2, compares nothing, and stays for as
 * long as P2 lives. */
static void say_both(struct tri_check *c, struct tri_link *l, const void *to_p1,
                     const void *to_p2, size_t n)
{
    uint8_t digest[TRI_HASH_BYTES] = { 0 }, heard[64];
    int rc = tri_send(l, 1, to_p1, n);

    rc |= tri_send(l, 2, to_p2, n);
    rc |= tri_send(l, 1, digest, sizeof digest);
    rc |= tri_send(l, 2, digest, sizeof digest);
    rc |= tri_flush(l);
    CHECK(c, rc == TRI_OK, "P0: %s", l->error);
    (void)tri_recv(l, 2, heard, n);
    (void)tri_recv(l, 2, digest, sizeof digest);
    (void)tri_recv(l, 2, digest, 1);
}

/* P0 gives its part of the session's name to each of them another. */
static void name_two_things(struct tri_check *c, struct tri_link *l, void *arg)
{
    enum { SAYS = 59, AT_PART = 1 };
    const uint8_t digest[TRI_HASH_BYTES] = { 0xd1 };
    struct tri_checkpoint ck = { .every = 1 };
    uint8_t says[2][SAYS] = { { 0 } };
    char prefix[64];
    struct tri_why why = { "" };
    struct tri_kernels k;
    int rc;

    tri_kernels_init(&k, tri_cpu_detect());
    if (l->id != 0) {
        snprintf(prefix, sizeof prefix, "%s/c", (const char *)arg);
        rc = tri_checkpoint_open(&ck, prefix, l->id, &k, &why);
        if (rc == TRI_OK)
            rc = tri_checkpoint_agree(&ck, l, "a run\n", digest, &why);
        tri_checkpoint_close(&ck);
        CHECK(c, rc == TRI_E_PROTO && l->blamed != 1 && l->blamed != 2,
              "P%u: %d, names %d: %s", l->id, rc, l->blamed, why.text);
        return;
    }
    says[1][AT_PART] = 1;
    say_both(c, l, says[0], says[1], SAYS);
}

static void check_two_names(struct tri_check *c)
{
    char dir[TRI_FOLDER];

    CHECK(c, tri_folder_make(dir), "no directory");
    for (int kind = 0; kind < TRI_LINKS_KINDS; kind++)
        tri_links_go(c, kind, 2000, name_two_things, dir);
    CHECK(c, rmdir(dir) == 0, "something is left in %s", dir);
}

/* P0 can do what comes next, as P1 hears, and cannot, as P2 hears. If both went
 * their own ways, each would blame the other for it. */
static void could_two_things(struct tri_check *c, struct tri_link *l, void *arg)
{
    const uint8_t byte[2] = { 1, 0 };
    struct tri_why why = { "" };
    int refused = TRI_OK, rc;

    (void)arg;
    if (l->id != 0) {
        rc = tri_all_could(l, &refused, &why);
        CHECK(c, rc == TRI_E_PROTO && l->blamed != 1 && l->blamed != 2,
              "P%u: %d, names %d: %s", l->id, rc, l->blamed, why.text);
        return;
    }
    say_both(c, l, &byte[0], &byte[1], 1);
}

static void check_could(struct tri_check *c)
{
    for (int kind = 0; kind < TRI_LINKS_KINDS; kind++)
        tri_links_go(c, kind, 2000, could_two_things, NULL);
}

/* P0 can do batches of 2, as P1 hears, and of 3, as P2 hears. */
static void batch_two_things(struct tri_check *c, struct tri_link *l, void *arg)
{
    const uint8_t said[2][8] = { { 2 }, { 3 } };
    struct tri_why why = { "" };
    struct tri_outcome out;
    struct tri_kernels k;
    struct tri_rundata zeros;
    struct tri_run_options o;
    struct tri_session s = { .id = l->id, .link = l };
    struct tri_run r = { .task = TRI_TASK_EVALUATE, .o = &o, .dry = 1 };
    int rc;

    (void)arg;
    if (l->id != 0) {
        tri_kernels_init(&k, tri_cpu_detect());
        s.cx.k = &k;
        tri_options_usual(&o);
        rc = tri_options_engine(&o, TRI_PARTIES, &why);
        if (rc == TRI_OK)
            rc = tri_options_security(&o, &why);
        if (rc == TRI_OK)
            rc = tri_options_net(&o, &why);
        CHECK(c, rc == TRI_OK, "%s", why.text);
        o.batch = 4;
        o.memory = UINT64_C(1) << 40;
        r.engine = o.kind;
        tri_rundata_zeros(&zeros, 4, o.net.h, o.net.w, o.net.c, o.net.classes);
        r.test = &zeros.data;
        rc = tri_run(&r, &s, &out, &why);
        CHECK(c, rc == TRI_E_PROTO && l->blamed != 1 && l->blamed != 2,
              "P%u: %d, names %d: %s", l->id, rc, l->blamed, why.text);
        return;
    }
    say_both(c, l, said[0], said[1], sizeof said[0]);
}

static void check_batches(struct tri_check *c)
{
    tri_links_go(c, TRI_LINKS_MEM, 5000, batch_two_things, NULL);
}

/* P1 alone finds something wrong with a file. The others are told that it has
 * failed, and of the file no more than its name. */
static void tell(struct tri_check *c, struct tri_link *l, void *arg)
{
    static const struct tri_why why = { "/home/one/c.ckpt: holds 5 bytes" };
    uint8_t byte;
    int rc;

    (void)arg;
    if (l->id == 1) {
        rc = tri_session_tell(l, TRI_OK, &why);
        CHECK(c, rc == TRI_OK && l->dead == TRI_OK, "no error: %d", rc);
        rc = tri_session_tell(l, TRI_E_FORMAT, &why);
        CHECK(c, rc == TRI_E_FORMAT && l->dead != TRI_OK, "P1: %d", rc);
        return;
    }
    rc = tri_recv(l, 1, &byte, 1);
    CHECK(c, rc == TRI_E_IO && l->blamed == 1, "P%u: %d, names %d", l->id, rc,
          l->blamed);
    CHECK(c, strncmp(l->error, "P1: c.ckpt: holds 5 bytes", 25) == 0, "P%u: %s",
          l->id, l->error);
}

static void check_tell(struct tri_check *c)
{
    for (int kind = 0; kind < TRI_LINKS_KINDS; kind++)
        tri_links_go(c, kind, 2000, tell, NULL);
}

const struct tri_check_entry tri_checks_agree[] = {
    { "agree: two things", check_two_things },
    { "agree: two names", check_two_names },
    { "agree: two answers", check_could },
    { "agree: two batches", check_batches },
    { "agree: what one party finds", check_tell },
};
const size_t tri_checks_agree_n =
    sizeof tri_checks_agree / sizeof *tri_checks_agree;
