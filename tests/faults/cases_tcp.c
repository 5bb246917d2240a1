#include <stdio.h>
#include <string.h>

#include "tests/faults/faults.h"
#include "tests/support/check.h"

/* Where somebody has to wait for a deadline in vain. */
enum { SHORT_MS = 500, SLOW_REPS = 30, HELLO_RECORDS = 3 };

/* The parties of a pair (middle.h), and who sends in a way. */
static const unsigned high[MIDDLE_PAIRS] = { 1, 2, 2 },
                      low[MIDDLE_PAIRS] = { 0, 0, 1 };

static unsigned sender(unsigned pair, unsigned way)
{
    return way == 0 ? high[pair] : low[pair];
}

static unsigned receiver(unsigned pair, unsigned way)
{
    return way == 0 ? low[pair] : high[pair];
}

static uint64_t below(struct scene *s, uint64_t n)
{
    return n == 0 ? 0 : tri_test_rand(&s->rng) % n;
}

/* ---- where things are in a stream --------------------------------------- */

struct place_in {
    uint64_t at, len; /* of its payload; 0: a goodbye           */
    uint64_t round;   /* in which it was sent (job.h, job_trace) */
};

static uint64_t hand(unsigned way)
{
    return way == 0 ? TRI_GREETING_BYTES + TRI_SECURE_CALL + TRI_SECURE_CONFIRM
                    : TRI_GREETING_BYTES + TRI_SECURE_ANSWER;
}

/* Record number `want` of a stream, or with UINT_MAX the goodbye behind the
 * last. \return the number of records */
static unsigned find(const struct job_trace *t, unsigned pair, unsigned way,
                     unsigned want, struct place_in *r)
{
    const unsigned from = sender(pair, way), to = receiver(pair, way);
    uint64_t at = hand(way);
    unsigned k = 0;

    for (uint32_t m = 0; m < t->n[from][to]; m++)
        for (uint64_t left = t->len[from][to][m]; left > 0; k++) {
            const uint64_t len = left < TRI_RECORD_MAX ? left : TRI_RECORD_MAX;

            if (k == want)
                *r = (struct place_in){ at, len, t->round[from][to][m] };
            at += TRI_SECURE_HEADER + len + TRI_AEAD_TAG;
            left -= len;
        }
    if (want >= k)
        *r = (struct place_in){ .at = at };
    return k;
}

static uint64_t whole(const struct place_in *r)
{
    return TRI_SECURE_HEADER + r->len + (r->len > 0 ? TRI_AEAD_TAG : 0);
}

/* All of a stream but the goodbye. */
static uint64_t stream(const struct job_trace *t, unsigned pair, unsigned way)
{
    struct place_in r;

    (void)find(t, pair, way, UINT32_MAX, &r);
    return r.at;
}

/* Its bytes before the very last word, whose loss is no failure
 * (net/finish.h). */
static uint64_t before_last(const struct job_trace *t, unsigned pair,
                            unsigned way)
{
    struct place_in r;
    const unsigned n = find(t, pair, way, 0, &r);

    (void)find(t, pair, way, n - 1, &r);
    return r.at;
}

/* ---- without intent ----------------------------------------------------- */

static void nothing(struct scene *s, struct plan *p, struct expect *e)
{
    p->direct = s->i & 1;
    e->right = e->quiet = 1;
}

static void chopped(struct scene *s, struct plan *p, struct expect *e)
{
    (void)s;
    p->middle.what = MIDDLE_CHOPPED;
    e->right = 1;
}

/* Longer than the deadline in all: the two are never silent, and whoever waits
 * for one of them has signs of life. In every other try the sender has more
 * than its system keeps for it. */
static void slow(struct scene *s, struct plan *p, struct expect *e)
{
    const unsigned pair = s->i % 3, way = s->i / 3 % 2;
    uint64_t n = stream(s->trace, pair, way);

    if (s->i / 6 % 2 == 1) {
        p->reps = SLOW_REPS;
        n *= SLOW_REPS;
    }
    p->middle.what = MIDDLE_SLOW;
    p->middle.pair = pair;
    p->middle.way = way;
    p->middle.n = n * 2 / 3 > 100 ? n * 2 / 3 : 100;
    p->deadline_ms = 1000;
    e->right = 1;
}

