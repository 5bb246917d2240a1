#include "boards/host/watch/plot.h"
#include <stdio.h>
#include <string.h>

enum { WIDTH = 860, LEFT = 70, RIGHT = 20, PANEL = 220, GAP = 76, TOP = 64 };

/* Okabe and Ito's colours, which colour-blind people tell apart. */
static const char *const colour[TRI_PLOT_RUNS] = { "#0072b2", "#d55e00",
                                                   "#009e73", "#cc79a7",
                                                   "#e69f00", "#56b4e9",
                                                   "#7f7f7f", "#000000" };

/* ---- text ---------------------------------------------------------------
 */

/* Text from a file: what means something in XML is written as an entity. */
static void put_text(FILE *f, const char *text)
{
    for (; *text != '\0'; text++)
        if (*text == '<' || *text == '>' || *text == '&' || *text == '"')
            fprintf(f, "&#%d;", *text);
        else
            fputc(*text, f);
}

static void label(FILE *f, double x, double y, const char *anchor,
                  const char *text)
{
    fprintf(f, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchor);
    put_text(f, text);
    fprintf(f, "</text>\n");
}

/* ---- axes ------------------------------------------------------------------
 */

double tri_axes_x(const struct tri_axes *a, double x)
{
    return a->left + (x - a->x0) / (a->x1 - a->x0) * a->width;
}

double tri_axes_y(const struct tri_axes *a, double y)
{
    return a->top + a->height - (y - a->y0) / (a->y1 - a->y0) * a->height;
}

double tri_tick(double range, int most)
{
    static const double times[] = { 1, 2, 5, 10 };
    double unit = 1;

    while (unit * 10 <= range / most)
        unit *= 10;
    while (unit > range / most)
        unit /= 10;
    for (int i = 0; i < 3; i++)
        if (range / (unit * times[i]) <= most - 1)
            return unit * times[i];
    return unit * times[3];
}

/* The next multiple of the tick at or above v. */
static double round_up(double v, double tick)
{
    const double n = (double)(int64_t)(v / tick);

    return n * tick >= v * (1 - 1e-12) ? n * tick : (n + 1) * tick;
}

static int of_numbers(const struct tri_run_read *run, size_t runs)
{
    int numbers = 0;

    for (size_t i = 0; i < runs; i++)
        numbers |= run[i].numbers;
    return numbers;
}

int tri_plot_axes(struct tri_axes axes[TRI_PLOT_PANELS],
                  const struct tri_run_read *run, size_t runs)
{
    double steps = 1, loss = 0, low = 1, time = 1e-3, rmse = 0;
    int active = 0;

    for (size_t i = 0; i < runs; i++) {
        active |= run[i].active;
        for (size_t j = 0; j < run[i].points; j++) {
            const struct tri_run_point *const p = &run[i].point[j];
            if (p->time > time)
                time = p->time;
            if (p->step > steps)
                steps = p->step;
            if (p->has_loss && p->loss > loss)
                loss = p->loss;
            if (p->has_rmse && p->rmse > rmse)
                rmse = p->rmse;
            if (p->train_of && p->train < low)
                low = p->train;
            if (p->test_of && p->test < low)
                low = p->test;
        }
    }
    if (!(loss > 1e-9))
        loss = 1;
    if (!(rmse > 1e-9))
        rmse = 1;
    for (int i = 0; i < TRI_PLOT_PANELS; i++)
        axes[i] = (struct tri_axes){ .left = LEFT,
                                     .top = TOP + i * (PANEL + GAP),
                                     .width = WIDTH - LEFT - RIGHT,
                                     .height = PANEL,
                                     .x1 = steps };
    axes[0].y0 = low >= 0.9 ? 90 : low >= 0.5 ? 50 : 0;
    axes[0].y1 = 100;
    if (of_numbers(run, runs)) {
        axes[0].y0 = 0;
        axes[0].y1 = round_up(rmse, tri_tick(rmse, 7));
    }
    axes[1].y1 = round_up(loss, tri_tick(loss, 7));
    axes[2].y1 = round_up(time, tri_tick(time, 7));
    return active ? TRI_PLOT_PANELS : TRI_PLOT_PANELS - 1;
}

