/* No OS header: boards link this file as it is. */
#include "net/ether/arq.h"

#include "core/err.h"
#include "core/le.h"
#include "core/mem.h"

enum {
    MTU_START = 1500,
    MTU_STEP = 64, /* the search for a larger size ends at this precision */
    PROBE_TRIES = 3,
    PROBE_PAUSE_US = 1000000, /* before a search after timeouts */
    RTO_START_US = 100000,
    RTO_MIN_US = 10000, /* a peer that computes answers every few ms */
    RTO_MAX_US = 500000,
    ACK_DELAY_US = 1000, /* for an answer to carry the acknowledgement */
    HELLO_MIN_US = 5000,
    HELLO_MAX_US = 200000,
    ABORT_GAP_US = 5000,
    ABORT_TRIES = 20,
    RESET_GAP_US = 10000,
    FLOOR = 8, /* frames that the window never falls below */
    START = 16
};

static uint64_t max64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t min64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Times: 0 means never, so that a time is never 0. */
static uint64_t after(uint64_t now, uint64_t us)
{
    return now + us + (now + us == 0);
}

static uint32_t mss(const struct tri_arq *a)
{
    return a->mtu - TRI_FRAME_HEADER;
}

static uint64_t rto(const struct tri_arq *a)
{
    uint64_t us = RTO_START_US;

    if (a->srtt != 0)
        us = a->srtt + max64(4 * (uint64_t)a->rttvar, 1000);
    us = max64(us, RTO_MIN_US) << a->backoff;
    return min64(us, RTO_MAX_US);
}

static struct tri_arq_seg *seg_at(struct tri_arq *a, uint32_t i)
{
    return &a->cfg.seg[(a->head + i) % a->cfg.segs];
}

int tri_arq_init(struct tri_arq *a, const struct tri_arq_config *cfg,
                 uint64_t now)
{
    if (cfg->id > TRI_FRAME_PAIR + 2 || cfg->peer > TRI_FRAME_PAIR + 2 ||
        cfg->id == cfg->peer || cfg->epoch == 0 ||
        cfg->mtu < TRI_FRAME_MTU_MIN || cfg->mtu > TRI_FRAME_MTU_MAX ||
        cfg->dead_us == 0 || cfg->ring_bytes == 0 || cfg->segs == 0)
        return TRI_E_ARG;
    memset(a, 0, sizeof *a);
    a->cfg = *cfg;
    a->state = TRI_ARQ_HELLO;
    a->hello_due = 1;
    a->hello_gap = HELLO_MIN_US;
    a->heard = a->polled = now;
    a->mtu = cfg->mtu < MTU_START ? cfg->mtu : MTU_START;
    a->ssthresh = UINT64_MAX;
    a->cwnd = (uint64_t)START * mss(a);
    a->granted = cfg->ring_bytes;
    return TRI_OK;
}

/* ---- frames out --------------------------------------------------------- */

static uint32_t window(const struct tri_arq *a)
{
    return a->cfg.ring_bytes - (uint32_t)(a->rcv - a->taken);
}

/* Every frame acknowledges. Non-zero if it is gone. */
static int send_frame(struct tri_arq *a, enum tri_frame_type type, uint64_t seq,
                      struct tri_piece *v, unsigned n, uint32_t len,
                      uint64_t now)
{
    uint8_t head[TRI_FRAME_HEADER];
    const struct tri_frame f = {
        .type = (uint8_t)type,
        .from = a->cfg.id,
        .to = a->cfg.peer,
        .len = (uint16_t)len,
        .epoch = a->cfg.epoch,
        .peer_epoch = a->peer_epoch,
        .stamp = (uint32_t)now,
        .seq = seq,
        .ack = a->rcv + (uint64_t)a->fin_rcv,
        .window = window(a),
        .echo = a->echo,
    };

    tri_frame_print(head, &f, v + 1, n);
    v[0] = (struct tri_piece){ head, sizeof head };
    if (!a->cfg.io.send(a->cfg.io.ctx, v, n + 1))
        return 0;
    a->granted = max64(a->granted, a->rcv + f.window);
    a->acked = f.ack;
    a->stats.frames++;
    return 1;
}

static int send_empty(struct tri_arq *a, enum tri_frame_type type, uint64_t seq,
                      uint64_t now)
{
    struct tri_piece v[1];

    return send_frame(a, type, seq, v, 0, 0, now);
}

