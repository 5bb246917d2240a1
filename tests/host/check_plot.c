#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "boards/host/formats/json.h"
#include "boards/host/watch/plot.h"
#include "core/err.h"
#include "tests/checks.h"
#include "tests/support/folder.h"

#define START                                   \
    "{\"type\":\"start\",\"engine\":\"fused\"," \
    "\"net\":\"A\",\"batch\":128,\"first_step\":0,\"link\":\"\"}\n"
#define POINT(STEP)                                                     \
    "{\"type\":\"point\",\"step\":" STEP ",\"time\":1.5,\"loss\":0.25," \
    "\"train_right\":3,\"train_of\":4,\"test_right\":9,\"test_of\":10}\n"
#define LAYER                                                            \
    "{\"type\":\"layer\",\"name\":\"fc 5\",\"forward_s\":1,\"backward_s" \
    "\":2,\"update_s\":0,\"forward_sent\":10,\"backward_sent\":20,"      \
    "\"update_sent\":0}\n"

/* From a block of exactly its size, so that a sanitizer sees a byte too many.
 */
static int read_exactly(struct tri_run_read *r, const char *text, size_t len,
                        struct tri_why *why)
{
    char *const block = malloc(len > 0 ? len : 1);
    int rc;

    memcpy(block, text, len);
    why->text[0] = '\0';
    rc = tri_run_read(r, block, len, "log", why);
    free(block);
    return rc;
}

/* What runlog.h writes is what is read. */
static void check_log_round_trip(struct tri_check *c)
{
    static struct tri_run_options o;
    static struct tri_profile prof;
    const struct tri_log_start start = {
        .task = "train", .engine = "fused", .steps = 9, .bytes = UINT64_MAX
    };
    const struct tri_log_proofs proofs = {
        .s = 0.75, .batches = 2, .sent = 9, .rounds = 30
    };
    const struct tri_log_point p[3] = {
        { .step = 4,
          .epoch = 1,
          .time = 0.5,
          .loss = 1.25,
          .train_right = 2,
          .train_of = 8 },
        { .step = 6,
          .epoch = 1,
          .time = 1.5,
          .loss = NAN,
          .test_right = 5,
          .test_of = 8 },
        { .step = 9, .epoch = 2, .time = 2, .rate = 1e-9, .proofs = proofs },
    };
    const struct tri_log_end end = { .steps = 9 };
    char dir[TRI_FOLDER], path[64], text[8192];
    struct tri_why why = { "" };
    struct tri_run_read r;
    struct tri_runlog l;
    size_t n;
    FILE *f;

    CHECK(c, tri_folder_make(dir), "no directory");
    snprintf(path, sizeof path, "%s/l", dir);
    tri_options_usual(&o);
    tri_options_fit(&o, 60000);
    o.net_name = "a \"b\\c\xff";
    CHECK(c, tri_net_parse(&o.net, "input 1 1 2\nfc 3\n", 17, text) == TRI_OK,
          "%s", text);
    prof.cell[TRI_PASS_FORWARD][0] = (struct tri_cell){ 3000000000, 7, 0, 0 };
    prof.cell[TRI_PASS_BACKWARD][1] = (struct tri_cell){ 5, 11, 0, 0 };
    prof.cell[TRI_PASS_UPDATE][0] = (struct tri_cell){ 6, 13, 0, 0 };
    prof.proofs = (struct tri_cell){ 2000000000, 17, 0, 30 };
    o.active = 1;
    CHECK(c,
          tri_runlog_open(&l, path, 0, &why) == TRI_OK &&
              tri_runlog_start(&l, &o, &start) == TRI_OK &&
              tri_runlog_point(&l, &p[0]) == TRI_OK &&
              tri_runlog_point(&l, &p[1]) == TRI_OK &&
              tri_runlog_point(&l, &p[2]) == TRI_OK &&
              tri_runlog_layers(&l, &o.net, &prof) == TRI_OK &&
              tri_runlog_end(&l, &end) == TRI_OK,
          "%s", why.text);
    tri_runlog_close(&l);
    CHECK(c, tri_runlog_open(&l, path, 0, &why) == TRI_E_IO,
          "an existing log is taken");
    CHECK(c,
          tri_runlog_check(path, 0, &why) == TRI_E_ARG &&
              tri_runlog_check(path, 1, &why) == TRI_OK,
          "the early check");
    CHECK(c, tri_runlog_open(&l, path, 1, &why) == TRI_OK, "no appending");
    tri_runlog_close(&l);
    f = fopen(path, "r");
    n = fread(text, 1, sizeof text, f);
    fclose(f);
    tri_folder_drop(dir);
    why.text[0] = '\0';
    CHECK(c, read_exactly(&r, text, n, &why) == TRI_OK, "%s", why.text);
    CHECK(c,
          strcmp(r.label, "a \"b\\c?, fused, active") == 0 && r.batch == 128 &&
              r.points == 3 && r.layers == 4 && r.ended && r.active,
          "label %s, %zu points, %zu layers", r.label, r.points, r.layers);
    CHECK(c,
          r.point[0].step == 4 && r.point[0].loss == 1.25 &&
              r.point[0].train == 0.25 && !r.point[0].test_of &&
              r.point[1].test == 0.625 && !r.point[1].train_of &&
              r.point[2].step == 9 && r.point[2].time == 2 &&
              r.point[1].proofs == 0 && r.point[2].proofs == 0.75,
          "points");
    CHECK(c,
          strcmp(r.layer[0].name, "fc 3") == 0 && r.layer[0].s[0] == 3 &&
              r.layer[0].sent[0] == 7 &&
              strcmp(r.layer[1].name, "loss softmax") == 0 &&
              r.layer[1].sent[1] == 11 &&
              strcmp(r.layer[2].name, "update") == 0 &&
              r.layer[2].sent[2] == 13 &&
              strcmp(r.layer[3].name, "verification") == 0 &&
              r.layer[3].s[2] == 2 && r.layer[3].sent[2] == 17,
          "layers");
    tri_run_read_free(&r);
}