static void at_random(struct scene *s, struct plan *p, enum middle_what what)
{
    p->middle.what = what;
    p->middle.pair = s->i % 3;
    p->middle.way = s->i / 3 % 2;
    p->middle.at =
        hand(p->middle.way) +
        below(s, before_last(s->trace, p->middle.pair, p->middle.way) -
                     hand(p->middle.way));
}

/* Whoever has all it needs by then is done. */
static void closing(struct scene *s, struct plan *p, struct expect *e)
{
    at_random(s, p, MIDDLE_CLOSE);
    p->connect_ms = 2000;
    e->kinds = e->any = KIND_DIED;
}

static void reset(struct scene *s, struct plan *p, struct expect *e)
{
    at_random(s, p, MIDDLE_RESET);
    p->connect_ms = 2000;
    e->kinds = e->any = KIND_DIED;
}

static void half_open(struct scene *s, struct plan *p, struct expect *e)
{
    at_random(s, p, s->i / 6 % 2 == 0 ? MIDDLE_STALL : MIDDLE_MUTE);
    p->deadline_ms = SHORT_MS;
    e->kinds = KIND_SILENT | KIND_DIED;
    e->any = KIND_SILENT;
}

/* ---- parties ------------------------------------------------------------ */

static void blow(struct scene *s, struct plan *p, enum blow b)
{
    p->direct = 1;
    p->blow = b;
    p->victim = s->i % 3;
    p->from_join = 1;
    p->reps = 20;
    p->after_us = below(s, 150000);
    if (s->i % 8 == 7) { /* while they join */
        p->from_join = 0;
        p->after_us = below(s, 8000);
        p->connect_ms = SHORT_MS;
    }
}

static void killed(struct scene *s, struct plan *p, struct expect *e)
{
    blow(s, p, BLOW_KILL);
    e->error = 1;
    e->kinds = p->from_join ? KIND_DIED : KIND_DIED | KIND_SILENT;
    e->names = 1 + p->victim;
}

static void stopped(struct scene *s, struct plan *p, struct expect *e)
{
    blow(s, p, BLOW_STOP);
    p->deadline_ms = SHORT_MS;
    e->error = 1;
    e->kinds = KIND_SILENT | KIND_DIED;
    e->any = KIND_SILENT;
    if (p->from_join) /* else two may wait for each other's end */
        e->names = 1 + p->victim;
}

static void napping(struct scene *s, struct plan *p, struct expect *e)
{
    blow(s, p, BLOW_NAP);
    p->nap_ms = 400;
    p->connect_ms = p->deadline_ms = 4000;
    e->right = 1;
}

static void cable(struct scene *s, struct plan *p, struct expect *e)
{
    blow(s, p, BLOW_CABLE);
    p->deadline_ms = SHORT_MS;
    p->connect_ms = SHORT_MS;
    e->error = 1;
    e->kinds = KIND_SILENT | KIND_DIED;
    e->any = KIND_SILENT;
}

static void absent(struct scene *s, struct plan *p, struct expect *e)
{
    p->direct = 1;
    p->absent = 1u << s->i % 3;
    p->connect_ms = SHORT_MS;
    e->error = 1;
    e->kinds = e->any = KIND_SILENT;
    e->names = 1 + s->i % 3;
}

/* ---- with intent: bytes of a sealed connection -------------------------- */

/* Parts of the handshake, as (way, from, to). */
static const struct {
    unsigned way;
    uint64_t from, to;
} parts[] = {
    { 0, 0, TRI_GREETING_BYTES },
    { 0, TRI_GREETING_BYTES, TRI_GREETING_BYTES + 32 },
    { 0, TRI_GREETING_BYTES + 32, TRI_GREETING_BYTES + TRI_SECURE_CALL },
    { 0, TRI_GREETING_BYTES + TRI_SECURE_CALL,
      TRI_GREETING_BYTES + TRI_SECURE_CALL + TRI_SECURE_CONFIRM },
    { 1, 0, TRI_GREETING_BYTES },
    { 1, TRI_GREETING_BYTES, TRI_GREETING_BYTES + 32 },
    { 1, TRI_GREETING_BYTES + 32, TRI_GREETING_BYTES + TRI_SECURE_ANSWER },
};
enum { HAND_PARTS = sizeof parts / sizeof *parts };

/* Whoever is told or sees that the keys do not fit ends; a caller whose call
 * was not understood tries again. */
