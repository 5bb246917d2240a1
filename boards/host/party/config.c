#include "boards/host/party/config.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "boards/host/base/args.h"
#include "boards/host/profile.h"
#include "core/err.h"

enum { WORDS = 8, SHOWN = 60 };

struct word {
    const char *p;
    size_t n;
};

struct parse {
    struct tri_config *c;
    struct tri_config_errors *e;
    unsigned line;
    struct word w[WORDS]; /* w[0] is the name */
    size_t words;
};

/* For "%.*s". */
#define SHOW(w) (int)((w).n < SHOWN ? (w).n : SHOWN), (w).p

void tri_config_complain(struct tri_config_errors *e, unsigned line,
                         const char *fmt, ...)
{
    struct tri_config_error *at = e->e;
    va_list ap;

    if (e->n == TRI_CONFIG_ERRORS) {
        e->more++;
        return;
    }
    /* 0, the whole file, sorts last: line - 1 is the largest number. */
    while (at < e->e + e->n && at->line - 1 <= line - 1)
        at++;
    memmove(at + 1, at, (size_t)(e->e + e->n - at) * sizeof *at);
    e->n++;
    at->line = line;
    va_start(ap, fmt);
    vsnprintf(at->text, sizeof at->text, fmt, ap);
    va_end(ap);
}

static int named(struct word w, const char *name)
{
    return w.n == strlen(name) && memcmp(w.p, name, w.n) == 0;
}

/* ---- values -------------------------------------------------------------- */

/* A copy of a word; 0 if it is too long. */
static int copy(char *out, size_t size, struct word w)
{
    if (w.n >= size)
        return 0;
    memcpy(out, w.p, w.n);
    out[w.n] = '\0';
    return 1;
}

/* A number of a word into *out. */
static uint64_t number64(struct parse *s, struct word w, uint64_t min,
                         uint64_t max)
{
    char text[24];
    uint64_t v = 0;

    if (!copy(text, sizeof text, w) || tri_number(text, min, max, &v) != TRI_OK)
        tri_config_complain(s->e, s->line,
                            "%.*s: '%.*s' is not a whole number from %llu to "
                            "%llu",
                            SHOW(s->w[0]), SHOW(w), (unsigned long long)min,
                            (unsigned long long)max);
    return v;
}

static void number(struct parse *s, struct word w, uint64_t min, uint32_t max,
                   uint32_t *out)
{
    const size_t before = s->e->n + s->e->more;
    const uint64_t v = number64(s, w, min, max);

    if (s->e->n + s->e->more == before)
        *out = (uint32_t)v;
}

/* HOST:PORT with a port; the host may be empty if `any`. */
static void address(struct parse *s, struct word w, int any,
                    char out[TRI_CONFIG_ADDR])
{
    char host[TRI_TCP_HOST], port[TRI_TCP_PORT];

    if (!copy(out, TRI_CONFIG_ADDR, w) ||
        tri_tcp_split(out, host, port) != TRI_OK || (host[0] == '\0' && !any))
        tri_config_complain(s->e, s->line, "%.*s: '%.*s' is not %s",
                            SHOW(s->w[0]), SHOW(w),
                            any ? "HOST:PORT or :PORT" : "HOST:PORT");
    else if (strspn(port, "0") == strlen(port))
        tri_config_complain(s->e, s->line,
                            "%.*s: '%.*s': port 0 is no port to meet at",
                            SHOW(s->w[0]), SHOW(w));
}

/* "ether", or "ether:02:00:5e:10:00:01". */
static void by_ether(struct parse *s, struct word w, struct tri_config_peer *p)
{
    p->ether = 1;
    (void)copy(p->addr, sizeof p->addr, w);
    if (tri_profile_parts.ether == NULL)
        tri_config_complain(s->e, s->line,
                            "party: '%.*s': this program was built without "
                            "raw Ethernet",
                            SHOW(w));
    else if (!tri_profile_parts.ether->address(p->mac, w.p, w.n))
        tri_config_complain(s->e, s->line,
                            "party: '%.*s' is not ether or "
                            "ether:xx:xx:xx:xx:xx:xx with digits 0-9 a-f",
                            SHOW(w));
    else if (p->mac[0] & 1)
        tri_config_complain(s->e, s->line,
                            "party: '%.*s' is the address of a group, not of "
                            "one interface",
                            SHOW(w));
}

