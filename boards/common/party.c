#include "boards/common/party.h"
#include "boards/common/agree.h"
#include "boards/common/board.h"
#include "boards/common/infer.h"
#include "boards/common/print.h"
#include "boards/common/setup.h"
#include "boards/common/wish.h"
#include "core/err.h"
#include "core/le.h"
#include "core/mem.h"
#include "core/text.h"
#include "net/fail.h"
#include "net/finish.h"
#include "net/hello.h"

enum {
    JOIN_MS = 60000,  /* tries to join before it says again that it waits */
    PATIENCE = 2,     /* deadlines until the watchdog bites               */
    REST = 2,         /* deadlines of rest after a failure, but ...       */
    REST_MOST = 10000 /* ... not more, in ms                             */
};

/* All that it leaves on the stack is below its caller's frame (forget()). */
#define APART __attribute__((noinline))

/* All of a party but the memory of a run. */
struct party {
    const struct tri_kernels *k;
    const struct tri_engine_kind *kind;
    struct tri_setup u;
    struct tri_secure_keys with_owner; /* in place of one peer's */
    struct tri_net net;
    struct tri_sharemem model, data;
    struct tri_ether_driver driver;
    struct tri_ether_config cfg;
    uint8_t *room;
    size_t link_bytes, bytes; /* of room: the link's; the run's, behind it */
    uint8_t *file;            /* of the result, behind what a run needs    */
    uint8_t own[TRI_ETHER_MAC];
    const struct tri_par *par; /* NULL: one core                         */
    const uint32_t *ran;       /* tasks of each of its workers           */
    struct tri_why why;
};

static uint32_t watch_ms;

static void alive(void)
{
    tri_board_watchdog(watch_ms);
}

/* ---- the driver, completed ------------------------------------------------
 */

static uint64_t now(void *ctx)
{
    (void)ctx;
    return tri_board_us();
}

static int entropy(void *ctx, void *out, size_t n)
{
    (void)ctx;
    return tri_board_random(out, n);
}

static void lock(void *ctx)
{
    (void)ctx;
    tri_board_hold();
}

static void unlock(void *ctx)
{
    (void)ctx;
    tri_board_let();
}

/* A wait for the others is no standstill: it has deadlines of its own. */
static void (*device_wait)(void *ctx, uint64_t until);

static void wait(void *ctx, uint64_t until)
{
    alive();
    device_wait(ctx, until);
}

static void stop_tick(void *ctx)
{
    (void)ctx;
    tri_board_tick(NULL, NULL);
}

/* ---- what the setup says ---------------------------------------------------
 */

static int open_share(struct party *q, struct tri_sharemem *s, int part,
                      enum tri_share_kind kind, const char *name)
{
    const struct tri_setup *const u = &q->u;
    const enum tri_sharing sharing =
        q->kind->holds[2] > 0 ? TRI_SHARING_REPLICATED : TRI_SHARING_ADDITIVE;
    int rc;

    if (q->kind->holds[u->id] == 0)
        return u->bytes[part] == 0
                   ? TRI_OK
                   : tri_why(&q->why, TRI_E_ARG,
                             "party %u holds no shares, but the setup has its "
                             "%s",
                             u->id, name);
    rc = tri_sharemem_open(s, u->part[part], u->bytes[part], kind, u->id, name,
                           q->k, &q->why);
    if (rc == TRI_OK &&
        (s->head.sharing != sharing || s->head.fb != u->config.f))
        rc = tri_why(&q->why, TRI_E_ARG,
                     "%s: is a share for another engine or scale", name);
    return rc;
}

/* Are the model's words those of the network, and the images its input? */
static int open_model(struct party *q)
{
    const struct tri_net *const n = &q->net;
    const struct tri_share_head *const m = &q->model.head, *d = &q->data.head;
    const uint32_t len = q->u.bytes[TRI_SETUP_NET] - 1;
    const int rc =
        open_share(q, &q->model, TRI_SETUP_MODEL, TRI_SHARE_MODEL, "model");

    if (rc != TRI_OK || q->kind->holds[q->u.id] == 0)
        return rc;
    if (m->content != 8 * tri_net_words(n) * tri_share_components(m) ||
        m->text != len ||
        memcmp(q->model.text, q->u.part[TRI_SETUP_NET], len) != 0 ||
        d->h != n->h || d->w != n->w || d->c != n->c)
        return tri_why(&q->why, TRI_E_MISMATCH,
                       "the model or the images are not of the setup's "
                       "network");
    return TRI_OK;
}