static void flip_hand(struct scene *s, struct plan *p, struct expect *e)
{
    const unsigned k = s->i % HAND_PARTS;

    p->middle.what = MIDDLE_FLIP;
    p->middle.pair = s->i / HAND_PARTS % 3;
    p->middle.way = parts[k].way;
    p->middle.at = parts[k].from + below(s, parts[k].to - parts[k].from);
    p->middle.bit = (unsigned)below(s, 8);
    p->connect_ms = SHORT_MS;
    e->kinds = KIND_ANY;
    e->joining = 1;
    if (k >= 5) /* the answer: who sent it cannot be believed */
        e->need[high[p->middle.pair]] = KIND_FORGED;
}

/* header, its tag, payload, its tag; first, some, last record */
enum { RECORD_PARTS = 4, RECORD_PLACES = 3 };

static void flip_record(struct scene *s, struct plan *p, struct expect *e)
{
    const unsigned part = s->i % RECORD_PARTS,
                   where = s->i / RECORD_PARTS % RECORD_PLACES,
                   stream_no = s->i / (RECORD_PARTS * RECORD_PLACES) % 6;
    const unsigned pair = stream_no % 3, way = stream_no / 3;
    struct place_in r;
    const unsigned n = find(s->trace, pair, way, 0, &r) - 1; /* but the last */

    if (where > 0)
        (void)find(s->trace, pair, way,
                   where == 1 ? (unsigned)below(s, n) : n - 1, &r);
    p->middle.what = MIDDLE_FLIP;
    p->middle.pair = pair;
    p->middle.way = way;
    p->middle.bit = (unsigned)below(s, 8);
    switch (part) {
    case 0:
        p->middle.at = r.at + below(s, TRI_RECORD_HEADER);
        break;
    case 1:
        p->middle.at = r.at + TRI_RECORD_HEADER + below(s, TRI_AEAD_TAG);
        break;
    case 2:
        p->middle.at = r.at + TRI_SECURE_HEADER + below(s, r.len);
        break;
    default:
        p->middle.at =
            r.at + TRI_SECURE_HEADER + r.len + below(s, TRI_AEAD_TAG);
        break;
    }
    p->connect_ms = 2000;
    e->kinds = KIND_FORGED | KIND_DIED;
    e->need[receiver(pair, way)] = KIND_FORGED;
}

static void flip_anywhere(struct scene *s, struct plan *p, struct expect *e)
{
    at_random(s, p, MIDDLE_FLIP);
    p->middle.bit = (unsigned)below(s, 8);
    p->connect_ms = 2000;
    e->kinds = KIND_FORGED | KIND_DIED;
    e->need[receiver(p->middle.pair, p->middle.way)] = KIND_FORGED;
}

/* After the last message there is only the end of the session to spoil. */
static void flip_goodbye(struct scene *s, struct plan *p, struct expect *e)
{
    at_random(s, p, MIDDLE_FLIP);
    p->middle.at = stream(s->trace, p->middle.pair, p->middle.way) +
                   below(s, TRI_SECURE_HEADER);
    p->middle.bit = (unsigned)below(s, 8);
    e->kinds = KIND_FORGED | KIND_DIED;
}

/* The last common word (net/finish.h): one of its two records is spoiled, or
 * the connection ends there. All three fail, or none. */
static void last_words(struct scene *s, struct plan *p, struct expect *e)
{
    static const enum middle_what what[] = { MIDDLE_FLIP, MIDDLE_CLOSE,
                                             MIDDLE_RESET };
    const unsigned pair = s->i % 3, way = s->i / 3 % 2, word = s->i / 6 % 2;
    struct place_in r;
    const unsigned n = find(s->trace, pair, way, 0, &r);

    (void)find(s->trace, pair, way, n - 2 + word, &r);
    p->middle.what = what[s->i / 12 % 3];
    p->middle.pair = pair;
    p->middle.way = way;
    p->middle.at = r.at + below(s, whole(&r));
    p->middle.bit = (unsigned)below(s, 8);
    p->connect_ms = p->deadline_ms = 4000;
    e->kinds = KIND_FORGED | KIND_DIED;
    e->together = 1;
    if (word == 1 && p->middle.what == MIDDLE_FLIP)
        e->right = 1;
    if (word == 0)
        e->error = 1;
}