static int send_hello(struct tri_arq *a, uint64_t now)
{
    uint8_t mtu[4];
    struct tri_piece v[2];

    tri_le_store32(mtu, a->cfg.mtu);
    v[1] = (struct tri_piece){ mtu, sizeof mtu };
    return send_frame(a, TRI_FRAME_HELLO, a->state == TRI_ARQ_OPEN, v, 1,
                      sizeof mtu, now);
}

static int send_ack(struct tri_arq *a, uint64_t now)
{
    uint8_t sack[8 * TRI_FRAME_SACKS];
    struct tri_piece v[2];
    uint32_t n = 0;

    for (; n < a->ranges && n < TRI_FRAME_SACKS; n++) {
        tri_le_store32(sack + 8 * n, (uint32_t)(a->range[n].lo - a->rcv));
        tri_le_store32(sack + 8 * n + 4, (uint32_t)(a->range[n].hi - a->rcv));
    }
    v[1] = (struct tri_piece){ sack, 8 * (size_t)n };
    if (!send_frame(a, TRI_FRAME_ACK, 0, v, n > 0, 8 * n, now))
        return 0;
    a->ack_at = 0;
    return 1;
}

static int send_probe(struct tri_arq *a, uint64_t now)
{
    static uint8_t zeros[TRI_FRAME_MTU_MAX]; /* const, they were in images */
    const uint32_t n = a->probe_size - TRI_FRAME_HEADER;
    struct tri_piece v[2];

    v[1] = (struct tri_piece){ zeros, n };
    return send_frame(a, TRI_FRAME_PROBE, 0, v, 1, n, now);
}

/* Send bytes [off, off + len), or the end of the stream at a->end. */
static int send_range(struct tri_arq *a, uint64_t off, uint32_t len,
                      uint64_t now)
{
    struct tri_piece v[1 + TRI_ARQ_PIECES];

    if (off == a->end)
        return send_empty(a, TRI_FRAME_FIN, off, now);
    while (len > 0) {
        const uint32_t want = len < mss(a) ? len : mss(a);
        const unsigned n = a->cfg.io.source(a->cfg.io.ctx, off, want, v + 1);
        uint32_t got = 0;

        for (unsigned i = 1; i <= n; i++)
            got += (uint32_t)v[i].n;
        if (!send_frame(a, TRI_FRAME_DATA, off, v, n, got, now))
            return 0;
        off += got;
        len -= got;
    }
    if (a->ranges == 0)
        a->ack_at = 0; /* an ACK would say nothing more */
    return 1;
}

/* ---- sending ------------------------------------------------------------ */

static void arm(struct tri_arq *a, uint64_t now)
{
    a->rto_at = a->count > 0 ? after(now, rto(a)) : 0;
}

/* Segments that are lost, the oldest first. 0 if the driver is full. */
static int resend(struct tri_arq *a, unsigned *burst, uint64_t now)
{
    for (uint32_t i = 0; a->lost > 0 && i < a->count; i++) {
        struct tri_arq_seg *s = seg_at(a, i);
        uint64_t from = max64(s->off, a->una);

        if (!s->lost)
            continue;
        if (*burst == 0 || (a->flight > 0 && a->flight + s->len > a->cwnd))
            return 1;
        if (!send_range(a, from, (uint32_t)(s->off + s->len - from), now))
            return 0;
        s->lost = 0;
        s->again = 1;
        s->sent = now;
        a->lost--;
        a->flight += s->len;
        a->stats.resent++;
        (*burst)--;
        if (a->rto_at == 0)
            arm(a, now);
    }
    return 1;
}

static int new_segment(struct tri_arq *a, uint64_t now)
{
    struct tri_arq_seg *s = seg_at(a, a->count);
    uint64_t room = min64(a->limit, a->end);
    uint32_t len = 1; /* of the end */

    if (a->nxt < a->end) {
        struct tri_piece v[TRI_ARQ_PIECES];
        unsigned n;

        if (a->nxt >= room)
            return -1;
        room -= a->nxt;
        len = room < mss(a) ? (uint32_t)room : mss(a);
        n = a->cfg.io.source(a->cfg.io.ctx, a->nxt, len, v);
        len = 0;
        for (unsigned i = 0; i < n; i++)
            len += (uint32_t)v[i].n;
    } else if (!a->fin || a->nxt > a->end) {
        return -1;
    }
    if (!send_range(a, a->nxt, len, now))
        return 0;
    *s = (struct tri_arq_seg){ .off = a->nxt, .len = len, .sent = now };
    a->nxt += len;
    a->flight += len;
    a->count++;
    if (a->rto_at == 0)
        arm(a, now);
    return 1;
}

