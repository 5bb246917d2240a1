#include "tests/checks.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/err.h"
#include "net/bye.h"
#include "net/fail.h"
#include "net/host/emulate.h"
#include "net/record.h"
#include "tests/support/links.h"

/* ---- goodbyes ----------------------------------------------------------- */

static void check_bye(struct tri_check *c)
{
    static const struct {
        const char *bytes;
        size_t n;
        int rc;
    } cases[] = {
        { "\5\1x", 3, TRI_OK },           { "\1\377no", 4, TRI_OK },
        { "\13\2 ~", 4, TRI_OK },         { "\0\1x", 3, TRI_E_PROTO },
        { "\16\1x", 3, TRI_E_PROTO },     { "\373\1x", 3, TRI_E_PROTO },
        { "\5\3x", 3, TRI_E_PROTO },      { "\5\376x", 3, TRI_E_PROTO },
        { "\5\1", 2, TRI_E_PROTO },       { "\5", 1, TRI_E_PROTO },
        { "", 0, TRI_E_PROTO },           { "\5\1a\nb", 5, TRI_E_PROTO },
        { "\5\1\33[2J", 6, TRI_E_PROTO }, { "\5\1a\0b", 5, TRI_E_PROTO },
        { "\5\1\177", 3, TRI_E_PROTO },   { "\5\1\303\244", 4, TRI_E_PROTO },
    };
    uint8_t wire[TRI_BYE_MAX], longer[TRI_BYE_MAX + 1];
    char text[2 * TRI_BYE_MAX];
    struct tri_bye b, back;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int rc =
            tri_bye_parse(&b, (const uint8_t *)cases[i].bytes, cases[i].n);

        CHECK(c, rc == cases[i].rc, "case %zu: %d", i, rc);
        CHECK(c,
              rc != TRI_OK || (tri_bye_print(wire, &b) == cases[i].n &&
                               memcmp(wire, cases[i].bytes, cases[i].n) == 0),
              "case %zu prints differently", i);
    }
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    text[3] = '\n';
    text[4] = '\344';
    tri_bye_make(&b, TRI_E_CRYPTO, 2, text);
    CHECK(c,
          strlen(b.text) == TRI_BYE_TEXT && strncmp(b.text, "xxx??x", 6) == 0,
          "a long text: %s", b.text);
    CHECK(c, tri_bye_print(wire, &b) == TRI_BYE_MAX, "largest goodbye");
    CHECK(c,
          tri_bye_parse(&back, wire, TRI_BYE_MAX) == TRI_OK &&
              back.err == TRI_E_CRYPTO && back.blamed == 2 &&
              strcmp(back.text, b.text) == 0,
          "there and back");
    memcpy(longer, wire, TRI_BYE_MAX);
    longer[TRI_BYE_MAX] = 'x';
    CHECK(c, tri_bye_parse(&back, longer, sizeof longer) == TRI_E_PROTO,
          "a longer one");
    strcpy(text + sizeof text - sizeof " (P2 says so)", " (P2 says so)");
    tri_bye_make(&b, TRI_E_CRYPTO, 2, text);
    CHECK(c, strstr(b.text, "...x") != NULL, "a long text: %s", b.text);
    CHECK(c,
          strcmp(b.text + TRI_BYE_TEXT - strlen(" (P2 says so)"),
                 " (P2 says so)") == 0,
          "whose word a long text is: %s", b.text);
    tri_bye_make(&b, 77, 9, "");
    CHECK(c, b.err == TRI_E_DEAD && b.blamed == TRI_NOBODY && b.text[0] != '\0',
          "an error that does not exist");
}

/* ---- one party gives up -------------------------------------------------- */

struct death {
    unsigned who;
    int err, blamed;
    int wait; /* the others: for it; for each other; they flush to it */
    int emulate;
    int rc[3], named[3];
    char error[3][sizeof((struct tri_link *)0)->error];
};

static void note(struct death *d, const struct tri_link *l, int rc)
{
    d->rc[l->id] = rc;
    d->named[l->id] = l->blamed;
    memcpy(d->error[l->id], l->error, sizeof l->error);
}