/* ---- lines --------------------------------------------------------------- */

/* Each fills its field of the configuration. */
static void on_file(struct parse *s, void *out)
{
    if (!copy(out, TRI_CONFIG_NAME, s->w[1]))
        tri_config_complain(s->e, s->line,
                            "%.*s: the name has %zu characters; at most %d "
                            "are possible",
                            SHOW(s->w[0]), s->w[1].n, TRI_CONFIG_NAME - 1);
}

static void on_seconds(struct parse *s, void *out)
{
    number(s, s->w[1], 1, 86400, out);
}

static void on_id(struct parse *s, void *out)
{
    number(s, s->w[1], 0, TRI_PARTIES - 1, out);
}

static void on_party(struct parse *s, void *party)
{
    const struct word id = s->w[1], addr = s->w[2], key = s->w[3];
    struct tri_config_peer *p;

    if (id.n != 1 || id.p[0] < '0' || id.p[0] > '2') {
        tri_config_complain(s->e, s->line,
                            "party: '%.*s' is no party; give 0, 1 or 2",
                            SHOW(id));
        return;
    }
    p = (struct tri_config_peer *)party + (id.p[0] - '0');
    if (p->line != 0) {
        tri_config_complain(s->e, s->line, "party %c stands in line %u already",
                            id.p[0], p->line);
        return;
    }
    p->line = s->line;
    if (id.p[0] == '2' && addr.n == 1 && addr.p[0] == '-')
        strcpy(p->addr, "-");
    else if (addr.n >= 5 && memcmp(addr.p, "ether", 5) == 0 &&
             (addr.n == 5 || addr.p[5] == ':'))
        by_ether(s, addr, p);
    else
        address(s, addr, 0, p->addr);
    if (tri_key_parse(p->key, key.p, key.n) != TRI_OK)
        tri_config_complain(s->e, s->line,
                            "party %c: '%.*s' is no public key: that is 64 "
                            "digits 0-9 a-f, printed by `trinn keygen`",
                            id.p[0], SHOW(key));
}

static void on_service(struct parse *s, void *out)
{
    char(*const service)[TRI_CONFIG_ADDR] = out;
    const struct word id = s->w[1];

    if (id.n != 1 || id.p[0] < '0' || id.p[0] > '2')
        tri_config_complain(s->e, s->line,
                            "service: '%.*s' is no party; give 0, 1 or 2",
                            SHOW(id));
    else if (service[id.p[0] - '0'][0] != '\0')
        tri_config_complain(s->e, s->line,
                            "service %c stands in a line above already",
                            id.p[0]);
    else
        address(s, s->w[2], 0, service[id.p[0] - '0']);
}

static const char *const right_names[] = { "upload", "train", "query", "reveal",
                                           "admin" };
enum { RIGHTS = sizeof right_names / sizeof *right_names };

const char *tri_right_name(unsigned right)
{
    for (unsigned i = 0; i < RIGHTS; i++)
        if (right == 1u << i)
            return right_names[i];
    return NULL;
}

int tri_config_name(const char *text, size_t n)
{
    if (n == 0 || n >= TRI_CONFIG_CLIENT_NAME || text[0] == '.')
        return 0;
    for (size_t i = 0; i < n; i++)
        if (!((text[i] >= 'a' && text[i] <= 'z') ||
              (text[i] >= 'A' && text[i] <= 'Z') ||
              (text[i] >= '0' && text[i] <= '9') || text[i] == '-' ||
              text[i] == '_' || text[i] == '.'))
            return 0;
    return 1;
}