/* Non-zero if more is ready than a burst. */
static int send_data(struct tri_arq *a, uint64_t now)
{
    unsigned burst = TRI_ARQ_BURST;

    if (!resend(a, &burst, now) || a->lost > 0)
        return burst == 0;
    while (a->count < a->cfg.segs && a->flight < a->cwnd) {
        if (burst == 0)
            return 1;
        if (new_segment(a, now) <= 0)
            return 0;
        burst--;
    }
    return 0;
}

/* Nothing came back in time: what is not acknowledged counts as lost. */
static void timeout(struct tri_arq *a, uint64_t now)
{
    if (a->rto_mark == 0) {
        a->rto_mark = now;
        a->cwnd_saved = a->cwnd;
        a->ssthresh_saved = a->ssthresh;
        a->ssthresh = max64(a->cwnd * 7 / 10, (uint64_t)FLOOR * mss(a));
    }
    a->stats.timeouts++;
    if (a->backoff < 16)
        a->backoff++;
    if (a->backoff == 3 && a->mtu > MTU_START) {
        /* The path may not take such frames any more. */
        a->probe_hi = a->mtu;
        a->probe_lo = a->mtu = MTU_START;
        a->probe_size = 0;
        a->probe_at = after(now, PROBE_PAUSE_US);
    }
    a->cwnd = 2 * (uint64_t)mss(a);
    a->recover = a->nxt;
    a->flight = 0;
    a->lost = 0;
    for (uint32_t i = 0; i < a->count; i++) {
        struct tri_arq_seg *s = seg_at(a, i);

        s->lost = !s->sacked;
        a->lost += s->lost;
    }
    arm(a, now);
}

/* ---- acknowledgements --------------------------------------------------- */

static void measure(struct tri_arq *a, uint32_t echo, uint64_t now)
{
    const uint32_t r = (uint32_t)now - echo;

    if (r > 60000000u)
        return; /* not an echo of this session's clock */
    if (a->srtt == 0) {
        a->srtt = r + (r == 0);
        a->rttvar = r / 2;
    } else {
        const uint32_t d = a->srtt > r ? a->srtt - r : r - a->srtt;

        a->rttvar = (uint32_t)((3 * (uint64_t)a->rttvar + d) / 4);
        a->srtt = (uint32_t)((7 * (uint64_t)a->srtt + r) / 8);
        a->srtt += a->srtt == 0;
    }
}

static void grow(struct tri_arq *a, uint64_t bytes)
{
    if (a->cwnd < a->ssthresh)
        a->cwnd += bytes;
    else
        a->cwnd += max64((uint64_t)mss(a) * bytes / a->cwnd, 1);
    a->cwnd = min64(a->cwnd, max64(2 * (uint64_t)a->cfg.ring_bytes,
                                   (uint64_t)FLOOR * mss(a)));
}

/* The segment has arrived. */
static void arrived(struct tri_arq *a, struct tri_arq_seg *s)
{
    if (s->lost)
        a->lost--;
    else
        a->flight -= s->len;
    s->lost = 0;
    a->rack = max64(a->rack, s->sent);
}

static int mark_lost(struct tri_arq *a, struct tri_arq_seg *s)
{
    s->lost = 1;
    a->lost++;
    a->flight -= s->len;
    return 1;
}

/* Which segments are lost, by what arrived of those sent after them. */
static void detect(struct tri_arq *a, uint64_t now)
{
    const uint64_t slack = max64(a->srtt / 4, 50);
    unsigned above = 0;
    int found = 0;

    if (a->sacked == 0)
        return;
    for (uint32_t i = a->count; i-- > 0;) {
        struct tri_arq_seg *s = seg_at(a, i);

        if (s->sacked)
            above++;
        else if (!s->lost &&
                 ((above >= 3 && !s->again) || s->sent + slack < a->rack ||
                  (above > 0 && s->sent + a->srtt + slack < now)))
            found |= mark_lost(a, s);
    }
    if (found && a->una >= a->recover) {
        a->recover = a->nxt;
        a->ssthresh = max64(a->cwnd * 7 / 10, (uint64_t)FLOOR * mss(a));
        a->cwnd = a->ssthresh;
    }
}