static void dies(struct tri_check *c, struct tri_link *bare, void *arg)
{
    static const struct tri_line line = { 2000000, 625000000, 0 };
    const size_t n = 32 << 20;
    struct death *d = arg;
    uint8_t *buf = calloc(1, n);
    struct tri_link wrapped, *l = bare;
    unsigned other;
    int rc = TRI_OK;

    if (d->emulate) {
        rc = tri_emulate_wrap(&wrapped, bare, &line);
        l = &wrapped;
    }
    other = 3 - l->id - d->who;
    if (rc != TRI_OK) {
        tri_check_fail(c, "wrap");
    } else if (l->id == d->who) {
        tri_links_sleep(30);
        rc = tri_link_kill(l, d->err, d->blamed, "relu");
    } else if (d->wait == 0) {
        rc = tri_recv(l, d->who, buf, 8);
    } else if (d->wait == 1) {
        rc = tri_recv(l, other, buf, 8);
    } else {
        rc = tri_send(l, d->who, buf, n);
        if (rc == TRI_OK)
            rc = tri_flush(l);
    }
    note(d, l, rc);
    tri_close(l);
    free(buf);
}

/* All three have the same cause and name the same party; text: how it
 * begins. */
static void agree(struct tri_check *c, const struct death *d, unsigned first,
                  int err, int blamed, const char *text, const char *what)
{
    for (unsigned i = 0; i < TRI_PARTIES; i++) {
        const int want = i == first ? err : tri_bye_heard(err);

        CHECK(c,
              d->rc[i] == want && d->named[i] == blamed &&
                  strncmp(d->error[i], text, strlen(text)) == 0,
              "%s: P%u has %d, names %d: %s", what, i, d->rc[i], d->named[i],
              d->error[i]);
    }
}

static void check_kill(struct tri_check *c)
{
    static const int errs[] = { TRI_E_PROTO, TRI_E_CRYPTO, TRI_E_NOMEM };
    char what[96], text[96];

    for (int kind = 0; kind < TRI_LINKS_KINDS; kind++)
        for (int i = 0; i < 36 && c->msg[0] == '\0'; i++) {
            struct death d = { .who = (unsigned)i % 3,
                               .err = errs[i / 12],
                               .blamed = i % 4 - 1,
                               .wait = i / 3 % 3,
                               .emulate = i % 5 == 0 && i / 3 % 3 != 2 };

            (void)snprintf(what, sizeof what, "%s, P%u kills, wait %d%s",
                           tri_links_name[kind], d.who, d.wait,
                           d.emulate ? ", emulated" : "");
            if (d.blamed == TRI_NOBODY)
                (void)snprintf(text, sizeof text, "relu: %s",
                               tri_strerror(d.err));
            else
                (void)snprintf(text, sizeof text, "relu: %s (P%d)",
                               tri_strerror(d.err), d.blamed);
            tri_links_go(c, kind, 60000, dies, &d);
            if (c->msg[0] == '\0')
                agree(c, &d, d.who, d.err, d.blamed, text, what);
        }
}

/* ---- a hostile party ---------------------------------------------------- */

/* P2 is sockets in the test's hand. P0 receives from it, P1 waits for P0 or for
 * P2 itself, which says nothing to it, or the same as to P0. */
struct hostile {
    int fd[2]; /* P2's ends to P0 and P1 */
    struct tri_link l[2];
    struct death d;
    int wait;
    struct tri_bye bye[2]; /* what P2 hears of P0 and P1 */
    int heard[2];
    size_t asked; /* length of the message that P0 waits for */
};

static void *p0_main(void *arg)
{
    struct hostile *h = arg;
    uint8_t *buf = malloc(h->asked);
    int rc = tri_recv(&h->l[0], 2, buf, 8);

    if (rc == TRI_OK)
        rc = tri_recv(&h->l[0], 2, buf, h->asked);
    note(&h->d, &h->l[0], rc);
    tri_close(&h->l[0]);
    free(buf);
    return NULL;
}