static void frame(FILE *f, const struct tri_axes *a, const char *title,
                  const char *unit)
{
    const double dx = tri_tick(a->x1 - a->x0, 10),
                 dy = tri_tick(a->y1 - a->y0, 7);
    char text[48];

    fprintf(f, "<g stroke=\"#dddddd\">\n");
    for (int i = 0; a->y0 + i * dy <= a->y1 + dy / 1e6; i++) {
        const double y = tri_axes_y(a, a->y0 + i * dy);
        fprintf(f, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
                a->left, y, a->left + a->width, y);
    }
    fprintf(f, "</g>\n");
    fprintf(f,
            "<path d=\"M%.1f %.1fV%.1fH%.1f\" fill=\"none\" "
            "stroke=\"#333333\"/>\n",
            a->left, a->top, a->top + a->height, a->left + a->width);
    for (int i = 0; a->y0 + i * dy <= a->y1 + dy / 1e6; i++) {
        snprintf(text, sizeof text, "%.10g%s", a->y0 + i * dy, unit);
        label(f, a->left - 8, tri_axes_y(a, a->y0 + i * dy) + 4, "end", text);
    }
    for (int i = 0; a->x0 + i * dx <= a->x1 + dx / 1e6; i++) {
        const double x = tri_axes_x(a, a->x0 + i * dx);
        fprintf(f,
                "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" "
                "stroke=\"#333333\"/>\n",
                x, a->top + a->height, x, a->top + a->height + 5);
        snprintf(text, sizeof text, "%.10g", a->x0 + i * dx);
        label(f, x, a->top + a->height + 19, "middle", text);
    }
    label(f, a->left + a->width, a->top + a->height + 35, "end", "step");
    fprintf(f, "<g font-weight=\"bold\">");
    label(f, a->left, a->top - 12, "start", title);
    fprintf(f, "</g>\n");
}

/* ---- curves ----------------------------------------------------------------
 */

enum what { TEST, TRAIN, RMSE, LOSS, TIME };

static int known(const struct tri_run_point *p, enum what w)
{
    return w == TIME   ? 1
           : w == TEST ? p->test_of
           : w == RMSE ? p->has_rmse
           : w == LOSS ? p->has_loss
                       : p->train_of;
}

static double of(const struct tri_run_point *p, enum what w)
{
    return w == TIME    ? p->time
           : w == TEST  ? 100 * p->test
           : w == TRAIN ? 100 * p->train
           : w == RMSE  ? p->rmse
                        : p->loss;
}

static void curve(FILE *f, const struct tri_axes *a,
                  const struct tri_run_read *r, enum what w, const char *paint)
{
    int first = 1;

    fprintf(f,
            "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"%s\"%s "
            "points=\"",
            paint, w == TRAIN ? "1" : "2",
            w == TRAIN ? " stroke-dasharray=\"4 3\"" : "");
    for (size_t i = 0; i < r->points; i++)
        if (known(&r->point[i], w)) {
            fprintf(f, "%s%.1f,%.1f", first ? "" : " ",
                    tri_axes_x(a, r->point[i].step),
                    tri_axes_y(a, of(&r->point[i], w)));
            first = 0;
        }
    fprintf(f, "\"/>\n");
    for (size_t i = 0; (w == TEST || w == RMSE) && i < r->points; i++)
        if (known(&r->point[i], w))
            fprintf(f,
                    "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>\n",
                    tri_axes_x(a, r->point[i].step),
                    tri_axes_y(a, of(&r->point[i], w)), paint);
}

/* What verification has of the time, from the axis up. */
static void area(FILE *f, const struct tri_axes *a,
                 const struct tri_run_read *r, const char *paint)
{
    fprintf(f, "<polygon fill=\"%s\" fill-opacity=\"0.25\" points=\"%.1f,%.1f",
            paint, a->left, a->top + a->height);
    for (size_t i = 0; i < r->points; i++)
        fprintf(f, " %.1f,%.1f", tri_axes_x(a, r->point[i].step),
                tri_axes_y(a, r->point[i].proofs));
    if (r->points > 0)
        fprintf(f, " %.1f,%.1f", tri_axes_x(a, r->point[r->points - 1].step),
                a->top + a->height);
    fprintf(f, "\"/>\n");
}

static void legend(FILE *f, const struct tri_run_read *run, size_t runs)
{
    double x = LEFT;

    for (size_t i = 0; i < runs; i++) {
        fprintf(f,
                "<rect x=\"%.1f\" y=\"14\" width=\"12\" height=\"12\" "
                "fill=\"%s\"/>\n",
                x, colour[i]);
        label(f, x + 18, 24, "start", run[i].label);
        x += 40 + 7.5 * (double)strlen(run[i].label);
    }
    fprintf(f,
            "<g fill=\"#555555\"><text x=\"%d\" y=\"24\" text-anchor=\"end\">"
            "%s</text></g>\n",
            WIDTH - RIGHT,
            of_numbers(run, runs) ? ""
                                  : "solid: held-out, dashed: one training "
                                    "batch");
}

/* ---- bars ------------------------------------------------------------------
 */