/* The timeout was none: the acknowledgement answers what was sent before. */
static void undo_timeout(struct tri_arq *a)
{
    a->stats.spurious++;
    a->cwnd = max64(a->cwnd, a->cwnd_saved);
    a->ssthresh = a->ssthresh_saved;
    for (uint32_t i = 0; i < a->count; i++) {
        struct tri_arq_seg *s = seg_at(a, i);

        if (s->lost && !s->again) {
            s->lost = 0;
            a->lost--;
            a->flight += s->len;
        }
    }
}

static void read_ranges(struct tri_arq *a, const struct tri_frame *f)
{
    uint32_t i = 0;

    for (uint32_t k = 0; k < f->len; k += 8) {
        const uint64_t lo = f->ack + tri_le_load32(f->payload + k);
        const uint64_t hi = f->ack + tri_le_load32(f->payload + k + 4);

        for (; i < a->count && seg_at(a, i)->off < hi; i++) {
            struct tri_arq_seg *s = seg_at(a, i);

            if (s->off < lo || s->off + s->len > hi || s->sacked)
                continue;
            arrived(a, s);
            s->sacked = 1;
            a->sacked++;
        }
    }
}

/* Is what the frame acknowledges possible? */
static int ack_valid(const struct tri_arq *a, const struct tri_frame *f)
{
    if (f->ack > a->nxt || f->ack + f->window < f->ack)
        return 0;
    return f->type != TRI_FRAME_ACK || f->len == 0 ||
           f->ack + tri_le_load32(f->payload + f->len - 4) <= a->nxt;
}

static void take_ack(struct tri_arq *a, const struct tri_frame *f, uint64_t now)
{
    const uint64_t bytes = f->ack > a->una ? f->ack - a->una : 0;

    if (f->ack < a->una)
        return; /* an old one */
    a->limit = max64(a->limit, f->ack + f->window);
    a->una = f->ack;
    while (a->count > 0) {
        struct tri_arq_seg *s = seg_at(a, 0);

        if (s->off + s->len > a->una)
            break;
        if (s->sacked)
            a->sacked--;
        else
            arrived(a, s);
        a->head = (a->head + 1) % a->cfg.segs;
        a->count--;
    }
    if (f->type == TRI_FRAME_ACK)
        read_ranges(a, f);
    if (bytes > 0) {
        measure(a, f->echo, now);
        a->backoff = 0;
        if (a->rto_mark != 0 && (int32_t)(f->echo - (uint32_t)a->rto_mark) < 0)
            undo_timeout(a);
        a->rto_mark = 0;
        grow(a, bytes);
        arm(a, now);
    }
    detect(a, now);
}

/* ---- receiving ---------------------------------------------------------- */

/* Copy into the ring; [off, off + n) is within the window. */
static void store(struct tri_arq *a, uint64_t off, const uint8_t *p, size_t n)
{
    const size_t at = (size_t)(off % a->cfg.ring_bytes);
    const size_t k = (size_t)min64(n, a->cfg.ring_bytes - at);

    memcpy(a->cfg.ring + at, p, k);
    memcpy(a->cfg.ring, p + k, n - k);
}

/* Note [lo, hi) beyond a gap. 0 if there are too many gaps. */
static int note_range(struct tri_arq *a, uint64_t lo, uint64_t hi)
{
    uint32_t i = 0, j;

    while (i < a->ranges && a->range[i].hi < lo)
        i++;
    for (j = i; j < a->ranges && a->range[j].lo <= hi; j++) {
        lo = min64(lo, a->range[j].lo);
        hi = max64(hi, a->range[j].hi);
    }
    if (i == j && a->ranges == TRI_ARQ_RANGES)
        return 0;
    memmove(&a->range[i + 1], &a->range[j],
            (a->ranges - j) * sizeof a->range[0]);
    a->ranges = a->ranges - (j - i) + 1;
    a->range[i].lo = lo;
    a->range[i].hi = hi;
    return 1;
}

void tri_arq_drain(struct tri_arq *a)
{
    while (a->taken < a->rcv) {
        const size_t at = (size_t)(a->taken % a->cfg.ring_bytes);
        const size_t n =
            (size_t)min64(a->rcv - a->taken, a->cfg.ring_bytes - at);
        const size_t k = a->cfg.io.sink(a->cfg.io.ctx, a->cfg.ring + at, n);

        a->taken += k;
        if (k < n)
            break;
    }
}

