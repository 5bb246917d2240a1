#include "boards/host/serve/clients.h"
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "boards/host/serve/upload.h"
#include "core/err.h"
#include "core/le.h"
#include "core/mem.h"
#include "net/host/clock.h"
#include "net/host/random.h"
#include "net/host/secret.h"
#include "net/tcp/door.h"
#include "net/tcp/socket.h"

const char tri_clients_magic[TRI_CLIENTS_MAGIC + 1] = "trinncl2";

enum {
    TICK_MS = 200,
    SHUT_MS = 50, /* until the next try where there is no descriptor */
    BURST = 32,   /* callers that are taken at once                  */
    TURN = 8,     /* messages of one client before others are heard  */
    NOBODY = TRI_CONFIG_CLIENTS
};

enum step { FREE, CALL, CONFIRM, TALK };

struct place {
    enum step step;
    int fd; /* before TALK */
    uint64_t visit, until;
    unsigned client;
    size_t have, want;
    uint8_t in[TRI_CLIENTS_CALL];
    struct tri_secure *sec; /* CONFIRM */
    struct tri_talk *talk;  /* TALK    */
    int more;               /* messages may be there that poll() does not see */
    struct tri_upload *up;  /* TALK: what it sends, or NULL */
    int down;               /* TALK: what it reads, or -1   */
    uint64_t down_bytes;    /* of that file ...             */
    uint64_t down_at;       /* ... those that it has read   */
};

struct tri_clients {
    const struct tri_config *c;
    const uint8_t *own;
    const struct tri_kernels *k;
    struct tri_queue *q;
    struct tri_clients_host host;
    int fd, wake;
    uint64_t visits, shut_until;
    uint32_t limit; /* `limit bytes` as it was */
    struct place place[TRI_CLIENTS_MOST];
    pthread_t thread;
    atomic_ullong clients, callers, strangers;
    pthread_mutex_t lock; /* of `stop` */
    int stop;
};

/* ---- places -------------------------------------------------------------- */

static void end_upload(struct place *p)
{
    if (p->up != NULL)
        tri_upload_close(p->up);
    free(p->up);
    p->up = NULL;
}

static void end_reading(struct place *p)
{
    if (p->down >= 0)
        close(p->down);
    p->down = -1;
}

static void leave(struct tri_clients *s, struct place *p)
{
    end_upload(p);
    end_reading(p);
    if (p->step == TALK) {
        atomic_fetch_sub(&s->clients, 1);
        tri_queue_gone(s->q, (unsigned)(p - s->place), p->visit);
        tri_talk_close(p->talk);
        tri_secret_free(p->talk);
    } else if (p->step != FREE) {
        close(p->fd);
    }
    tri_secret_free(p->sec);
    tri_wipe(p, sizeof *p);
}

/* A free place, or that of the oldest who has not said who he is. NULL: all
 * belong to clients. */
static struct place *room(struct tri_clients *s)
{
    struct place *oldest = NULL;

    for (struct place *p = s->place; p < s->place + TRI_CLIENTS_MOST; p++) {
        if (p->step == FREE)
            return p;
        if (p->step != TALK && (oldest == NULL || p->visit < oldest->visit))
            oldest = p;
    }
    if (oldest != NULL)
        leave(s, oldest);
    return oldest;
}