static void *p1_main(void *arg)
{
    struct hostile *h = arg;
    uint8_t *buf = malloc(h->asked);
    int rc = tri_recv(&h->l[1], 2, buf, 8);

    if (rc == TRI_OK)
        rc = tri_recv(&h->l[1], h->wait == 0 ? 0 : 2, buf, h->asked);
    note(&h->d, &h->l[1], rc);
    tri_close(&h->l[1]);
    free(buf);
    return NULL;
}

/* The goodbye at the end of what P_j sends, if there is one. */
static void hear(struct hostile *h, unsigned j)
{
    uint8_t wire[4096];
    size_t n = 0;
    ssize_t k;

    while (n < sizeof wire &&
           (k = recv(h->fd[j], wire + n, sizeof wire - n, 0)) > 0)
        n += (size_t)k;
    for (size_t at = 0; at + TRI_RECORD_HEADER <= n;) {
        struct tri_record r;

        if (tri_record_parse(&r, wire + at) != TRI_OK)
            return;
        at += TRI_RECORD_HEADER;
        if (r.flags == TRI_RECORD_BYE && at + r.len == n)
            h->heard[j] = tri_bye_parse(&h->bye[j], wire + at, r.len) == TRI_OK;
        at += r.len;
    }
}

static void pair(int fd[2])
{
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd) != 0)
        abort();
}

static void put(int fd, const struct tri_record *r, const void *p, size_t n)
{
    uint8_t wire[TRI_RECORD_HEADER + 512] = { 0 };

    tri_record_print(wire, r);
    memcpy(wire + TRI_RECORD_HEADER, p, n);
    if (send(fd, wire, TRI_RECORD_HEADER + n, MSG_NOSIGNAL) < 0)
        return; /* the check that follows fails */
}

static void put_big(int fd, const uint8_t *p, size_t n)
{
    while (n > 0) {
        const ssize_t k = send(fd, p, n, MSG_NOSIGNAL);

        if (k <= 0)
            return;
        p += k;
        n -= (size_t)k;
    }
}

struct bad {
    const char *name;
    struct tri_record r;
    const char *payload;
    size_t n; /* bytes of payload that P2 sends */
    int ends; /* and then it ends */
    int rc, blamed;
    const char *text;
};

/* `first`: a whole record of a long message before it, or NULL. */
static void attack(struct tri_check *c, const struct bad *b, int wait,
                   const uint8_t *first)
{
    static const struct tri_record good = { 8, TRI_RECORD_LAST, 0, 1 };
    const int relayed = b->rc == TRI_E_IO && b->blamed != 2 ? TRI_E_IO : b->rc;
    struct hostile h = { .wait = wait,
                         .asked = first != NULL ? TRI_RECORD_MAX + 2000 : 16 };
    int p01[2], p02[2], p12[2];
    pthread_t thread[2];
    char what[96];

    pair(p01);
    pair(p02);
    pair(p12);
    h.fd[0] = p02[1];
    h.fd[1] = p12[1];
    if (tri_tcp_adopt(&h.l[0], 0, (int[]){ -1, p01[0], p02[0] }, 60000) !=
            TRI_OK ||
        tri_tcp_adopt(&h.l[1], 1, (int[]){ p01[1], -1, p12[0] }, 60000) !=
            TRI_OK)
        abort();
    if (pthread_create(&thread[0], NULL, p0_main, &h) != 0 ||
        pthread_create(&thread[1], NULL, p1_main, &h) != 0)
        abort();
    for (int j = 0; j < 2; j++)
        put(h.fd[j], &good, "a word.", 8);
    tri_links_sleep(10);
    for (int j = 0; j < (wait == 2 ? 2 : 1); j++) {
        if (first != NULL)
            put_big(h.fd[j], first, TRI_RECORD_HEADER + TRI_RECORD_MAX);
        put(h.fd[j], &b->r, b->payload, b->n);
    }
    /* Where it has spoken to P0 alone, P1 hears of P2's end after P0's: before,
     * it would be the reason of P1's. */
    for (int j = 0; j < 2; j++) {
        if (b->ends && wait == 2)
            (void)shutdown(h.fd[1], SHUT_WR);
        if (b->ends)
            (void)shutdown(h.fd[j], SHUT_WR);
        hear(&h, (unsigned)j);
    }
    pthread_join(thread[0], NULL);
    pthread_join(thread[1], NULL);
    close(h.fd[0]);
    close(h.fd[1]);
    (void)snprintf(what, sizeof what, "%s, wait %d", b->name, wait);
    for (int j = 0; j < 2 && c->msg[0] == '\0'; j++) {
        CHECK(c,
              h.d.rc[j] == b->rc && h.d.named[j] == b->blamed &&
                  strncmp(h.d.error[j], b->text, strlen(b->text)) == 0,
              "%s: P%d has %d, names %d: %s", what, j, h.d.rc[j], h.d.named[j],
              h.d.error[j]);
        CHECK(c,
              h.heard[j] && tri_bye_heard(h.bye[j].err) == relayed &&
                  h.bye[j].blamed == b->blamed &&
                  strncmp(h.bye[j].text, b->text, strlen(b->text)) == 0,
              "%s: P%d tells P2 %d, names %d: %s", what, j, h.bye[j].err,
              h.bye[j].blamed, h.bye[j].text);
    }
}