/* A client that was there before, by name or by key. */
static void check_client(struct parse *s, const struct tri_config_client *c)
{
    for (const struct tri_config_client *p = s->c->client; p < c; p++) {
        if (strcmp(p->name, c->name) == 0)
            tri_config_complain(s->e, s->line,
                                "client %s stands in line %u already", c->name,
                                p->line);
        else if (memcmp(p->key, c->key, sizeof c->key) == 0)
            tri_config_complain(s->e, s->line,
                                "client %s has the key of client %s; each "
                                "client makes its own",
                                c->name, p->name);
    }
}

static void on_client(struct parse *s, void *out)
{
    struct tri_config_client *const c =
        (struct tri_config_client *)out + s->c->clients;
    const struct word name = s->w[1], key = s->w[2];
    const size_t before = s->e->n + s->e->more;

    if (s->c->clients == TRI_CONFIG_CLIENTS) {
        tri_config_complain(s->e, s->line, "client: there are more than %d",
                            TRI_CONFIG_CLIENTS);
        return;
    }
    *c = (struct tri_config_client){ .line = s->line };
    if (!tri_config_name(name.p, name.n))
        tri_config_complain(s->e, s->line,
                            "client: '%.*s' is no name: up to %d letters, "
                            "digits, '-', '_' and '.', which is not the first",
                            SHOW(name), TRI_CONFIG_CLIENT_NAME - 1);
    else
        (void)copy(c->name, sizeof c->name, name);
    if (tri_key_parse(c->key, key.p, key.n) != TRI_OK)
        tri_config_complain(s->e, s->line,
                            "client: '%.*s' is no public key: that is 64 "
                            "digits 0-9 a-f, printed by `trinn keygen`",
                            SHOW(key));
    for (size_t i = 3; i < s->words; i++) {
        unsigned r = 0;

        while (r < RIGHTS && !named(s->w[i], right_names[r]))
            r++;
        if (r == RIGHTS || (c->rights >> r & 1) != 0)
            tri_config_complain(s->e, s->line,
                                r == RIGHTS ? "client: '%.*s' is no right; "
                                              "there are upload, train, query, "
                                              "reveal and admin"
                                            : "client: '%.*s' stands there "
                                              "twice",
                                SHOW(s->w[i]));
        else
            c->rights |= 1u << r;
    }
    if (s->e->n + s->e->more == before)
        check_client(s, c);
    if (s->e->n + s->e->more == before)
        s->c->clients++;
}

static void on_limit(struct parse *s, void *out)
{
    struct tri_config *const c = out;

    if (named(s->w[1], "bytes"))
        number(s, s->w[2], TRI_CONFIG_BYTES_LEAST, UINT32_MAX, &c->limit_bytes);
    else if (named(s->w[1], "jobs"))
        number(s, s->w[2], 1, 1000000, &c->limit_jobs);
    else if (named(s->w[1], "rate"))
        number(s, s->w[2], 1, 1000000, &c->limit_rate);
    else if (named(s->w[1], "store"))
        c->limit_store = number64(s, s->w[2], 1, UINT64_MAX);
    else
        tri_config_complain(s->e, s->line,
                            "limit: '%.*s' is unknown; there are bytes, jobs, "
                            "rate and store",
                            SHOW(s->w[1]));
}

static void on_listen(struct parse *s, void *out)
{
    address(s, s->w[1], 1, out);
}

static void on_interface(struct parse *s, void *out)
{
    if (!copy(out, TRI_CONFIG_INTERFACE, s->w[1]))
        tri_config_complain(s->e, s->line,
                            "interface: '%.*s' is too long: at most %d "
                            "characters are possible",
                            SHOW(s->w[1]), TRI_CONFIG_INTERFACE - 1);
}

/* A name may stand in several lines; a line may have more words. */
enum { LINES = 1, LONGER = 2 };

#define AT(FIELD) offsetof(struct tri_config, FIELD)