static void check_log_errors(struct tri_check *c)
{
    static const struct {
        const char *text, *want;
    } bad[] = {
        { "", "no whole line" },
        { "{\"type\":\"start\"}", "no whole line" },
        { "\n", "line 1: byte 0" },
        { "{}\n", "line 1" },
        { POINT("1"), "line 1: is not the start" },
        { START "{\"type\":\"points\"}\n", "line 2: 'points' is no type" },
        { START POINT("5") POINT("4"), "line 3: 'step' is 4" },
        { START POINT("1e3.5"), "line 2" },
        { START POINT("-1"), "line 2: 'step'" },
        { START POINT("\"1\""), "line 2: no number 'step'" },
        { START "{\"type\":\"point\",\"step\":1}\n",
          "line 2: no number 'time'" },
        { START "{\"type\":\"point\",\"step\":1,\"time\":0,\"test_of\":5}\n",
          "no number 'test_right'" },
        { START "{\"type\":\"point\",\"step\":1,\"time\":0,\"test_of\":5,"
                "\"test_right\":6}\n",
          "'test_right' is 6" },
        { START "{\"type\":\"point\",\"step\":1,\"time\":0,\"train_of\":5,"
                "\"train_right\":5}\n",
          "no number 'loss'" },
        { START "{\"type\":\"end\",\"type\":\"end\"}\n", "occurs twice" },
        { START "{\"type\":\"end\"} x\n", "line 2" },
        { START "{\"type\":\"end\",}\n", "line 2" },
        { START "{\"type\":\"end\",\"x\":[1]}\n", "line 2" },
        { START "{\"type\":\"end\"\n" START, "line 2" },
        { START "{\"type\":\"end\",\"x\":01}\n", "leading zero" },
        { START "{\"type\":\"end\",\"x\":1e999}\n", "smaller" },
        { START "{\"type\":\"end\",\"x\":nan}\n", "line 2" },
        { "{\"type\":\"start\"}\n", "line 1: no text 'engine'" },
    };
    static const char good[] = START POINT("5") POINT("9") LAYER
        "{\"type\":\"end\"}\n" START POINT("3");
    struct tri_why why = { "" };
    struct tri_run_read r;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK(c,
              read_exactly(&r, bad[i].text, strlen(bad[i].text), &why) ==
                      TRI_E_FORMAT &&
                  strstr(why.text, bad[i].want) != NULL && r.point == NULL,
              "case %zu: '%s', not '%s'", i, why.text, bad[i].want);
    }
    /* a log that is being written: any beginning of whole lines, and more */
    for (size_t n = strlen(START); n < sizeof good; n++) {
        CHECK(c, read_exactly(&r, good, n, &why) == TRI_OK, "%zu bytes: %s", n,
              why.text);
        tri_run_read_free(&r);
    }
    /* a second session starts again: what it repeats counts once */
    CHECK(c,
          read_exactly(&r, good, sizeof good - 1, &why) == TRI_OK &&
              r.points == 1 && r.point[0].step == 3 && r.layers == 0 &&
              !r.ended,
          "%zu points after a restart", r.points);
    tri_run_read_free(&r);
    for (uint64_t i = 0, rng = c->seed; i < 3000; i++) {
        char text[sizeof good];
        const uint64_t w = tri_test_rand(&rng);
        memcpy(text, good, sizeof good);
        text[w % (sizeof good - 1)] = (char)(w >> 32);
        text[(w >> 40) % (sizeof good - 1)] = "{}[]\",:0-e.\n"[(w >> 60) % 12];
        const int rc = read_exactly(&r, text, sizeof good - 1, &why);
        CHECK(c, rc == TRI_OK || (rc == TRI_E_FORMAT && why.text[0] != '\0'),
              "damage gives %d", rc);
        tri_run_read_free(&r);
    }
}