/* Whole records lost, doubled, in another order, in another's place, cut. */
static void records(struct scene *s, struct plan *p, struct expect *e)
{
    static const enum middle_what what[] = { MIDDLE_DROP, MIDDLE_TWICE,
                                             MIDDLE_SWAP, MIDDLE_AGAIN,
                                             MIDDLE_DROP };
    const unsigned pair = s->i % 3, way = s->i / 3 % 2, how = s->i / 6 % 5;
    struct place_in a, b;
    const unsigned n = find(s->trace, pair, way, 0, &a);
    unsigned k;

    /* Who exchanges two has to have both: the text of tri_hello() follows its
     * keys at once, for one. */
    do {
        k = (unsigned)below(s, n - 1);
        (void)find(s->trace, pair, way, k, &a);
        (void)find(s->trace, pair, way, k + 1, &b);
    } while (what[how] == MIDDLE_SWAP && a.round != b.round);
    p->middle.what = what[how];
    p->middle.pair = pair;
    p->middle.way = way;
    p->middle.at = a.at;
    p->middle.n = whole(&a);
    p->middle.n2 = whole(&b);
    if (how == 4) { /* its last bytes are missing: signs of life fill the gap,
                       slowly, until it turns out false */
        e->drips = 1;
        p->middle.n = 1 + below(s, whole(&a) - 1);
        p->middle.at = a.at + whole(&a) - p->middle.n;
        p->deadline_ms = SHORT_MS;
    }
    e->kinds = KIND_FORGED | KIND_DIED | KIND_SILENT;
}

/* The two that are not stopped give each other signs of life, and the third. */
static void spoil_beat(struct scene *s, struct plan *p, struct expect *e)
{
    const unsigned pair = s->i % 3, way = s->i / 3 % 2;
    struct place_in r;

    p->middle.what = MIDDLE_BEAT;
    p->middle.pair = pair;
    p->middle.way = way;
    p->middle.n = s->i / 6 % 3;
    p->middle.at = below(s, TRI_SECURE_HEADER);
    p->middle.bit = (unsigned)below(s, 8);
    p->blow = BLOW_NAP;
    p->victim =
        s->i / 18 % 2 ? receiver(pair, way) : 3 - high[pair] - low[pair];
    p->from_join = 1;
    p->reps = 40;
    p->after_us = below(s, 20000);
    p->deadline_ms = 4 * (MIDDLE_BEAT_MS + 100);
    p->nap_ms = 2 * (MIDDLE_BEAT_MS + 100);
    e->kinds = KIND_FORGED | KIND_DIED;
    /* P0 hears nothing more of P2 after tri_hello(), and so of nothing false.
     */
    if (find(s->trace, pair, way, 0, &r) > HELLO_RECORDS)
        e->need[receiver(pair, way)] = KIND_FORGED;
}

/* A party that has its keys: whoever it attacks, both others name it. */
static void hostile(struct scene *s, struct plan *p, struct expect *e)
{
    const unsigned kinds = HOSTILE_KINDS - 1;
    const unsigned who = s->i / kinds % 3, whom = s->i / kinds / 3 % 3;

    p->direct = 1;
    p->victim = who;
    p->hostile.kind = 1 + s->i % kinds;
    p->hostile.to = whom == 2 ? 7u : 1u << (who + 1 + whom) % 3;
    e->error = 1;
    e->names = 1 + who;
    e->kinds = p->hostile.kind == HOSTILE_FLOOD   ? KIND_SILENT
               : p->hostile.kind == HOSTILE_NOISE ? KIND_FORGED
                                                  : KIND_FORMAT;
    if (p->hostile.kind == HOSTILE_FLOOD) {
        p->deadline_ms = 200;
        e->drips = 1;
    }
}

/* ---- lengths, where nothing is sealed ----------------------------------- */

static void oversize(struct scene *s, struct plan *p, struct expect *e)
{
    static const uint32_t lengths[] = { 0,          TRI_RECORD_MAX + 1,
                                        0x7fffffff, 0x80000000,
                                        0xffffffff, 0xfffffff0 };
    const unsigned pair = s->i % 3, way = s->i / 3 % 2;

    p->plain = 7;
    p->middle.what = MIDDLE_WRITE;
    p->middle.pair = pair;
    p->middle.way = way;
    /* The first record is that of tri_hello(): 36 bytes, then its text. */
    p->middle.at = TRI_GREETING_BYTES;
    if (s->i / 6 % 2 == 1)
        p->middle.at +=
            TRI_RECORD_HEADER +
            s->trace->len[sender(pair, way)][receiver(pair, way)][0];
    p->middle.value = lengths[s->i / 12 % 6];
    e->error = 1;
    e->kinds = KIND_FORMAT | KIND_DIED;
    e->need[receiver(pair, way)] = KIND_FORMAT;
}