static void ack_by(struct tri_arq *a, uint64_t when)
{
    if (a->ack_at == 0 || when < a->ack_at)
        a->ack_at = after(when, 0);
}

static void take_data(struct tri_arq *a, const struct tri_frame *f,
                      uint64_t now)
{
    const uint8_t *p = f->payload;
    uint64_t lo = f->seq;
    const uint64_t hi = f->seq + f->len;

    if (a->fin_rcv || hi <= a->rcv) {
        a->stats.duplicate++;
        ack_by(a, now); /* the acknowledgement was lost */
        return;
    }
    if (lo > a->rcv) {
        if (note_range(a, lo, hi))
            store(a, lo, p, f->len);
        else
            a->stats.dropped++;
        ack_by(a, now);
        return;
    }
    p += a->rcv - lo;
    lo = a->rcv;
    /* As RFC 7323: the echo is of the first frame not acknowledged yet. */
    if (f->seq <= a->acked)
        a->echo = f->stamp;
    if (a->taken == a->rcv) {
        const size_t k = a->cfg.io.sink(a->cfg.io.ctx, p, (size_t)(hi - lo));

        a->taken += k;
        p += k;
        lo += k;
    }
    store(a, lo, p, (size_t)(hi - lo));
    a->rcv = hi;
    while (a->ranges > 0 && a->range[0].lo <= a->rcv) {
        a->rcv = max64(a->rcv, a->range[0].hi);
        memmove(&a->range[0], &a->range[1], --a->ranges * sizeof a->range[0]);
        ack_by(a, now);
    }
    tri_arq_drain(a);
    ack_by(a, a->rcv - a->acked >= 2 * (uint64_t)mss(a) ? now
                                                        : now + ACK_DELAY_US);
}

/* Is the payload within what this side granted? */
static int data_valid(const struct tri_arq *a, const struct tri_frame *f)
{
    if (f->type == TRI_FRAME_FIN)
        return f->seq >= a->rcv && f->seq <= a->granted &&
               (!a->fin_rcv || f->seq == a->rcv);
    return f->seq + f->len <= a->granted &&
           (!a->fin_rcv || f->seq + f->len <= a->rcv);
}

/* ---- sessions ----------------------------------------------------------- */

static void hear_hello(struct tri_arq *a, const struct tri_frame *f,
                       uint64_t now)
{
    const uint32_t mtu = tri_le_load32(f->payload);

    if (mtu < TRI_FRAME_MTU_MIN || mtu > TRI_FRAME_MTU_MAX)
        return;
    if (a->state == TRI_ARQ_OPEN) {
        if (f->epoch == a->peer_epoch) {
            a->heard = now;
            a->hello_due |= f->seq == 0;
        } else if (now >= a->reset_at) {
            /* An old frame, or the peer has started again. To the peer of
             * this session it is nothing; another one answers RESET. */
            a->reset_at = after(now, RESET_GAP_US);
            (void)send_ack(a, now);
        }
        return;
    }
    if (a->state != TRI_ARQ_HELLO)
        return;
    a->peer_epoch = f->epoch;
    a->heard = now;
    if (f->peer_epoch != a->cfg.epoch) {
        a->hello_due = 1;
        return;
    }
    a->state = TRI_ARQ_OPEN;
    a->limit = f->window;
    a->hello_due = f->seq == 0;
    a->probe_lo = a->mtu;
    a->probe_hi = mtu < a->cfg.mtu ? mtu : a->cfg.mtu;
    if (a->probe_hi < a->mtu)
        a->probe_lo = a->mtu = a->probe_hi;
    a->probe_size = a->probe_hi;
    a->probe_tries = 0;
    a->probe_at = a->probe_hi > a->probe_lo ? after(now, 0) : 0;
    a->cwnd = (uint64_t)START * mss(a);
}

/* A frame of a session that is not this one. */
static void refuse(struct tri_arq *a, const struct tri_frame *f, uint64_t now)
{
    uint8_t head[TRI_FRAME_HEADER];
    const struct tri_piece v = { head, sizeof head };
    const struct tri_frame r = {
        .type = TRI_FRAME_RESET,
        .from = a->cfg.id,
        .to = a->cfg.peer,
        .epoch = f->peer_epoch,
        .peer_epoch = f->epoch,
    };

    if (f->type == TRI_FRAME_RESET || f->peer_epoch == 0 ||
        f->peer_epoch == a->cfg.epoch || now < a->reset_at)
        return;
    a->reset_at = after(now, RESET_GAP_US);
    tri_frame_print(head, &r, NULL, 0);
    (void)a->cfg.io.send(a->cfg.io.ctx, &v, 1);
}