static void check_ticks(struct tri_check *c)
{
    uint64_t rng = c->seed;

    for (int i = 0; i < 2000; i++) {
        const double range =
            exp(20 * ldexp((double)(tri_test_rand(&rng) >> 11), -53) - 10);
        const int most = 3 + (int)(tri_test_rand(&rng) % 10);
        const double t = tri_tick(range, most);
        const double unit = pow(10, floor(log10(t) + 1e-9)), m = t / unit;
        CHECK(c, fabs(m - 1) < 1e-9 || fabs(m - 2) < 1e-9 || fabs(m - 5) < 1e-9,
              "%g is no round tick", t);
        CHECK(c, floor(range / t) + 1 <= most, "%g in %g: more than %d ticks",
              t, range, most);
        CHECK(c, floor(range / t) + 1 >= most / 3, "%g in %g: too few", t,
              range);
    }
}

/* Balanced tags, quoted attributes, no bare & or <: NULL, or what is wrong. */
static const char *not_xml(const char *p)
{
    char open[16][16];
    int depth = 0;

    while (*p != '\0') {
        if (*p == '&') {
            const size_t n = strcspn(p, ";");
            if (n > 5 || p[n] != ';')
                return p;
        }
        if (*p == '>')
            return p;
        if (*p++ != '<')
            continue;
        const int closing = *p == '/';
        p += closing;
        const size_t n = strcspn(p, " />");
        if (n == 0 || n > 15)
            return p;
        if (closing) {
            if (depth == 0 || strncmp(open[--depth], p, n) != 0 ||
                open[depth][n] != '\0' || p[n] != '>')
                return p;
        } else {
            if (depth == 16)
                return p;
            memcpy(open[depth], p, n);
            open[depth++][n] = '\0';
        }
        for (p += n; *p == ' ';) {
            p += strcspn(p, "=<>");
            if (p[0] != '=' || p[1] != '"')
                return p;
            p += 2;
            p += strcspn(p, "\"<");
            if (*p++ != '"')
                return p;
        }
        if (*p == '/') {
            depth--;
            p++;
        }
        if (*p++ != '>')
            return p;
        if (depth == 0)
            return strcmp(p, "\n") == 0 ? NULL : p;
    }
    return "the end";
}