#define PROTO(NAME, RECORD, N, TEXT)                    \
    {                                                   \
        NAME, RECORD, zeros, N, 0, TRI_E_PROTO, 2, TEXT \
    }
#define R(...)      \
    {               \
        __VA_ARGS__ \
    }
#define BYE(NAME, BYTES, RC, BLAMED, TEXT)                       \
    {                                                            \
        NAME, R(sizeof(BYTES) - 1, TRI_RECORD_BYE, 1, 0), BYTES, \
            sizeof(BYTES) - 1, 1, RC, BLAMED, TEXT               \
    }

static const char zeros[512];

/* Everything that a peer can do against the records. */
static void check_hostile(struct tri_check *c)
{
    static const char noise[] = "P2 ended with a goodbye that is not";
    static const char none[] = "P2 sent bytes that are not a record";
    static const char gone[] = "P2 closed the connection";
    static const struct bad cases[] = {
        PROTO("short", R(15, 1, 1, 2), 15,
              "P2 sent a message of 15 bytes where 16 were expected"),
        PROTO("long", R(17, 1, 1, 2), 17,
              "P2 sent a message of 17 bytes where 16 were expected"),
        PROTO("endless", R(262144, 0, 1, 2), 16,
              "P2 sent a message of more than 262144 bytes where 16 were"),
        PROTO("number", R(16, 1, 2, 2), 16,
              "P2 sent record 2 where record 1 was expected"),
        PROTO("repeated", R(8, 1, 0, 1), 8,
              "P2 sent record 0 where record 1 was expected"),
        PROTO("flags", R(16, 8, 1, 2), 16, none),
        PROTO("two flags", R(16, 5, 1, 2), 16, none),
        PROTO("no end", R(16, 0, 1, 2), 16, none),
        PROTO("huge", R(~0u, 1, 1, 2), 16, none),
        PROTO("empty", R(0, 1, 1, 2), 0, none),
        PROTO("beat with depth", R(0, 4, 1, 7), 0, none),
        PROTO("beat with bytes", R(8, 4, 1, 0), 8, none),
        PROTO("bye with depth", R(0, 2, 1, 3), 0, none),
        PROTO("long bye", R(TRI_BYE_MAX + 1, 2, 1, 0), TRI_BYE_MAX + 1, none),
        BYE("bye without error", "\0\1why", TRI_E_PROTO, 2, noise),
        BYE("bye of no error", "\16\1why", TRI_E_PROTO, 2, noise),
        BYE("bye naming P3", "\5\3why", TRI_E_PROTO, 2, noise),
        BYE("bye without text", "\5\1", TRI_E_PROTO, 2, noise),
        BYE("bye of one byte", "\5", TRI_E_PROTO, 2, noise),
        BYE("bye with escapes", "\5\1\33[2Jwhy", TRI_E_PROTO, 2, noise),
        BYE("bye of two lines", "\5\1why\nnot", TRI_E_PROTO, 2, noise),
        BYE("bye naming P0", "\5\0because", TRI_E_PROTO, 0, "because (P2"),
        BYE("bye naming P1", "\12\1because", TRI_E_CRYPTO, 1, "because (P2"),
        BYE("bye naming P2", "\2\2because", TRI_E_IO, 2, "because (P2"),
        BYE("bye naming nobody", "\7\377because", TRI_E_MISMATCH, TRI_NOBODY,
            "because (P2"),
        { "orderly", R(0, 2, 1, 0), zeros, 0, 1, TRI_E_IO, 2, gone },
        { "half a bye", R(20, 2, 1, 0), "\5\1abc", 5, 1, TRI_E_IO, 2, gone },
        { "half a record", R(16, 1, 1, 2), zeros, 7, 1, TRI_E_IO, 2, gone },
    };
    const size_t n = sizeof cases / sizeof *cases;

    for (size_t i = 0; i < n; i++)
        for (int wait = 0; wait < 3 && c->msg[0] == '\0'; wait++)
            attack(c, &cases[i], wait, NULL);
}