/* Does somebody send the model? */
static int has_owner(const struct tri_setup *u)
{
    uint8_t any = 0;

    for (size_t i = 0; i < sizeof u->owner; i++)
        any |= u->owner[i];
    return any != 0;
}

static int read_setup(struct party *q, const uint8_t *p, size_t n)
{
    char err[TRI_NET_ERROR] = "";
    int rc = tri_setup_parse(&q->u, p, n, &q->why);

    if (rc != TRI_OK)
        return rc;
    q->kind = tri_engine_find(tri_board_engines, q->u.engine);
    if (q->kind == NULL || q->kind->parties != TRI_PARTIES ||
        (q->u.config.active && !q->kind->verifies))
        return tri_why(&q->why, TRI_E_ARG, "this image has no engine %s%s",
                       q->u.engine, q->u.config.active ? ", active" : "");
    rc = tri_net_parse(&q->net, (const char *)q->u.part[TRI_SETUP_NET],
                       q->u.bytes[TRI_SETUP_NET] - 1, err);
    if (rc != TRI_OK)
        return tri_why(&q->why, rc, "the network: %s", err);
    rc = open_share(q, &q->data, TRI_SETUP_DATA, TRI_SHARE_DATA, "images");
    return rc == TRI_OK && !has_owner(&q->u) ? open_model(q) : rc;
}

/* What a party says of its own failure, to the others as well. */
static int tell(struct tri_link *l, int rc, const char *what)
{
    return tri_link_end(l, rc, (int)l->id, "P%u: %s", l->id, what);
}

static void print_failure(const struct tri_link *l, int rc)
{
    tri_print("failed: %s\n",
              l->error[0] != '\0' ? l->error : tri_strerror(rc));
}

/* ---- the model -------------------------------------------------------------
 */

/*
 * Received once, by a link with its owner alone, who has the number of another
 * party there (trinn load):
 *
 *     owner -> board   bytes of the file             8 bytes
 *     owner -> board   the share, as a file          so many
 *     owner <- board   it is what this party needs   1 byte, 1
 */
static int hear_model(struct party *q, struct tri_link *l, unsigned owner)
{
    static const uint8_t good = 1;
    uint8_t size[8];
    uint64_t n;
    int rc = tri_recv(l, owner, size, sizeof size);

    if (rc != TRI_OK)
        return rc;
    n = tri_le_load64(size);
    if (n > q->bytes || n > UINT32_MAX)
        return tell(l, TRI_E_NOMEM, "the memory is too small for the model");
    rc = tri_recv(l, owner, q->room, (size_t)n);
    if (rc != TRI_OK)
        return rc;
    q->u.part[TRI_SETUP_MODEL] = q->room;
    q->u.bytes[TRI_SETUP_MODEL] = (uint32_t)n;
    rc = open_model(q);
    if (rc != TRI_OK)
        return tell(l, rc, q->why.text);
    rc = tri_send(l, owner, &good, sizeof good);
    return rc == TRI_OK ? tri_flush(l) : rc;
}

/* The link's memory is at the end: the model stays in front. Non-zero if it is
 * there. */