/* A regression: its error in place of right answers, and its loss. */
static void check_regression(struct tri_check *c)
{
    static const char text[] =
        START "{\"type\":\"point\",\"step\":5,\"time\":1,\"loss\":0.5}\n"
              "{\"type\":\"point\",\"step\":10,\"time\":2,\"loss\":0.25,"
              "\"test_rmse\":0.75}\n";
    struct tri_axes axes[TRI_PLOT_PANELS];
    struct tri_why why = { "" };
    struct tri_run_read r;
    char want[2][80], *s;
    size_t len;
    FILE *f;

    CHECK(c, read_exactly(&r, text, sizeof text - 1, &why) == TRI_OK, "%s",
          why.text);
    CHECK(c,
          r.numbers && !r.classes && r.point[0].has_loss &&
              !r.point[0].has_rmse && r.point[1].rmse == 0.75,
          "points");
    (void)tri_plot_axes(axes, &r, 1);
    CHECK(c,
          axes[0].y0 == 0 && axes[0].y1 >= 0.75 && axes[0].y1 < 1 &&
              axes[1].y1 >= 0.5 && axes[1].y1 < 0.75,
          "axes to %g and %g", axes[0].y1, axes[1].y1);
    f = open_memstream(&s, &len);
    tri_plot(f, &r, 1);
    fclose(f);
    CHECK(c, not_xml(s) == NULL, "not XML at: %.40s", not_xml(s));
    snprintf(want[0], sizeof want[0], "points=\"%.1f,%.1f\"",
             axes[0].left + axes[0].width,
             axes[0].top + axes[0].height * (1 - 0.75 / axes[0].y1));
    snprintf(want[1], sizeof want[1], "points=\"%.1f,%.1f %.1f,%.1f\"",
             axes[1].left + axes[1].width / 2,
             axes[1].top + axes[1].height * (1 - 0.5 / axes[1].y1),
             axes[1].left + axes[1].width,
             axes[1].top + axes[1].height * (1 - 0.25 / axes[1].y1));
    for (int i = 0; i < 2; i++)
        CHECK(c, strstr(s, want[i]) != NULL, "no %s", want[i]);
    CHECK(c,
          strstr(s, "mean squared error") != NULL &&
              strstr(s, "right answers") == NULL,
          "titles");
    free(s);
    tri_run_read_free(&r);
}

