#include "tests/attacks/signs.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "proto/paper/private_compare.h"

/*
 * ShareConvert (proto/paper/share_convert.c) of c: P2 knows x = c + r for a
 * uniform r, and learns eta'' xor [x >= r] = eta'' xor [c >= 0], with a coin
 * eta'' that it does not know. It deals the bits x[i]; what it gets is, but for
 * factors and order,
 *
 *   c_i = 1 - [bit i decides] + sum over k > i of w_k,  w_k = x[k] xor d[k]
 *
 * with d = r - 1 or r. Numbers are small, so that the TOP highest bits of d are
 * those of x. With another number of Z_127 in the place of x[k] there, w_k is
 * any that P2 likes; and bit k decides by w_k instead of 1 or 0, where the coin
 * makes it a bit that can decide, else not at all. P2 chooses them such that
 * they add up to 0, as if they were bits, and so that two c_i more are 0 for
 * one side of the coin, and none for the other. The number of zeros tells both
 * the coin and the honest answer, with which it goes on.
 */
enum { TOP = 5, P = TRI_PAPER_P, BITS = TRI_PAPER_BITS };
enum { UNITS = 128, CLASSES = 10, ROWS = 128, MOST = ROWS * UNITS };

static struct {
    int8_t w[1 << TOP][TOP]; /* for each of what the highest bits may be      */
    struct tri_link_ops ops;
    const struct tri_link_ops *under;
    int listening;

    /* the operation at work, and how far its conversion is */
    enum tri_verb verb;
    unsigned layer, step;
    size_t n, got[2], dealt;
    const uint8_t *theirs; /* P0's message                                    */
    uint8_t top[MOST];     /* the highest bits of x                           */

    /* what it has learnt: [batch][hidden layer][row x unit], [batch][row]    */
    size_t batch, batches;
    uint8_t *sign, *class;
} spy;

static unsigned mod(int v)
{
    return (unsigned)(v % P + P) % P;
}

static int bit_of(unsigned top, unsigned i)
{
    return (int)(top >> (TOP - 1 - i) & 1);
}

/* Two zeros where [x < r] is asked for, none where [x > r - 1] is? */
static int tells(unsigned top, const int8_t *w)
{
    int sum = 0, zeros[2] = { 0, 0 };

    for (unsigned i = 0; i < TOP; sum += w[i++]) {
        zeros[bit_of(top, i)] += mod(1 - w[i] + sum) == 0;
        zeros[!bit_of(top, i)] += mod(1 + sum) == 0;
    }
    return sum == 0 && zeros[0] == 0 && zeros[1] == 2;
}

static void choose(unsigned top)
{
    int8_t w[TOP];

    for (unsigned of = 0; of < 5 * 5 * 5 * 5 * 5; of++) {
        for (unsigned i = 0, at = of; i < TOP; i++, at /= 5)
            w[i] = (int8_t)(at % 5) - 2;
        if (tells(top, w)) {
            memcpy(spy.w[top], w, sizeof w);
            return;
        }
    }
    abort();
}

/* Element i of n of a message of bits, which has `width` lanes there. */
static size_t place(size_t i, size_t n, unsigned bit)
{
    const size_t first = i / TRI_LANES * TRI_LANES;
    const size_t width = n - first < TRI_LANES ? n - first : TRI_LANES;

    return first * BITS + bit * width + i - first;
}

/* P1's shares of the highest bits become those of other numbers. */
static void deal(uint8_t *msg, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        const unsigned top = spy.top[spy.dealt + j];

        for (unsigned i = 0; i < TOP; i++) {
            uint8_t *const to = msg + place(j, n, BITS - 1 - i);
            const int w = spy.w[top][i], b = bit_of(top, i);

            *to = (uint8_t)mod(*to + (b ? 1 - w : w) - b);
        }
    }
    spy.dealt += n;
}

/* Element `at` of the operation has this sign. */
static void learn(size_t at, int negative)
{
    const size_t batch = spy.batch % spy.batches;

    if (spy.verb == TRI_VERB_RELU)
        spy.sign[(2 * batch + (spy.layer > 2)) * MOST + at] = (uint8_t)negative;
    else if (negative) /* the largest so far - number `step` */
        spy.class[batch * ROWS + at] = (uint8_t)spy.step;
}

/* Count zeros in what P0 and P1 say of n comparisons from `at` on; leave what
 * there would be of them if bits had been dealt. */
static void count(uint8_t *mine, size_t at, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        uint8_t *zero[3] = { NULL };
        unsigned zeros = 0;

        for (unsigned i = 0; i < BITS; i++) {
            const size_t k = place(j, n, i);

            if ((spy.theirs[k] + mine[k]) % P == 0 && zeros < 3)
                zero[zeros++] = mine + k;
        }
        /* coin = 1: two more; then [x < r] is what the others ask */
        learn(at + j, zeros == 3 || zeros == 0);
        for (unsigned i = 0; zeros == 2 && i < 2; i++)
            *zero[i] = (uint8_t)((*zero[i] + 1) % P);
    }
}

