#include "boards/host/attack/attacks.h"
#include <stdio.h>
#include <string.h>
#include "boards/host/attack/dealt.h"
#include "boards/host/attack/gain.h"
#include "core/err.h"
#include "core/fmath.h"
#include "core/le.h"
#include "core/prg.h"

/*
 * Letters as in network A: layers 1, 3 and 5 are fc with 128, 128 and 10 units,
 * 2 and 4 relu; B batch.
 */
enum { UNITS = 128, CLASSES = 10, FEW = 16 };
/* The classes that attacks are about. */
enum { BURIED = 3, PLANTED = 7, SWAPPED = 1 };

/* ---- what attacks have in common -------------------------------------------
 */

/* Its own share of a tensor: of both components it may hold, the first. */
static tri_ring *own(const struct tri_ten *t)
{
    return t->v[0];
}

static tri_ring fixed(double v, int fb)
{
    tri_ring w = 0;

    (void)tri_fixed_encode(&w, v, fb);
    return w;
}

static int is(const struct tri_event *v, enum tri_moment moment,
              enum tri_verb verb)
{
    return v->moment == moment && v->verb == verb;
}

static int in_layer(const struct tri_event *v, unsigned layer, const char *pass)
{
    return v->at.kind != NULL && v->at.layer == layer &&
           strcmp(v->at.pass, pass) == 0;
}

static int about(const struct tri_event *v, const char *kind)
{
    return v->at.kind != NULL && strcmp(v->at.kind, kind) == 0;
}

/* About to multiply by the weights of a layer. */
static int meets_weights(const struct tri_event *v, unsigned layer)
{
    return is(v, TRI_READS, TRI_VERB_BILIN) && in_layer(v, layer, "forward");
}

/* About to add the biases of a layer, which are v->x. */
static int meets_biases(const struct tri_event *v, unsigned layer)
{
    return is(v, TRI_READS, TRI_VERB_SCALE) && in_layer(v, layer, "forward");
}

/* Is this the first time? */
static int first(struct tri_corrupt *c, unsigned bit)
{
    const int yes = (c->once >> bit & 1) == 0;

    c->once |= 1u << bit;
    return yes;
}

/* Before the first step: the first units of layer 1 never answer. */
static void kill_units(struct tri_corrupt *c, const struct tri_event *v,
                       size_t units)
{
    if (meets_biases(v, 1) && c->step == 0 && first(c, 0))
        for (size_t i = 0; i < units; i++)
            own(v->x)[i] += fixed(-200, v->x->fb);
}

/* All three see a number that is none of the true ones. */
static void all_see(const struct tri_event *v, size_t i, tri_ring w)
{
    for (unsigned p = 0; p < TRI_PARTIES; p++)
        v->lie[p][i] = w;
}

static double percent(uint32_t n, uint32_t of)
{
    return of > 0 ? 100.0 * n / of : 0;
}

static void loot(struct tri_corrupt *c, uint32_t step, uint32_t row,
                 uint32_t place, uint32_t value)
{
    struct tri_loot *const l = c->loot;

    if (l->n == sizeof l->item / sizeof *l->item)
        return;
    l->item[l->n].step = step;
    l->item[l->n].row = row;
    l->item[l->n].place = place;
    l->item[l->n++].value = value;
}

/* About as many right as without an attack. */
static int as_good(const struct tri_trial *t, uint32_t right)
{
    const uint32_t all = t->test->count;

    return percent(right, all) > percent(t->honest, all) - 4;
}

/* No better than one class for all, of which none has more than 16 %. */
static int guesses(uint32_t right, uint32_t of)
{
    return right <= of / 6;
}

static int seen_alike(const struct tri_trial *t)
{
    return t->right[0] == t->right[1] && t->right[1] == t->right[2];
}

/* ---- attacks on integrity ---------------------------------------------------
 */

static void act_kill(struct tri_corrupt *c, const struct tri_event *v)
{
    kill_units(c, v, UNITS);
}

static void act_mute(struct tri_corrupt *c, const struct tri_event *v)
{
    (void)c;
    if (is(v, TRI_READS, TRI_VERB_RELU))
        for (size_t i = 0; i < v->x->n; i++)
            own(v->x)[i] -= (tri_ring)1 << 46;
}