static void check_picture(struct tri_check *c)
{
    static const char a[] = START POINT("50") POINT("100") LAYER;
    static const char b[] =
        "{\"type\":\"start\",\"engine\":\"float\",\"mode\":\"fused\","
        "\"net\":\"<b>&\\\"x\",\"batch\":1,\"first_step\":0}\n"
        "{\"type\":\"point\",\"step\":7,\"time\":1}\n";
    struct tri_run_read r[2];
    struct tri_axes axes[TRI_PLOT_PANELS];
    struct tri_why why = { "" };
    char want[80], *s;
    size_t len;
    const char *at;

    CHECK(c, read_exactly(&r[0], a, sizeof a - 1, &why) == TRI_OK, "%s",
          why.text);
    CHECK(c, read_exactly(&r[1], b, sizeof b - 1, &why) == TRI_OK, "%s",
          why.text);
    CHECK(c, tri_plot_axes(axes, r, 2) == 2, "a panel of time");
    CHECK(c,
          axes[0].x0 == 0 && axes[0].x1 == 100 && axes[0].y0 == 50 &&
              axes[0].y1 == 100 && axes[1].y0 == 0 && axes[1].y1 >= 0.25 &&
              axes[1].y1 < 0.35,
          "axes %g %g %g %g, %g %g", axes[0].x0, axes[0].x1, axes[0].y0,
          axes[0].y1, axes[1].y0, axes[1].y1);
    CHECK(c, axes[1].top > axes[0].top + axes[0].height, "panels overlap");
    for (size_t runs = 1; runs <= 2; runs++) {
        FILE *const f = open_memstream(&s, &len);
        tri_plot(f, r, runs);
        fclose(f);
        at = not_xml(s);
        CHECK(c, at == NULL, "not XML at: %.40s", at);
        /* held-out: 90 % at step 50 and 100, in pixels by hand */
        const double y = axes[0].top + axes[0].height * (100 - 90.0) / 50;
        const double x = axes[0].left + axes[0].width / 2;
        snprintf(want, sizeof want, "points=\"%.1f,%.1f %.1f,%.1f\"", x, y,
                 axes[0].left + axes[0].width, y);
        CHECK(c, strstr(s, want) != NULL, "no %s", want);
        snprintf(want, sizeof want, "cx=\"%.1f\" cy=\"%.1f\"", x, y);
        CHECK(c, strstr(s, want) != NULL, "no %s", want);
        CHECK(c,
              strstr(s, "script") == NULL && strstr(s, "href") == NULL &&
                  strstr(s, "url(") == NULL && strstr(s, "A, fused") != NULL &&
                  strstr(s, ">fc 5<") != NULL && strstr(s, ">step<") != NULL,
              "texts");
        CHECK(c,
              (strstr(s, "&#60;b&#62;&#38;&#34;x, float") != NULL) ==
                  (runs == 2),
              "the second label");
        free(s);
    }
    CHECK(c,
          not_xml("<a><b></a></b>\n") != NULL &&
              not_xml("<a x=1/>\n") != NULL && not_xml("<a>&</a>\n"),
          "the check of XML");
    tri_run_read_free(&r[0]);
    tri_run_read_free(&r[1]);
}

static void check_reals(struct tri_check *c)
{
    static const struct {
        const char *text;
        int rc;
        double v;
    } cases[] = {
        { "0", TRI_OK, 0 },          { "-0.5", TRI_OK, -0.5 },
        { "1e3", TRI_OK, 1000 },     { "2.5E-3", TRI_OK, 2.5e-3 },
        { "0.1", TRI_OK, 0.1 },      { "-", TRI_E_FORMAT, 0 },
        { "01", TRI_E_FORMAT, 0 },   { "1.", TRI_E_FORMAT, 0 },
        { ".5", TRI_E_FORMAT, 0 },   { "1e", TRI_E_FORMAT, 0 },
        { "1e+", TRI_E_FORMAT, 0 },  { "+1", TRI_E_FORMAT, 0 },
        { "nan", TRI_E_FORMAT, 0 },  { "1e400", TRI_E_FORMAT, 0 },
        { "0x10", TRI_E_FORMAT, 0 }, { "", TRI_E_FORMAT, 0 },
        { "-1e+2 ", TRI_OK, -100 },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const size_t n = strlen(cases[i].text);
        char *const block = malloc(n > 0 ? n : 1);
        struct tri_json j = { .text = (uint8_t *)block, .len = n, .name = "j" };
        struct tri_why why = { "" };
        double v = 0;
        int rc;
        memcpy(block, cases[i].text, n);
        rc = tri_json_real(&j, &v, &why);
        if (rc == TRI_OK)
            rc = tri_json_end(&j, &why);
        free(block);
        CHECK(c, rc == cases[i].rc && (rc != TRI_OK || v == cases[i].v),
              "'%s' gives %d, %g", cases[i].text, rc, v);
    }
}