static APART int receive_model(struct party *q)
{
    struct tri_ether_config cfg = q->cfg;
    uint8_t *const mem = q->room + q->bytes;
    const unsigned owner = (q->u.id + 1) % TRI_PARTIES;
    size_t n;
    struct tri_link l;
    int rc;

    q->with_owner = q->u.keys;
    memcpy(q->with_owner.peer[owner], q->u.owner, sizeof q->u.owner);
    cfg.keys = &q->with_owner;
    cfg.pair = 1 + owner;
    memset(cfg.mac, 0, sizeof cfg.mac);
    tri_print("P%u: waiting for the model, whose owner is P%u here\n", q->u.id,
              owner);
    rc = tri_ether_join(&l, &cfg, &q->driver, mem);
    if (rc == TRI_OK) {
        tri_board_tick(tri_ether_tend, mem);
        rc = hear_model(q, &l, owner);
        tri_close(&l);
        tri_board_tick(NULL, NULL);
    }
    tri_wipe(mem, q->link_bytes);
    if (rc != TRI_OK) {
        print_failure(&l, rc);
        tri_wipe(q->room, q->bytes);
        return 0;
    }
    n = q->u.bytes[TRI_SETUP_MODEL];
    tri_print("model: %zu bytes\n", n);
    n = (n + TRI_ALIGN - 1) / TRI_ALIGN * TRI_ALIGN;
    q->room += n;
    q->bytes -= n;
    return 1;
}

/* ---- one run ---------------------------------------------------------------
 */

/* What is agreed on is of this run alone. */
static int greet(struct party *q, struct tri_link *l, struct tri_session *s,
                 struct tri_engine_config *config)
{
    static struct tri_hello h;
    uint8_t keys[TRI_PARTIES][32], said[TRI_PARTIES] = { 0 };
    enum tri_prg_kind kind;
    int rc = TRI_OK;

    if (tri_board_random(h.mine, sizeof h.mine) != TRI_OK)
        return tell(l, TRI_E_IO, "no random bytes");
    kind =
        q->u.prg > 0 ? (enum tri_prg_kind)(q->u.prg - 1) : tri_prg_pick(q->k);
    said[l->id] = tri_wish(kind, config->active && config->ledger == 0
                                     ? tri_wish_ledger(q->bytes, config->rtt_ns)
                                     : 0);
    rc = tri_hello_in(&h, l, (const char *)q->u.part[TRI_SETUP_TEXT], NULL,
                      said, keys, NULL);
    kind = tri_wishes_prg(said);
    if (config->ledger == 0)
        config->ledger = tri_wishes_ledger(said);
    if (rc == TRI_OK && kind == TRI_PRG_AES128 && q->k->aes_ctr == NULL)
        rc = tell(l, TRI_E_ARG, "this image has no AES");
    for (unsigned j = 0; rc == TRI_OK && j < TRI_PARTIES; j++)
        if (j != l->id)
            tri_prg_init(&s->prg[j], q->k, keys[j], kind);
    tri_wipe(keys, sizeof keys);
    return rc;
}

/* The files of all parties belong together; how many images there are. */
static int agree(struct party *q, struct tri_link *l, uint32_t *count)
{
    static struct tri_at_hand file[TRI_FILES];
    static struct tri_heads head[TRI_FILES];
    uint8_t digest[TRI_HASH_BYTES];
    struct tri_why why = { "" };
    int rc;

    memset(file, 0, sizeof file);
    if (q->kind->holds[l->id] > 0) {
        file[TRI_FILE_TEST].file[0] =
            (struct tri_named_head){ "images", &q->data.head };
        file[TRI_FILE_MODEL].file[0] =
            (struct tri_named_head){ "model", &q->model.head };
        file[TRI_FILE_TEST].n = file[TRI_FILE_MODEL].n = 1;
    }
    rc = tri_agree(l, q->kind, file, head, digest, &why);
    if (rc != TRI_OK)
        return tri_link_end(l, rc, TRI_NOBODY, "%s", why.text);
    if (head[TRI_FILE_TEST].n != 1 || head[TRI_FILE_MODEL].n != 1 ||
        head[TRI_FILE_TRAIN].n != 0)
        return tell(l, TRI_E_MISMATCH,
                    "one set of images and one model go "
                    "with a classification");
    *count = head[TRI_FILE_TEST].head[0].count;
    return TRI_OK;
}

/* A dry pass measures, the real one gets exactly that much. */
static int compute(struct party *q, struct tri_session *s,
                   struct tri_infer *job)
{
    struct tri_session dry = { .id = s->id, .dry = 1, .cx = s->cx };
    uint8_t *const block = q->room + q->link_bytes;
    struct tri_arena arena;
    char text[120];
    size_t all;
    int rc;

