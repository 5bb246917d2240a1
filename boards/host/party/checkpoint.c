#include "boards/host/party/checkpoint.h"
#include "boards/common/agree.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "boards/host/base/cleanup.h"
#include "boards/host/party/aborted.h"
#include "boards/host/party/session_open.h"
#include "boards/host/share/sharetensor.h"
#include "core/err.h"
#include "core/le.h"
#include "net/hello.h"
#include "net/host/random.h"

/* ---- the two files --------------------------------------------------------
 */

static int open_slot(struct tri_checkpoint *c, int i,
                     const struct tri_kernels *k, struct tri_why *why)
{
    struct tri_share *const s = &c->slot[i];
    struct tri_why bad = { "" };
    int rc;

    if (access(c->path[i], F_OK) != 0)
        return TRI_OK;
    rc = tri_share_open(s, c->path[i], TRI_SHARE_CHECKPOINT, -1, k, &bad);
    if (rc == TRI_OK)
        rc = tri_share_serves(s, c->sharing, c->id, &bad);
    if (rc == TRI_OK && !tri_hello_valid(s->text, s->head.text))
        rc = tri_why(&bad, TRI_E_FORMAT,
                     "%s: what it says of its run is no text", c->path[i]);
    if (rc != TRI_OK)
        return tri_why(why, rc,
                       "%s (or move it away: the checkpoint before "
                       "it is %s)",
                       bad.text, c->path[1 - i]);
    if (!c->resume)
        rc = tri_why(why, TRI_E_ARG,
                     "%s: is there already, with step %u of a training; go on "
                     "with that by --resume, or remove it, or give another "
                     "--checkpoint",
                     c->path[i], s->head.count);
    return rc;
}

static int try_slot(const char *path, struct tri_why *why)
{
    struct tri_out o;
    const int rc = tri_out_open(&o, path, why);

    tri_out_abort(&o);
    return rc;
}

int tri_checkpoint_open(struct tri_checkpoint *c, const char *prefix,
                        unsigned id, const struct tri_kernels *k,
                        struct tri_why *why)
{
    const size_t size = strlen(prefix) + sizeof ".p0.aborted";
    int rc = TRI_OK;

    *c = (struct tri_checkpoint){ .every = c->every,
                                  .resume = c->resume,
                                  .after_abort = c->after_abort,
                                  .elsewhere = c->elsewhere,
                                  .sharing = c->sharing,
                                  .id = id,
                                  .from = -1 };
    for (int i = 0; i < 2; i++) {
        c->slot[i].fd = -1;
        c->path[i] = malloc(size);
    }
    c->aborted = c->elsewhere ? NULL : malloc(size);
    if (c->path[0] == NULL || c->path[1] == NULL ||
        (c->aborted == NULL && !c->elsewhere))
        return tri_why(why, TRI_E_NOMEM, "no memory");
    if (c->aborted != NULL) {
        snprintf(c->aborted, size, "%s.p%u.aborted", prefix, id);
        rc = tri_aborted_check(c->aborted, TRI_ABORTED_FREE, c->after_abort,
                               why);
    }
    for (int i = 0; i < 2; i++)
        snprintf(c->path[i], size, "%s.p%u.%c.ckpt", prefix, id, 'a' + i);
    for (int i = 0; rc == TRI_OK && i < 2; i++)
        rc = open_slot(c, i, k, why);
    for (int i = 0; rc == TRI_OK && i < 2; i++)
        rc = try_slot(c->path[i], why);
    return rc;
}

static void close_slots(struct tri_checkpoint *c)
{
    for (int i = 0; i < 2; i++)
        if (c->path[i] != NULL)
            tri_share_close(&c->slot[i]);
}

void tri_checkpoint_close(struct tri_checkpoint *c)
{
    close_slots(c);
    for (int i = 0; i < 2; i++) {
        free(c->path[i]);
        c->path[i] = NULL;
    }
    free(c->aborted);
    c->aborted = NULL;
    free(c->text);
    c->text = NULL;
}

