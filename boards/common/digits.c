#include "boards/common/digits.h"
#include "boards/common/mix.h"
#include "core/mem.h"

enum {
    SIDE = TRI_DIGITS_SIDE,
    ONE = 1024,  /* length units of a pixel       */
    CURVE = 8,   /* straight pieces of a curve    */
    PIECES = 96, /* at most, of a whole digit     */
    STYLES = 3
};

/* Strokes in a box of 100 x 100, y downwards: M moves, L draws a line, Q a
 * quadratic curve (control point, end). */
static const char *const glyph[10][STYLES] = {
    { "M50,0 Q5,0 5,50 Q5,100 50,100 Q95,100 95,50 Q95,0 50,0",
      "M62,2 Q15,10 12,60 Q15,100 45,100 Q88,92 88,42 Q85,5 58,4",
      "M50,0 Q22,0 22,50 Q22,100 50,100 Q78,100 78,50 Q78,0 50,0" },
    { "M50,0 L50,100", "M30,22 L55,0 L55,100",
      "M28,22 L52,0 L52,100 M25,100 L80,100" },
    { "M10,25 Q10,0 50,0 Q90,0 90,28 Q90,50 10,100 L95,100",
      "M10,20 Q30,0 55,0 Q95,5 80,40 Q65,70 20,95 Q10,80 30,78 Q60,90 95,95",
      "M12,12 Q90,-20 86,30 Q80,60 8,98 Q50,88 95,98" },
    { "M10,10 Q30,0 50,0 Q88,0 88,25 Q88,48 40,48 Q92,50 92,75 "
      "Q92,100 45,100 Q20,100 8,88",
      "M10,0 L85,0 L45,42 Q92,45 92,72 Q92,100 45,100 Q20,100 8,88",
      "M15,8 Q85,-15 80,25 Q75,45 35,47 Q90,45 88,75 Q80,108 10,94" },
    { "M20,0 L10,55 L90,55 M70,5 L70,100", "M65,0 L5,65 L95,65 M65,0 L65,100",
      "M15,0 Q8,52 35,54 Q65,55 82,40 M85,0 L75,100" },
    { "M85,0 L20,0 L15,45 Q30,35 50,35 Q92,38 92,68 Q92,100 45,100 "
      "Q20,100 8,88",
      "M20,5 L20,45 Q92,35 90,70 Q85,100 10,98 M20,5 L90,2",
      "M90,4 Q55,0 30,2 L25,40 Q85,45 80,72 Q75,100 12,92" },
    { "M75,0 Q10,20 10,68 Q10,100 50,100 Q90,100 90,72 Q90,48 50,48 "
      "Q15,50 10,72",
      "M60,0 Q20,40 15,75 Q20,100 50,100 Q85,98 85,75 Q82,55 50,58 "
      "Q25,60 15,75",
      "M45,0 Q12,60 18,85 Q35,110 70,95 Q90,75 70,60 Q40,52 18,82" },
    { "M8,0 L92,0 L40,100", "M8,0 L92,0 L40,100 M28,52 L80,52",
      "M8,5 Q50,-5 90,5 Q60,40 45,100" },
    { "M50,48 Q12,45 15,22 Q18,0 50,0 Q82,0 85,22 Q88,45 50,48 Q5,52 8,76 "
      "Q12,100 50,100 Q88,100 92,76 Q95,52 50,48",
      "M80,12 Q50,-12 20,12 Q10,35 50,50 Q95,70 80,92 Q50,110 20,92 "
      "Q5,70 50,50 Q90,35 80,12",
      "M75,8 Q30,-10 25,20 Q30,42 65,62 Q85,95 50,100 Q12,98 30,66 "
      "Q70,40 78,10" },
    { "M88,30 Q85,55 50,55 Q12,52 12,28 Q12,0 50,0 Q88,0 88,30 L85,60 "
      "Q80,100 50,100",
      "M85,28 Q80,52 48,52 Q12,50 14,26 Q16,0 50,0 Q85,0 85,28 L78,100",
      "M80,22 Q50,-15 22,18 Q12,50 45,52 Q70,50 82,15 Q85,60 60,100" },
};

/* A generator of its own for each (seed, number, use). */
static uint64_t start(uint64_t seed, uint64_t number, uint64_t use)
{
    uint64_t s = seed;

    s = tri_mix(&s) ^ number;
    return tri_mix(&s) ^ use;
}

static int32_t between(uint64_t *rng, int32_t lo, int32_t hi)
{
    const uint64_t span = (uint64_t)(hi - lo) + 1;

    return lo + (int32_t)((tri_mix(rng) >> 32) * span >> 32);
}

struct piece {
    int32_t x0, y0, x1, y1;
};

/* Where and how the digit is put: x' = dx + sx*x + kx*y, y' likewise. */
struct place {
    int32_t dx, dy, sx, sy, kx, ky;
};

struct drawing {
    struct piece piece[PIECES];
    int n;
};

static int32_t read_int(const char **p)
{
    int32_t v = 0, sign = 1;

    while (**p == ' ' || **p == ',')
        ++*p;
    if (**p == '-') {
        sign = -1;
        ++*p;
    }
    while (**p >= '0' && **p <= '9')
        v = 10 * v + (*(*p)++ - '0');
    return sign * v;
}

struct point {
    int32_t x, y;
};

/* The next point of the text, jittered and put in its place. */
static struct point read_point(const char **p, const struct place *at,
                               uint64_t *rng)
{
    const int32_t x = read_int(p) - 50 + between(rng, -6, 6);
    const int32_t y = read_int(p) - 50 + between(rng, -5, 5);

    return (struct point){ at->dx + at->sx * x + at->kx * y,
                           at->dy + at->sy * y + at->ky * x };
}