static const struct {
    const char *name, *form;
    size_t words; /* after the name */
    int required;
    int more;
    void (*fn)(struct parse *s, void *out);
    size_t at;
} lines[TRI_CONFIG_LINES] = {
    /* clang-format off */
    [TRI_CONFIG_ID] = { "id", "id 0|1|2", 1, 1, 0, on_id, AT(id) },
    [TRI_CONFIG_KEY] = { "key", "key FILE", 1, 1, 0, on_file, AT(key) },
    [TRI_CONFIG_PARTY] = { "party", "party 0|1|2 HOST:PORT PUBLICKEY", 3, 0,
                           LINES, on_party, AT(party) },
    [TRI_CONFIG_LISTEN] = { "listen", "listen HOST:PORT", 1, 0, 0, on_listen,
                            AT(listen) },
    [TRI_CONFIG_INTERFACE_LINE] = { "interface", "interface NAME", 1, 0, 0,
                                    on_interface, AT(interface) },
    [TRI_CONFIG_DEADLINE_LINE] = { "deadline", "deadline SECONDS", 1, 0, 0,
                                   on_seconds, AT(deadline) },
    [TRI_CONFIG_CONNECT_LINE] = { "connect", "connect SECONDS", 1, 0, 0,
                                  on_seconds, AT(connect) },
    [TRI_CONFIG_DATA] = { "data", "data DIRECTORY", 1, 0, 0, on_file, AT(data) },
    [TRI_CONFIG_OUT] = { "out", "out DIRECTORY", 1, 0, 0, on_file, AT(out) },
    [TRI_CONFIG_SERVICE] = { "service", "service 0|1|2 HOST:PORT", 2, 0, LINES,
                             on_service, AT(service) },
    [TRI_CONFIG_LISTEN_CLIENTS] = { "listen-clients",
                                    "listen-clients HOST:PORT", 1, 0, 0,
                                    on_listen, AT(listen_clients) },
    [TRI_CONFIG_STORE] = { "store", "store DIRECTORY", 1, 0, 0, on_file,
                           AT(store) },
    [TRI_CONFIG_METRICS] = { "metrics", "metrics FILE", 1, 0, 0, on_file,
                             AT(metrics) },
    [TRI_CONFIG_CLIENT] = { "client", "client NAME PUBLICKEY RIGHT...", 3, 0,
                            LINES | LONGER, on_client, AT(client) },
    [TRI_CONFIG_LIMIT] = { "limit", "limit bytes|jobs|rate|store NUMBER", 2, 0, LINES,
                           on_limit, 0 },
    /* clang-format on */
};

/* Split a line; returns the number of words, at most WORDS + 1. */
static size_t split(struct word w[WORDS], const char *p, size_t n)
{
    size_t count = 0, i = 0;

    for (;;) {
        size_t start;

        while (i < n && (p[i] == ' ' || p[i] == '\t'))
            i++;
        if (i == n || p[i] == '#' || count > WORDS)
            return count;
        for (start = i; i < n && p[i] != ' ' && p[i] != '\t';)
            i++;
        if (count < WORDS)
            w[count] = (struct word){ p + start, i - start };
        count++;
    }
}

/* Bytes that do not belong into a text. */
static int clean(struct parse *s, const char *p, size_t n)
{
    if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
        tri_config_complain(s->e, s->line,
                            "the line starts with a byte order mark (bytes ef "
                            "bb bf); save the file without it");
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        const unsigned char c = (unsigned char)p[i];

        if (c == '\r' && i + 1 == n) {
            tri_config_complain(s->e, s->line,
                                "the line ends in CR LF; end lines with LF");
            return 0;
        }
        if ((c < ' ' && c != '\t') || c == 0x7f) {
            tri_config_complain(s->e, s->line,
                                "byte %zu of the line is 0x%02x, which is no "
                                "text",
                                i + 1, c);
            return 0;
        }
    }
    return 1;
}