static int hear(struct tri_link *l, unsigned from, void *buf, size_t len)
{
    const int rc = spy.under->recv(l, from, buf, len);
    size_t at;

    if (rc != TRI_OK || from > 1 || spy.n == 0)
        return rc;
    at = spy.got[from] % ((8 + 2 * BITS) * spy.n);
    spy.got[from] += len;
    if (from == 0) {
        spy.theirs = buf;
    } else if (at == 0) { /* x in two parts */
        const uint8_t *const own = buf;

        for (size_t i = 0; i < spy.n; i++) {
            uint64_t a, b;

            memcpy(&a, spy.theirs + 8 * i, sizeof a);
            memcpy(&b, own + 8 * i, sizeof b);
            spy.top[i] = (uint8_t)((a + b) >> (64 - TOP));
        }
        spy.dealt = 0;
        spy.step++;
    } else if (at < (8 + BITS) * spy.n) {
        count(buf, at / BITS - 8 * spy.n / BITS, len / BITS);
    }
    return rc;
}

static void listen(struct tri_corrupt *c)
{
    struct tri_link *const l = c->e->s->link;

    for (unsigned top = 0; top < 1 << TOP; top++)
        choose(top);
    spy.batches = (c->tested + ROWS - 1) / ROWS;
    spy.sign = calloc(spy.batches, 2 * MOST);
    spy.class = calloc(spy.batches, ROWS);
    if (spy.sign == NULL || spy.class == NULL)
        abort();
    spy.under = l->ops;
    spy.ops = *l->ops;
    spy.ops.recv = hear;
    l->ops = &spy.ops;
    spy.listening = 1;
}

static void act(struct tri_corrupt *c, const struct tri_event *v, int deals)
{
    if (!spy.listening)
        listen(c);
    if (v->moment == TRI_READS) {
        spy.verb = v->verb;
        spy.layer = v->at.layer;
        spy.n = v->verb == TRI_VERB_RELU   ? v->x->n
                : v->verb == TRI_VERB_MAXN ? v->z->n
                                           : 0;
        spy.got[0] = spy.got[1] = spy.step = 0;
        spy.dealt = spy.n;
    }
    if (deals && v->moment == TRI_SAYS && v->to == 1 && spy.dealt < spy.n)
        deal(v->msg, v->len / BITS);
    if (v->moment == TRI_WROTE) {
        spy.batch += v->verb == TRI_VERB_MAXN;
        spy.n = 0;
    }
}

static void act_signs(struct tri_corrupt *c, const struct tri_event *v)
{
    act(c, v, 1);
}

void tri_act_listening(struct tri_corrupt *c, const struct tri_event *v)
{
    act(c, v, 0);
}

/* Signs of one image that are those of the revealed model, far from 0 or not;
 * network A. */
static void compare(const struct tri_trial *t, uint32_t image, uint32_t *right,
                    uint32_t *wrong)
{
    const size_t pixels = (size_t)t->net->h * t->net->w * t->net->c;
    const double *w = t->model;
    double in[1024], out[UNITS];
    size_t n = pixels;

    for (size_t i = 0; i < n; i++)
        in[i] = tri_dataset_value(t->test, image * n + i);
    for (size_t l = 0; l < 2; l++, n = UNITS) {
        const uint8_t *const sign =
            spy.sign + (2 * (image / ROWS) + l) * MOST + image % ROWS * UNITS;

        for (size_t j = 0; j < UNITS; j++) {
            out[j] = w[n * UNITS + j];
            for (size_t i = 0; i < n; i++)
                out[j] += in[i] * w[i * UNITS + j];
            *right += sign[j] == (out[j] < 0);
            *wrong += sign[j] != (out[j] < 0) &&
                      (out[j] > 1. / 256 || out[j] < -1. / 256);
        }
        w += n * UNITS + UNITS;
        for (size_t j = 0; j < UNITS; j++)
            in[j] = out[j] > 0 ? out[j] : 0;
    }
}

static int gained_signs(const struct tri_trial *t, char text[TRI_ATTACK_TEXT])
{
    const uint32_t all = t->test->count;
    uint32_t right = 0, wrong = 0, classes = 0;

    for (uint32_t i = 0; spy.listening && i < all; i++) {
        compare(t, i, &right, &wrong);
        classes += t->answer[(size_t)i * CLASSES + spy.class[i]] > 0.5;
    }
    snprintf(text, TRI_ATTACK_TEXT,
             "knows %u of %u signs, and the classes of %u of %u images", right,
             2 * UNITS * all, classes, all);
    free(spy.sign);
    free(spy.class);
    memset(&spy, 0, sizeof spy);
    return right >= 2 * UNITS * all - all / 4 && wrong == 0 && classes == all;
}

const struct tri_attack tri_attack_signs = {
    .name = "signs",
    .number = 15,
    .by = 4,
    .answers = 1,
    .trained = 1,
    .alters = "deals numbers that are none as the highest bits in ShareConvert",
    .act = act_signs,
    .gained = gained_signs
};