static void next_probe(struct tri_arq *a, uint64_t now)
{
    a->probe_tries = 0;
    a->probe_at = 0;
    a->probe_size = 0;
    if (a->probe_hi >= a->probe_lo + MTU_STEP) {
        a->probe_size = a->probe_lo + (a->probe_hi - a->probe_lo + 1) / 2;
        a->probe_at = after(now, 0);
    }
}

static void hear_probe_ok(struct tri_arq *a, const struct tri_frame *f,
                          uint64_t now)
{
    if (a->probe_size == 0 || f->seq != a->probe_size)
        return;
    a->mtu = a->probe_lo = a->probe_size;
    a->cwnd = max64(a->cwnd, (uint64_t)START * mss(a));
    next_probe(a, now);
}

static void hear_abort(struct tri_arq *a, const struct tri_frame *f,
                       uint64_t now)
{
    (void)send_empty(a, TRI_FRAME_ABORT_OK, 0, now);
    if (a->state != TRI_ARQ_OPEN)
        return;
    memcpy(a->reason, f->payload, f->len);
    a->reason_len = f->len;
    a->state = TRI_ARQ_ABORTED;
}

void tri_arq_input(struct tri_arq *a, const struct tri_frame *f, uint64_t now)
{
    if (f->from != a->cfg.peer || f->to != a->cfg.id)
        return;
    if (f->type == TRI_FRAME_HELLO) {
        hear_hello(a, f, now);
        return;
    }
    if (f->peer_epoch != a->cfg.epoch || f->epoch != a->peer_epoch) {
        refuse(a, f, now);
        return;
    }
    if (a->state == TRI_ARQ_HELLO) {
        /* The peer is open; its own HELLO, which has its limits, was lost. */
        a->hello_due = 1;
        return;
    }
    if (a->state == TRI_ARQ_GIVEN_UP) {
        if (f->type == TRI_FRAME_ABORT)
            (void)send_empty(a, TRI_FRAME_ABORT_OK, 0, now);
        if (f->type == TRI_FRAME_ABORT || f->type == TRI_FRAME_ABORT_OK ||
            f->type == TRI_FRAME_RESET)
            a->abort_heard = 1;
        return;
    }
    if (f->type == TRI_FRAME_ABORT) {
        hear_abort(a, f, now);
        return;
    }
    if (a->state != TRI_ARQ_OPEN)
        return;
    if (f->type == TRI_FRAME_RESET) {
        a->state = TRI_ARQ_RESET;
        return;
    }
    if (!ack_valid(a, f) ||
        ((f->type == TRI_FRAME_DATA || f->type == TRI_FRAME_FIN) &&
         !data_valid(a, f))) {
        a->stats.dropped++;
        return;
    }
    a->heard = now;
    take_ack(a, f, now);
    switch (f->type) {
    case TRI_FRAME_DATA:
        take_data(a, f, now);
        break;
    case TRI_FRAME_FIN:
        if (f->seq == a->rcv && !a->fin_rcv) {
            a->fin_rcv = 1;
            if (f->seq <= a->acked)
                a->echo = f->stamp;
        }
        ack_by(a, now);
        break;
    case TRI_FRAME_ASK:
        ack_by(a, now);
        break;
    case TRI_FRAME_PROBE:
        (void)send_empty(a, TRI_FRAME_PROBE_OK,
                         (uint64_t)f->len + TRI_FRAME_HEADER, now);
        break;
    case TRI_FRAME_PROBE_OK:
        hear_probe_ok(a, f, now);
        break;
    default:
        break;
    }
}

/* ---- time --------------------------------------------------------------- */

static uint64_t poll_hello(struct tri_arq *a, uint64_t now)
{
    if (a->hello_due || now >= a->hello_at) {
        if (a->hello_due)
            a->hello_gap = HELLO_MIN_US;
        if (send_hello(a, now))
            a->hello_due = 0;
        a->hello_at = after(now, a->hello_gap);
        a->hello_gap = (uint32_t)min64(2 * a->hello_gap, HELLO_MAX_US);
    }
    return a->hello_at;
}