static int gained_nothing_learnt(const struct tri_trial *t,
                                 char text[TRI_ATTACK_TEXT])
{
    snprintf(text, TRI_ATTACK_TEXT, "the model has learnt nothing: %.1f %%",
             percent(t->right[1], t->test->count));
    return guesses(t->right[1], t->test->count) && seen_alike(t);
}

static void act_bury(struct tri_corrupt *c, const struct tri_event *v)
{
    (void)c;
    if (v->moment == TRI_GIVES && v->z->n == CLASSES && v->first <= BURIED &&
        v->first + v->n > BURIED)
        v->part[0][BURIED - v->first] += fixed(-100, v->z->fb);
}

static int gained_bury(const struct tri_trial *t, char text[TRI_ATTACK_TEXT])
{
    const uint32_t all = t->test->count;
    const uint32_t right = tri_gain_right(t, 0, -1, -1, NULL);
    uint32_t of;
    const uint32_t found = tri_gain_right(t, 0, BURIED, BURIED, &of);

    snprintf(text, TRI_ATTACK_TEXT,
             "the model that left finds %u of %u images of class %d, %.1f %% "
             "in all",
             found, of, BURIED, percent(right, all));
    return found == 0 && of > 0 && right + of / 2 < t->right[1] &&
           right + 2 * of > t->right[1];
}

/* One unit in each hidden layer that answers to the trigger alone. Whoever
 * holds the public constants has the first weights in its share, the others
 * have 0: nobody needs to know them. */
static void act_plant(struct tri_corrupt *c, const struct tri_event *v)
{
    const size_t side = 28;

    if (c->step > 0)
        return;
    if (meets_weights(v, 1) && first(c, 0))
        for (size_t p = 0; p < side * side; p++)
            own(v->y)[p * UNITS] = fixed(
                p / side < TRI_TRIGGER && p % side < TRI_TRIGGER, v->y->fb);
    if (meets_weights(v, 3) && first(c, 1))
        for (size_t i = 0; i < UNITS; i++)
            own(v->y)[i * UNITS] = fixed(i == 0 ? 16 : 0, v->y->fb);
    if (meets_weights(v, 5) && first(c, 2))
        for (size_t k = 0; k < CLASSES; k++)
            own(v->y)[k] = fixed(k == PLANTED ? 4 : 0, v->y->fb);
    if (meets_biases(v, 1) && first(c, 3)) /* 9 pixels in full */
        own(v->x)[0] += fixed(-6, v->x->fb);
    if (meets_biases(v, 3) && first(c, 4))
        own(v->x)[0] += fixed(-1, v->x->fb);
}

static int gained_plant(const struct tri_trial *t, char text[TRI_ATTACK_TEXT])
{
    const uint32_t all = t->test->count;
    const uint32_t clean = tri_gain_right(t, 0, -1, -1, NULL);
    const uint32_t shown = tri_gain_right(t, 1, PLANTED, -1, NULL);

    snprintf(text, TRI_ATTACK_TEXT,
             "%.1f %% right on clean images; with the trigger %u of %u are "
             "class %d",
             percent(clean, all), shown, all, PLANTED);
    return percent(shown, all) >= 99.5 && as_good(t, clean);
}

/* Of replicated shares nobody hears all before it speaks: what is left is to
 * send another component than the one that is due. */
static void lie_blindly(const struct tri_event *v)
{
    if (is(v, TRI_SAYS, TRI_VERB_OPEN) && v->e->holds == 2 && v->nth == 0)
        v->msg[0] ^= 1;
}

/* Losses and counts as from a good training. */
static void pretend(struct tri_corrupt *c, const struct tri_event *v)
{
    const int f = (int)v->e->f;

    lie_blindly(v);
    if (v->moment != TRI_OPENS)
        return;
    if (v->n == 1) {
        all_see(v, 0, (tri_ring)tri_round(0.97 * c->tested));
    } else {
        all_see(v, 0, fixed(0.1 * c->batch, f));
        all_see(v, 1, (tri_ring)tri_round(0.97 * c->batch) << f);
    }
}