    tri_arena_measure(&arena);
    dry.cx.arena = &arena;
    for (unsigned j = 0; j < TRI_PARTIES; j++)
        dry.prg[j].k = q->k;
    rc = tri_infer(job, &dry);
    if (rc != TRI_OK)
        return tell(s->link, rc, tri_strerror(rc));
    all = arena.peak + tri_sharemem_bytes(&job->head);
    tri_print("memory: %zu bytes of %zu, %llu bytes of messages\n", all,
              q->bytes, (unsigned long long)tri_cost_bytes(&dry.cost));
    if (all > q->bytes) {
        (void)tri_text_print(text, sizeof text,
                             "the memory is too small: %zu bytes are needed, "
                             "there are %zu",
                             all, q->bytes);
        return tell(s->link, TRI_E_NOMEM, text);
    }
    q->file = block + arena.peak;
    tri_arena_init(&arena, block, arena.peak);
    s->cx.arena = &arena;
    rc = tri_infer(job, s);
    if (rc != TRI_OK && s->link->dead == TRI_OK)
        rc = tri_session_fail(s, rc, s->where[0] != '\0' ? s->where : "infer",
                              TRI_NOBODY);
    return rc;
}

/* Nobody has anything before all have. */
static int together(struct tri_link *l)
{
    uint8_t far[TRI_PARTIES] = { 0 };
    const int rc = tri_exchange(l, far, 1);

    return rc == TRI_OK ? tri_finish(l) : rc;
}

static void print_result(const struct tri_infer *job, uint8_t *file)
{
    enum { LINE = 32 };
    const size_t n = tri_sharemem_bytes(&job->head);
    const tri_ring *const part[2] = { job->result[0], job->result[1] };

    tri_sharemem_make(file, &job->head, part,
                      (size_t)job->head.count * job->head.classes);
    tri_print("result: %zu\n", n);
    for (size_t i = 0; i < n; i++)
        tri_print("%s%02x%s", i % LINE == 0 ? "share: " : "", file[i],
                  i % LINE == LINE - 1 || i == n - 1 ? "\n" : "");
    tri_print("result ends\n");
    tri_wipe(file, n);
}

/* From the agreement to the last common word. */
static int work(struct party *q, struct tri_link *l, struct tri_infer *job)
{
    struct tri_engine_config config = q->u.config;
    struct tri_session s = { .id = l->id,
                             .link = l,
                             .cx = { .k = q->k, .par = q->par } };
    int rc = greet(q, l, &s, &config);

    job->config = &config;
    if (rc == TRI_OK)
        rc = agree(q, l, &job->count);
    if (rc == TRI_OK)
        rc = compute(q, &s, job);
    job->config = NULL;
    tri_session_wipe(&s);
    return rc == TRI_OK ? together(l) : rc;
}

/* Non-zero if all went well. */
static APART int run(struct party *q)
{
    static struct tri_model m;
    const int holds = q->kind->holds[q->u.id] > 0;
    const uint64_t begun = tri_board_us();
    struct tri_infer job = { .kind = q->kind,
                             .net = &q->net,
                             .batch = q->u.batch,
                             .model = holds ? &q->model : NULL,
                             .data = holds ? &q->data : NULL,
                             .m = &m,
                             .alive = alive };
    struct tri_link l;
    uint64_t joined;
    int rc;

    tri_print("P%u: waiting for peers, %llu ms after power-on\n", q->u.id,
              (unsigned long long)(begun / 1000));
    rc = tri_ether_join(&l, &q->cfg, &q->driver, q->room);
    joined = tri_board_us();
    if (rc == TRI_OK) {
        tri_print("joined; engine %s%s\n", q->kind->name,
                  q->u.config.active ? ", active" : "");
        tri_board_tick(tri_ether_tend, q->room);
        rc = work(q, &l, &job);
        if (rc == TRI_OK && holds)
            print_result(&job, q->file);
        for (unsigned i = 0; i < tri_par_workers(q->par) && q->par != NULL; i++)
            tri_print("tasks of core %u: %u\n", i, (unsigned)q->ran[i]);
        if (rc == TRI_OK)
            tri_print("done: %u images in %llu ms, %llu rounds\n", job.count,
                      (unsigned long long)((tri_board_us() - joined) / 1000),
                      (unsigned long long)l.stats.rounds);
        tri_close(&l);
        tri_board_tick(NULL, NULL);
    }
    if (rc != TRI_OK)
        print_failure(&l, rc);
    tri_wipe(&m, sizeof m);
    tri_wipe(q->room, q->link_bytes + q->bytes);
    return rc == TRI_OK;
}