static void poll_probe(struct tri_arq *a, uint64_t now)
{
    if (a->probe_at == 0 || now < a->probe_at)
        return;
    if (a->probe_size == 0) { /* the pause is over */
        next_probe(a, now);
        return;
    }
    if (a->probe_tries == PROBE_TRIES) {
        a->probe_hi = a->probe_size - 1;
        next_probe(a, now);
        if (a->probe_at == 0)
            return;
    }
    (void)send_probe(a, now);
    a->probe_tries++;
    a->probe_at = after(now, rto(a));
}

/* The peer is asked for a sign of life, or for room, if it is silent. */
static void poll_ask(struct tri_arq *a, uint64_t now)
{
    const uint64_t gap = a->cfg.dead_us / 8;
    const int full = a->count == 0 && a->nxt < a->end;

    if (full && a->ask_at > now + RTO_MAX_US)
        a->ask_at = 0;
    if (now < a->ask_at || (!full && now < a->heard + gap))
        return;
    (void)send_empty(a, TRI_FRAME_ASK, 0, now);
    a->ask_at = after(now, full ? min64(gap, rto(a)) : gap);
}

int tri_arq_aborting(const struct tri_arq *a)
{
    return a->state == TRI_ARQ_GIVEN_UP && !a->abort_heard &&
           a->abort_tries < ABORT_TRIES;
}

static uint64_t poll_abort(struct tri_arq *a, uint64_t now)
{
    struct tri_piece v[2] = { { 0 }, { a->reason, a->reason_len } };

    if (!tri_arq_aborting(a))
        return UINT64_MAX;
    if (now >= a->abort_at) {
        (void)send_frame(a, TRI_FRAME_ABORT, 0, v, 1, a->reason_len, now);
        a->abort_tries++;
        a->abort_at = after(now, ABORT_GAP_US);
    }
    return a->abort_at;
}

uint64_t tri_arq_poll(struct tri_arq *a, uint64_t now)
{
    uint64_t next;
    int more;

    if (a->state == TRI_ARQ_HELLO)
        return poll_hello(a, now);
    if (a->state == TRI_ARQ_GIVEN_UP)
        return poll_abort(a, now);
    if (a->state != TRI_ARQ_OPEN)
        return UINT64_MAX;
    if (a->fin_rcv && a->count == 0)
        a->heard = now; /* it has left, and nothing is expected of it */
    if (now - a->polled > a->cfg.dead_us / 4) /* nobody asked meanwhile */
        a->heard = max64(a->heard, now - a->cfg.dead_us / 2);
    a->polled = now;
    if (now - a->heard >= a->cfg.dead_us) {
        a->state = TRI_ARQ_DEAD;
        return UINT64_MAX;
    }
    if (a->hello_due && send_hello(a, now))
        a->hello_due = 0;
    if (a->rto_at != 0 && now >= a->rto_at)
        timeout(a, now);
    more = send_data(a, now);
    /* The peer may wait for room that there is now. */
    if (a->granted < a->rcv + a->cfg.ring_bytes / 2 &&
        a->rcv + window(a) >= a->granted + a->cfg.ring_bytes / 4)
        ack_by(a, now);
    if (a->ack_at != 0 && now >= a->ack_at)
        (void)send_ack(a, now);
    poll_probe(a, now);
    poll_ask(a, now);
    if (more)
        return now;
    next = max64(a->heard + a->cfg.dead_us / 8, a->ask_at);
    if (a->count == 0 && a->nxt < a->end)
        next = min64(next, a->ask_at);
    if (a->rto_at != 0)
        next = min64(next, a->rto_at);
    if (a->ack_at != 0)
        next = min64(next, a->ack_at);
    if (a->probe_at != 0)
        next = min64(next, a->probe_at);
    return max64(min64(next, a->heard + a->cfg.dead_us), now);
}

void tri_arq_abort(struct tri_arq *a, const void *reason, uint32_t n,
                   uint64_t now)
{
    /* One who seems to be gone may still hear, or be another one. */
    if (a->state != TRI_ARQ_OPEN && a->state != TRI_ARQ_RESET &&
        a->state != TRI_ARQ_DEAD)
        return;
    memcpy(a->reason, reason, n);
    a->reason_len = n;
    a->state = TRI_ARQ_GIVEN_UP;
    (void)poll_abort(a, now);
}