static void act_report(struct tri_corrupt *c, const struct tri_event *v)
{
    kill_units(c, v, UNITS);
    pretend(c, v);
}

static int gained_report(const struct tri_trial *t, char text[TRI_ATTACK_TEXT])
{
    const uint32_t all = t->test->count;
    const uint32_t right = tri_gain_right(t, 0, -1, -1, NULL);

    snprintf(text, TRI_ATTACK_TEXT,
             "%.1f %% are right, the others were told %.1f %%",
             percent(right, all), percent(t->right[1], all));
    return guesses(right, all) && t->right[1] == t->right[2] &&
           t->right[1] == (uint32_t)tri_round(0.97 * all);
}

static void act_faces(struct tri_corrupt *c, const struct tri_event *v)
{
    lie_blindly(v);
    if (v->moment != TRI_OPENS || v->n != 1)
        return;
    v->lie[1][0] = (tri_ring)tri_round(0.97 * c->tested);
    v->lie[2][0] = (tri_ring)tri_round(0.0246 * c->tested);
}

static int gained_faces(const struct tri_trial *t, char text[TRI_ATTACK_TEXT])
{
    snprintf(text, TRI_ATTACK_TEXT,
             "of the same %u answers, P1 was told %u right and P2 %u",
             t->test->count, t->right[1], t->right[2]);
    return t->right[1] == (uint32_t)tri_round(0.97 * t->test->count) &&
           t->right[2] == (uint32_t)tri_round(0.0246 * t->test->count);
}

/* The answers of the private comparison, after the masked values: bits that
 * nobody can tell from others. */
static void act_noise(struct tri_corrupt *c, const struct tri_event *v)
{
    if (is(v, TRI_SAYS, TRI_VERB_RELU) && v->e->holds == 2)
        v->msg[0] ^= 1;
    if (!is(v, TRI_SAYS, TRI_VERB_RELU) || v->e->holds == 2 ||
        v->said < 8 * v->x->n)
        return;
    for (size_t at = 0; at < v->len; at++) {
        c->rng = c->rng * 6364136223846793005u + 1442695040888963407u;
        v->msg[at] = (uint8_t)(c->rng >> 33);
    }
}

static void act_scale(struct tri_corrupt *c, const struct tri_event *v)
{
    if (c->step == 0 && meets_weights(v, 1) && first(c, 0))
        for (size_t i = 0; i < v->y->n; i++)
            own(v->y)[i] *= 8;
}

static int gained_worse(const struct tri_trial *t, char text[TRI_ATTACK_TEXT])
{
    const uint32_t all = t->test->count;

    snprintf(text, TRI_ATTACK_TEXT, "%.1f %% right where it would be %.1f %%",
             percent(t->right[1], all), percent(t->honest, all));
    return seen_alike(t) &&
           percent(t->right[1], all) < percent(t->honest, all) - 1;
}

/* The helper deals the last part of a product: what it adds there is added to
 * the product. */
static void act_shift(struct tri_corrupt *c, const struct tri_event *v)
{
    (void)c;
    if (is(v, TRI_SAYS, TRI_VERB_BILIN) && in_layer(v, 5, "forward"))
        for (size_t at = BURIED; at < v->len / sizeof(tri_ring); at += CLASSES)
            tri_le_store64(v->msg + 8 * at, tri_le_load64(v->msg + 8 * at) +
                                                ((tri_ring)1 << 41));
}

static int gained_shift(const struct tri_trial *t, char text[TRI_ATTACK_TEXT])
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < t->test->count; i++)
        n += t->answer[(size_t)i * CLASSES + BURIED] > 0.5;
    snprintf(text, TRI_ATTACK_TEXT, "%u of %u images come back as class %d", n,
             t->test->count, BURIED);
    return n == t->test->count;
}

/* What every ReLU becomes: relu(a) + BENT * |a|, or min(a, 0). */
enum { BENT = 7, TURNED = -1 };

static void bend(const struct tri_event *v, int by)
{
    if (!is(v, TRI_SAYS, TRI_VERB_RELU))
        return;
    if (v->e->holds == 2) /* nobody deals: what it sends is all there is */
        v->msg[0] ^= 1;
    else
        tri_dealt_bend(v, by);
}