static void read_line(struct parse *s, const char *p, size_t n)
{
    size_t words, i = 0;

    if (!clean(s, p, n))
        return;
    s->words = words = split(s->w, p, n);
    if (words == 0)
        return;
    while (i < TRI_CONFIG_LINES && !named(s->w[0], lines[i].name))
        i++;
    if (i == TRI_CONFIG_LINES) {
        tri_config_complain(
            s->e, s->line,
            "'%.*s' is unknown; there are id, key, party, "
            "listen, interface, deadline, connect, data and out, and of a "
            "service: service, listen-clients, store, metrics, client and "
            "limit",
            SHOW(s->w[0]));
        return;
    }
    if (s->c->line[i] != 0 && (lines[i].more & LINES) == 0) {
        tri_config_complain(s->e, s->line, "%s stands in line %u already",
                            lines[i].name, s->c->line[i]);
        return;
    }
    s->c->line[i] = s->line;
    if (words < lines[i].words + 1 || words > WORDS ||
        (words > lines[i].words + 1 && (lines[i].more & LONGER) == 0))
        tri_config_complain(
            s->e, s->line, "%s: too %s words; it must be: %s", lines[i].name,
            words < lines[i].words + 1 ? "few" : "many", lines[i].form);
    else
        lines[i].fn(s, (char *)s->c + lines[i].at);
}

/* ---- the whole ----------------------------------------------------------- */

static void twice(struct parse *s, const struct tri_config_peer *a, unsigned i,
                  const struct tri_config_peer *b, unsigned j)
{
    static const uint8_t none[TRI_KEY_BYTES];
    const unsigned later = a->line > b->line ? a->line : b->line;

    if (a->line == 0 || b->line == 0)
        return;
    if (strchr(a->addr, ':') != NULL && strcmp(a->addr, b->addr) == 0)
        tri_config_complain(s->e, later,
                            "party %u and party %u have the same address, %s",
                            i, j, a->addr);
    if (memcmp(a->key, none, sizeof none) != 0 &&
        memcmp(a->key, b->key, sizeof a->key) == 0)
        tri_config_complain(s->e, later,
                            "party %u and party %u have the same public key; "
                            "each party makes its own",
                            i, j);
}

static void check_whole(struct parse *s)
{
    const struct tri_config *const c = s->c;

    for (size_t i = 0; i < TRI_CONFIG_LINES; i++)
        if (lines[i].required && c->line[i] == 0)
            tri_config_complain(s->e, 0, "a line is missing: %s",
                                lines[i].form);
    for (unsigned i = 0; i < TRI_PARTIES; i++) {
        if (c->party[i].line == 0)
            tri_config_complain(s->e, 0,
                                "a line is missing: party %u HOST:PORT "
                                "PUBLICKEY",
                                i);
        for (unsigned j = i + 1; j < TRI_PARTIES; j++)
            twice(s, &c->party[i], i, &c->party[j], j);
    }
    if (tri_profile_parts.ether != NULL)
        tri_profile_parts.ether->check(c, s->e);
    if (c->id == 2 && c->line[TRI_CONFIG_LISTEN] != 0)
        tri_config_complain(s->e, c->line[TRI_CONFIG_LISTEN],
                            "listen: party 2 calls the others and does not "
                            "listen; leave the line out");
}

int tri_config_parse(struct tri_config *c, const char *text, size_t len,
                     struct tri_config_errors *e)
{
    struct parse s = { .c = c, .e = e };
    const size_t before = e->n + e->more;

    *c = (struct tri_config){ .id = TRI_PARTIES,
                              .deadline = TRI_CONFIG_DEADLINE,
                              .connect = TRI_CONFIG_CONNECT,
                              .limit_bytes = TRI_CONFIG_BYTES_LIMIT,
                              .limit_jobs = TRI_CONFIG_JOBS_LIMIT,
                              .limit_rate = TRI_CONFIG_RATE_LIMIT,
                              .limit_store = 10 * UINT64_C(1000000000) };
    for (size_t at = 0; at < len;) {
        const char *const end = memchr(text + at, '\n', len - at);
        const size_t n = end != NULL ? (size_t)(end - text) - at : len - at;

        s.line++;
        read_line(&s, text + at, n);
        at += n + 1;
    }
    check_whole(&s);
    return e->n + e->more == before ? TRI_OK : TRI_E_FORMAT;
}