static double amount(const struct tri_run_layer *l, int bytes)
{
    double sum = 0;

    for (int i = 0; i < 3; i++)
        sum += bytes ? l->sent[i] : l->s[i];
    return sum;
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

/* Unit that the largest amount has two or three digits in. */
static const char *unit_of(double most, int bytes, double *by)
{
    static const char *const size[] = { "B", "kB", "MB", "GB", "TB" };
    int i = 0;

    *by = 1;
    if (!bytes) {
        *by = most < 1 ? 1e-3 : 1;
        return most < 1 ? "ms" : "s";
    }
    for (; i < 4 && most / *by >= 1000; i++)
        *by *= 1000;
    return size[i];
}

/* The run with the most layers, and the largest amount of all. */
struct extent {
    const struct tri_run_read *run; /* NULL: there is nothing to be shown */
    double most;
    int resumed; /* a run is not shown from its start */
};

static struct extent extent(const struct tri_run_read *run, size_t runs,
                            int bytes)
{
    struct extent e = { NULL, 0, 0 };

    for (size_t i = 0; i < runs; i++) {
        if (run[i].layers > (e.run != NULL ? e.run->layers : 0))
            e.run = &run[i];
        e.resumed |= run[i].layers > 0 && run[i].first > 0;
        for (size_t j = 0; j < run[i].layers; j++)
            e.most = larger(e.most, amount(&run[i].layer[j], bytes));
    }
    if (!(e.most > 0))
        e.run = NULL;
    return e;
}

/* Pixels that bars() take. */
static double bars_height(const struct tri_run_read *run, size_t runs,
                          int bytes)
{
    const struct extent e = extent(run, runs, bytes);

    return e.run == NULL ? 0
                         : 48 + (double)e.run->layers * (12 * (double)runs + 8);
}

/* One group of bars a layer, one bar a run. */
static void bars(FILE *f, double y, const struct tri_run_read *run, size_t runs,
                 int bytes)
{
    const struct extent e = extent(run, runs, bytes);
    const char *unit;
    char text[100];
    double by;

    if (e.run == NULL)
        return;
    unit = unit_of(e.most, bytes, &by);
    fprintf(f, "<g font-weight=\"bold\">");
    snprintf(text, sizeof text, "%s by layer, %s, in %s",
             bytes ? "bytes that the party sent" : "time",
             e.resumed ? "last session [from step]" : "whole training", unit);
    label(f, LEFT, y, "start", text);
    fprintf(f, "</g>\n");
    y += 12;
    for (size_t j = 0; j < e.run->layers; j++) {
        label(f, LEFT + 50, y + 6 * (double)runs + 5, "end",
              e.run->layer[j].name);
        for (size_t i = 0; i < runs; i++) {
            const double v =
                j < run[i].layers ? amount(&run[i].layer[j], bytes) : 0;
            const double w = v / e.most * (WIDTH - LEFT - RIGHT - 130);
            fprintf(f,
                    "<rect x=\"%d\" y=\"%.1f\" width=\"%.1f\" height=\"10\" "
                    "fill=\"%s\"/>\n",
                    LEFT + 60, y + 12 * (double)i + 2, w, colour[i]);
            if (e.resumed)
                snprintf(text, sizeof text, "%.3g [%u]", v / by,
                         run[i].first + 1);
            else
                snprintf(text, sizeof text, "%.3g", v / by);
            label(f, LEFT + 66 + w, y + 12 * (double)i + 11, "start", text);
        }
        y += 12 * (double)runs + 8;
    }
}

void tri_plot(FILE *f, const struct tri_run_read *run, size_t runs)
{
    struct tri_axes axes[TRI_PLOT_PANELS];
    const int panels = tri_plot_axes(axes, run, runs);
    const int numbers = of_numbers(run, runs);
    double y, height;

    y = axes[panels - 1].top + axes[panels - 1].height + GAP;
    height = y + bars_height(run, runs, 0) + bars_height(run, runs, 1);
    fprintf(f,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
            "height=\"%.0f\" viewBox=\"0 0 %d %.0f\" "
            "font-family=\"sans-serif\" font-size=\"13\" fill=\"#222222\">\n"
            "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n",
            WIDTH, height, WIDTH, height);
    legend(f, run, runs);
    if (numbers)
        frame(f, &axes[0], "root of the mean squared error, held-out", "");
    else
        frame(f, &axes[0], "right answers", " %");
    for (size_t i = 0; numbers && i < runs; i++)
        curve(f, &axes[0], &run[i], RMSE, colour[i]);
    for (size_t i = 0; !numbers && i < runs; i++) {
        curve(f, &axes[0], &run[i], TRAIN, colour[i]);
        curve(f, &axes[0], &run[i], TEST, colour[i]);
    }
    frame(f, &axes[1], "training loss, mean of one batch", "");
    for (size_t i = 0; i < runs; i++)
        curve(f, &axes[1], &run[i], LOSS, colour[i]);
    if (panels > 2)
        frame(f, &axes[2], "time so far; area: of it verification", " s");
    for (size_t i = 0; panels > 2 && i < runs; i++) {
        if (run[i].active)
            area(f, &axes[2], &run[i], colour[i]);
        curve(f, &axes[2], &run[i], TIME, colour[i]);
    }
    bars(f, y, run, runs, 0);
    bars(f, y + bars_height(run, runs, 0), run, runs, 1);
    fputs("</svg>\n", f);
}