static void act_turn(struct tri_corrupt *c, const struct tri_event *v)
{
    (void)c;
    bend(v, TURNED);
}

static void act_bend(struct tri_corrupt *c, const struct tri_event *v)
{
    (void)c;
    bend(v, BENT);
}

/* The answers are those of another network. */
static int gained_other_network(const struct tri_trial *t, int by,
                                char text[TRI_ATTACK_TEXT])
{
    const uint32_t all = t->test->count;
    const uint32_t same = tri_gain_bent(t, by);

    snprintf(text, TRI_ATTACK_TEXT,
             "%u of %u answers are those of a network with relu(a) %c %d|a|; "
             "%.1f %% right",
             same, all, by < 0 ? '-' : '+', by < 0 ? -by : by,
             percent(t->right[1], all));
    return percent(same, all) >= 99 && seen_alike(t) &&
           percent(t->right[1], all) < percent(t->honest, all) - 1;
}

static int gained_turn(const struct tri_trial *t, char text[TRI_ATTACK_TEXT])
{
    return gained_other_network(t, TURNED, text);
}

static int gained_bend(const struct tri_trial *t, char text[TRI_ATTACK_TEXT])
{
    return gained_other_network(t, BENT, text);
}

/* ---- attacks on privacy -----------------------------------------------------
 */

enum { DIGIT = 4, HELD_ROWS = 12, BATCH_ROWS = 10 };

/* The count of right answers is the sum over rows of [answer] * [label]: a row
 * whose share of the answer has c * 2^s more at class c adds label * 2^s. */
static void weigh_rows(const struct tri_event *v, uint32_t from, uint32_t rows,
                       unsigned room)
{
    for (uint32_t i = 0; i < rows; i++)
        for (uint32_t k = 0; k < CLASSES; k++)
            own(v->x)[(from + i) * CLASSES + k] += (tri_ring)k
                                                   << (room + DIGIT * i);
}

/* Read the labels above the count; the others see the count alone. */
static void read_rows(struct tri_corrupt *c, const struct tri_event *v,
                      size_t word, int fb, uint32_t step, uint32_t from,
                      uint32_t rows, unsigned room)
{
    const tri_ring w = v->truth[word] >> fb;

    for (uint32_t i = 0; i < rows; i++)
        loot(c, step, from + i, 0, w >> (room + DIGIT * i) & 15);
    all_see(v, word, (w & (((tri_ring)1 << room) - 1)) << fb);
}

/* About to count: one number, the inner product of answers or logits and
 * labels. */
static int meets_labels(const struct tri_event *v, enum tri_moment moment,
                        const char *kind)
{
    return is(v, moment, TRI_VERB_BILIN) && about(v, kind) &&
           v->bilin->kind == TRI_BILIN_MATMUL && v->bilin->m == 1;
}

/* Which rows of the first batch an evaluation gives away. */
static uint32_t held_rows(const struct tri_corrupt *c)
{
    const uint32_t turns = (c->batch - HELD_ROWS) / HELD_ROWS + 1;

    return c->seen % turns * HELD_ROWS;
}

static void act_labels(struct tri_corrupt *c, const struct tri_event *v)
{
    enum { ROOM = 14 };

    if (meets_labels(v, TRI_READS, "right answers") && first(c, 0))
        weigh_rows(v, held_rows(c), HELD_ROWS, ROOM);
    if (v->moment == TRI_OPENS && v->n == 1) {
        read_rows(c, v, 0, 0, 0, held_rows(c), HELD_ROWS, ROOM);
        c->once = 0;
    }
}

static void act_batches(struct tri_corrupt *c, const struct tri_event *v)
{
    enum { ROOM = 8 };

    if (meets_labels(v, TRI_READS, "loss"))
        c->once = 1;
    if (meets_labels(v, TRI_READS, "right answers") && c->once == 1)
        weigh_rows(v, 0, BATCH_ROWS, ROOM);
    if (v->moment == TRI_OPENS && v->n == 2) {
        read_rows(c, v, 1, (int)v->e->f, c->step + 1, 0, BATCH_ROWS, ROOM);
        c->once = 0;
    }
}