/* ---- strangers ---------------------------------------------------------- */

static size_t stranger(struct scene *s, unsigned which, uint8_t *out)
{
    static const char http[] = "GET / HTTP/1.1\r\nHost: party\r\n\r\n",
                      answer[] = "HTTP/1.1 400 Bad Request\r\nConnection: "
                                 "close\r\nContent-Length: 0\r\n\r\n",
                      ssh[] = "SSH-2.0-OpenSSH_9.6\r\n";
    static const uint8_t tls[] = { 0x16, 0x03, 0x01, 0x00, 0x2f, 0x01,
                                   0x00, 0x00, 0x2b, 0x03, 0x03 };
    size_t n = 0;

    switch (which) {
    case 0:
        n = sizeof http - 1;
        memcpy(out, http, n);
        break;
    case 1:
        n = sizeof answer - 1;
        memcpy(out, answer, n);
        break;
    case 2:
        n = sizeof ssh - 1;
        memcpy(out, ssh, n);
        break;
    case 3: /* ClientHello: head, random, no session, one cipher suite */
        for (size_t i = 0; i < 52; i++)
            out[i] = (uint8_t)tri_test_rand(&s->rng);
        memcpy(out, tls, sizeof tls);
        n = 52;
        break;
    case 4:
        n = 1 + below(s, MIDDLE_WORDS - 1);
        for (size_t i = 0; i < n; i++)
            out[i] = (uint8_t)tri_test_rand(&s->rng);
        break;
    default: /* says nothing */
        break;
    }
    return n;
}

/* Somebody else is at the door first. */
static void knock(struct scene *s, struct plan *p, struct expect *e)
{
    p->middle.what = MIDDLE_KNOCK;
    p->middle.pair = s->i % 3;
    p->middle.words_n = stranger(s, s->i / 3 % 6, p->middle.words);
    p->middle.close = s->i / 18 % 2;
    p->middle.n = s->i % 5 == 4 ? 30 : 1 + below(s, 3);
    e->right = 1;
}

/* Somebody else answers. */
static void impostor(struct scene *s, struct plan *p, struct expect *e)
{
    const unsigned which = s->i / 3 % 6;

    p->middle.what = MIDDLE_SPEAK;
    p->middle.pair = s->i % 3;
    p->middle.words_n = stranger(s, which, p->middle.words);
    p->connect_ms = SHORT_MS;
    e->error = e->joining = 1;
    e->kinds = KIND_FORMAT | KIND_SILENT | KIND_DIED;
    if (p->middle.words_n >= TRI_GREETING_BYTES)
        e->need[high[p->middle.pair]] = KIND_FORMAT;
    else
        e->need[high[p->middle.pair]] = KIND_SILENT;
}

/* What was recorded of a run with the same keys, once more. */
static void replayed(struct scene *s, struct plan *p, struct expect *e)
{
    const unsigned pair = s->i % 3, way = s->i / 3 % 2;
    const size_t have = s->tape->n[pair][way];
    size_t n = hand(way);

    if (s->i / 6 % 2 == 1) /* and what followed */
        n = have < MIDDLE_WORDS ? have : MIDDLE_WORDS;
    p->middle.what = way == 0 ? MIDDLE_KNOCK : MIDDLE_SPEAK;
    p->middle.pair = pair;
    p->middle.n = 1 + below(s, 3);
    p->middle.words_n = n;
    memcpy(p->middle.words, s->tape->bytes[pair][way], n);
    if (way == 0) {
        e->right = 1;
        return;
    }
    p->connect_ms = SHORT_MS;
    e->error = e->joining = 1;
    e->kinds = KIND_ANY;
    e->need[high[pair]] = KIND_FORGED;
}

/* Crowds at both doors while the parties, far from each other, join: a round
 * trip takes 58 ms. */
static void crowd(struct scene *s, struct plan *p, struct expect *e,
                  enum crowd_kind kind)
{
    p->middle.what = MIDDLE_FAR;
    p->middle.n = 29;
    p->connect_ms = 8000;
    p->crowd.kind = kind;
    p->crowd.rate = 2000;
    p->crowd.lead_ms = 600;
    p->crowd.seed = tri_test_rand(&s->rng);
    p->crowd.words_n = TRI_GREETING_BYTES + TRI_SECURE_CALL;
    for (unsigned k = 0; k < MIDDLE_PAIRS; k++)
        memcpy(p->crowd.words[k], s->tape->bytes[k][0], p->crowd.words_n);
    e->right = 1;
}