static void take_callers(struct tri_clients *s)
{
    for (int i = 0; i < BURST; i++) {
        const int fd = accept4(s->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        struct place *p;

        if (fd < 0) {
            if (tri_door_starved(errno))
                s->shut_until = tri_clock_ms() + SHUT_MS;
            if (errno == EAGAIN || tri_door_starved(errno))
                return;
            continue; /* one that has failed already, or a signal */
        }
        atomic_fetch_add(&s->callers, 1);
        p = room(s);
        if (p == NULL) {
            close(fd);
            return;
        }
        *p = (struct place){ .step = CALL,
                             .fd = fd,
                             .visit = ++s->visits,
                             .until = tri_clock_ms() + TRI_CLIENTS_MS,
                             .client = NOBODY,
                             .down = -1,
                             .want = TRI_CLIENTS_CALL };
    }
}

/* ---- who is it? ---------------------------------------------------------- */

static unsigned client_of(const struct tri_config *c, const uint8_t key[32])
{
    unsigned i = 0;

    while (i < c->clients &&
           (c->client[i].rights == 0 ||
            memcmp(c->client[i].key, key, TRI_KEY_BYTES) != 0))
        i++;
    return i < c->clients ? i : (unsigned)NOBODY;
}

static unsigned visits_of(const struct tri_clients *s, unsigned client)
{
    unsigned n = 0;

    for (size_t i = 0; i < TRI_CLIENTS_MOST; i++)
        n += s->place[i].step == TALK && s->place[i].client == client;
    return n;
}

/* The call is complete. Zero if the caller has to go. */
static int hear_call(struct tri_clients *s, struct place *p)
{
    static const uint8_t unknown = 1;
    uint8_t key[32], ephemeral[32], out[TRI_CLIENTS_ANSWER] = { 0 };
    int rc = TRI_E_CRYPTO;

    p->sec = tri_secret_alloc(sizeof *p->sec);
    if (p->sec != NULL &&
        memcmp(p->in, tri_clients_magic, TRI_CLIENTS_MAGIC) == 0)
        rc = tri_secure_client_hear(p->sec, s->k, s->own, s->c->id,
                                    p->in + TRI_CLIENTS_MAGIC, key);
    if (rc != TRI_OK)
        return 0;
    p->client = client_of(s->c, key);
    if (p->client == NOBODY) {
        atomic_fetch_add(&s->strangers, 1);
        (void)send(p->fd, &unknown, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
        return 0;
    }
    rc = tri_net_random(ephemeral, sizeof ephemeral);
    if (rc == TRI_OK)
        rc = tri_secure_client_answer(p->sec, tri_aead_best(s->k), ephemeral,
                                      out + 1);
    tri_wipe(ephemeral, sizeof ephemeral);
    /* The first bytes on a new connection: there is room for them. */
    if (rc != TRI_OK ||
        send(p->fd, out, sizeof out, MSG_NOSIGNAL | MSG_DONTWAIT) != sizeof out)
        return 0;
    p->step = CONFIRM;
    p->have = 0;
    p->want = TRI_SECURE_CONFIRM;
    return 1;
}

/* From here on it is a client, if it has written that. */
static int hear_confirm(struct tri_clients *s, struct place *p)
{
    const int fd = p->fd;
    struct tri_talk *talk;

    if (tri_secure_confirmed(p->sec, p->in) != TRI_OK ||
        visits_of(s, p->client) >= TRI_CLIENTS_EACH)
        return 0;
    talk = tri_secret_alloc(sizeof *talk);
    if (talk == NULL)
        return 0;
    if (tri_talk_open(talk, fd, p->sec, TRI_PARTIES, s->c->limit_bytes) !=
        TRI_OK) {
        tri_secret_free(talk);
        return 0;
    }
    tri_tcp_options(fd, s->c->deadline * 1000);
    tri_secret_free(p->sec);
    p->sec = NULL;
    p->talk = talk;
    p->step = TALK;
    p->until = UINT64_MAX;
    atomic_fetch_add(&s->clients, 1);
    return 1;
}

/* ---- what does it want? -------------------------------------------------- */

static int say_text(struct place *p, uint32_t number, const char *text,
                    size_t n)
{
    uint8_t *const block = tri_talk_block(n);
    const struct tri_message m = { TRI_MESSAGE_TEXT_REPLY, number, n };

    if (block != NULL)
        memcpy(block + TRI_MESSAGE_HEAD, text, n);
    return tri_talk_give(p->talk, &m, block);
}

static int say_no(struct place *p, int err, const char *text)
{
    struct tri_message m;
    uint8_t *const block = tri_talk_refusal(&m, p->talk->m.number, err, text);

    return tri_talk_give(p->talk, &m, block);
}

/* The name of a request of p's client. */
static void job_id(const struct tri_clients *s, const struct place *p,
                   enum tri_message_kind kind, const uint8_t *public, size_t n,
                   uint8_t id[TRI_JOB_ID])
{
    uint8_t parties[TRI_PARTIES][TRI_KEY_BYTES];

    for (unsigned i = 0; i < TRI_PARTIES; i++)
        memcpy(parties[i], s->c->party[i].key, TRI_KEY_BYTES);
    tri_job_id(id, parties, s->c->client[p->client].key, kind, public, n);
}

/* Two connections must not write one file. The older one may be dead without
 * this machine's knowing it; the same client has called again. */
static void take_over(struct tri_clients *s, const struct place *p,
                      const uint8_t id[TRI_JOB_ID])
{
    for (struct place *o = s->place; o < s->place + TRI_CLIENTS_MOST; o++)
        if (o != p && o->up != NULL && memcmp(o->up->id, id, TRI_JOB_ID) == 0)
            end_upload(o);
}

/* Bytes that p's client was sent and has not read: memory that is taken. */
static uint64_t unread(const struct tri_clients *s, const struct place *p)
{
    uint64_t bytes = 0;

    for (const struct place *o = s->place; o < s->place + TRI_CLIENTS_MOST; o++)
        if (o->step == TALK && o->client == p->client)
            bytes += o->talk->unread;
    return bytes;
}

/* Bytes of the answer to a query. */
static uint64_t answer_bytes(const struct tri_clients *s,
                             const struct tri_ask *a)
{
    const struct tri_entry *const e =
        tri_store_find(s->host.store, a->model, TRI_SHARE_MODEL);

    return e != NULL ? tri_answer_bytes(a->count, e->share.net.classes) : 0;
}

/* May this client ask this, and can it be computed? *bytes: with its answer. */
static int check_ask(struct tri_clients *s, const struct place *p,
                     struct tri_ask *a, uint64_t *bytes, struct tri_why *why)
{
    const struct tri_talk *const t = p->talk;
    const struct tri_config_client *const who = &s->c->client[p->client];
    int rc = tri_queue_admit(s->q, s->c, p->client, t->m.len + unread(s, p),
                             tri_clock_ns(), why);

    if (rc == TRI_OK && (who->rights & TRI_RIGHT_QUERY) == 0)
        rc = tri_why(why, TRI_E_ARG, "client %s has no right to query",
                     who->name);
    if (rc == TRI_OK)
        rc = tri_ask_parse(a, t->body, t->m.len, s->c->id);
    if (rc == TRI_E_PROTO)
        return tri_why(why, rc, "this is no query");
    if (rc == TRI_OK)
        rc = s->host.can_ask(s->host.self, who, a, why);
    if (rc == TRI_OK) {
        *bytes = t->m.len + answer_bytes(s, a);
        rc = tri_queue_holds(s->q, s->c, p->client, *bytes + unread(s, p), why);
    }
    if (rc == TRI_OK && !tri_ask_true(a, t->body, s->c->id))
        rc = tri_why(why, TRI_E_PROTO,
                     "the shares are not those that the query names");
    return rc;
}

/* A request of p's client for the queue, named by the n bytes at `public`. */
static struct tri_job *new_job(const struct tri_clients *s,
                               const struct place *p,
                               enum tri_message_kind kind,
                               const uint8_t *public, size_t n)
{
    struct tri_job *const j = calloc(1, sizeof *j);

    if (j == NULL)
        return NULL;
    job_id(s, p, kind, public, n, j->id);
    memcpy(j->who, s->c->client[p->client].name, sizeof j->who);
    memcpy(j->key, s->c->client[p->client].key, sizeof j->key);
    j->client = p->client;
    j->place = (unsigned)(p - s->place);
    j->visit = p->visit;
    j->number = p->talk->m.number;
    j->since = tri_clock_ns();
    j->store = s->c->limit_store;
    return j;
}

static int add_job(struct tri_clients *s, struct place *p, struct tri_job *j)
{
    const int rc = tri_queue_add(s->q, j);

    if (rc == TRI_OK)
        return TRI_OK;
    tri_job_free(j);
    return say_no(p, rc, "this request waits already");
}

static int hear_ask(struct tri_clients *s, struct place *p)
{
    struct tri_talk *const t = p->talk;
    struct tri_why why = { "" };
    struct tri_job *j;
    struct tri_ask ask;
    uint64_t bytes = 0;
    int rc = check_ask(s, p, &ask, &bytes, &why);

    if (rc != TRI_OK)
        return say_no(p, rc, why.text);
    j = new_job(s, p, TRI_MESSAGE_ASK, t->body, TRI_ASK_PUBLIC);
    if (j == NULL)
        return say_no(p, TRI_E_NOMEM, "no memory");
    j->ask = ask;
    j->body = t->body;
    j->len = bytes;
    t->body = NULL;
    return add_job(s, p, j);
}

/* ---- data and models ----------------------------------------------------- */

/* All connections of a client may send at once. */
static int say_offset(const struct tri_clients *s, struct place *p)
{
    const struct tri_message m = { TRI_MESSAGE_OFFSET, p->talk->m.number,
                                   TRI_OFFSET };
    const uint32_t part = s->c->limit_bytes / TRI_CLIENTS_EACH - 8;
    uint8_t *const block = tri_talk_block(TRI_OFFSET);

    _Static_assert((int)TRI_CONFIG_BYTES_LEAST >= (int)TRI_MESSAGE_TEXT &&
                       (int)TRI_CONFIG_BYTES_LEAST >= (int)TRI_WORK_MOST,
                   "a request or a text that no limit may hold");
    if (block != NULL) {
        tri_le_store64(block + TRI_MESSAGE_HEAD, p->up->have);
        tri_le_store32(block + TRI_MESSAGE_HEAD + 8,
                       part < TRI_PART_MOST ? part : TRI_PART_MOST);
    }
    return tri_talk_give(p->talk, &m, block);
}

/* The request that p's client has sent; may it? */
static int read_work(struct tri_clients *s, const struct place *p,
                     struct tri_work *w, struct tri_why *why)
{
    static const struct {
        unsigned right;
        const char *what;
    } need[] = {
        [TRI_MESSAGE_UPLOAD] = { TRI_RIGHT_UPLOAD, "upload" },
        [TRI_MESSAGE_TRAIN] = { TRI_RIGHT_TRAIN, "train" },
        [TRI_MESSAGE_CANCEL] = { TRI_RIGHT_TRAIN | TRI_RIGHT_ADMIN, "train" },
        [TRI_MESSAGE_FETCH] = { TRI_RIGHT_REVEAL, "reveal" },
    };
    const struct tri_talk *const t = p->talk;
    const struct tri_config_client *const who = &s->c->client[p->client];
    int rc = tri_queue_admit(s->q, s->c, p->client, t->m.len + unread(s, p),
                             tri_clock_ns(), why);

    if (rc == TRI_OK && (who->rights & need[t->m.kind].right) == 0)
        rc = tri_why(why, TRI_E_ARG, "client %s has no right to %s", who->name,
                     need[t->m.kind].what);
    if (rc == TRI_OK &&
        tri_work_parse(w, t->m.kind, t->body, t->m.len) != TRI_OK)
        rc = tri_why(why, TRI_E_PROTO, "this is no such request");
    return rc == TRI_OK ? s->host.can_work(s->host.self, who, w, why) : rc;
}

static int hear_upload(struct tri_clients *s, struct place *p)
{
    const struct tri_config_client *const who = &s->c->client[p->client];
    struct tri_work *const w = malloc(sizeof *w);
    uint8_t id[TRI_JOB_ID];
    struct tri_why why = { "" };
    int rc = TRI_E_NOMEM;

    end_upload(p);
    p->up = calloc(1, sizeof *p->up);
    if (p->up != NULL && w != NULL) {
        p->up->fd = -1;
        rc = read_work(s, p, w, &why);
        job_id(s, p, TRI_MESSAGE_UPLOAD, p->talk->body, (size_t)p->talk->m.len,
               id);
        if (rc == TRI_OK)
            take_over(s, p, id);
        if (rc == TRI_OK)
            rc = tri_upload_open(p->up, s->host.store, who->key, id, w,
                                 s->c->limit_store, &why);
    }
    free(w);
    if (rc == TRI_OK)
        return say_offset(s, p);
    end_upload(p);
    return say_no(p, rc, why.text);
}

static int hear_part(const struct tri_clients *s, struct place *p)
{
    struct tri_why why = { "" };
    int rc = p->up == NULL
                 ? tri_why(&why, TRI_E_PROTO, "a part of nothing")
                 : tri_upload_part(p->up, p->talk->body, p->talk->m.len, &why);

    if (rc == TRI_OK)
        return say_offset(s, p);
    end_upload(p);
    return say_no(p, rc, why.text);
}

/* All of it is there: let the three agree on it. */
static int hear_store(struct tri_clients *s, struct place *p)
{
    uint8_t public[TRI_WORK_MOST];
    struct tri_why why = { "" };
    struct tri_job *j;
    int rc;

    if (p->up == NULL || p->up->have != p->up->bytes)
        return say_no(p, TRI_E_PROTO, "the share is not complete");
    rc = tri_queue_admit(s->q, s->c, p->client, unread(s, p), tri_clock_ns(),
                         &why);
    if (rc != TRI_OK) /* what it has sent stays */
        return say_no(p, rc, why.text);
    j = new_job(s, p, TRI_MESSAGE_UPLOAD, public,
                tri_work_print(public, &p->up->work));
    if (j != NULL)
        j->work = malloc(sizeof *j->work);
    if (j == NULL || j->work == NULL) {
        tri_job_free(j);
        return say_no(p, TRI_E_NOMEM, "no memory");
    }
    *j->work = p->up->work;
    end_upload(p);
    return add_job(s, p, j);
}

/* A training, the end of one, or a model to be read, for the queue. */
static int hear_work(struct tri_clients *s, struct place *p)
{
    struct tri_talk *const t = p->talk;
    struct tri_work *const w = malloc(sizeof *w);
    struct tri_why why = { "" };
    struct tri_job *j = NULL;
    int rc = w != NULL ? read_work(s, p, w, &why) : TRI_E_NOMEM;

    if (rc == TRI_OK) {
        j = new_job(s, p, w->kind, t->body, (size_t)t->m.len);
        if (j == NULL)
            rc = tri_why(&why, TRI_E_NOMEM, "no memory");
    }
    if (rc != TRI_OK) {
        free(w);
        return say_no(p, rc, why.text);
    }
    j->work = w;
    return add_job(s, p, j);
}

/* All three have agreed that the client may read this model. If there is no
 * descriptor for it, the client hears so as it reads. */
static void begin_reading(struct tri_clients *s, struct place *p,
                          const char *name)
{
    end_reading(p);
    p->down = tri_store_read(s->host.store, name, &p->down_bytes);
    p->down_at = 0;
}

/* Some of this party's share of that model. To read it once, in order, is part
 * of the request that has opened it; anything else is a question like others.
 */
static int hear_read(struct tri_clients *s, struct place *p)
{
    const uint64_t at = tri_le_load64(p->talk->body);
    struct tri_message m = { TRI_MESSAGE_FILE, p->talk->m.number, 8 };
    struct tri_why why = { "" }, own = { "" };
    uint64_t n = s->c->limit_bytes / 2;
    uint8_t *block;
    int rc = TRI_OK;

    if (p->down < 0 || at != p->down_at || at == p->down_bytes)
        rc = tri_queue_permit(s->q, s->c, p->client, tri_clock_ns(), &why);
    if (rc != TRI_OK)
        return say_no(p, rc, why.text);
    if (p->down < 0 || at > p->down_bytes)
        return say_no(p, TRI_E_PROTO, "there is nothing to be read");
    n = n < TRI_PART_MOST ? n : TRI_PART_MOST;
    n = n < p->down_bytes - at ? n : p->down_bytes - at;
    rc = tri_queue_holds(s->q, s->c, p->client, n + 8 + unread(s, p), &why);
    if (rc != TRI_OK)
        return say_no(p, rc, why.text);
    m.len += n;
    block = tri_talk_block((size_t)m.len);
    if (block == NULL)
        return say_no(p, TRI_E_NOMEM, "no memory");
    tri_le_store64(block + TRI_MESSAGE_HEAD, p->down_bytes);
    if (tri_file_pread(p->down, "", block + TRI_MESSAGE_HEAD + 8, (size_t)n, at,
                       &own) != TRI_OK) {
        tri_secret_free(block);
        return say_no(p, TRI_E_IO, "the share cannot be read");
    }
    p->down_at = at + n;
    return tri_talk_give(p->talk, &m, block);
}

/* ---- texts --------------------------------------------------------------- */

static size_t list_jobs(struct tri_clients *s, const struct place *p,
                        char *text, size_t size)
{
    const int all = (s->c->client[p->client].rights & TRI_RIGHT_ADMIN) != 0;
    const unsigned of = all ? (unsigned)NOBODY : p->client;
    size_t n = s->host.jobs(s->host.self, of, text, size);

    n += tri_queue_list(s->q, s->c, of, tri_clock_ns(), text + n, size - n);
    return n > 0 ? n : (size_t)snprintf(text, size, "nothing waits\n");
}

static int hear_text(struct tri_clients *s, struct place *p)
{
    struct tri_why why = { "" };
    char *text;
    size_t n;
    int rc = tri_queue_permit(s->q, s->c, p->client, tri_clock_ns(), &why);

    if (rc == TRI_OK) /* what it does not read is kept, in all connections */
        rc = tri_queue_holds(s->q, s->c, p->client,
                             TRI_MESSAGE_TEXT + unread(s, p), &why);
    if (rc != TRI_OK)
        return say_no(p, rc, why.text);
    text = malloc(TRI_MESSAGE_TEXT);
    if (text == NULL)
        return TRI_E_NOMEM;
    n = p->talk->m.kind == TRI_MESSAGE_JOBS
            ? list_jobs(s, p, text, TRI_MESSAGE_TEXT)
            : s->host.status(s->host.self, p->client, text, TRI_MESSAGE_TEXT);
    rc = say_text(p, p->talk->m.number, text, n);
    free(text);
    return rc;
}

/* Bytes that the other connections of p's client have announced. */
static uint64_t announced(const struct tri_clients *s, const struct place *p)
{
    uint64_t bytes = 0;

    for (const struct place *o = s->place; o < s->place + TRI_CLIENTS_MOST; o++)
        if (o != p && o->step == TALK && o->client == p->client)
            bytes += tri_talk_announced(o->talk);
    return bytes;
}

/* Messages that are there, up to a TURN. Zero if the client has to go. */
static int hear_client(struct tri_clients *s, struct place *p)
{
    p->more = 1;
    for (int i = 0, rc = TRI_OK; i < TURN; i++) {
        const uint64_t others = announced(s, p);
        enum tri_talk_got got;

        p->talk->most =
            others < s->c->limit_bytes ? s->c->limit_bytes - others : 0;
        got = tri_talk_hear(p->talk);
        p->more = got != TRI_TALK_NOTHING;
        if (!p->more)
            break;
        if (got == TRI_TALK_LONG)
            (void)say_no(p, TRI_E_NOMEM,
                         "the message is longer than `limit bytes` of this "
                         "party, or than other messages leave of it");
        if (got != TRI_TALK_MESSAGE)
            return 0;
        switch (p->talk->m.kind) {
        case TRI_MESSAGE_ASK:
            rc = hear_ask(s, p);
            break;
        case TRI_MESSAGE_STATUS:
        case TRI_MESSAGE_JOBS:
            rc = hear_text(s, p);
            break;
        case TRI_MESSAGE_UPLOAD:
            rc = hear_upload(s, p);
            break;
        case TRI_MESSAGE_TRAIN:
        case TRI_MESSAGE_CANCEL:
        case TRI_MESSAGE_FETCH:
            rc = hear_work(s, p);
            break;
        case TRI_MESSAGE_READ:
            rc = hear_read(s, p);
            i = TURN; /* such an answer is a turn of its own */
            break;
        case TRI_MESSAGE_PART:
            rc = hear_part(s, p);
            break;
        case TRI_MESSAGE_STORE:
            rc = hear_store(s, p);
            break;
        default:
            return 0; /* an answer, from a client */
        }
        if (rc != TRI_OK)
            return 0;
    }
    /* Within a message it has to go on, also before the body's first byte. */
    p->until = (p->talk->in.pos > 0 || tri_talk_announced(p->talk) > 0) &&
                       !tri_conn_has(&p->talk->in)
                   ? tri_clock_ms() + 1000ull * s->c->deadline
                   : UINT64_MAX;
    return 1;
}

/* ---- the thread ---------------------------------------------------------- */

static void serve_place(struct tri_clients *s, struct place *p)
{
    int stays = 1;

    if (p->step == TALK) {
        tri_talk_push(p->talk);
        stays = !p->talk->c.tx_broken && hear_client(s, p);
    }
    while (stays && (p->step == CALL || p->step == CONFIRM)) {
        const int whole = tri_door_read(p->fd, p->in, p->want, &p->have);

        if (whole == 0)
            break;
        stays = whole > 0 &&
                (p->step == CALL ? hear_call(s, p) : hear_confirm(s, p));
        if (stays && p->step == TALK) /* what came behind it */
            stays = hear_client(s, p);
    }
    if (!stays)
        leave(s, p);
}

static void send_answers(struct tri_clients *s)
{
    char wakes[64];
    struct tri_job *j;

    while (read(s->wake, wakes, sizeof wakes) > 0)
        ;
    while ((j = tri_queue_done(s->q)) != NULL) {
        struct place *const p = &s->place[j->place];

        if (p->step == TALK && p->visit == j->visit) {
            if (j->work != NULL && j->work->kind == TRI_MESSAGE_FETCH &&
                j->reply.kind == TRI_MESSAGE_TEXT_REPLY)
                begin_reading(s, p, j->work->name);
            if (tri_talk_give(p->talk, &j->reply, j->block) != TRI_OK)
                leave(s, p);
            j->block = NULL;
        }
        tri_job_free(j);
    }
}

static int stopping(struct tri_clients *s)
{
    int stop;

    (void)pthread_mutex_lock(&s->lock);
    stop = s->stop;
    (void)pthread_mutex_unlock(&s->lock);
    return stop;
}

/* Is something kept for p, unread, or announced and not all there, and more for
 * its client than the limit is now? */
static int has_too_much(const struct tri_clients *s, const struct place *p)
{
    const uint64_t coming = tri_talk_announced(p->talk);

    return p->talk->unread + coming > 0 &&
           unread(s, p) + announced(s, p) + coming > s->limit;
}

/* The configuration may have been read again: who has lost a right goes, and
 * whoever has more here than a smaller limit leaves its client. */
static void reread(struct tri_clients *s)
{
    const uint64_t end =
        s->host.reread != NULL ? s->host.reread(s->host.self) : 0;
    const int less = s->c->limit_bytes < s->limit;

    s->limit = s->c->limit_bytes;
    for (size_t i = 0; (end != 0 || less) && i < TRI_CLIENTS_MOST; i++) {
        struct place *const p = &s->place[i];

        if (p->step != FREE && p->client < NOBODY &&
            ((end >> p->client & 1) != 0 ||
             (p->step == TALK && has_too_much(s, p))))
            leave(s, p);
    }
    for (unsigned i = 0; i < s->c->clients; i++)
        if ((end >> i & 1) != 0 && s->c->client[i].rights == 0)
            tri_queue_forget(s->q, i);
}

void tri_clients_counts(struct tri_clients *s, struct tri_metrics_numbers *m)
{
    if (s == NULL)
        return;
    m->clients = atomic_load(&s->clients);
    m->callers = atomic_load(&s->callers);
    m->strangers = atomic_load(&s->strangers);
}

static void *work(void *self)
{
    struct tri_clients *const s = self;
    struct pollfd w[2 + TRI_CLIENTS_MOST];

    while (!stopping(s)) {
        uint64_t now = tri_clock_ms();
        int more = 0;

        w[0] = (struct pollfd){ .fd = s->wake, .events = POLLIN };
        w[1] = (struct pollfd){ .fd = now >= s->shut_until ? s->fd : -1,
                                .events = POLLIN };
        for (size_t i = 0; i < TRI_CLIENTS_MOST; i++) {
            const struct place *const p = &s->place[i];
            const int out = p->step == TALK && tri_talk_pending(p->talk);

            more |= p->more;
            w[2 + i] =
                (struct pollfd){ .fd = p->step == FREE   ? -1
                                       : p->step == TALK ? p->talk->c.fd
                                                         : p->fd,
                                 .events =
                                     (short)(POLLIN | (out ? POLLOUT : 0)) };
        }
        (void)poll(w, sizeof w / sizeof *w, more ? 0 : TICK_MS);
        reread(s);
        if (w[0].revents != 0)
            send_answers(s);
        for (size_t i = 0; i < TRI_CLIENTS_MOST; i++)
            if ((w[2 + i].revents != 0 || s->place[i].more) &&
                s->place[i].step != FREE)
                serve_place(s, &s->place[i]);
        if (w[1].revents != 0)
            take_callers(s);
        now = tri_clock_ms();
        for (size_t i = 0; i < TRI_CLIENTS_MOST; i++)
            if (s->place[i].step != FREE && now >= s->place[i].until)
                leave(s, &s->place[i]);
    }
    for (size_t i = 0; i < TRI_CLIENTS_MOST; i++)
        if (s->place[i].step != FREE)
            leave(s, &s->place[i]);
    return NULL;
}

int tri_clients_start(struct tri_clients **clients, const struct tri_config *c,
                      const uint8_t own[32], const struct tri_kernels *k,
                      struct tri_queue *q, int wake,
                      const struct tri_clients_host *host, struct tri_why *why)
{
    struct tri_clients *const s = tri_secret_alloc(sizeof *s);
    char error[256];
    int rc;

    *clients = NULL;
    if (s == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory");
    s->c = c;
    s->own = own;
    s->k = k;
    s->q = q;
    s->host = *host;
    s->limit = c->limit_bytes;
    s->wake = wake;
    rc = tri_tcp_listen(&s->fd, NULL,
                        c->listen_clients[0] != '\0' ? c->listen_clients
                                                     : c->service[c->id],
                        error);
    if (rc != TRI_OK) {
        tri_secret_free(s);
        return tri_why(why, rc, "%s", error);
    }
    if (pthread_mutex_init(&s->lock, NULL) != 0 ||
        pthread_create(&s->thread, NULL, work, s) != 0) {
        close(s->fd);
        tri_secret_free(s);
        return tri_why(why, TRI_E_NOMEM, "no thread for clients");
    }
    *clients = s;
    return TRI_OK;
}

void tri_clients_stop(struct tri_clients *s)
{
    if (s == NULL)
        return;
    (void)pthread_mutex_lock(&s->lock);
    s->stop = 1;
    (void)pthread_mutex_unlock(&s->lock);
    (void)write(s->q->wake, "", 1);
    (void)pthread_join(s->thread, NULL);
    (void)pthread_mutex_destroy(&s->lock);
    close(s->fd);
    tri_secret_free(s);
}