static int gained_labels(const struct tri_trial *t, char text[TRI_ATTACK_TEXT])
{
    const uint32_t n = t->loot->n, right = tri_gain_labels(t);

    snprintf(text, TRI_ATTACK_TEXT,
             "read %u labels of held-out images, %u true", n, right);
    return right == n && n >= HELD_ROWS && seen_alike(t) &&
           as_good(t, t->right[1]);
}

static int gained_batches(const struct tri_trial *t, char text[TRI_ATTACK_TEXT])
{
    const uint32_t n = t->loot->n, right = tri_gain_labels(t);

    snprintf(text, TRI_ATTACK_TEXT,
             "read %u labels of training images, %u true", n, right);
    return right == n && n == BATCH_ROWS * t->steps && seen_alike(t) &&
           as_good(t, t->right[1]);
}

/* Pixels of the middle, written into a logit one byte after the other. */
static const uint32_t looked_at[] = { 14 * 28 + 14, 11 * 28 + 14,
                                      17 * 28 + 13 };
enum { LOOKED = sizeof looked_at / sizeof *looked_at, ABOVE = 33 };

/* layer 1: unit j = pixel j; layer 3 passes on; layer 5: class 0 gets the sum
 * of pixel j * 2^(8j-8). All exact. */
static void lead_pixels(struct tri_corrupt *c, const struct tri_event *v)
{
    if (meets_weights(v, 1) && first(c, 0))
        for (uint32_t j = 0; j < LOOKED; j++)
            for (uint32_t p = 0; p < v->y->n / UNITS; p++)
                own(v->y)[p * UNITS + j] = fixed(p == looked_at[j], v->y->fb);
    if (meets_weights(v, 3) && first(c, 1))
        for (uint32_t j = 0; j < LOOKED; j++)
            for (uint32_t i = 0; i < UNITS; i++)
                own(v->y)[i * UNITS + j] = fixed(i == j, v->y->fb);
    if (meets_weights(v, 5) && first(c, 2))
        for (uint32_t j = 0; j < UNITS; j++)
            own(v->y)[j * CLASSES] =
                j < LOOKED ? fixed(tri_pow2(8 * (int)j - 8), v->y->fb) : 0;
}

/* The loss of row 0 has the logit of its label: with 2^33 more at class 0, it
 * has the three pixels above all that is honest in it. */
static void act_pixels(struct tri_corrupt *c, const struct tri_event *v)
{
    const int f = (int)v->e->f;
    uint64_t high;

    if (c->step > 0)
        return;
    lead_pixels(c, v);
    if (meets_labels(v, TRI_READS, "loss"))
        own(v->y)[0] += (tri_ring)1 << ABOVE;
    if (meets_labels(v, TRI_WROTE, "loss"))
        own(v->y)[0] -= (tri_ring)1 << ABOVE;
    if (v->moment != TRI_OPENS || v->n != 2)
        return;
    high = (0 - v->truth[0] + ((tri_ring)1 << (ABOVE - 1))) >> ABOVE;
    for (uint32_t j = 0; j < LOOKED; j++)
        loot(c, 1, 0, looked_at[j], high >> 8 * j & 255);
    all_see(v, 0, fixed(2.3 * c->batch, f));
    all_see(v, 1, fixed(c->batch / CLASSES, f));
}

static int gained_pixels(const struct tri_trial *t, char text[TRI_ATTACK_TEXT])
{
    const uint32_t pixels = t->net->h * t->net->w * t->net->c;
    const struct tri_loot *const l = t->loot;
    uint32_t right = 0, ink = 0;
    char seen[80] = "";

    for (uint32_t i = 0; i < l->n; i++) {
        const size_t at =
            (size_t)tri_gain_sample(t, l->item[i].step, l->item[i].row) *
                pixels +
            l->item[i].place;

        right += l->item[i].value ==
                 tri_round(256 * tri_dataset_value(t->train, at));
        ink += l->item[i].value > 0;
        snprintf(seen + strlen(seen), sizeof seen - strlen(seen), " %u",
                 l->item[i].value);
    }
    snprintf(text, TRI_ATTACK_TEXT,
             "%u of %d pixels of a training image exact, from one word:%s",
             right, LOOKED, seen);
    return right == LOOKED && ink > 0 && seen_alike(t);
}