/* ---- power-on -------------------------------------------------------------
 */

static int refuse(const char *what, int status)
{
    tri_print("this board takes no part: %s\n", what);
    return status;
}

/* After run() and receive_model(), which have wiped their variables. */
static void forget(void)
{
    alive();
    tri_board_forget();
}

/* A failure that lasts, such as a wrong key, is not repeated all the time; and
 * what the others still say of this one does not reach the next try. */
static void pause(const struct party *q)
{
    const uint64_t until =
        tri_board_us() + UINT64_C(1000) * (q->u.deadline_ms < REST_MOST / REST
                                               ? REST * q->u.deadline_ms
                                               : REST_MOST);

    while (tri_board_us() < until) {
        alive();
        device_wait(NULL, until);
    }
}

/* Room for the link, and behind it all that is left for a run and the file of
 * its result. */
static int divide(struct party *q, uint8_t *room, size_t bytes)
{
    q->room = room;
    q->link_bytes = tri_ether_memory(&q->cfg);
    if (bytes < q->link_bytes)
        return 0;
    q->bytes = (bytes - q->link_bytes) / TRI_ALIGN * TRI_ALIGN;
    return 1;
}

static int take_part(struct party *q, const uint8_t *p, size_t n, uint8_t *room,
                     size_t bytes)
{
    uint8_t probe[32];
    uint32_t runs = 0;

    if (read_setup(q, p, n) != TRI_OK)
        return refuse(q->why.text, TRI_BOARD_SETUP);
    if (tri_board_random(probe, sizeof probe) != TRI_OK)
        return refuse("there is no source of random bytes", TRI_BOARD_ENTROPY);
    tri_wipe(probe, sizeof probe);
    if (tri_board_net(&q->driver, q->own) != TRI_OK)
        return refuse("there is no network", TRI_BOARD_NETWORK);
    device_wait = q->driver.wait;
    q->driver.now = now;
    q->driver.random = entropy;
    q->driver.wait = wait;
    q->driver.lock = lock;
    q->driver.unlock = unlock;
    q->driver.close = stop_tick;
    q->cfg = (struct tri_ether_config){ .id = q->u.id,
                                        .room = TRI_ETHER_ROOM_MIN,
                                        .keys = &q->u.keys,
                                        .k = q->k,
                                        .connect_ms = JOIN_MS,
                                        .deadline_ms = q->u.deadline_ms };
    memcpy(q->cfg.mac, q->u.mac, sizeof q->u.mac);
    if (!divide(q, room, bytes))
        return refuse("the memory is too small for a link", TRI_BOARD_MEMORY);
    q->par = tri_board_cores(&q->ran);
    tri_print(
        "P%u: %02x:%02x:%02x:%02x:%02x:%02x on %s, cores: %u, engine %s%s\n",
        q->u.id, q->own[0], q->own[1], q->own[2], q->own[3], q->own[4],
        q->own[5], q->driver.name, tri_par_workers(q->par), q->kind->name,
        q->u.config.active ? ", active" : "");
    watch_ms = PATIENCE * q->u.deadline_ms;
    for (int well = !has_owner(&q->u); !well;) {
        well = receive_model(q);
        forget();
        if (!well)
            pause(q);
    }
    while (q->u.runs == 0 || runs < q->u.runs) {
        int well;

        alive();
        well = run(q);
        forget();
        tri_print("wiped\n");
        if (well)
            runs++;
        else
            pause(q);
    }
    tri_board_watchdog(0);
    return 0;
}

int tri_board_party(const struct tri_kernels *k, const uint8_t *p, size_t n,
                    uint8_t *room, size_t bytes)
{
    static struct party q;

    q = (struct party){ .k = k };
    return take_part(&q, p, n, room, bytes);
}