/* The same in the middle of a long message, where bytes are received in
 * place. */
static void check_hostile_parts(struct tri_check *c)
{
    static const struct tri_record head = { TRI_RECORD_MAX, 0, 1, 1 };
    static const struct bad cases[] = {
        PROTO("longer", R(262144, 0, 2, 1), 16,
              "P2 sent a message of more than 524288 bytes where 264144"),
        PROTO("depth", R(2000, 1, 2, 2), 16,
              "P2 changed the depth within a message"),
        PROTO("beat inside", R(0, 4, 2, 0), 0,
              "P2 sent a message of more than 262144 bytes where 264144"),
        { "bye inside", R(5, 2, 2, 0), "\5\0why", 5, 1, TRI_E_PROTO, 0,
          "why (P2" },
        { "bad bye inside", R(5, 2, 2, 0), "\5\0wh\n", 5, 1, TRI_E_PROTO, 2,
          "P2 ended with a goodbye that is not" },
    };
    uint8_t *first = calloc(1, TRI_RECORD_HEADER + TRI_RECORD_MAX);

    tri_record_print(first, &head);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int wait = 0; wait < 3 && c->msg[0] == '\0'; wait++)
            attack(c, &cases[i], wait, first);
    free(first);
}

/* ---- two see it --------------------------------------------------------- */

/* P2 sends both others a message of another length than they ask for, at once
 * or to one of them later. */
static void cheats(struct tri_check *c, struct tri_link *l, void *arg)
{
    struct death *d = arg;
    uint8_t *buf = calloc(1, 300000);
    int rc;

    (void)c;
    if (l->id == 2) {
        rc = tri_send(l, 0, buf, 300000);
        tri_links_sleep(d->wait == 0 ? 0 : 20);
        if (rc == TRI_OK)
            rc = tri_send(l, 1, buf, 7);
        if (rc == TRI_OK)
            rc = tri_recv(l, 1, buf, 8);
    } else {
        rc = tri_recv(l, 2, buf, 8);
    }
    note(d, l, rc);
    tri_close(l);
    free(buf);
}

static void check_two(struct tri_check *c)
{
    for (int kind = 0; kind < TRI_LINKS_KINDS; kind++)
        for (int i = 0; i < 10 && c->msg[0] == '\0'; i++) {
            struct death d = { .wait = i % 2 };

            tri_links_go(c, kind, 60000, cheats, &d);
            if (c->msg[0] == '\0')
                agree(c, &d, 0, TRI_E_PROTO, 2, "P2 sent a message of ",
                      tri_links_name[kind]);
        }
}

const struct tri_check_entry tri_checks_death[] = {
    { "death_bye", check_bye },
    { "death_kill", check_kill },
    { "death_two", check_two },
    { "death_hostile", check_hostile },
    { "death_hostile_parts", check_hostile_parts },
};
const size_t tri_checks_death_n =
    sizeof(tri_checks_death) / sizeof(*tri_checks_death);