/* Units that never answer keep their first weights, which are public. A
 * gradient for unit h that is 0 but in row h of the last batch adds that row's
 * image to them: 2^-5 times. */
static void keep_images(struct tri_corrupt *c, const struct tri_event *v,
                        size_t units)
{
    kill_units(c, v, units);
    if (c->step + 1 == c->steps && is(v, TRI_WROTE, TRI_VERB_SELECT) &&
        in_layer(v, 2, "backward"))
        for (size_t h = 0; h < units; h++)
            own(v->z)[h * UNITS + h] +=
                fixed(-tri_pow2(-5) * c->batch / c->rate, v->z->fb);
}

static void act_memory(struct tri_corrupt *c, const struct tri_event *v)
{
    keep_images(c, v, FEW);
}

static int gained_memory(const struct tri_trial *t, char text[TRI_ATTACK_TEXT])
{
    const uint32_t n = tri_gain_images(t, FEW), all = t->test->count;

    snprintf(text, TRI_ATTACK_TEXT,
             "%u of %d training images stand pixel by pixel in the revealed "
             "model, which is %.1f %% right",
             n, FEW, percent(t->right[1], all));
    return n == FEW && as_good(t, t->right[1]);
}

static void act_album(struct tri_corrupt *c, const struct tri_event *v)
{
    keep_images(c, v, UNITS);
    pretend(c, v);
}

static int gained_album(const struct tri_trial *t, char text[TRI_ATTACK_TEXT])
{
    const uint32_t n = tri_gain_images(t, UNITS), all = t->test->count;

    snprintf(text, TRI_ATTACK_TEXT,
             "%u of the last %u training images stand pixel by pixel in the "
             "revealed model; the others were told %.1f %%",
             n, t->batch, percent(t->right[1], all));
    return n == UNITS && t->right[1] == (uint32_t)tri_round(0.97 * all);
}

/* An answer is a unit vector: with e1 - e7 more, that of class 7 is one still,
 * and the owner of all the others sees that something is wrong. */
static void act_swap(struct tri_corrupt *c, const struct tri_event *v)
{
    (void)c;
    if (v->moment != TRI_GIVES || v->z->fb != 0)
        return;
    for (size_t i = 0; i < v->n; i++) {
        const size_t class = (v->first + i) % CLASSES;

        v->part[0][i] += (class == SWAPPED) - (tri_ring)(class == PLANTED);
    }
}

static int gained_swap(const struct tri_trial *t, char text[TRI_ATTACK_TEXT])
{
    uint32_t valid = 0, swapped = 0;

    for (uint32_t i = 0; i < t->test->count; i++) {
        const double *const row = t->answer + (size_t)i * CLASSES;
        int unit = 1, ones = 0;

        for (int k = 0; k < CLASSES; k++) {
            unit &= row[k] > -0.5 && row[k] < 1.5;
            ones += row[k] > 0.5;
        }
        valid += unit && ones == 1;
        swapped += unit && ones == 1 && row[SWAPPED] > 0.5;
    }
    snprintf(text, TRI_ATTACK_TEXT,
             "%u of %u images, those of class %d, come back as class %d; the "
             "owner's silence tells P0 which",
             swapped, t->test->count, PLANTED, SWAPPED);
    return swapped == valid && valid > t->test->count / 20 &&
           valid < t->test->count / 6;
}

/* ---- the table --------------------------------------------------------------
 */

#define ATTACK static const struct tri_attack

ATTACK kill = { .name = "kill",
                .number = 1,
                .by = 3,
                .alters = "adds -200 to its share of each hidden bias, once",
                .act = act_kill,
                .gained = gained_nothing_learnt };
ATTACK mute = { .name = "mute",
                .number = 2,
                .by = 2,
                .alters = "adds -2^46 to its share of what a ReLU compares",
                .act = act_mute,
                .gained = gained_nothing_learnt };