int tri_checkpoint_ended(const struct tri_checkpoint *c, int rc, int proving,
                         struct tri_why *why)
{
    if (c->aborted == NULL)
        return rc;
    if (rc == TRI_E_CHEAT)
        return tri_aborted_note(c->aborted, why);
    if (rc != TRI_OK && proving)
        return tri_aborted_suspect(c->aborted, TRI_ABORTED_FREE, rc, why);
    if (rc == TRI_OK)
        tri_aborted_clear(c->aborted);
    return rc;
}

/* ---- agreement ------------------------------------------------------------
 */

/* One that a party holds: 1, the session's name, the step (little-endian);
 * or zeros. And what a party says: whether its files are of this run, its
 * part of the new name, two of those. */
enum {
    HELD = 1 + TRI_PAIR_ID + 4,
    AT_PART = 1,
    AT_HELD = AT_PART + TRI_PAIR_ID,
    SAYS = AT_HELD + 2 * HELD
};

static const uint8_t *held(const uint8_t says[SAYS], int i)
{
    return says + AT_HELD + i * HELD;
}

static uint32_t step_of(const uint8_t h[HELD])
{
    return tri_le_load32(h + 1 + TRI_PAIR_ID);
}

/* The run and its data as a text. */
static int describe(struct tri_checkpoint *c, const char *run,
                    const uint8_t digest[TRI_HASH_BYTES], struct tri_why *why)
{
    const size_t len = strlen(run);
    char *p;

    c->text = malloc(len + sizeof "data \n" + 2 * TRI_HASH_BYTES);
    if (c->text == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory");
    memcpy(c->text, run, len);
    p = c->text + len + sprintf(c->text + len, "data ");
    for (int i = 0; i < TRI_HASH_BYTES; i++)
        p += sprintf(p, "%02x", digest[i]);
    strcpy(p, "\n");
    return strlen(c->text) <= TRI_SHARE_TEXT
               ? TRI_OK
               : tri_why(why, TRI_E_ARG,
                         "the network's text is too long for a checkpoint");
}

/* The first line in which the checkpoint's run and this one differ. */
static int differ(const struct tri_checkpoint *c, int i, struct tri_why *why)
{
    const char *a = c->slot[i].text, *b = c->text;
    size_t n, m;

    for (;; a += n + (a[n] != '\0'), b += m + (b[m] != '\0')) {
        n = strcspn(a, "\n");
        m = strcspn(b, "\n");
        if (n != m || memcmp(a, b, n) != 0)
            break;
    }
    if (strncmp(a, "data ", 5) == 0 && strncmp(b, "data ", 5) == 0)
        return tri_why(why, TRI_E_MISMATCH,
                       "%s: is of a training with other data; give the same "
                       "share files, in the same order",
                       c->path[i]);
    return tri_why(why, TRI_E_MISMATCH,
                   "%s: is of another training: it has '%.*s', this one "
                   "'%.*s'; give the same options to all parties",
                   c->path[i], (int)n, a, (int)m, b);
}

static int compose(const struct tri_checkpoint *c, uint8_t says[SAYS],
                   struct tri_why *why)
{
    memset(says, 0, SAYS);
    for (int i = 0; i < 2; i++) {
        uint8_t *const h = says + AT_HELD + i * HELD;
        const struct tri_share_head *const head = &c->slot[i].head;
        if (c->slot[i].fd < 0)
            continue;
        if (strcmp(c->slot[i].text, c->text) != 0) {
            differ(c, i, why);
            says[0] = 1;
        }
        h[0] = 1;
        memcpy(h + 1, head->pair, TRI_PAIR_ID);
        tri_le_store32(h + 1 + TRI_PAIR_ID, head->count);
    }
    return tri_random(says + AT_PART, TRI_PAIR_ID, why);
}

static int holds(const uint8_t says[SAYS], const uint8_t what[HELD])
{
    return memcmp(held(says, 0), what, HELD) == 0 ||
           memcmp(held(says, 1), what, HELD) == 0;
}

/* The newest that all three hold, as number of P0's two, or -1. */
static int newest(const uint8_t says[TRI_PARTIES][SAYS])
{
    int best = -1;

    for (int i = 0; i < 2; i++) {
        const uint8_t *const h = held(says[0], i);
        if (h[0] == 1 && holds(says[1], h) && holds(says[2], h) &&
            (best < 0 || step_of(h) > step_of(held(says[0], best))))
            best = i;
    }
    return best;
}

/* "step 20 (session 1b2c), step 30 (session 1b2c)" or "nothing" */
static void list(char *out, size_t size, const uint8_t says[SAYS])
{
    size_t n = 0;

    snprintf(out, size, "nothing");
    for (int i = 0; i < 2; i++) {
        const uint8_t *const h = held(says, i);
        if (h[0] == 1)
            n += (size_t)snprintf(out + n, size - n,
                                  "%sstep %u (session %02x%02x)",
                                  n > 0 ? " and " : "", step_of(h), h[1], h[2]);
    }
}

static int choose(struct tri_checkpoint *c,
                  const uint8_t says[TRI_PARTIES][SAYS], struct tri_why *why)
{
    const int best = newest(says);
    char text[TRI_PARTIES][80];

    for (unsigned j = 0; j < TRI_PARTIES; j++)
        if (says[j][0] != 0) /* the party itself has named the difference */
            return tri_why(why, TRI_E_MISMATCH,
                           "party %u holds a checkpoint of another training; "
                           "see its output",
                           j);
    if (!c->resume)
        return TRI_OK;
    for (unsigned j = 0; j < TRI_PARTIES; j++)
        list(text[j], sizeof text[j], says[j]);
    if (best < 0)
        return tri_why(why, TRI_E_MISMATCH,
                       "there is no checkpoint that all three parties hold "
                       "(party 0: %s; party 1: %s; party 2: %s); check "
                       "--checkpoint, or remove the files and start without "
                       "--resume",
                       text[0], text[1], text[2]);
    for (int i = 0; i < 2; i++)
        if (memcmp(held(says[c->id], i), held(says[0], best), HELD) == 0)
            c->from = i;
    c->turn = 1 - c->from;
    c->first = c->saved = step_of(held(says[0], best));
    return TRI_OK;
}

/*
 *   P_i -> P_j   59 bytes, for all i != j; one round
 *   P_i -> P_j   32 bytes: a hash of all three, for all i != j; one round
 */
int tri_checkpoint_agree(struct tri_checkpoint *c, struct tri_link *l,
                         const char *run, const uint8_t digest[TRI_HASH_BYTES],
                         struct tri_why *why)
{
    uint8_t says[TRI_PARTIES][SAYS], sum[TRI_HASH_BYTES];
    struct tri_named_head from;
    struct tri_hash hash;
    int rc = describe(c, run, digest, why);

    if (rc == TRI_OK)
        rc = compose(c, says[l->id], why);
    if (rc != TRI_OK)
        return rc;
    rc = tri_agree_said(l, says, SAYS, "the checkpoints");
    if (rc != TRI_OK)
        return tri_why(why, rc, "%s", l->error);
    tri_out_sweep(c->path[0]);
    tri_out_sweep(c->path[1]);
    if (c->aborted != NULL)
        tri_out_sweep(c->aborted);
    tri_hash_init(&hash, NULL, 0);
    for (unsigned j = 0; j < TRI_PARTIES; j++)
        tri_hash_update(&hash, says[j] + AT_PART, TRI_PAIR_ID);
    tri_hash_final(&hash, sum);
    memcpy(c->name, sum, TRI_PAIR_ID);
    rc = choose(c, (const uint8_t(*)[SAYS])says, why);
    if (rc == TRI_OK && c->from >= 0 && c->sharing == TRI_SHARING_REPLICATED) {
        from = (struct tri_named_head){ c->slot[c->from].path,
                                        &c->slot[c->from].head };
        rc = tri_agree_components(l, &from, 1, why);
    }
    if (rc == TRI_OK && c->after_abort && c->aborted != NULL)
        tri_aborted_clear(c->aborted);
    return rc;
}

/* ---- loading and saving ---------------------------------------------------
 */

/* Content of this party's file. */
static uint64_t bytes(struct tri_model *m)
{
    struct tri_ten *t[TRI_MODEL_STATE];
    const size_t n = tri_model_state(m, t);
    uint64_t sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += tri_share_tensor_bytes(m->e, t[i]->n);
    return sum;
}

static int load(struct tri_checkpoint *c, struct tri_model *m,
                struct tri_why *why)
{
    const struct tri_share *const s = &c->slot[c->from];
    struct tri_ten *t[TRI_MODEL_STATE];
    const size_t n = tri_model_state(m, t);
    const uint64_t want = bytes(m);
    uint64_t at = 0;
    int rc = TRI_OK;

    if (s->head.content != want)
        return tri_why(why, TRI_E_FORMAT,
                       "%s: holds %llu bytes, this training has %llu",
                       c->path[c->from], (unsigned long long)s->head.content,
                       (unsigned long long)want);
    for (size_t i = 0; rc == TRI_OK && i < n; i++) {
        rc = tri_share_get_tensor(s, m->e, t[i], &at, why);
        if (rc == TRI_OK)
            rc = m->e->ops->refresh(m->e, t[i]);
    }
    return rc;
}

/* Others must not wait for a party that cannot save. */
static int tell(const struct tri_model *m, int rc, const struct tri_why *why)
{
    return m->e->s->link != NULL ? tri_session_tell(m->e->s->link, rc, why)
                                 : rc;
}

/* Both files and the one that is being written beside them: is there room for
 * those that are not there yet? */
static int reserve(const struct tri_checkpoint *c, struct tri_model *m,
                   struct tri_why *why)
{
    const struct tri_share_head h = { .sharing = c->sharing };
    const uint64_t size = tri_share_header(&h) + strlen(c->text) + bytes(m);
    const int n = 3 - (c->slot[0].fd >= 0) - (c->slot[1].fd >= 0);
    struct tri_out o[3] = { { .fd = -1 }, { .fd = -1 }, { .fd = -1 } };
    int rc = TRI_OK;

    for (int i = 0; rc == TRI_OK && i < n; i++) {
        rc = tri_out_open(&o[i], c->path[i % 2], why);
        if (rc == TRI_OK)
            rc = tri_out_reserve(&o[i], size, why);
    }
    for (int i = 0; i < n; i++)
        tri_out_abort(&o[i]);
    return tell(m, rc, why);
}

/* A file without a place (NULL) takes what a dry run counts. */
static int put_state(struct tri_share_out *o, struct tri_model *m,
                     struct tri_why *why)
{
    struct tri_ten *t[TRI_MODEL_STATE];
    const size_t n = tri_model_state(m, t);
    int rc = TRI_OK;

    for (size_t i = 0; rc == TRI_OK && i < n; i++)
        rc = tri_share_put_tensor(o, m->e, t[i], 0, t[i]->n, why);
    return rc;
}

static int save(struct tri_checkpoint *c, struct tri_model *m, uint32_t step,
                struct tri_why *why)
{
    struct tri_share_head h = { .sharing = c->sharing,
                                .kind = TRI_SHARE_CHECKPOINT,
                                .party = c->id,
                                .fb = m->e->f,
                                .count = step,
                                .content = bytes(m) };
    struct tri_share_out o;
    int rc;

    if (m->e->s->dry)
        return put_state(NULL, m, why);
    memcpy(h.pair, c->name, TRI_PAIR_ID);
    rc = tri_share_create(&o, c->path[c->turn], &h, c->text, why);
    if (rc == TRI_OK)
        rc = put_state(&o, m, why);
    if (rc == TRI_OK)
        rc = tri_share_finish(&o, why);
    tri_share_abort(&o);
    if (rc != TRI_OK)
        return tell(m, rc, why);
    c->saved = step;
    c->turn = 1 - c->turn;
    return TRI_OK;
}

int tri_checkpoint_start(struct tri_checkpoint *c, struct tri_model *m,
                         struct tri_why *why)
{
    const int dry = m->e->s->dry;
    int rc = TRI_OK;

    if (c->from >= 0)
        rc = load(c, m, why);
    if (rc == TRI_OK && !dry)
        rc = reserve(c, m, why);
    if (rc == TRI_OK && c->from < 0)
        rc = save(c, m, 0, why);
    if (!dry)
        close_slots(c);
    return rc;
}

/* ---- between two steps ----------------------------------------------------
 */

/* Two rounds, in each of which everybody sends before anybody receives. */
static void step_flow(struct tri_cost *cost)
{
    for (int round = 0; round < 2; round++) {
        const struct tri_cost before = *cost;

        for (unsigned i = 0; i < TRI_PARTIES; i++)
            for (unsigned j = 0; j < TRI_PARTIES; j++)
                if (j != i)
                    tri_cost_arrive(cost, &before, i, j, 1);
    }
}

/* By this party's number: whose accounts differ, where it cannot tell who of
 * them lies. */
static const char *const either[TRI_PARTIES] = {
    "stop: P1 and P2 differ on what one of them has answered",
    "stop: P2 and P0 differ on what one of them has answered",
    "stop: P0 and P1 differ on what one of them has answered",
};

/* Has everybody heard the same answers? What P_j says of its own answer or of
 * this party's is its own lie; of the third one's, the third one's or its own.
 */
static int heard_alike(struct tri_session *s, const uint8_t asked[TRI_PARTIES])
{
    uint8_t heard[TRI_PARTIES] = { 0 };
    unsigned own = 0, other = 0;
    int blamed = TRI_NOBODY, rc;

    for (unsigned j = 0; j < TRI_PARTIES; j++)
        own |= (unsigned)(asked[j] != 0) << j;
    heard[s->id] = (uint8_t)own;
    rc = tri_exchange(s->link, heard, 1);
    for (unsigned j = 0; rc == TRI_OK && j < TRI_PARTIES; j++) {
        const unsigned third = TRI_PARTIES - s->id - j;

        other |= heard[j] ^ own;
        if (j != s->id && ((heard[j] ^ own) & ~(1u << third)) != 0)
            blamed = (int)j;
    }
    if (rc != TRI_OK || other == 0)
        return rc;
    return tri_session_fail(s, TRI_E_CHEAT,
                            blamed == TRI_NOBODY ? either[s->id]
                                                 : "stop: one party gives two "
                                                   "accounts of an answer",
                            blamed);
}

/*
 *   P_i -> P_j   1 byte: 1 if somebody asked P_i to stop
 *   P_i -> P_j   1 byte: the answers of all three, as P_i has heard them
 *
 * for all i != j; two rounds. All three hear the same three answers, so all of
 * them stop after this step or none. Who gives two answers is found before
 * either of the others acts on them: else one would save and leave, and the
 * other would take it for a party that breaks the protocol. Answers are public.
 */
int tri_checkpoint_step(struct tri_checkpoint *c, struct tri_model *m,
                        uint32_t step, uint32_t total, struct tri_why *why)
{
    struct tri_session *const s = m->e->s;
    const int due = step % c->every == 0 || step == total;
    uint8_t asked[TRI_PARTIES] = { 0 };
    int rc = TRI_OK;
    unsigned who = 0;

    if (s->dry) {
        step_flow(&s->cost);
        return due ? save(c, m, step, why) : TRI_OK;
    }
    asked[s->id] = tri_cleanup_asked() != 0;
    rc = tri_exchange(s->link, asked, 1);
    if (rc == TRI_OK)
        rc = heard_alike(s, asked);
    if (rc != TRI_OK)
        return rc;
    while (who < TRI_PARTIES && asked[who] == 0)
        who++;
    if (step == total)
        who = TRI_PARTIES; /* that is an end, too */
    if (due || who < TRI_PARTIES)
        rc = save(c, m, step, why);
    if (rc == TRI_OK && who < TRI_PARTIES)
        rc = tri_why(why, TRI_E_STOPPED,
                     "stopped after step %u of %u, because party %u was asked "
                     "to; the step is saved: start all three with --resume to "
                     "go on",
                     step, total, who);
    return rc;
}

const struct tri_checkpoint_ops tri_checkpoint_ops = {
    .open = tri_checkpoint_open,
    .agree = tri_checkpoint_agree,
    .start = tri_checkpoint_start,
    .step = tri_checkpoint_step,
    .ended = tri_checkpoint_ended,
    .close = tri_checkpoint_close,
};