/* Verification's part of the time, of both sessions of a run. */
static void check_verified(struct tri_check *c)
{
    static const char text[] =
        "{\"type\":\"start\",\"engine\":\"rep3\",\"net\":\"A\",\"batch\":1,"
        "\"first_step\":0,\"security\":\"active\"}\n"
        "{\"type\":\"point\",\"step\":5,\"time\":6,\"verify_s\":3}\n"
        "{\"type\":\"start\",\"engine\":\"rep3\",\"net\":\"A\",\"batch\":1,"
        "\"first_step\":5,\"security\":\"active\"}\n"
        "{\"type\":\"point\",\"step\":10,\"time\":4,\"verify_s\":1}\n";
    struct tri_axes axes[TRI_PLOT_PANELS];
    struct tri_why why = { "" };
    struct tri_run_read r;
    char want[120], *s;
    size_t len;
    FILE *f;

    CHECK(c, read_exactly(&r, text, sizeof text - 1, &why) == TRI_OK, "%s",
          why.text);
    CHECK(c,
          tri_plot_axes(axes, &r, 1) == 3 && axes[2].y0 == 0 &&
              axes[2].y1 >= 10 && axes[2].y1 <= 12,
          "time up to %g", axes[2].y1);
    f = open_memstream(&s, &len);
    tri_plot(f, &r, 1);
    fclose(f);
    /* from the corner, (5, 3), (10, 4), down again; times 6 and 10 */
    const double x = axes[2].left + axes[2].width / 2,
                 right = axes[2].left + axes[2].width,
                 low = axes[2].top + axes[2].height,
                 unit = axes[2].height / axes[2].y1;
    snprintf(want, sizeof want,
             "points=\"%.1f,%.1f %.1f,%.1f %.1f,%.1f %.1f,%.1f\"", axes[2].left,
             low, x, low - 3 * unit, right, low - 4 * unit, right, low);
    CHECK(c, strstr(s, want) != NULL, "no %s", want);
    snprintf(want, sizeof want, "points=\"%.1f,%.1f %.1f,%.1f\"", x,
             low - 6 * unit, right, low - 10 * unit);
    CHECK(c, strstr(s, want) != NULL, "no %s", want);
    CHECK(c,
          not_xml(s) == NULL && strstr(s, "A, rep3, active") != NULL &&
              strstr(s, "verification") != NULL,
          "texts");
    free(s);
    tri_run_read_free(&r);
}

/* Bars of a run that was resumed cover its last session, and say so. */
static void check_resumed(struct tri_check *c)
{
    static const char whole[] = START POINT("50") LAYER;
    static const char text[] = START POINT("50") POINT("60") LAYER
        "{\"type\":\"start\",\"engine\":\"fused\",\"net\":\"A\",\"batch\":128,"
        "\"first_step\":60}\n" POINT("100") LAYER;

    for (int resumed = 0; resumed < 2; resumed++) {
        struct tri_run_read r;
        struct tri_why why;
        size_t len;
        char *s;
        FILE *f;

        CHECK(c,
              read_exactly(&r, resumed ? text : whole,
                           resumed ? sizeof text - 1 : sizeof whole - 1,
                           &why) == TRI_OK,
              "%s", why.text);
        f = open_memstream(&s, &len);
        tri_plot(f, &r, 1);
        fclose(f);
        tri_run_read_free(&r);
        CHECK(c, (strstr(s, ", whole training, in") == NULL) == resumed,
              "whole training, resumed: %d", resumed);
        CHECK(c,
              (strstr(s, ", last session [from step], in") != NULL) ==
                      resumed &&
                  (strstr(s, ">3 [61]<") != NULL) == resumed &&
                  (strstr(s, ">3<") == NULL) == resumed,
              "last session, resumed: %d", resumed);
        free(s);
    }
}

const struct tri_check_entry tri_checks_plot[] = {
    { "plot: a resumed run", check_resumed },
    { "plot: a run that verifies", check_verified },
    { "plot: numbers", check_reals },
    { "plot: what is written is read", check_log_round_trip },
    { "plot: bad logs", check_log_errors },
    { "plot: ticks", check_ticks },
    { "plot: picture", check_picture },
    { "plot: a regression", check_regression },
};
const size_t tri_checks_plot_n =
    sizeof tri_checks_plot / sizeof *tri_checks_plot;