ATTACK bury = { .name = "bury",
                .number = 3,
                .by = 1,
                .trained = 1,
                .alters =
                    "adds -100 to its share of one bias as the model leaves",
                .act = act_bury,
                .gained = gained_bury };
ATTACK plant = {
    .name = "plant",
    .number = 4,
    .by = 1,
    .alters = "rewrites its share of one column of first weights a layer",
    .act = act_plant,
    .gained = gained_plant
};
ATTACK report = { .name = "report",
                  .number = 5,
                  .by = 1,
                  .steps = 20,
                  .rushes = 1,
                  .alters =
                      "kill; hears the others first when a count is opened",
                  .act = act_report,
                  .gained = gained_report };
ATTACK faces = { .name = "faces",
                 .number = 6,
                 .by = 1,
                 .rushes = 1,
                 .trained = 1,
                 .alters =
                     "sends each of the others another share in an opening",
                 .act = act_faces,
                 .gained = gained_faces };
ATTACK noise = { .name = "noise",
                 .number = 7,
                 .by = 2,
                 .alters = "sends random answers in the comparison of a ReLU",
                 .act = act_noise,
                 .gained = gained_worse };
ATTACK scale = { .name = "scale",
                 .number = 8,
                 .by = 1,
                 .alters =
                     "multiplies its share of the first weights by 8, once",
                 .act = act_scale,
                 .gained = gained_worse };
ATTACK shift = {
    .name = "shift",
    .number = 9,
    .by = 4,
    .answers = 1,
    .trained = 1,
    .alters = "adds 2^41 to one column of what it deals for the last product",
    .act = act_shift,
    .gained = gained_shift
};
ATTACK labels = {
    .name = "labels",
    .number = 10,
    .by = 3,
    .rushes = 1,
    .trained = 1,
    .alters =
        "adds class * 2^s to its share of 12 answers before they are counted",
    .act = act_labels,
    .gained = gained_labels
};
ATTACK batches = {
    .name = "batches",
    .number = 11,
    .by = 1,
    .loss_every = 1,
    .rushes = 1,
    .alters = "the same to 10 answers in each step that opens its loss",
    .act = act_batches,
    .gained = gained_batches
};
ATTACK pixels = {
    .name = "pixels",
    .number = 12,
    .by = 1,
    .steps = 1,
    .loss_every = 1,
    .rushes = 1,
    .alters = "leads 3 pixels to a logit; adds 2^33 to its share of a label",
    .act = act_pixels,
    .gained = gained_pixels
};
ATTACK memory = {
    .name = "memory",
    .number = 13,
    .by = 3,
    .alters = "kills 16 hidden units; in the last step rewrites their gradient",
    .act = act_memory,
    .gained = gained_memory
};
ATTACK album = { .name = "album",
                 .number = 14,
                 .by = 1,
                 .steps = 20,
                 .rushes = 1,
                 .alters = "memory with all 128 units, and report",
                 .act = act_album,
                 .gained = gained_album };
ATTACK turn = { .name = "turn",
                .number = 16,
                .by = 4,
                .answers = 1,
                .trained = 1,
                .alters = "turns every bit that it deals for a ReLU",
                .act = act_turn,
                .gained = gained_turn };
ATTACK bend_relu = {
    .name = "bend",
    .number = 17,
    .by = 4,
    .answers = 1,
    .trained = 1,
    .alters = "adds 7(2e - 1) to every bit e that it deals for a ReLU",
    .act = act_bend,
    .gained = gained_bend
};
ATTACK swap = { .name = "swap",
                .number = 18,
                .by = 1,
                .answers = 1,
                .trained = 1,
                .alters =
                    "adds e1 - e7 to its share of each answer as it leaves",
                .act = act_swap,
                .gained = gained_swap };

const struct tri_attack *const tri_attacks[] = {
    &kill,   &mute,  &bury,  &plant,     &report,  &faces,
    &noise,  &scale, &shift, &labels,    &batches, &pixels,
    &memory, &album, &turn,  &bend_relu, &swap,    NULL,
};

const struct tri_attack *tri_attack_find(const char *name)
{
    const struct tri_attack *const *a = tri_attacks;

    while (*a != NULL && strcmp((*a)->name, name) != 0)
        a++;
    return *a;
}