static void crowd_silent(struct scene *s, struct plan *p, struct expect *e)
{
    crowd(s, p, e, CROWD_SILENT);
}

static void crowd_half_open(struct scene *s, struct plan *p, struct expect *e)
{
    crowd(s, p, e, CROWD_HALF_OPEN);
}

static void crowd_garbage(struct scene *s, struct plan *p, struct expect *e)
{
    crowd(s, p, e, CROWD_GARBAGE);
}

static void crowd_greets(struct scene *s, struct plan *p, struct expect *e)
{
    crowd(s, p, e, CROWD_GREETING);
}

static void crowd_replays(struct scene *s, struct plan *p, struct expect *e)
{
    crowd(s, p, e, CROWD_REPLAY);
}

/* Where the system gives few descriptors, the crowd gets no more than those. It
 * keeps them for longer than the parties wait; they are near, for the fewer
 * places there are, the sooner a silent caller is lost. */
static void crowd_few(struct scene *s, struct plan *p, struct expect *e)
{
    crowd(s, p, e, s->i % 2 == 0 ? CROWD_SILENT : CROWD_GREETING);
    p->middle.n = 0;
    p->connect_ms = 3500;
    p->crowd.rate = 300;
    p->files = 40;
}

static void foreign(struct scene *s, struct plan *p, struct expect *e)
{
    p->direct = 1;
    p->foreign = 1u << s->i % 3;
    p->connect_ms = SHORT_MS;
    e->error = 1;
    e->kinds = KIND_FORGED | KIND_SILENT;
    e->any = KIND_SILENT;
}

static void unsealed(struct scene *s, struct plan *p, struct expect *e)
{
    p->direct = 1;
    p->plain = 1u << s->i % 3;
    p->connect_ms = SHORT_MS;
    e->error = 1;
    e->kinds = KIND_FORMAT | KIND_SILENT;
    e->any = KIND_FORMAT;
}

const struct fault_case fault_cases_tcp[] = {
    { "no fault", 20, 2, 0, nothing },
    { "odd pieces, pauses", 20, 2, 0, chopped },
    { "slow reader", 12, 0, 0, slow },
    { "connection closed", 120, 6, 0, closing },
    { "connection reset", 120, 6, 0, reset },
    { "half-open", 48, 2, 0, half_open },
    { "party killed", 120, 6, 0, killed },
    { "party stopped", 48, 1, 0, stopped },
    { "party stopped, goes on", 24, 1, 0, napping },
    { "cable pulled out", 24, 0, FAULT_CABLE, cable },
    { "party absent", 3, 1, FAULT_JOIN, absent },
    { "bit of the handshake", 420, 7, FAULT_JOIN, flip_hand },
    { "bit of a record", 2160, 24, 0, flip_record },
    { "bit anywhere", 1200, 6, 0, flip_anywhere },
    { "bit of a goodbye", 60, 6, 0, flip_goodbye },
    { "last words", 288, 12, 0, last_words },
    { "whole records", 300, 5, 0, records },
    { "heartbeats", 72, 3, 0, spoil_beat },
    { "hostile party", 108, 6, FAULT_JOIN, hostile },
    { "length, not sealed", 72, 6, FAULT_JOIN, oversize },
    { "stranger calls", 72, 6, FAULT_JOIN, knock },
    { "stranger answers", 18, 1, FAULT_JOIN, impostor },
    { "replayed handshake", 36, 3, FAULT_JOIN, replayed },
    { "crowd, silent", 12, 1, FAULT_JOIN, crowd_silent },
    { "crowd, half-open", 12, 1, FAULT_JOIN, crowd_half_open },
    { "crowd, garbage", 12, 1, FAULT_JOIN, crowd_garbage },
    { "crowd, greetings", 12, 1, FAULT_JOIN, crowd_greets },
    { "crowd, replayed calls", 12, 1, FAULT_JOIN, crowd_replays },
    { "crowd, few descriptors", 12, 1, FAULT_JOIN, crowd_few },
    { "another key", 6, 1, FAULT_JOIN, foreign },
    { "plaintext beside sealed", 3, 1, FAULT_JOIN, unsealed },
};
const size_t fault_cases_tcp_n =
    sizeof fault_cases_tcp / sizeof *fault_cases_tcp;