static void line(struct drawing *d, struct point a, struct point b)
{
    if (d->n < PIECES)
        d->piece[d->n++] = (struct piece){ a.x, a.y, b.x, b.y };
}

static void curve(struct drawing *d, struct point a, struct point c,
                  struct point b)
{
    struct point last = a;

    for (int32_t i = 1; i <= CURVE; i++) {
        const int32_t j = CURVE - i;
        const struct point next = {
            (j * j * a.x + 2 * i * j * c.x + i * i * b.x) / (CURVE * CURVE),
            (j * j * a.y + 2 * i * j * c.y + i * i * b.y) / (CURVE * CURVE)
        };
        line(d, last, next);
        last = next;
    }
}

static void trace(struct drawing *d, const char *text, const struct place *at,
                  uint64_t *rng)
{
    struct point pen = { 0, 0 };

    d->n = 0;
    while (*text != '\0') {
        const char op = *text++;
        if (op == 'M') {
            pen = read_point(&text, at, rng);
        } else if (op == 'L') {
            const struct point end = read_point(&text, at, rng);
            line(d, pen, end);
            pen = end;
        } else if (op == 'Q') {
            const struct point mid = read_point(&text, at, rng);
            const struct point end = read_point(&text, at, rng);
            curve(d, pen, mid, end);
            pen = end;
        }
    }
}

/* Square of the distance from (x, y) to a piece. */
static int64_t distance2(const struct piece *s, int64_t x, int64_t y)
{
    const int64_t vx = s->x1 - s->x0, vy = s->y1 - s->y0;
    const int64_t len2 = vx * vx + vy * vy;
    int64_t wx = x - s->x0, wy = y - s->y0;
    const int64_t dot = vx * wx + vy * wy;

    if (dot >= len2) {
        wx = x - s->x1;
        wy = y - s->y1;
    } else if (dot > 0) {
        wx -= vx * dot / len2;
        wy -= vy * dot / len2;
    }
    return wx * wx + wy * wy;
}

static int32_t pixel_of(int32_t v)
{
    const int32_t p = v < 0 ? -1 : v / ONE;

    return p < 0 ? 0 : p >= SIDE ? SIDE - 1 : p;
}

static int32_t min32(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static int32_t max32(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

/* Ink falls from full to none over one pixel's width around the radius. */
static void ink(uint8_t *image, const struct piece *s, int32_t radius,
                int32_t full)
{
    const int64_t in = radius - ONE / 2, out = radius + ONE / 2;
    const int32_t px0 = pixel_of(min32(s->x0, s->x1) - (int32_t)out);
    const int32_t px1 = pixel_of(max32(s->x0, s->x1) + (int32_t)out);
    const int32_t py0 = pixel_of(min32(s->y0, s->y1) - (int32_t)out);
    const int32_t py1 = pixel_of(max32(s->y0, s->y1) + (int32_t)out);

    for (int32_t y = py0; y <= py1; y++)
        for (int32_t x = px0; x <= px1; x++) {
            const int64_t d2 =
                distance2(s, x * ONE + ONE / 2, y * ONE + ONE / 2);
            int64_t v = full;
            if (d2 >= out * out)
                continue;
            if (d2 > in * in)
                v = full * (out * out - d2) / (out * out - in * in);
            if (v > image[y * SIDE + x])
                image[y * SIDE + x] = (uint8_t)v;
        }
}

static void noise(uint8_t *image, uint64_t *rng)
{
    const int32_t level = between(rng, 0, 24);

    for (int i = 0; i < SIDE * SIDE; i++) {
        const int32_t v = image[i] + between(rng, -level, level);
        image[i] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
    }
}

static void draw(uint8_t *image, unsigned digit, uint64_t *rng)
{
    struct drawing d;
    struct place at;
    const char *const text = glyph[digit][between(rng, 0, STYLES - 1)];
    const int32_t radius = between(rng, 700, 1600);
    const int32_t full = between(rng, 190, 255);

    at.sx = between(rng, 95, 145); /* 0.12 pixels a unit, about */
    at.sy = between(rng, 150, 205);
    at.kx = between(rng, -60, 35); /* slant: most writers lean right */
    at.ky = between(rng, -20, 20);
    at.dx = SIDE * ONE / 2 + between(rng, -2 * ONE, 2 * ONE);
    at.dy = SIDE * ONE / 2 + between(rng, -2 * ONE, 2 * ONE);
    memset(image, 0, SIDE * SIDE);
    trace(&d, text, &at, rng);
    for (int i = 0; i < d.n; i++)
        ink(image, &d.piece[i], radius, full);
    noise(image, rng);
}

/* Image i shows place i mod 10 of a random order that is i / 10's own. */
static unsigned digit_of(uint32_t i, uint64_t seed)
{
    uint64_t rng = start(seed, i / 10, 1);
    uint8_t order[10];

    for (unsigned j = 0; j < 10; j++)
        order[j] = (uint8_t)j;
    for (unsigned j = 9; j > 0; j--) {
        const int32_t k = between(&rng, 0, (int32_t)j);
        const uint8_t t = order[j];
        order[j] = order[k];
        order[k] = t;
    }
    return order[i % 10];
}

void tri_digits(uint8_t *pixels, uint8_t *labels, uint32_t first, uint32_t n,
                uint64_t seed)
{
    for (uint32_t i = 0; i < n; i++) {
        uint64_t rng = start(seed, first + i, 0);

        labels[i] = (uint8_t)digit_of(first + i, seed);
        draw(pixels + (size_t)i * SIDE * SIDE, labels[i], &rng);
    }
}
